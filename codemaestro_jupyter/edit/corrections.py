"""Put common mistakes right by themselves, and say so; here: an import that the new text needs and nobody added."""

from __future__ import annotations

import ast
import re
import sys

from codemaestro_jupyter.edit.blueprint import Blueprint
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.text import decode

USED = re.compile(rb"\b([a-z_][a-z0-9_]*)\.[A-Za-z_]")


def missing_imports(state: State, start: Blueprint) -> None:
    """Import the standard modules that changed Python files use as `module.name`, and bind nowhere.

    Looked for only among names that the change brought into the file: what was missing before is the person's.
    """
    for path in sorted(state.touched):
        if not path.endswith(".py"):
            continue
        component = state.blueprint.get(path)
        earlier = start.get(path) or state.loaded.get(path)
        if component is None or (earlier is not None and earlier.data == component.data):
            continue
        old = earlier.data if earlier is not None else b""
        # only the changed middle is searched: names that could be new stand there
        prefix = common(old, component.data)
        suffix = common(old[prefix:][::-1], component.data[prefix:][::-1])
        middle = component.data[max(prefix - 40, 0) : len(component.data) - suffix + 40]
        names = {name.decode() for name in USED.findall(middle)} & sys.stdlib_module_names
        names = {name for name in names if not re.search(rf"\b{name}\b".encode(), old)}
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
            tree = ast.parse(text)
        except SyntaxError:
            return  # the verification says what is wrong
        scopes = Scopes(tree, (name,))
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
