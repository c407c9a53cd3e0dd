"""Organise the imports at the top of a file: standard library, others, own; each once, as the project has it."""

from __future__ import annotations

import ast
import posixpath
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from codemaestro_jupyter.edit.python.definition import header
from codemaestro_jupyter.edit.python.locate import python_tree
from codemaestro_jupyter.edit.python.modules import ROOTS, Modules
from codemaestro_jupyter.edit.python.style import Style, style_of
from codemaestro_jupyter.edit.python.units import Positions
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import OrganizeImports
from codemaestro_jupyter.errors import EditError
from codemaestro_jupyter.workspace import parsing

Name = tuple[str, str]
"""What is imported, and what it is called here (empty: the same)."""
Order = tuple[int, str, str]


@dataclass(slots=True)
class Entry:
    """One import as it will stand; `body` is empty where it has to be written anew."""

    module: str
    """With its dots."""
    names: list[Name] = field(default_factory=list)
    """None for `import module`."""
    body: str = ""
    lead: str = ""
    """The comments above it."""
    commented: bool = False


def organize_imports(state: State, step: OrganizeImports) -> None:
    """Do the step; an import with a comment keeps it, one that stands alone on its line only is moved.

    One whose names are in order already stays as it is broken into lines.
    """
    import libcst as cst

    unit, tree = python_tree(state, step.path)
    _, imports = header(tree)
    if not imports:
        raise EditError(f"{step.path} has no imports at its top.", hint="There is nothing to organise.")
    positions = Positions(unit.source)
    start = positions.starts[imports[0].lineno - 1]
    end = positions.starts[imports[-1].end_lineno or imports[-1].lineno]
    newline = "\r\n" if "\r\n" in unit.source else "\n"
    module = cst.parse_module(unit.source[start:end])
    style = style_of(state, step.path, unit.source)
    known = Modules(state.blueprint.paths())
    groups: dict[int, dict[Any, Entry]] = {}
    for statement in module.body:
        if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
            raise EditError(f"{step.path} has several statements on one import line.", hint="Put each on its own line.")
        for entry in entries(module.code_for_node(statement).strip("\r\n"), newline, style):
            section = groups.setdefault(group(entry.module, step.path, known, style), {})
            key = place(entry, style)
            merge(section.setdefault(key, entry), entry, style)
    blocks = [
        newline.join(section[key].lead + (section[key].body or written(section[key], style, newline))
                     for key in sorted(section))
        for _, section in sorted(groups.items())
    ]  # fmt: skip
    text = (newline * 2).join(blocks) + newline
    component, decoded = state.text(step.path)
    changed = unit.source[:start] + text + unit.source[end:]
    if changed == unit.source:
        state.correct("duplicate insertion", f"The imports of {step.path} are in order already: left as they are.")
    state.put_text(component, decoded, changed)


def entries(code: str, newline: str, style: Style) -> Iterator[Entry]:
    """What one import statement, with the comments above it, becomes."""
    bare = [item for item in code.splitlines() if not item.lstrip().startswith("#")]
    line = parsing.module("\n".join(bare)).body[0]
    comments = [item for item in code.splitlines() if item.lstrip().startswith("#") and not item.startswith(" ")]
    lead = "".join(item + newline for item in comments)
    body = newline.join(item for item in code.splitlines() if item not in comments and item.strip())
    commented = "#" in body
    if isinstance(line, ast.ImportFrom):
        module = "." * line.level + (line.module or "")
        given = [(item.name, item.asname or "") for item in line.names]
        names = sorted(set(given), key=lambda item: order(item[0], style))
        if commented or given == [("*", "")]:
            yield Entry(module, given, body, lead, commented)
            return
        # one that is renamed stands alone, as isort and ruff have it
        alone = [[item] for item in names if style.single or (item[1] and not style.combined)]
        joint = [item for item in names if [item] not in alone]
        kept = body if len(body) <= style.width or "(" in body else ""
        for names in filter(None, (joint, *alone)):
            yield Entry(module, names, kept if names == given else "", lead)
            lead = ""
    elif isinstance(line, ast.Import):
        for item in line.names if not commented else line.names[:1]:
            text = f"import {item.name}" + (f" as {item.asname}" if item.asname else "")
            yield Entry(item.name, [], body if commented else text, lead, commented)
            lead = ""


def merge(there: Entry, more: Entry, style: Style) -> None:
    """Let one import have the names and the comments of another one of its place too."""
    if there is more:
        return
    there.lead += more.lead
    if set(more.names) - set(there.names):
        there.names = sorted({*there.names, *more.names}, key=lambda item: order(item[0], style))
        there.body = ""


def place(entry: Entry, style: Style) -> tuple[Any, ...]:
    """Where an import stands in its group; two of one place are one import."""
    name = entry.module.lstrip(".")
    level = len(entry.module) - len(name)
    module = (level if style.nearest else -level, name.lower(), name)
    kind = 1 if entry.names else 0
    alone = len(entry.names) == 1 and (style.single or (bool(entry.names[0][1]) and not style.combined))
    alone = alone and entry.names[0][0] != "*"
    apart = entry.commented or not entry.names or entry.names[0][0] == "*"
    named = (order(entry.names[0][0], style), entry.names[0][1]) if alone else ()
    rest = (int(alone), named, entry.body if apart else "")
    return (module, kind, *rest) if style.within else (kind, module, *rest)


def group(module: str, path: str, known: Modules, style: Style) -> int:
    """0 `__future__`, 1 standard library, 2 others, 3 this project, 4 this package."""
    top = module.partition(".")[0]
    if module == "__future__":
        return 0
    if module.startswith(".") or top in style.near:
        return 4
    if top in style.own:
        return 3
    if top not in style.foreign:
        for name in (module, top):
            found = known.resolve(path, name)
            inside = name.replace(".", "/")
            # a package of its own elsewhere in the repository is installed like any other
            if found and found[: found.rfind(inside)].rstrip("/") in {*ROOTS, known.top(path), posixpath.dirname(path)}:
                return 3
    return 1 if top in sys.stdlib_module_names else 2


def order(name: str, style: Style) -> Order:
    """Constants, then classes, then functions, as isort and ruff have it; or by the alphabet alone."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (kind if style.by_type else 0, name.lower(), name)


def written(entry: Entry, style: Style, newline: str) -> str:
    """A `from` import on one line, or one name a line where that is too long."""
    items = [name + (f" as {alias}" if alias else "") for name, alias in entry.names]
    line = f"from {entry.module} import {', '.join(items)}"
    if len(line) <= style.width:
        return line
    return f"from {entry.module} import ({newline}" + "".join(f"    {item},{newline}" for item in items) + ")"
