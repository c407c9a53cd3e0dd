"""Put common mistakes right by themselves, and say so: an import nobody added, new text that lost its indent.

(What the matching ladder puts right is in `matching`, a duplicate insertion and a moved text in `textsteps`.)
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace

from codemaestro_jupyter.edit.blueprint import Blueprint
from codemaestro_jupyter.edit.matching import find
from codemaestro_jupyter.edit.python.units import quiet
from codemaestro_jupyter.edit.state import Correction, State
from codemaestro_jupyter.edit.steps import InsertText, Plan, ReplaceText
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.workspace import parsing

USED = re.compile(rb"\b([a-z_][a-z0-9_]*)\.[A-Za-z_]")


def missing_imports(state: State, start: Blueprint) -> None:
    """Import the standard modules that changed Python files use as `module.name`, and bind nowhere.

    Looked for only among names that the change brought into the file: what was missing before is the person's.
    """
    for path in sorted(state.touched):
        if not path.endswith(".py"):
            continue
        component = state.blueprint.get(path)
        earlier = state.moved.get(path) or start.get(path) or state.loaded.get(path)
        if component is None or (earlier is not None and earlier.data == component.data):
            continue
        old = earlier.data if earlier is not None else b""
        # only the changed middle is searched: names that could be new stand there
        prefix = common(old, component.data)
        suffix = common_end(old[prefix:], component.data[prefix:])
        middle = component.data[max(prefix - 40, 0) : len(component.data) - suffix + 40]
        names = {name.decode() for name in USED.findall(middle)} & sys.stdlib_module_names
        names = {name for name in names if not re.search(rf"\b{name}\b".encode(), old)}
        # most who use a module import it at the top: that is seen without a tree
        names = {name for name in names if not re.search(rf"^import {name}\b(?!\.)".encode(), component.data, re.M)}
        if names:
            add_missing(state, path, sorted(names))


def add_missing(state: State, path: str, names: list[str]) -> None:
    """Import those of `names` that a file uses and does not bind."""
    from codemaestro_jupyter.edit.python.definition import add_import
    from codemaestro_jupyter.edit.python.scope import Scopes

    component = state.blueprint.get(path)
    if component is None:
        return
    decoded = decode(component.data, path)
    text = decoded.text
    for name in names:
        try:
            tree = quiet(parsing.module, text)
            scopes = Scopes(tree, (name,))
        except (SyntaxError, RecursionError):
            return  # the verification says what is wrong
        free = [use for use in scopes.uses if isinstance(use.node, ast.Name) and use.scope.lookup(name) is None]
        if free and not scopes.module.stars:
            text = add_import(text, tree, name)
            state.correct("missing import", f"{path} uses {name} without importing it: `import {name}` was added.")
    state.put_text(component, decoded, text)


def common(one: bytes, two: bytes) -> int:
    """The length of the common beginning of two byte strings."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == two[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_end(one: bytes, two: bytes) -> int:
    """The length of the common end of two byte strings."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle :] == two[len(two) - middle :]:
            low = middle
        else:
            high = middle - 1
    return low


def reindented(plan: Plan, blueprint: Blueprint) -> Iterator[tuple[Plan, tuple[Correction, ...]]]:
    """The plan with one text step's new text at the indent of the place it goes to, for each step where that differs.

    For new text whose lines lost (or never had) the indent of their place; the verification decides which one fits.
    """
    for at, item in enumerate(plan.steps):
        step = item.step
        if not isinstance(step, ReplaceText | InsertText) or not step.path.endswith(".py") or step.cell:
            continue
        component = blueprint.get(step.path)
        goal = step.old if isinstance(step, ReplaceText) else step.anchor
        new = step.new if isinstance(step, ReplaceText) else step.text
        if component is None or not goal.strip():
            continue
        try:
            text = decode(component.data, step.path).text
            start = find(text, goal)[0].start
        except MaestroError:
            continue
        line = text[text.rfind("\n", 0, start) + 1 :]
        place = line[: len(line) - len(line.lstrip(" \t"))]
        deeper = place + ("\t" if place.startswith("\t") else "    ")
        lead = goal[: len(goal) - len(goal.lstrip(" \t\n"))]
        bare = textwrap.dedent(new)
        for indent in dict.fromkeys((place, deeper)):
            fitted = textwrap.indent(bare, indent)
            if isinstance(step, ReplaceText) and not lead and bare.strip():
                fitted = fitted[len(indent) :] if fitted.startswith(indent) else fitted
            if fitted == new:
                continue
            other = replace(step, new=fitted) if isinstance(step, ReplaceText) else replace(step, text=fitted)
            steps = (*plan.steps[:at], replace(item, step=other), *plan.steps[at + 1 :])
            said = Correction(item.id, "changed indent", f"{step.path}: the new text was indented as its place is.")
            yield replace(plan, steps=steps), (said,)
