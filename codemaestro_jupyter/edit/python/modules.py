"""Which file an import means: dotted names to paths of the project, without importing anything."""

from __future__ import annotations

import posixpath
from collections.abc import Set as AbstractSet
from functools import cached_property

ROOTS = ("", "src", "lib", "python")


class Modules:
    """The project's modules, by the paths it has; answers are remembered, the paths do not change."""

    def __init__(self, paths: AbstractSet[str]) -> None:
        self.paths = paths
        self._found: dict[tuple[str, str], str] = {}

    @cached_property
    def _roots(self) -> tuple[str, ...]:
        """Where imports begin; every path is looked at, so only once a module is asked for."""
        tops = {self.top(path) for path in self.paths if path.endswith("__init__.py")}
        return tuple(dict.fromkeys((*ROOTS, *sorted(tops))))

    def top(self, path: str) -> str:
        """The folder that holds the topmost package of a module."""
        folder = posixpath.dirname(path)
        while folder and f"{folder}/__init__.py" in self.paths:
            folder = posixpath.dirname(folder)
        return folder

    def outermost(self, path: str) -> str:
        """The folder of the topmost package of a module, which no relative import of it can leave."""
        top = self.top(path)
        first, _, rest = path[len(top) :].lstrip("/").partition("/")
        return posixpath.join(top, first) if rest else top

    def name(self, path: str) -> str:
        """The dotted name of a module, from its topmost package."""
        top = self.top(path)
        inside = path[len(top) + 1 :] if top else path
        dotted = inside.removesuffix(".pyi").removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")

    def at(self, base: str) -> str:
        """The file of a module given its path without a suffix, or an empty string."""
        for path in (f"{base}.py", f"{base}/__init__.py", f"{base}.pyi"):
            if path in self.paths:
                return path
        return ""

    def resolve(self, importer: str, module: str, level: int = 0) -> str:
        """The path of `module` as `importer` imports it (`level` dots before it); empty: not in this project."""
        key = (posixpath.dirname(importer) if level or module else "", f"{level}:{module}")
        if key not in self._found:
            self._found[key] = self._resolve(importer, module, level)
        return self._found[key]

    def _resolve(self, importer: str, module: str, level: int) -> str:
        inside = module.replace(".", "/")
        if level:
            folder = posixpath.dirname(importer)
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            return self.at(posixpath.join(folder, inside)) if inside else self.package(folder)
        beside = posixpath.dirname(importer)
        # a script finds what lies beside it, a module of a package does not: `utils/asyncio.py` is no `asyncio` there
        for root in self._roots if f"{beside}/__init__.py" in self.paths else (*self._roots, beside):
            found = self.at(posixpath.join(root, inside))
            if found:
                return found
        return ""

    def package(self, folder: str) -> str:
        """The `__init__.py` of a folder, or an empty string."""
        path = posixpath.join(folder, "__init__.py")
        return path if path in self.paths else ""

    def member(self, package: str, name: str) -> str:
        """The submodule `name` of a package given by its `__init__.py`, or an empty string."""
        if posixpath.basename(package) != "__init__.py":
            return ""
        return self.at(posixpath.join(posixpath.dirname(package), name))
