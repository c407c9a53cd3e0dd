"""The same cell run again: what it proposed stands there again with no model call, while what it rests on holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.converse.conversation import LEFT
from codemaestro_jupyter.converse.picture import took
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.maestro import Maestro

from .conftest import eventually
from .test_dialogue import draft, last, made, question

pytestmark = pytest.mark.usefixtures("no_remains")
VAGUE, PLAIN = "improve the timeout of Session in auth.py", "change the timeout in auth.py to 60"
CHANGE = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")
WHERE: dict[str, Any] = {"notebook_id": "n.ipynb", "cell_id": "c1", "source": "cell", "asks": True}


def run(maestro: Maestro, request: str, **more: Any) -> Pending:
    """Run the cell until its plan waits for a yes, whatever it asks before."""
    pending = maestro.submit(request, **WHERE, **more)
    asked = question(maestro)
    while asked["stage"] != "READY":
        eventually(lambda: all(option["ready"] for option in question(maestro)["options"]))
        maestro.choose(asked["id"], asked["options"][0]["id"])
        asked = dict(
            eventually(lambda before=asked["id"]: (q := maestro.view()["question"]) and q["id"] != before and q)
        )  # type: ignore[misc]
    assert asked["turn"] == pending.turn
    return pending


def end(maestro: Maestro, pending: Pending, option: str) -> str:
    maestro.choose(question(maestro)["id"], option)
    return pending.result(30).markdown


@pytest.mark.parametrize("request_", [VAGUE, PLAIN])
def test_what_was_discarded_is_proposed_again_without_the_model(project: Path, request_: str) -> None:
    maestro, model = made(project, [CHANGE] * 2)
    with maestro:
        first = end(maestro, run(maestro, request_), "leave")
        calls = len(model.calls)
        pending = run(maestro, request_)
        assert "+TIMEOUT = 60" in last(maestro)["markdown"]
        same = re.sub(r"\n- .* the same in both answers .*\n", "", first).strip()  # now there is one answer only
        same = same.removesuffix(LEFT.strip()).strip()
        assert end(maestro, pending, "apply").startswith(same)
        assert pending.reused
        assert "from history" in took(last(maestro))  # type: ignore[arg-type]
        assert "TIMEOUT = 60" in (project / "auth.py").read_text("utf8")
    assert len(model.calls) == calls


def test_what_was_undone_too_but_nothing_that_stands(project: Path) -> None:
    maestro, model = made(project, [CHANGE, '{"summary": "It is so.", "steps": []}'])
    with maestro:
        end(maestro, run(maestro, PLAIN), "apply")
        maestro.changes.undo()
        end(maestro, run(maestro, PLAIN), "apply")
        assert len(model.calls) == 1
        pending = maestro.submit(PLAIN, **WHERE)
        assert "Nothing needs to be changed" in pending.result(30).markdown
        assert not pending.reused
    assert len(model.calls) == 2


def test_after_a_restart_and_where_nobody_can_be_asked(project: Path) -> None:
    maestro, _ = made(project, [CHANGE])
    with maestro:
        first = maestro.submit(PLAIN, **{**WHERE, "asks": False}).result(30)
    maestro, model = made(project, [])
    with maestro:
        again = maestro.submit(PLAIN, **{**WHERE, "asks": False})
        assert again.result(30).markdown == first.markdown
        assert maestro.changes.newest == again.turn
    assert model.calls == []


@pytest.mark.parametrize("what", ["fresh", "changed", "elsewhere"])
def test_another_plan_is_made_where_it_is_asked_for_or_something_changed(project: Path, what: str) -> None:
    maestro, model = made(project, [CHANGE] * 2)
    with maestro:
        end(maestro, run(maestro, PLAIN), "leave")
        if what == "changed":
            (project / "auth.py").write_text((project / "auth.py").read_text("utf8") + "\nMORE = 1\n", "utf8")
            maestro.workspace.index.refresh()
        other = WHERE | ({"cell_id": "c2"} if what == "elsewhere" else {})
        pending = maestro.submit(PLAIN, **other, fresh=what == "fresh")
        question(maestro)
        end(maestro, pending, "leave")
        assert not pending.reused
    assert len(model.calls) == 2


def test_own_words_about_the_plan_go_to_the_model(project: Path) -> None:
    maestro, model = made(project, [CHANGE, draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 75")])
    with maestro:
        end(maestro, run(maestro, PLAIN), "leave")
        pending = run(maestro, PLAIN)
        before = question(maestro)["id"]
        maestro.choose(before, "", "75, please")
        eventually(lambda: (q := maestro.view()["question"]) and q["id"] != before)
        assert "+TIMEOUT = 75" in end(maestro, pending, "leave")
        assert not pending.reused
    assert len(model.calls) == 2
