"""Decide what a name means across files: the homes of a symbol, and which uses lead to one of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from codemaestro_jupyter.edit.beside import same_module
from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.scope import Import, Scope, Use

EXTERNAL = "<external>"
"""Stands for a module that is not in the project: what it has is none of our symbols."""
QUOTED = re.compile(r"(?P<module>[A-Za-z_][\w.]*)[.:](?P<name>\w+)(?P<rest>[\w.]*)")
WARNING = re.compile(r"(?:default|error|ignore|always|all|module|once):[^:]*:(?P<category>[\w.]+)(?::.*)?")
"""A warnings filter as pytest and `-W` take it; its third field is a class by its full dotted name."""


class Resolver:
    """Follows names and imports to the files (`homes`) in which `name` is the symbol asked for."""

    def __init__(self, modules: Modules, name: str) -> None:
        self.modules = modules
        self.name = name
        self.homes: set[str] = set()
        self.unique = False
        """Only one file of the project defines the name, so that a name in quotes can mean nothing else."""

    def settle(self, documents: Sequence[Uses], home: str) -> None:
        """Grow the homes from where the symbol is defined through re-exports, until nothing is added."""
        self.homes = {home, *self.same_as(home, documents)}
        defined = [
            uses
            for uses in documents
            for item in uses.scopes.module.bindings.get(self.name, ())[:1]
            if isinstance(item, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        self.unique = len(defined) == 1
        grown = True
        while grown:
            grown = False
            for uses in documents:
                if uses.doc.path not in self.homes and self._exports(uses):
                    self.homes.add(uses.doc.path)
                    grown = True

    def same_as(self, home: str, documents: Sequence[Uses]) -> list[str]:
        """The files that say the same as the module `home`: its stubs, the notebook it is paired with."""
        sources = {uses.doc.path: uses.doc.source for uses in documents}
        return list(same_module(home, sources, self.modules.paths))

    def _exports(self, uses: Uses) -> bool:
        module = uses.scopes.module
        bindings = module.bindings.get(self.name)
        if bindings:
            return any(isinstance(item, Import) and self._from_home(uses, item) for item in bindings)
        return any(self.origin(uses, star) in self.homes for star in module.stars)

    def origin(self, uses: Uses, bound: Import) -> str:
        """The path of the module that an import names (empty: not in the project)."""
        return self.modules.resolve(uses.doc.path, bound.module, bound.level)

    def _from_home(self, uses: Uses, bound: Import) -> bool:
        return (
            bound.name == self.name
            and bound.alias.asname in (None, self.name)
            and self.origin(uses, bound) in self.homes
        )

    def imports_it(self, uses: Uses, alias: ast.alias) -> bool:
        """Whether an `import` line's name is the symbol."""
        return any(
            bound.alias is alias and bound.name == self.name and self.origin(uses, bound) in self.homes
            for bound in uses.scopes.imports
        )

    def is_symbol(self, uses: Uses, scope: Scope) -> bool:
        """Whether the symbol's name, used or bound in a scope, is the symbol."""
        found = scope.lookup(self.name)
        if found is None:
            return any(self.origin(uses, star) in self.homes for star in scope.module().stars)
        if found is uses.scopes.module:
            return uses.doc.path in self.homes
        return any(isinstance(item, Import) and self._from_home(uses, item) for item in found.bindings[self.name])

    def module_of(self, uses: Uses, node: ast.expr, scope: Scope) -> str:
        """The path of the module an expression names, `EXTERNAL`, or an empty string if it is no module."""
        if isinstance(node, ast.Attribute):
            package = self.module_of(uses, node.value, scope)
            if package in ("", EXTERNAL):
                return package
            return self.modules.member(package, node.attr)
        if not isinstance(node, ast.Name):
            return ""
        found = scope.lookup(node.id)
        if found is None:
            return ""
        answers = {self._imported(uses, item) for item in found.bindings[node.id] if isinstance(item, Import)}
        others = any(not isinstance(item, Import) for item in found.bindings[node.id])
        # `import a.b` and `import a.c` both bind `a`; a name that is sometimes no module is not trusted
        return answers.pop() if len(answers) == 1 and not others else ""

    def no_module(self, uses: Uses, node: ast.expr, scope: Scope) -> bool:
        """Whether an expression certainly is no module: a class or function of the project, `self`, a literal."""
        if not isinstance(node, ast.Name):
            return isinstance(node, ast.Constant | ast.JoinedStr | ast.List | ast.Dict | ast.Tuple | ast.Set)
        found = scope.lookup(node.id)
        if found is None:
            return False
        return all(self._names_no_module(uses, item) for item in found.bindings[node.id])

    def _names_no_module(self, uses: Uses, item: Import | ast.AST) -> bool:
        """Whether a binding certainly is none of a module."""
        if isinstance(item, Import):
            return bool(item.name and self.origin(uses, item)) and not self._imported(uses, item)
        return isinstance(item, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(item, ast.arg) and item.arg in ("self", "cls")
        )

    def _imported(self, uses: Uses, bound: Import) -> str:
        if bound.name:
            package = self.origin(uses, bound)
            inside = self.modules.member(package, bound.name) if package else ""
            if not inside and not package and bound.level == 0:
                inside = self.modules.resolve(uses.doc.path, f"{bound.module}.{bound.name}")
                return inside or EXTERNAL
            return inside
        whole = bound.module if bound.renamed else bound.module.partition(".")[0]
        return self.modules.resolve(uses.doc.path, whole) or ("" if self._namespace(uses, bound) else EXTERNAL)

    def _namespace(self, uses: Uses, bound: Import) -> bool:
        return bool(self.modules.resolve(uses.doc.path, bound.module))

    def quoted(self, uses: Uses, use: Use) -> bool:
        """Whether a string is the symbol's full dotted name (as `patch("pkg.api.fetch")` has it), in `__all__`, or
        what a `__name__` is compared with."""
        node = use.node
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or use.fstring is not None:
            return False
        if node.value == self.name:
            if self.unique and node in named(uses.doc.tree):
                return True
            return uses.doc.path in self.homes and node in exported(uses.doc.tree)
        return self.means(node.value)

    def means(self, value: str) -> bool:
        """Whether a text is the symbol's full dotted name, alone or as the category of a warnings filter."""
        warning = WARNING.fullmatch(value)
        found = QUOTED.fullmatch(warning["category"] if warning else value)
        while found:
            if found["name"] == self.name:
                home = self.modules.resolve("", found["module"])
                return home in self.homes and value.count(self.name) == 1
            found = QUOTED.fullmatch(found["module"])
        return False


def named(tree: ast.Module) -> set[ast.expr]:
    """The strings that a `__name__` or `__qualname__` is compared with."""
    found: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Attribute) and side.attr in ("__name__", "__qualname__") for side in sides):
                found |= {side for side in sides if isinstance(side, ast.Constant)}
    return found


def exported(tree: ast.Module) -> set[ast.Constant]:
    """The strings of a module's `__all__`: what it is assigned, what is added, and what its methods are given."""
    found: set[ast.Constant] = set()
    for node in top(tree.body):
        value: ast.expr | None = None
        if isinstance(node, ast.Assign):
            value = node.value if any(is_all(target) for target in node.targets) else None
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            value = node.value if is_all(node.target) else None
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            method = node.value.func
            value = node.value if isinstance(method, ast.Attribute) and is_all(method.value) else None
        if value is not None:
            found |= {item for item in ast.walk(value) if isinstance(item, ast.Constant)}
    return found


def top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, those in blocks too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for block in ("body", "orelse", "finalbody"):
                yield from top(getattr(node, block, []))
            for handler in getattr(node, "handlers", []):
                yield from top(handler.body)


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement, those inside functions and classes too; of a module most nodes are expressions."""
    for node in body:
        yield node
        for block in ("body", "orelse", "finalbody"):
            yield from statements(getattr(node, block, []))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from statements(part.body)


def is_all(node: ast.expr) -> bool:
    """Whether an expression is a module's `__all__`."""
    return isinstance(node, ast.Name) and node.id == "__all__"
