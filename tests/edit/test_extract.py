"""What `def`, `class` and `import` bind goes into an extracted function, and comes out of it, like any other name."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.errors import EditError


def extracted(source: str, lines: str) -> str:
    found = run(f"extract lines {lines} of a.py as part", Blueprint([Component("a.py", source.encode())]))
    return next(item.data.decode() for item in found.blueprint)


def test_what_was_defined_before_goes_in() -> None:
    head = "def f(name):\n    import os as system\n\n    def inner(): ...\n\n"
    source = f"{head}    inner.name = system.sep + name\n    return inner\n"
    assert extracted(source, "6-6") == (
        "def part(inner, system, name):\n    inner.name = system.sep + name\n\n\n"
        f"{head}    part(inner, system, name)\n    return inner\n"
    )


def test_what_is_defined_inside_comes_out() -> None:
    source = "def f():\n    import re\n    def inner(a): ...\n    class C: ...\n    return inner, re\n"
    assert extracted(source, "2-4") == (
        "def part():\n    import re\n    def inner(a): ...\n    class C: ...\n    return re, inner\n\n\n"
        "def f():\n    re, inner = part()\n    return inner, re\n"
    )


@pytest.mark.parametrize("lines", ["2-4", "3-4", "3-5", "4-6", "4-7"])
def test_lines_that_begin_outside_of_a_block_are_no_whole_statements(lines: str) -> None:
    source = "def f(a):\n    b = a\n    if a:\n        c = b\n    else:\n        c = 1\n    return c\n"
    with pytest.raises(EditError, match="are not whole statements of one block"):
        run(f"extract lines {lines} of a.py as made", Blueprint([Component("a.py", source.encode())]))


@pytest.mark.parametrize(
    "first",
    ["b = [c for c in a]", "b = lambda c: c", "b = {c: d for c, d in a}", "def b(c):\n        c = 1\n        return c"],
)
def test_a_variable_of_something_inside_is_none_of_the_function(first: str) -> None:
    source = f"def f(a):\n    {first}\n    for c in a:\n        print(c)\n    return b\n"
    last = source.count("\n")
    made = extracted(source, f"{last - 2}-{last - 1}")
    assert made.startswith("def part(a):\n    for c in a:\n        print(c)\n")
    assert "    part(a)\n    return b\n" in made
