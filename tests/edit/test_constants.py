"""A constant gets another value only where it is plain which one is meant, and what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.decompose import decompose
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.plan_json import step_from_json, step_to_json
from codemaestro_jupyter.edit.reading import Reading
from codemaestro_jupyter.errors import AmbiguousError, EditError
from codemaestro_jupyter.workspace.reader import Reader

CONFIG = """import os

TIMEOUT = 10  # seconds
DAY: int = 60 * 60
NAME = 'ä'
URL = "https://a.org"
NOTHING = None
HOME = os.environ.get("HOME", "x")
TWICE = 1
TWICE = 2
ONE = OTHER = 1


class Client:
    retries = 3

    def get(self, size=1):
        retries = size
        return retries
"""


def changed(said: str | s.Step, **more: str) -> dict[str, list[str]]:
    """The lines that are new, by path."""
    files = {"config.py": CONFIG, **{name.replace("_py", ".py"): text for name, text in more.items()}}
    before = Blueprint([Component(path, text.encode()) for path, text in files.items()])
    found = {}
    for change in run(said, before).changes:
        assert change.after is not None
        old, new = files[change.path].split("\n"), change.after.data.decode().split("\n")
        found[change.path] = [line for line in new if line not in old]
    return found


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("set TIMEOUT to 30 in config.py", "TIMEOUT = 30  # seconds"),
        ("set the constant TIMEOUT to -1.5", "TIMEOUT = -1.5  # seconds"),
        ("please set TIMEOUT in config.py to `60 * 2`", "TIMEOUT = 60 * 2  # seconds"),
        ("set DAY to 86_400", "DAY: int = 86_400"),
        ("set NAME to other", "NAME = 'other'"),
        ("set NAME to None", "NAME = None"),
        ('set NOTHING to "fast"', 'NOTHING = "fast"'),
        ("set NOTHING to 'https://a.b/c d'", 'NOTHING = "https://a.b/c d"'),
        ("set NOTHING to 5", "NOTHING = 5"),
        ('set URL to "https://b.org"', 'URL = "https://b.org"'),
        ("set NOTHING to [1,2]", "NOTHING = [1,2]"),
        ("set Client.retries to 5", "    retries = 5"),
        ("set the value of config.py::TIMEOUT to 0", "TIMEOUT = 0  # seconds"),
    ],
)
def test_a_constant_is_set_and_nothing_else_changes(said: str, line: str) -> None:
    assert changed(said) == {"config.py": [line]}


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ("set TWICE to 3", AmbiguousError, "config.py::TWICE is assigned more than once (lines 9, 10)."),
        ("set HOME to 3", EditError, "config.py::HOME is computed: os.environ.get('HOME', 'x')."),
        ("set ONE to 3", EditError, "config.py::ONE has no value of its own."),
        ("set TIMEOUT to soon", EditError, "'soon' cannot be the value of TIMEOUT."),
        ("set NOTHING to f(1)", EditError, "'f(1)' cannot be the value of NOTHING."),
        ("set NOTHING to a.b", EditError, "'a.b' cannot be the value of NOTHING."),
        ("set TIMEOUT to f(1)", EditError, "'f(1)' cannot be the value of TIMEOUT."),
        ("set Client to 3", EditError, "config.py::Client is no constant."),
        ("set TIMEOUTS to 3", EditError, "There is no TIMEOUTS defined in the files at hand."),
    ],
)
def test_what_is_not_plain_is_refused(said: str, error: type[EditError], message: str) -> None:
    with pytest.raises(error) as raised:
        changed(said)
    assert raised.value.message.endswith(message)


def test_of_two_the_file_says_which() -> None:
    other = "TIMEOUT = 20\n"
    with pytest.raises(AmbiguousError):
        changed("set TIMEOUT to 30", other_py=other)
    assert changed("set TIMEOUT to 30 in other.py", other_py=other) == {"other.py": ["TIMEOUT = 30"]}


def test_what_it_is_already_is_left(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(CONFIG, encoding="utf8")
    found = Reading(tmp_path, Reader(tmp_path)).propose("set TIMEOUT to 10")
    assert (found.diffs, found.problem) == ((), None)
    assert [item.message for item in found.corrections] == ["TIMEOUT is 10 already: left as it is."]


def test_it_is_a_step_of_a_plan_like_any_other() -> None:
    (planned,) = decompose("set TIMEOUT to 30 in config.py").steps
    assert planned.step == s.SetConstant("TIMEOUT", "30", "config.py")
    assert s.describe(planned.step) == "set constant TIMEOUT to 30"
    assert step_from_json(step_to_json(planned.step)) == planned.step
