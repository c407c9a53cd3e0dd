"""The classes that a class is made from, through the files of the project and on into installed libraries' sources.

Nothing is imported or run: a library's class is read where the interpreter would find it, and only if it is asked for.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from codemaestro_jupyter.edit.python.locate import assigned, definitions
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.units import parse, units
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.workspace import parsing

DEPTH = 12
"""Bases of bases, and names handed on from module to module, that are followed."""
LARGEST = 1_000_000
"""Bytes of a library's file that is read."""


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A class by the module that defines it (a path of the project, or a library's dotted name) and its tree."""

    where: str
    name: str
    node: ast.ClassDef | None
    """None where its source cannot be read."""
    ours: bool

    def has(self, member: str) -> bool:
        """Whether the class itself has a member of this name, as far as its text says."""
        if self.node is None:
            return hasattr(getattr(builtins, self.name, None), member) if self.where == "builtins" else False
        return member in assigned(self.node) or any(name == member for name, _ in definitions(body(self.node)))


class Lineage:
    """Follows the bases of classes; `state` gives the project's files."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._modules = Modules(state.blueprint.paths())

    def of(self, path: str, name: str) -> list[Ancestor]:
        """The class and all that it is made from, nearest first; those of libraries too."""
        found: list[Ancestor] = []
        start = self._find(path, name, ours=True)
        waiting = [start] if start else []
        while waiting and len(found) < 4 * DEPTH:
            one = waiting.pop(0)
            if any((one.where, one.name) == (item.where, item.name) for item in found):
                continue
            found.append(one)
            for base in one.node.bases if one.node else ():
                waiting += self._named(one.where, base, ours=one.ours)
        return found

    def _tree(self, where: str, *, ours: bool) -> ast.Module | None:
        try:
            if not ours:
                return parsed(where)
            component = self._state.blueprint.get(where)
            if component is None and self._state.loader is not None and self._state.blueprint.exists(where):
                component = self._state.loader(where)
            unit = next(units(component), None) if component else None
            return parse(unit.source) if unit is not None and unit.cell < 0 else None
        except (SyntaxError, PathError):
            return None

    def _find(self, where: str, name: str, *, ours: bool, depth: int = DEPTH) -> Ancestor | None:
        """The class of that name in a module, or where the module has it from."""
        tree = self._tree(where, ours=ours)
        if tree is None or not depth:
            return None
        for qualified, node in definitions(tree):
            if qualified == name and isinstance(node, ast.ClassDef):
                return Ancestor(where, name, node, ours)
        for statement in ast.walk(tree):
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if name == (alias.asname or alias.name):
                        return self._from(where, statement, alias.name, ours=ours, depth=depth)
        return None

    def _from(self, where: str, node: ast.ImportFrom, name: str, *, ours: bool, depth: int) -> Ancestor | None:
        if ours:
            path = self._modules.resolve(where, node.module or "", node.level)
            if path or node.level:
                return self._find(path, name, ours=True, depth=depth - 1) if path else None
        module = node.module or ""
        if node.level:
            package = where.split(".") if is_package(where) else where.split(".")[:-1]
            module = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
        found = self._find(module, name, ours=False, depth=depth - 1)
        return found or Ancestor(module, name, None, ours=False)

    def _named(self, where: str, base: ast.expr, *, ours: bool) -> Iterator[Ancestor]:
        """The class that an expression among the bases of a class names."""
        if isinstance(base, ast.Subscript):
            base = base.value
        name = ast.unparse(base)
        if not re.fullmatch(r"[\w.]+", name):
            return
        head, _, last = name.rpartition(".")
        if not head:
            found = self._find(where, name, ours=ours)
            if found is None and isinstance(getattr(builtins, name, None), type):
                found = Ancestor("builtins", name, None, ours=False)
            if found is not None:
                yield found
            return
        module = self._module(where, head, ours=ours)
        path = self._modules.resolve(where, module) if ours else ""
        found = self._find(path, last, ours=True) if path else self._find(module, last, ours=False)
        yield found or Ancestor(module, last, None, ours=bool(path))

    def _module(self, where: str, head: str, *, ours: bool) -> str:
        """The dotted name of the module that `head` stands for in a file."""
        first, _, rest = head.partition(".")
        tree = self._tree(where, ours=ours)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    if alias.asname == first or (alias.asname is None and alias.name == first):
                        module = getattr(node, "module", None)
                        return ".".join(filter(None, [module, alias.name, rest]))
        return head


def body(node: ast.ClassDef) -> ast.Module:
    """The body of a class, as a module."""
    return ast.Module(node.body, [])


@lru_cache(maxsize=256)
def parsed(module: str) -> ast.Module | None:
    """The tree of an installed module; None if there is no source that can be read."""
    path = source_of(module)
    if path is None:
        return None
    try:
        if path.stat().st_size > LARGEST:
            return None
        return parsing.module(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def is_package(module: str) -> bool:
    """Whether an installed module is a folder of modules."""
    path = source_of(module)
    return path is not None and path.stem == "__init__"


@lru_cache(maxsize=1024)
def source_of(module: str) -> Path | None:
    """The file of an installed module, where the interpreter (or the environment that is active) would find it."""
    if not re.fullmatch(r"\w+(\.\w+)*", module):
        return None
    inside = module.replace(".", "/")
    for folder in search_path():
        for end in ("/__init__.py", ".py", "/__init__.pyi", ".pyi"):
            path = folder / f"{inside}{end}"
            if path.is_file():
                return path
    return None


def search_path() -> tuple[Path, ...]:
    """The folders that modules are looked for in: those of this interpreter, and of an active virtual environment."""
    active = os.environ.get("VIRTUAL_ENV", "")
    inside = sorted(Path(active).glob("lib/python*/site-packages")) if active else []
    return (*inside, *(Path(item) for item in sys.path if item and item != "."))
