"""A request that is sent again while it is under way is the same one: it goes on, and no model is asked anew."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.converse.picture import WAITED

from .conftest import eventually
from .test_asked_again import CHANGE, PLAIN, VAGUE, WHERE, end, run
from .test_dialogue import last, made, question

pytestmark = pytest.mark.usefixtures("no_remains")
CHAT: dict[str, Any] = {"notebook_id": "n.ipynb", "source": "chat", "asks": True}


@pytest.mark.parametrize("where", [WHERE, CHAT])
def test_a_plan_that_waits_is_shown_again_at_once(project: Path, where: dict[str, Any]) -> None:
    maestro, model = made(project, [CHANGE])
    with maestro:
        first = maestro.submit(PLAIN, **where)
        asked = question(maestro)
        again = maestro.submit(PLAIN, **where)
        assert again.turn == first.turn
        assert question(maestro) == asked
        assert "+TIMEOUT = 60" in last(maestro)["markdown"]
        assert len(maestro.view()["turns"]) == 1
        assert end(maestro, again, "apply") == first.result(30).markdown
        assert "TIMEOUT = 60" in (project / "auth.py").read_text("utf8")
    assert len(model.calls) == 1


def test_a_request_that_is_asked_about_keeps_its_answers(project: Path) -> None:
    maestro, model = made(project, [CHANGE] * 2)
    with maestro:
        first = maestro.submit(VAGUE, **WHERE)
        asked = question(maestro)
        assert asked["stage"] != "READY"
        again = maestro.submit(VAGUE, **WHERE)
        assert (again.turn, question(maestro)["id"]) == (first.turn, asked["id"])
        end(maestro, run(maestro, VAGUE), "leave")
    assert len(model.calls) == 2  # a draft for each answer, once


def test_an_answer_that_still_comes_is_heard_from_its_beginning(project: Path) -> None:
    gate = threading.Event()

    async def wait(_: float) -> None:
        while not gate.is_set():
            await asyncio.sleep(0.01)

    maestro, model = made(project, ["It is made in auth.py."], seconds_a_token=1.0, sleep=wait)
    with maestro:
        cell = {"notebook_id": "n.ipynb", "cell_id": "c1"}
        first = maestro.submit("how is the token made?", **cell)  # type: ignore[arg-type]
        eventually(lambda: model.calls)
        again = maestro.submit("how is the token made?", **cell)  # type: ignore[arg-type]
        gate.set()
        assert again.result(30).markdown == first.result(30).markdown == "It is made in auth.py."
        assert "".join(part.markdown for part in again.parts()) == "It is made in auth.py."
    assert len(model.calls) == 1


@pytest.mark.parametrize("what", ["fresh", "changed", "elsewhere", "unasked", "stopped", "otherwise"])
def test_it_is_another_request_where_anything_differs(project: Path, what: str) -> None:
    maestro, model = made(project, [CHANGE] * 2)
    with maestro:
        first = maestro.submit(PLAIN, **WHERE)
        question(maestro)
        text, where = PLAIN, dict(WHERE)
        if what == "changed":
            (project / "auth.py").write_text((project / "auth.py").read_text("utf8") + "\nMORE = 1\n", "utf8")
            maestro.workspace.index.refresh()
        elif what == "elsewhere":
            where["cell_id"] = "c2"
        elif what == "unasked":
            where["asks"] = False
        elif what == "stopped":
            first.cancel()
            eventually(lambda: last(maestro)["state"] == "cancelled")
        elif what == "otherwise":
            text = PLAIN.replace("60", "75")
        again = maestro.submit(text, **where, fresh=what == "fresh")
        assert again.turn != first.turn
        if what != "unasked":
            eventually(lambda: (q := maestro.view()["question"]) and q["turn"] == again.turn)
            end(maestro, again, "leave")
        assert "+TIMEOUT = 60" in again.result(30).markdown
    assert len(model.calls) == (1 if what in ("stopped", "unasked") else 2)


def test_what_was_stopped_in_a_chat_is_thought_about_anew(project: Path) -> None:
    maestro, model = made(project, [CHANGE] * 2)
    with maestro:
        first = maestro.submit(PLAIN, **CHAT)
        question(maestro)
        first.cancel()
        eventually(lambda: first.done)
        again = maestro.submit(PLAIN, **CHAT)
        eventually(lambda: (q := maestro.view()["question"]) and q["turn"] == again.turn)
        end(maestro, again, "leave")
    assert len(model.calls) == 2


@pytest.mark.parametrize("what", ["fresh", "changed"])
def test_what_another_run_of_the_cell_replaces_is_stopped(project: Path, what: str) -> None:
    maestro, _ = made(project, [CHANGE] * 2)
    with maestro:
        first = maestro.submit(PLAIN, **WHERE)
        question(maestro)
        if what == "changed":
            (project / "auth.py").write_text((project / "auth.py").read_text("utf8") + "\nMORE = 1\n", "utf8")
            maestro.workspace.index.refresh()
        maestro.submit(PLAIN, **WHERE, fresh=what == "fresh")
        eventually(lambda: first.done)
        assert maestro.view()["turns"][0]["state"] == "cancelled"


@pytest.mark.parametrize("where", [WHERE, CHAT])
def test_a_plan_that_waited_when_the_kernel_ended_waits_again(project: Path, where: dict[str, Any]) -> None:
    maestro, _ = made(project, [CHANGE])
    with maestro:
        before = maestro.submit(PLAIN, **where)
        question(maestro)
        eventually(lambda: maestro.store.turns.list()[0].data.get("plan"))
        after, model = made(project, [])  # as if this kernel were gone: nothing else is told there
        with after:
            again = after.submit(PLAIN, **where)
            assert question(after)["turn"] == again.turn
            assert end(after, again, "apply").count("+TIMEOUT = 60") == 1
            assert again.reused
        end(maestro, before, "leave")
    assert model.calls == []


@pytest.mark.parametrize("where", [WHERE, CHAT])
def test_a_plan_that_waited_when_the_session_was_closed_waits_again(project: Path, where: dict[str, Any]) -> None:
    maestro, _ = made(project, [CHANGE])
    with maestro:
        maestro.submit(PLAIN, **where)
        question(maestro)
    maestro, model = made(project, [])
    with maestro:
        (kept,) = maestro.store.turns.list()
        assert kept.answer.endswith(WAITED)
        again = maestro.submit(PLAIN, **where)
        assert "+TIMEOUT = 60" in end(maestro, again, "leave")
    assert model.calls == []


def test_what_was_discarded_in_a_chat_is_thought_about_anew(project: Path) -> None:
    maestro, model = made(project, [CHANGE] * 2)
    with maestro:
        for _ in range(2):
            pending = maestro.submit(PLAIN, **CHAT)
            question(maestro)
            end(maestro, pending, "leave")
            assert not pending.reused
    assert len(model.calls) == 2


def test_a_plan_that_nobody_could_be_asked_about_waits_in_a_chat_too(project: Path) -> None:
    maestro, model = made(project, [CHANGE])
    with maestro:
        where = {**CHAT, "asks": False}
        first = maestro.submit(PLAIN, **where).result(30)
        again = maestro.submit(PLAIN, **where)
        assert again.result(30).markdown == first.markdown
        assert again.reused
    assert len(model.calls) == 1


def test_how_a_request_ended_is_kept_though_the_session_closes_before_a_worker_is_free(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maestro, _ = made(project, [CHANGE])
    turns, pool = maestro.store.turns, maestro._background.pool
    submit = pool.submit
    with maestro:
        maestro.submit(PLAIN, **WHERE)
        question(maestro)
        monkeypatch.setattr(
            pool,
            "submit",
            lambda do, *given: Future() if getattr(do, "__self__", None) is turns else submit(do, *given),
        )
    maestro, _ = made(project, [])
    with maestro:
        (kept,) = maestro.store.turns.list()
        assert kept.answer.endswith(WAITED)
