"""Odd but real Python: what a step must not take for something else."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.errors import EditError

OVERLOADED = """import typing
from typing import overload


@overload
def f(x: int) -> int: ...
@typing.overload
def f(x: str) -> str: ...
def f(x):
    return x
"""


def did(said: str, **files: str) -> Outcome:
    """What a command comes to on some files."""
    named = {name.replace("__", "/").replace("_py", ".py"): text for name, text in files.items()}
    return run(said, Blueprint([Component(path, text.encode()) for path, text in named.items()]))


def text(outcome: Outcome, path: str) -> str:
    component = outcome.blueprint.get(path)
    assert component is not None
    return component.data.decode()


@pytest.mark.parametrize(
    ("said", "new"),
    [
        ("add docstring 'Do.' to f", 'def f(x):\n    """Do."""\n    return x\n'),
        ("add parameter y=1 to f", "def f(x, y=1):\n    return x\n"),
        ("add logging to f", 'def f(x):\n    logger.debug("f(x=%r)", x)\n    return x\n'),
    ],
)
def test_of_an_overloaded_function_the_one_that_runs_is_meant(said: str, new: str) -> None:
    found = did(said, a_py=OVERLOADED)
    assert text(found, "a.py").endswith("def f(x: str) -> str: ...\n" + new)
    assert "def f(x: int) -> int: ...\n" in text(found, "a.py")
    told = ["a.py::f has 2 overloads, which stay as they are."] if "parameter" in said else []
    assert list(found.warnings) == told


@pytest.mark.parametrize("how", ["append('one')", "extend(['one', 'two'])", "insert(0, 'one')", "remove('one')"])
@pytest.mark.parametrize("where", ["", "if True:\n    "])
def test_a_name_that_is_put_into_all_by_a_call_is_exported(how: str, where: str) -> None:
    module = f"__all__ = []\none = two = 1\n{where}__all__.{how}\n"
    found = did("rename one to first", a_py=module, b_py="from a import *\nprint(one)\n")
    assert text(found, "a.py") == module.replace("one", "first")
    assert text(found, "b.py") == "from a import *\nprint(first)\n"
    assert found.candidates == ()


def test_a_definition_in_a_file_that_does_not_parse_is_not_called_missing() -> None:
    with pytest.raises(EditError) as caught:
        did("rename Box to Crate", a_py="class Box:\n    x = = 1\n")
    assert "a.py, which seems to define it, does not parse with Python 3." in caught.value.message
    assert "(line 2)" in caught.value.message
    assert "Mend" in caught.value.hint
