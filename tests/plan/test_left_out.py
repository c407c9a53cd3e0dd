"""What was not found as it was written is not passed off as found, and what was not read is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer, Symbol

Ask = Callable[..., Answer]
ARRAY = """class Array:
    def roll(self):
        pass


class Longer(Array):
    pass


def dataset():
    pass
"""
THERE = "It may be in [`data.py`](data.py), which is too large to be read."


class Arrays(ScriptedSources):
    """Gives, like the workspace, what has the last part of a dotted name where nothing has it whole."""

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        return super().definitions(name) or super().definitions(name.rpartition(".")[2])


@pytest.fixture
def arrays() -> ScriptedSources:
    return Arrays({"array.py": ARRAY}, too_large=["data.py"])


def test_another_class_is_not_called_an_heir(ask: Ask, arrays: ScriptedSources) -> None:
    said = ask("explain Dataset.roll", arrays).markdown
    assert said.startswith("**`Array.roll`** · method")
    assert "`Dataset.roll` was not found; this has its name" in said
    assert THERE in said


def test_an_heir_is_called_one(ask: Ask, arrays: ScriptedSources) -> None:
    said = ask("explain Longer.roll", arrays).markdown
    assert "`Longer.roll` comes from there" in said
    assert THERE not in said


def test_other_letters_are_another_name(ask: Ask, arrays: ScriptedSources) -> None:
    said = ask("where is Dataset defined", arrays).markdown
    assert said.startswith("**Nothing is called `Dataset` in just these letters; spelt otherwise in 1 place**")
    assert THERE in said


@pytest.mark.parametrize(
    ("request_", "said"),
    [("find Nowhere", True), ("where is dataset defined", False), ("explain Array.roll", False)],
)
def test_what_was_not_read_is_said_where_nothing_else_was_found(
    ask: Ask, arrays: ScriptedSources, request_: str, said: bool
) -> None:
    assert (THERE in ask(request_, arrays).markdown) == said
