"""Questions in a console of text: by number, by Enter or in own words, in the middle of what is said."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codemaestro_jupyter.jupyter.numbered import asked, parts_asking, reply
from codemaestro_jupyter.types import TurnId
from tests.test_clarifications import CHANGE, made
from tests.test_dialogue import draft

PARTS: Any = {
    "stage": "SCOPE",
    "text": "Which part?",
    "options": [{"id": "a", "label": "auth.py"}, {"id": "b", "label": "client.py"}],
}
APPLY: Any = {
    "stage": "READY",
    "text": "Apply this?",
    "options": [{"id": "apply", "label": "Apply"}, {"id": "leave", "label": "Leave everything as it is"}],
}


def test_answers_have_numbers() -> None:
    assert asked(PARTS) == "\nWhich part?\n1. auth.py\n2. client.py\nA number, or your own words [1]: "
    assert asked(APPLY).endswith("[2]: "), "Enter alone changes nothing"


@pytest.mark.parametrize(
    ("question", "line", "meant"),
    [
        (PARTS, "", ("a", "")),
        (PARTS, " 2 ", ("b", "")),
        (PARTS, "3", ("", "3")),
        (PARTS, "0", ("", "0")),
        (PARTS, "y", ("", "y")),
        (PARTS, "the tests", ("", "the tests")),
        (APPLY, "", ("leave", "")),
        (APPLY, "Yes", ("apply", "")),
        (APPLY, "n", ("leave", "")),
    ],
)
def test_a_line_is_a_number_or_own_words(question: Any, line: str, meant: tuple[str, str]) -> None:
    assert reply(question, line) == meant


def test_a_plans_text_can_be_edited_before_it_is_applied(project: Path) -> None:
    prompts: list[str] = []
    lines = iter(["e", "1"])
    with made(project, draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")) as maestro:

        def read(prompt: str) -> str:
            prompts.append(prompt)
            return next(lines)

        def edit(turn: TurnId) -> None:
            maestro.changes.revise(turn, maestro.changes.text(turn).replace("60", "75"))

        pending = maestro.submit("change the timeout in auth.py to 60", source="cell", asks=True)
        list(parts_asking(maestro, pending, lambda: None, read, edit))
    assert len(prompts) == 2
    assert prompts[0].endswith("\nA number, e to edit the plan's text, or your own words [2]: ")
    assert "TIMEOUT = 75" in (project / "auth.py").read_text("utf8")


def test_what_is_said_before_a_question_stands_above_it(project: Path) -> None:
    shown: list[str] = []
    lines = iter(["1", "y"])
    with made(project, *[draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")] * 2) as maestro:

        def read(prompt: str) -> str:
            shown.append(prompt)
            return next(lines)

        pending = maestro.submit(CHANGE, source="cell", asks=True)
        shown += parts_asking(maestro, pending, lambda: shown.append("before"), read)
        assert pending.result(30).tool == "edit"
        assert (project / "auth.py").read_text("utf8").count("TIMEOUT = 60") == 1
    question, confirm = (place for place, text in enumerate(shown) if text.startswith("\n") and "own words" in text)
    assert shown[question - 1] == shown[confirm - 1] == "before"
    said = "".join(shown[question + 1 : confirm - 1])
    assert "+TIMEOUT = 60" in said, "the change is seen before it is agreed to"


@pytest.mark.parametrize("error", [EOFError, NotImplementedError])
def test_who_cannot_be_asked_is_not_waited_for(error: type[Exception]) -> None:
    chosen: list[tuple[str, ...]] = []
    view: Any = {"turns": [], "question": {**PARTS, "id": "q", "turn": "t"}}

    def choose(*answer: str) -> None:
        chosen.append(answer)
        pending.done = True

    def read(prompt: str) -> str:
        raise error

    pending: Any = SimpleNamespace(turn="t", done=False)
    maestro: Any = SimpleNamespace(view=lambda: view, choose=choose)
    assert list(parts_asking(maestro, pending, lambda: None, read)) == []
    assert chosen == [("q", "a", "")]
