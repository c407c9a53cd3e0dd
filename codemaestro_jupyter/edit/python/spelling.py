"""How modules are called before and after a move, from the file that imports them."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Mapping

from codemaestro_jupyter.edit.moving import new_packages, stem_of
from codemaestro_jupyter.edit.python.locate import names_of
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.quoted import dotted, modules
from codemaestro_jupyter.edit.python.resolve import WARNING, Resolver
from codemaestro_jupyter.edit.python.units import parse
from codemaestro_jupyter.edit.sought import holds
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import PathError

DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+(?:\.\*|:[\w.]+)?|[A-Za-z_]\w*:[A-Za-z_]\w*")
"""A string that is a full dotted path: `pkg.mod.f`, `pkg.mod:f`, `pkg.mod.*`, `mod:f`."""


def base_of(path: str) -> str:
    """A module's path without suffix; a package's folder."""
    return posixpath.splitext(path)[0].removesuffix("/__init__")


class Spelling:
    """How modules are called before and after a move."""

    def __init__(self, state: State, moves: Mapping[str, str], moved: Mapping[str, str]) -> None:
        before = state.blueprint.paths()
        self.state = state
        self.start = state.blueprint
        self.moved = moved
        self.modules = Modules(before)
        after = frozenset(before - set(moves)) | frozenset(moves.values())
        self.later = Modules(after | {f"{folder}/__init__.py" for folder in new_packages(moves, before)})
        self.stems = {stem_of(path) for path in moved}
        self.resolver = Resolver(self.modules, "")
        self._shadowed: dict[tuple[str, str], bool] = {}
        self.names: list[tuple[str, str]] = []
        """How a text may call what moves, before and after: by its path, or by its full dotted name."""
        for old, new in moved.items():
            dotted = (self.modules.name(old), self.later.name(new))
            self.names += [(old, new), dotted] if "." in dotted[0] else [(old, new)]

    def shadowed(self, package: str, name: str) -> bool:
        """Whether a package's `__init__.py` gives a submodule's name to something else (`from .dag import *`)."""
        key = (package, name)
        if key not in self._shadowed:
            self._shadowed[key] = self._binds(package, name, 4)
        return self._shadowed[key]

    def _binds(self, path: str, name: str, depth: int) -> bool:
        component = self.start.get(path)
        if component is None or not depth or not holds(component, name):
            return False
        try:
            tree = parse(decode(component.data, path).text)
        except (SyntaxError, PathError):
            return False
        if name in names_of(tree):
            return True
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                origin = self.modules.resolve(path, node.module or "", node.level)
                for item in node.names:
                    if (item.asname or item.name) == name and origin and not self.modules.member(origin, item.name):
                        return True
                    if item.name == "*" and origin and self._public(origin, name, depth - 1):
                        return True
        return False

    def _public(self, path: str, name: str, depth: int) -> bool:
        """Whether `from path import *` brings a name that is no module."""
        return not name.startswith("_") and self._binds(path, name, depth)

    def submodule(self, package: str, name: str) -> str:
        """The path of a package's submodule that moves; empty if it stays, or the name is something else there."""
        found = self.modules.member(package, name)
        return found if found in self.moved and not self.shadowed(package, name) else ""

    def relative(self, home: str, base: str) -> str:
        """`..sub.mod`: a module's base path as the file `home` imports it relatively."""
        here = posixpath.dirname(home).split("/") if posixpath.dirname(home) else []
        there = base.split("/") if base else []
        same = 0
        while same < min(len(here), len(there)) and here[same] == there[same]:
            same += 1
        return "." * (len(here) - same + 1) + ".".join(there[same:])

    def spelled(self, home: str, old: str, written: str, level: int) -> str:
        """How the file `home` (its new path) imports the module at `old`, given how it was written before."""
        new = self.moved.get(old, old)
        base = base_of(new)
        if level and self.reaches(home, base):
            return self.relative(home, base)
        inside, was = written.replace(".", "/"), base_of(old)
        if not level and was.endswith(inside):
            top = was[: len(was) - len(inside)]
            if base.startswith(top):
                return base[len(top) :].replace("/", ".")
        return self.later.name(new)

    def reaches(self, home: str, base: str) -> bool:
        """Whether a relative import in `home` can reach a module: both are in one topmost package."""
        outermost = self.later.outermost(home)
        return not outermost or f"{base}/".startswith(f"{outermost}/")

    def respelled(self, home: str, value: str) -> str:
        """A string after the move, where it is a full dotted path into what moves or a warnings filter with one."""
        warning = WARNING.fullmatch(value)
        start, end = warning.span("category") if warning else (0, len(value))
        dotted = value[start:end]
        if DOTTED.fullmatch(dotted):
            parts = dotted.partition(":")[0].removesuffix(".*").split(".")
            for size in range(len(parts), 0, -1):
                head = ".".join(parts[:size])
                old = self.modules.resolve("", head)
                if old in self.moved and ("." in head or ":" in dotted):
                    return value[:start] + self.spelled(home, old, head, 0) + value[start + len(head) :]
                if old:
                    break
        return value

    def said(self, home: str, text: str) -> list[tuple[int, int, str]]:
        """The edits in a string that names what moves in an import of its own, or in full with a name it defines."""
        found = []
        for first, last in modules(text):
            old = self.modules.resolve("", text[first:last])
            if old in self.moved and "." in text[first:last]:
                found.append((first, last, self.spelled(home, old, text[first:last], 0)))
        for first, last in dotted(text):
            head, _, rest = text[first:last].rpartition(".")
            while "." in head:
                old = self.modules.resolve("", head)
                if old in self.moved and self.shadowed(old, rest.partition(".")[0]):
                    found.append((first, first + len(head), self.spelled(home, old, head, 0)))
                if old:
                    break
                head, _, part = head.rpartition(".")
                rest = f"{part}.{rest}"
        return found


def package_text(plan: Spelling, home: str, origin: str, package: str, written: str, level: int) -> str:
    """How a `from` statement names the folder `package`, spelled like the statement was."""
    if not level and origin:
        inside, was = written.replace(".", "/"), base_of(origin)
        top = was[: len(was) - len(inside)] if was.endswith(inside) else ""
        if package.startswith(top) and len(package) > len(top):
            return package[len(top) :].replace("/", ".")
    if level and plan.reaches(home, package):
        return plan.relative(home, package)
    top = plan.later.top(f"{package}/__init__.py")
    return (package[len(top) :].lstrip("/") if top else package).replace("/", ".")
