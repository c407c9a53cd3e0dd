"""Hunks chosen by words: what is named, what is added to the ticked ones and what is left out."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.choosing import named
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.errors import OptionError

from .engine_project import RENAME

TICKED = {"src/pkg/__init__.py:1", "src/pkg/api.py:1"}


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["src/pkg/api.py:1"], {"src/pkg/api.py:1"}),
        (["src/pkg/api.py"], {"src/pkg/api.py:1"}),
        (["src/pkg/api.py", "README.md:1"], {"src/pkg/api.py:1", "README.md:1"}),
        (["README.md"], set()),
        (["+README.md:1"], {*TICKED, "README.md:1"}),
        (["-src/pkg/__init__.py"], {"src/pkg/api.py:1"}),
        (["+README.md:1", "-src/pkg/api.py", "-README.md"], {"src/pkg/__init__.py:1"}),
    ],
)
def test_words_choose_hunks(project_engine: Engine, words: list[str], chosen: set[str]) -> None:
    assert named(project_engine.propose(RENAME), words) == chosen


def test_no_words_leave_it_to_the_ticks(project_engine: Engine) -> None:
    assert named(project_engine.propose(RENAME), []) is None


@pytest.mark.parametrize("words", [["src/pkg/api.py:9"], ["other.py"], ["+src/pkg/api.py", "README.md"]])
def test_what_names_nothing_is_an_error_that_says_what_there_is(project_engine: Engine, words: list[str]) -> None:
    with pytest.raises(OptionError) as caught:
        named(project_engine.propose(RENAME), words)
    assert "src/pkg/api.py:1 to :2" in caught.value.hint
