"""A plan that is to be asked for once more, and cannot be: what the model said first is not lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.protocol import Message

from .test_dialogue import draft, made

pytestmark = pytest.mark.usefixtures("no_remains")
REQUEST = "change the timeout of Session in auth.py to 60"
WRONG = draft("auth.py", "no such line", "x", summary="Wait longer.")


def spent_after(first: str) -> tuple[list[Maestro], Callable[[Sequence[Message]], str]]:
    """A script after which nothing is left of the turn's budget."""
    maestros: list[Maestro] = []

    def script(_: Sequence[Message]) -> str:
        maestros[0].settings.values.turn_budget = 0.001
        return first

    return maestros, script


def test_where_the_budget_does_not_reach_the_first_plan_is_shown_with_what_is_wrong(project: Path) -> None:
    maestros, script = spent_after(WRONG)
    maestro, model = made(project, [script, "never asked"], local=False)
    maestros.append(maestro)
    with maestro:
        answer = maestro.submit(REQUEST).result(30)
    assert len(model.calls) == 1
    assert answer.markdown.startswith("Wait longer.\n\n**This plan cannot be applied:** ")
    assert "It was not asked for again: The budget of $0.00 a turn for models does not reach" in answer.markdown
    assert "Nothing was written" in answer.markdown
    assert "made without a model" not in answer.markdown


def test_an_answer_that_is_no_plan_is_replaced_by_the_offline_answer_that_says_both(project: Path) -> None:
    maestros, script = spent_after("That is easy.")
    maestro, model = made(project, [script, "never asked"], local=False)
    maestros.append(maestro)
    with maestro:
        answer = maestro.submit(REQUEST).result(30)
    assert len(model.calls) == 1
    assert "it holds no JSON object" in answer.markdown
    assert "It was not asked for again: The budget of $0.00 a turn" in answer.markdown
    assert "made without a model" in answer.markdown


def test_a_server_that_goes_away_meanwhile_takes_no_plan_with_it(project: Path) -> None:
    down = ModelUnavailableError("http://h/v1 does not answer.", hint="Is the server running?")
    maestro, model = made(project, [WRONG, down])
    with maestro:
        answer = maestro.submit(REQUEST).result(30)
    assert len(model.calls) == 2
    assert answer.markdown.startswith("Wait longer.\n\n**This plan cannot be applied:** ")
    assert "It was not asked for again: http://h/v1 does not answer." in answer.markdown
