"""Passing over functions that mention nothing of interest gives the uses that reading everything gives."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.python.document import Uses, document

LINES = st.sampled_from(
    [
        "old = 1",
        "x = old + 1",
        "new(other)",
        "import old",
        "from pkg import old as new",
        "from pkg import other",
        "print('a.old', 1)",
        "y = [old for old in x]",
        "self.old = other",
        "other = 2",
        "pass",
    ]
)
HEADS = st.sampled_from(
    ["def f(x):", "def old(other=1):", "def g(old):", "async def h():", "class C:", "def new(): # old"]
)


@st.composite
def block(draw: st.DrawFn, depth: int = 0) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        if depth < 3 and draw(st.booleans()):
            lines.append(draw(HEADS))
            if depth and draw(st.integers(0, 4)) == 0:
                lines.append("    global other")
            lines += ["    " + line for line in draw(block(depth + 1))]
        else:
            lines.append(draw(LINES))
    return lines


@settings(deadline=None)
@given(block(), st.sampled_from(["\n", "\r\n"]))
def test_functions_without_the_names_need_not_be_read(lines: list[str], newline: str) -> None:
    doc = document(Component("a.py", newline.join([*lines, ""]).encode()))
    if doc is None or not doc.units:
        return
    whole, near = Uses(doc, ("old", "new")), Uses(doc, ("old", "new"), near=True)
    assert [pick(whole, use) for use in near.scopes.uses] == [pick(whole, use) for use in whole.scopes.uses]
    assert [(item.module, item.name) for item in near.scopes.imports] == [
        (item.module, item.name) for item in whole.scopes.imports
    ]
    assert {name: len(found) for name, found in near.scopes.module.bindings.items()} == {
        name: len(found) for name, found in whole.scopes.module.bindings.items()
    }


def pick(uses: Uses, use: object) -> tuple[str, object, list[str]]:
    """A use as what can be compared: its node, its place, and where the names it may mean are bound."""
    node = use.node  # type: ignore[attr-defined]
    scope = use.scope  # type: ignore[attr-defined]
    kinds = []
    for name in ("old", "new", "other", "x"):
        found = scope.lookup(name)
        kinds.append(found.kind if found is not None else "")
    return ast.dump(node) if not isinstance(node, ast.FunctionDef) else node.name, getattr(node, "lineno", 0), kinds


@pytest.mark.parametrize(
    "line", ["old = 1", "old: int = 1", "old=1", "a, old = 1, 2", "(a, old) = 1, 2", "[old, b] = 1, 2", "a = old = 1"]
)
def test_each_way_to_assign_a_name_defines_it(line: str) -> None:
    found = run("rename variable old to new", Blueprint([Component("a.py", f"{line}\nprint(old)\n".encode())]))
    assert [item.data.decode() for item in found.blueprint] == [f"{line}\nprint(old)\n".replace("old", "new")]
