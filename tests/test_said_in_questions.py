"""What is said while a question is open stands in the answer: what drafts took when it is stopped, and own words."""

from __future__ import annotations

from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from codemaestro_jupyter.plan.explain import UNDONE
from codemaestro_jupyter.types import NotebookId, NotebookPicture, RelPath

from .conftest import eventually
from .test_clarifications import made as offline
from .test_dialogue import draft, last, made, question

pytestmark = pytest.mark.usefixtures("no_remains")
CHANGE = "improve the timeout of Session in auth.py"
NOTEBOOK = NotebookPicture(NotebookId("n.ipynb"), RelPath("n.ipynb"))
PLAN = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")


def test_a_stop_in_mid_question_says_what_the_drafts_took(project: Path) -> None:
    maestro, _ = made(project, [PLAN] * 2)
    with maestro:
        pending = maestro.submit(CHANGE, asks=True)
        eventually(lambda: all(option["ready"] for option in question(maestro)["options"][:2]))
        pending.cancel()
        with pytest.raises(CancelledError):
            pending.result(30)
        eventually(lambda: last(maestro)["state"] == "cancelled")
        assert last(maestro)["markdown"].startswith("*Stopped, ")
        billed = maestro.store.ledger.by("purpose")
        assert {name: each.calls for name, each in billed.items()} == {"draft": 2, "warm": 1}
        tokens = sum(each.sent + each.received for each in billed.values())
        assert f"{tokens:,} tokens" in last(maestro)["markdown"]


def test_own_words_about_a_plan_stand_before_the_next_one(project: Path) -> None:
    maestro, _ = made(project, [PLAN] * 3 + [draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 75")])
    with maestro:
        pending = maestro.submit(CHANGE, asks=True)
        asked = question(maestro)
        maestro.choose(asked["id"], asked["options"][0]["id"])
        eventually(lambda: question(maestro)["stage"] == "READY")
        plan = question(maestro)
        maestro.choose(plan["id"], text="make it 75, not 60")
        eventually(lambda: question(maestro)["id"] != plan["id"])
        assert "> make it 75, not 60" in last(maestro)["markdown"].splitlines()
        maestro.choose(question(maestro)["id"], "leave")
        before, after = pending.result(30).markdown.split("> make it 75, not 60")
        assert "+TIMEOUT = 60" in before
        assert "+TIMEOUT = " in after


def test_a_changed_mind_at_the_plan_answers_the_question_anew(project: Path) -> None:
    maestro, model = made(project, [PLAN] * 2 + [draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 75")])
    with maestro:
        pending = maestro.submit(CHANGE, asks=True)
        asked = question(maestro)
        eventually(lambda: all(option["ready"] for option in question(maestro)["options"][:2]))
        maestro.choose(asked["id"], asked["options"][0]["id"])
        eventually(lambda: question(maestro)["stage"] == "READY")
        plan = question(maestro)
        maestro.choose(plan["id"], text="no, restructure auth.py instead")
        eventually(lambda: question(maestro)["id"] != plan["id"])
        small, other = (option["label"] for option in asked["options"])
        assert f"*{asked['text']} → {other}, not {small}*" in last(maestro)["markdown"]
        assert f"How: {other}" in model.calls[-1][-1].content
        maestro.choose(question(maestro)["id"], "leave")
        assert "+TIMEOUT = 75" in pending.result(30).markdown


def test_a_request_outlives_the_kernel_that_asked_about_it(project: Path) -> None:
    maestro, _ = made(project, [PLAN] * 3)
    with maestro:
        pending = maestro.submit(CHANGE, notebook_id=NOTEBOOK.id, asks=True)
        asked = question(maestro)
        eventually(maestro.store.turns.list)
        after, _ = made(project, [])  # as if this kernel were gone: nothing else is told there
        with after:
            after.notebook(NOTEBOOK)
            eventually(lambda: after.view()["turns"])
            shown = last(after)
            assert (shown["request"], shown["state"]) == (CHANGE, "cancelled")
            assert shown["markdown"] == "*Stopped, the kernel ended before it was answered. Ask again.*"
            assert after.view()["question"] is None
        maestro.choose(asked["id"], asked["options"][0]["id"])
        eventually(lambda: question(maestro)["stage"] == "READY")
        maestro.choose(question(maestro)["id"], "leave")
        answer = pending.result(30).markdown
        (kept,) = maestro.store.turns.list()
        assert (kept.state, kept.answer) == ("done", answer)


@pytest.mark.parametrize("with_model", [True, False])
def test_a_request_is_given_up_in_words(project: Path, with_model: bool) -> None:
    maestro = made(project, [PLAN] * 2)[0] if with_model else offline(project)
    with maestro:
        pending = maestro.submit(CHANGE, asks=True)
        maestro.choose(question(maestro)["id"], text="Never mind.")
        with pytest.raises(CancelledError):
            pending.result(30)
        assert (last(maestro)["state"], maestro.view()["question"]) == ("cancelled", None)
        assert last(maestro)["markdown"].startswith("*Stopped, ")
        assert "Never mind" not in last(maestro)["markdown"]


@pytest.mark.parametrize("with_model", [True, False])
def test_that_none_of_the_answers_is_meant_is_no_answer(project: Path, with_model: bool) -> None:
    maestro, model = made(project, [PLAN] * 3) if with_model else (offline(project), None)
    with maestro:
        pending = maestro.submit(CHANGE, asks=True)
        asked = question(maestro)
        maestro.choose(asked["id"], text="neither")
        if model is not None:
            eventually(lambda: question(maestro)["stage"] == "READY")
            maestro.choose(question(maestro)["id"], "leave")
        assert f"*{asked['text']} → neither*" in pending.result(30).markdown
    if model is not None:
        labels = "; ".join(option["label"] for option in asked["options"])
        assert f"How: none of these: {labels}" in model.calls[-1][-1].content
    else:
        assert "none of these" not in pending.result(30).markdown


def test_what_is_assumed_is_said_without_a_model_too(tmp_path: Path) -> None:
    for name, text in {"web/login.py": "def login_page(): ...\n" * 9, "shop/stock.py": "stock = 1\n"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, "utf8")
    with offline(tmp_path) as maestro:
        answer = maestro.submit("fix the login page", asks=True).result(30)
    assert "*I assumed: web" in answer.markdown


def test_who_types_undo_is_told_how_and_no_model_is_asked(project: Path) -> None:
    maestro, model = made(project, [])
    with maestro:
        answer = maestro.submit("undo the last change", source="chat", asks=True).result(30)
        assert answer.markdown.strip() == UNDONE
    assert model.calls == []
