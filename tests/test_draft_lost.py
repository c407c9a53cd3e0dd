"""What goes wrong while a plan is drafted ahead costs the person nothing: it is made when they choose, and logged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.types import TurnId

from .conftest import eventually
from .test_dialogue import draft, made, question

pytestmark = pytest.mark.usefixtures("no_remains")
TIMEOUT = "improve the timeout of Session in auth.py"
LONGER = draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")


def failing(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, times: int) -> list[str]:
    """The first calls fail as nobody expects it; every call is in the list."""
    real, calls = getattr(target, name), list[str]()

    def fails(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        if len(calls) <= times:
            raise SystemError("AST constructor recursion depth mismatch")
        return real(*arguments, **options)

    monkeypatch.setattr(target, name, fails)
    return calls


def chosen(maestro: Maestro, wrong: Callable[[TurnId], bool]) -> str:
    """What the turn says in which the smallest change is chosen, once what is prepared for it has gone wrong."""
    pending = maestro.submit(TIMEOUT, source="chat", asks=True)
    asked = question(maestro)
    eventually(lambda: wrong(pending.turn))
    maestro.choose(asked["id"], "small")
    confirm = eventually(lambda: (asked := maestro.view()["question"]) and asked["stage"] == "READY" and asked)
    maestro.choose(confirm["id"], "leave")  # type: ignore[index]
    return pending.result(30).markdown


def test_a_draft_that_breaks_is_made_again_when_it_is_chosen(
    project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    maestro, _ = made(project, [LONGER] * 3)
    failing(monkeypatch, maestro.dialogue.drafts, "_propose", 2)

    def failed(turn: TurnId) -> bool:
        return [drafting.state for drafting in maestro.dialogue.drafts.states(turn)] == ["failed", "failed"]

    with maestro, caplog.at_level(logging.ERROR):
        assert "Wait longer." in chosen(maestro, failed)
    assert "recursion depth mismatch" in caplog.text


def test_where_no_draft_can_be_begun_the_plan_is_made_when_it_is_chosen(
    project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    maestro, _ = made(project, [LONGER])
    begun = failing(monkeypatch, maestro.dialogue.drafts, "begin", 1)
    with maestro, caplog.at_level(logging.ERROR):
        assert "Wait longer." in chosen(maestro, lambda _: bool(begun))
    assert "recursion depth mismatch" in caplog.text
