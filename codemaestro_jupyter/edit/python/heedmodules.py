"""What a moved module is still called where no import says it: names for lazy loading, put-together paths, patterns."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.python.codetexts import docstrings, table
from codemaestro_jupyter.edit.python.heed import listed
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.units import Unit, parse, units
from codemaestro_jupyter.edit.state import State

LOADS = re.compile(r"\b(?:import_module|__import__|find_spec|lazy\w*|attach)\b")
MOST_MOVED = 20
"""Modules of a folder that are looked for one by one."""


def module_sentences(state: State, moved: Mapping[str, str], importers: Iterable[Component]) -> Iterator[str]:
    """One sentence for each module that is still called by its old name, as a text, in what was rewritten already."""
    if len(moved) > MOST_MOVED:
        return
    modules = Modules(state.blueprint.paths())
    pieces = [unit for item in importers for unit in units(state.blueprint.get(item.path) or item)]
    for old in moved:
        parts = modules.name(old).split(".")
        if len(parts) < 2 or old.endswith("__init__.py"):
            continue
        found = [place for unit in pieces for place in called(unit, parts, posixpath.dirname(old))]
        if found:
            yield f"{'.'.join(parts)} may be meant by a text that is no import ({listed(found)}): change what means it."


def called(unit: Unit, parts: list[str], folder: str) -> Iterator[str]:
    """The places of a piece of Python that may call a module by a part of its name."""
    stem = parts[-1]
    joined = {"_".join(parts[-size:]) for size in range(2, len(parts) + 1)}
    tails = {".".join(parts[-size:]) for size in range(2, len(parts))}
    pattern = r"\\?\.".join(map(re.escape, parts))
    if stem not in unit.source:
        return
    near = unit.path.endswith("__init__.py") and f"{folder}/".startswith(f"{posixpath.dirname(unit.path)}/")
    loads = LOADS.search(unit.source) is not None
    try:
        tree = parse(unit.source)
    except SyntaxError:
        return
    told = docstrings(tree)
    kept = table(tree) if near else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in joined:
            yield f"{unit.where}:{node.lineno}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
            value = node.value
            alone = value.lstrip(".") == stem and ((value != stem and (loads or near)) or node in kept or loads)
            escaped = r"\." in value and re.search(rf"(?<!\w){pattern}(?!\w)", value)
            if alone or value in tails or escaped:
                yield f"{unit.where}:{node.lineno}"
