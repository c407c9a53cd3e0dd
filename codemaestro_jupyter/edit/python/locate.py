"""Find the definition a step names: `load_user`, `Client.get`, `src/api.py::Client.get`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from codemaestro_jupyter.edit.beside import same_module
from codemaestro_jupyter.edit.matching import shorten
from codemaestro_jupyter.edit.python.library import noted
from codemaestro_jupyter.edit.python.samewords import same_words
from codemaestro_jupyter.edit.python.units import Unit, parse, problem, units
from codemaestro_jupyter.edit.spelt import nfkc
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.errors import AmbiguousError, EditError

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
IDENTIFIER = re.compile(r"[^\W\d]\w*")
CONFLICT = re.compile(r"^<<<<<<< ", re.MULTILINE)
"""Where a merge left both sides standing."""
TARGET = r"\b[ \t\\]*(?:=(?!=)|:|[,)\]][^\n]*?[^=!<>]=(?!=))"
"""What follows a name that is assigned: `x = 1`, `x: int`, `x, y = 1, 2`, but not `x("y", z=1)`."""
ALIKE = 0.75
"""Below that `difflib` finds `sorting_key` for `nothing_here`."""


@dataclass(frozen=True, slots=True)
class Located:
    """A definition: the piece of Python that holds it, its dotted name there, its node (an assignment for names)."""

    unit: Unit
    qualified: str
    node: ast.stmt

    @property
    def address(self) -> str:
        """`src/api.py::Client.get`."""
        return f"{self.unit.where}::{self.qualified}"

    @property
    def name(self) -> str:
        """The last part of its name."""
        return self.qualified.rpartition(".")[2]


def definitions(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Every function, class and module- or class-level name with its dotted name (no `<locals>`)."""
    stack: list[tuple[str, list[ast.stmt]]] = [("", tree.body)]
    while stack:
        prefix, body = stack.pop()
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield prefix + node.name, node
                if isinstance(node, ast.ClassDef):
                    stack.append((f"{prefix}{node.name}.", node.body))
                else:
                    nested = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.ClassDef)]
                    stack.append((f"{prefix}{node.name}.", list(nested)))
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    for name in ast.walk(target):
                        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                            yield prefix + name.id, node
            elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
                blocks = [getattr(node, field, []) for field in ("body", "orelse", "finalbody")]
                blocks += [handler.body for handler in getattr(node, "handlers", [])]
                stack.append((prefix, [item for block in blocks for item in block]))


def attributes(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """What methods set on their object (`self.x = …`), as `Class.x`, where the class itself does not define it."""
    for qualified, node in definitions(tree):
        if isinstance(node, ast.ClassDef):
            for name, statement in assigned(node).items():
                yield f"{qualified}.{name}", statement


def assigned(node: ast.ClassDef) -> dict[str, ast.stmt]:
    """The attributes that a class's own methods set on their first parameter, each with the first such statement."""
    found: dict[str, ast.stmt] = {}
    for method in node.body:
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) or not method.args.args:
            continue
        me = method.args.args[0].arg
        for statement in ast.walk(method):
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                for target in (part for item in targets for part in ast.walk(item)):
                    own = isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store)
                    if own and isinstance(target.value, ast.Name) and target.value.id == me:  # type: ignore[attr-defined]
                        found.setdefault(target.attr, statement)  # type: ignore[attr-defined]
    return found


def names_of(tree: ast.Module) -> set[str]:
    """The dotted names that a file defines."""
    return {qualified for qualified, _ in definitions(tree)}


def candidates(state: State, name: str, path: str) -> list[Located]:
    """Definitions whose dotted name is, or ends with, `name`."""
    last = name.rpartition(".")[2]
    found: dict[tuple[str, int, str], Located] = {}
    if path:
        state.need(path)
    # only what may bind the name is parsed: of hundreds of files that use a symbol one or two define it
    word = re.escape(last)
    binds = re.compile(rf"\b(?:def|class)\s+{word}\b|(?<![\w.]){word}{TARGET}")
    member = re.compile(rf"\.{word}{TARGET}")
    for component in state.blueprint.holding(last):
        if path and component.path != path:
            continue
        for unit in units(component):
            of_objects = "." in name and has(member, unit)
            if not (of_objects or has(binds, unit)):
                continue
            try:
                tree = parse(unit.source)
            except SyntaxError as error:
                if path and unit.cell < 0:
                    raise broken(unit, error) from error
                continue
            for qualified, node in (*definitions(tree), *(attributes(tree) if of_objects else ())):
                if qualified == name or qualified.endswith("." + name):
                    key = (unit.path, unit.cell, qualified)
                    if key not in found or is_overload(found[key].node):  # the one that runs comes last
                        found[key] = Located(unit, qualified, node)
    return list(found.values())


def is_overload(node: ast.stmt) -> bool:
    """Whether a definition only says one of the ways to call the one that follows."""
    decorators = getattr(node, "decorator_list", [])
    return any(ast.unparse(item).rpartition(".")[2] == "overload" for item in decorators)


def unread(state: State, name: str, path: str) -> Iterator[tuple[Unit, SyntaxError]]:
    """The pieces of Python that seem to define a name and do not parse."""
    seems = re.compile(rf"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{re.escape(name)}\b", re.MULTILINE)
    for component in state.blueprint.holding(name):
        if path and component.path != path:
            continue
        for unit in units(component):
            try:
                if seems.search(unit.source):
                    parse(unit.source)
            except SyntaxError as error:
                yield unit, error


def has(pattern: re.Pattern[str], unit: Unit) -> bool:
    """Whether a piece of Python has what a pattern looks for."""
    return noted((pattern, unit.source), lambda: bool(pattern.search(nfkc(unit.source))))


def broken(unit: Unit, error: SyntaxError) -> EditError:
    """What is said about Python that does not parse."""
    return EditError(
        f"{unit.where} does not parse: {problem(error)}.",
        hint="Mend this line first, or use a text step (replace …).",
    )


def python_tree(state: State, path: str) -> tuple[Unit, ast.Module]:
    """A Python file and its tree; raises `EditError` if it is none or does not parse."""
    unit = next(units(state.need(path)), None)
    if unit is None or unit.cell >= 0:
        raise EditError(f"{path} is no Python file.", hint="Name a .py file.")
    try:
        return unit, parse(unit.source)
    except SyntaxError as error:
        raise broken(unit, error) from error


def locate(state: State, name: str, path: str = "", *, kinds: tuple[type[ast.stmt], ...] = ()) -> Located:
    """The one definition that `name` means.

    A full match wins over a match of the last parts; functions and classes win over variables. Raises
    `AmbiguousError` with the addresses if several are left, `EditError` with alike names if none is.
    """
    name = nfkc(name)
    if not name or not all(IDENTIFIER.fullmatch(part) for part in name.split(".")):
        raise EditError(f"{name!r} is no name of Python.", hint="Name a function, class or method, e.g. `Client.get`.")
    found = candidates(state, name, path)
    if not found and "." in name and not path:
        found = in_module(state, name.split("."))
    full = [item for item in found if item.qualified == name]
    found = full or found
    found = without_twins(state, found)
    defined = [item for item in found if isinstance(item.node, Definition)]
    found = defined or found
    if kinds:
        found = [item for item in found if isinstance(item.node, kinds)] or found
    if len(found) == 1:
        if kinds and not isinstance(found[0].node, kinds):
            raise EditError(f"{found[0].address} is no function or class.", hint="Name a function or class.")
        return found[0]
    if found:
        listed = tuple(sorted(item.address for item in found))
        raise AmbiguousError(
            f"{name} is defined {len(listed)} times: {', '.join(listed[:10])}.",
            hint=f"Name one by its address, e.g. `{listed[0]}`.",
            candidates=listed,
        )
    for unit, error in unread(state, name.rpartition(".")[2], path):
        conflict = CONFLICT.search(unit.source)
        raise EditError(
            f"There is no {name} defined in what can be read: {unit.where}, which seems to define it, does not parse"
            f" with Python {sys.version_info[0]}.{sys.version_info[1]}: {problem(error)}.",
            hint=f"A merge left its conflict open in line {unit.source.count(chr(10), 0, conflict.start()) + 1}: "
            "resolve it first."
            if conflict
            else "Mend this line first, or use a text step (replace …).",
        )
    near = alike(state, name, path)
    raise EditError(
        f"There is no {name} defined in {path or 'the files at hand'}.",
        hint=f"Did you mean {', '.join(near)}?" if near else "Check its spelling, or name its file.",
        candidates=near,
    )


def without_twins(state: State, found: list[Located]) -> list[Located]:
    """Without the definitions that only say another one again: in its stub, in the notebook of its script."""
    if not any(item.unit.path.endswith((".pyi", ".ipynb")) for item in found):
        return found
    sources = {item.unit.path: item.unit.source for item in found}
    paths = state.blueprint.paths()
    again = {
        (twin, item.qualified)
        for item in found
        if item.unit.path.endswith(".py")
        for twin in same_module(item.unit.path, sources, paths)
    }
    return [item for item in found if (item.unit.path, item.qualified) not in again]


def in_module(state: State, parts: list[str]) -> list[Located]:
    """Definitions named with their module: `pkg.api.fetch`, `pkg.api.Client.get`; the longest module that has it."""
    for size in range(len(parts) - 1, 0, -1):
        suffix = "/" + "/".join(parts[:size])
        found = [
            item
            for item in candidates(state, ".".join(parts[size:]), "")
            if f"/{item.unit.path}".endswith((f"{suffix}.py", f"{suffix}/__init__.py"))
        ]
        if found:
            return found
    return []


def alike(state: State, name: str, path: str, limit: int = 3) -> tuple[str, ...]:
    """Defined names that look like `name`, or are made of its words, as addresses."""
    from difflib import get_close_matches

    have: dict[str, str] = {}
    for component in state.blueprint:
        if path and component.path != path:
            continue
        for unit in units(component):
            for found in re.findall(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", unit.source, re.MULTILINE):
                have.setdefault(found, f"{unit.where}::{found}")
    last = name.rpartition(".")[2]
    spelt = get_close_matches(last, have, limit, ALIKE)
    near = [shorten(have[found]) for found in dict.fromkeys((*spelt, *same_words(last, have, limit)))]
    if path:  # it may have moved to another file
        near = [item.address for item in candidates(state, name, "")] + near
    if "." in name:  # the member is there, its class is misspelt
        whole = {item.qualified: item.address for item in candidates(state, name.rpartition(".")[2], path)}
        near = [whole[found] for found in get_close_matches(name, whole, limit, ALIKE)] + near
    return tuple(dict.fromkeys(near))[:limit]
