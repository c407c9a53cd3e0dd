"""What is said while a question is open stands in the answer: what drafts took when it is stopped, and own words."""

from __future__ import annotations

from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from codemaestro_jupyter.types import NotebookId, NotebookPicture, RelPath

from .conftest import eventually
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
