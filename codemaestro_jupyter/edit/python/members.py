"""Rename a method or attribute of a class: `self.x` in the class and its heirs, `Class.x`, and what clearly is one."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.locate import Located, assigned
from codemaestro_jupyter.edit.python.rename import Verdict, name_of, sort
from codemaestro_jupyter.edit.python.resolve import EXTERNAL, Resolver
from codemaestro_jupyter.edit.python.scope import Import, Scope, Use

Class = tuple[str, str]
"""A class by its file's path and its name at module level."""

DISPLAY = ast.Dict | ast.List | ast.Set | ast.Tuple | ast.ListComp | ast.DictComp | ast.SetComp
PLAIN = DISPLAY | ast.Constant | ast.JoinedStr
"""Literals: what they have is none of the project's."""


class Members:
    """Judges uses of one member name; the family is the class, the ancestors that have the member, and all heirs."""

    def __init__(self, resolver: Resolver, documents: Sequence[Uses], found: Located) -> None:
        self._resolver = resolver
        self._documents = {uses.doc.path: uses for uses in documents}
        self._name = found.name
        self._bases: dict[Class, list[Class]] = {}
        self._owns: set[Class] = set()
        self._fields: set[Class] = set()
        for uses in documents:
            sets = f".{self._name}" in uses.doc.source
            for node in uses.scopes.classes:
                key = (uses.doc.path, node.name)
                bases = [self._class(uses, base, uses.scopes.module) for base in node.bases]
                self._bases[key] = [base for base in bases if base]
                if any(defines(item, self._name) for item in node.body) or (sets and self._name in assigned(node)):
                    self._owns.add(key)
                if any(isinstance(item, ast.AnnAssign) and defines(item, self._name) for item in node.body):
                    self._fields.add(key)
        start = (found.unit.path, found.qualified.rpartition(".")[0].rpartition(".")[2])
        self.family = self._grow(start)
        self._fields &= self.family

    def _grow(self, start: Class) -> set[Class]:
        family, before = {start}, set[Class]()
        while family != before:
            before = set(family)
            for key, bases in self._bases.items():
                if any(base in family for base in bases):
                    family.add(key)
                if key in family:
                    family |= {base for base in bases if base in self._owns}
        return family

    def _class(self, uses: Uses, node: ast.expr, scope: Scope) -> Class | None:
        """The class of the project that an expression names."""
        if isinstance(node, ast.Subscript):
            return self._class(uses, node.value, scope)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            node = ast.Name(node.value, ast.Load())
        if isinstance(node, ast.Attribute):
            module = self._resolver.module_of(uses, node.value, scope)
            return self._home(module, node.attr) if module not in ("", EXTERNAL) else None
        if not isinstance(node, ast.Name):
            return None
        found = scope.lookup(node.id)
        for item in found.bindings[node.id] if found else ():
            if isinstance(item, ast.ClassDef):
                return uses.doc.path, item.name
            if isinstance(item, Import) and item.name:
                origin = self._resolver.origin(uses, item)
                return self._home(origin, item.name) if origin else None
        return None

    def _home(self, path: str, name: str, depth: int = 10) -> Class:
        """Follow re-exports to the file that defines a class (where that file mentions the member at all)."""
        uses = self._documents.get(path)
        if uses is not None and depth:
            for item in uses.scopes.module.bindings.get(name, ()):
                if isinstance(item, Import) and item.name:
                    origin = self._resolver.origin(uses, item)
                    if origin:
                        return self._home(origin, item.name, depth - 1)
        return path, name

    def judge(self, uses: Uses) -> Verdict:
        """Sort the uses of the member's name in one file."""
        verdict = Verdict()
        for use in uses.scopes.uses:
            node = use.node
            if isinstance(node, ast.Attribute):
                if node.attr == self._name:
                    sort(uses, use, self._belongs(uses, use, node.value), self._name, verdict)
            elif isinstance(node, ast.keyword):
                if node.arg == self._name:
                    sort(uses, use, self._initialises(uses, use), self._name, verdict)
            elif isinstance(node, ast.Constant):
                verdict.edits += uses.within(node, self._name) if self._quoted(uses, use) else []
            elif not isinstance(node, ast.Constant) and name_of(node) == self._name:
                sort(uses, use, self._bound(uses, use), self._name, verdict)
        return verdict

    def _initialises(self, uses: Uses, use: Use) -> bool | None:
        """Whether `name=` in a call is a field of the family: `Client(timeout=3)` where the class declares it."""
        call = next((node for node in ast.walk(uses.doc.tree)
                     if isinstance(node, ast.Call) and use.node in node.keywords), None)  # fmt: skip
        owner = self._class(uses, call.func, use.scope) if call is not None else None
        return True if owner in self._fields else None

    def _quoted(self, uses: Uses, use: Use) -> bool:
        """Whether a string is the member: in `__slots__` of a class of the family, or `"pkg.mod.Client.get"`."""
        node = use.node
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or use.fstring is not None:
            return False
        if node.value == self._name:
            scope = use.scope
            inside = isinstance(scope.node, ast.ClassDef) and (uses.doc.path, scope.node.name) in self.family
            return inside and any(
                isinstance(item, ast.Assign)
                and any(getattr(target, "id", "") in ("__slots__", "__match_args__") for target in item.targets)
                and node in ast.walk(item.value)
                for item in scope.node.body  # type: ignore[attr-defined]
            )
        parts = re.split(r"[.:]", node.value)
        if len(parts) < 3 or parts[-1] != self._name or parts.count(self._name) > 1:
            return False
        module = self._resolver.modules.resolve("", ".".join(parts[:-2]))
        return bool(module) and self._home(module, parts[-2]) in self.family

    def _bound(self, uses: Uses, use: Use) -> bool:
        """Whether a plain name is the member: bound or used directly in the body of a class of the family."""
        node = use.node
        if isinstance(node, ast.alias | ast.arg):
            return False
        scope = use.scope.lookup(self._name)
        if scope is None or scope.kind != "class" or not isinstance(scope.node, ast.ClassDef):
            return False
        return (uses.doc.path, scope.node.name) in self.family

    def _belongs(self, uses: Uses, use: Use, value: ast.expr) -> bool | None:
        """Whether `value.name` is the member; None if that cannot be told."""
        owner = self._type(uses, value, use.scope)
        if owner is not None:
            return True if owner in self.family else False if owner in self._bases else None
        if isinstance(value, PLAIN) or self._resolver.module_of(uses, value, use.scope):
            return False
        return None

    def _type(self, uses: Uses, value: ast.expr, scope: Scope) -> Class | None:
        """The class of an expression, where it is plain to see."""
        if isinstance(value, ast.Call):
            if isinstance(value.func, ast.Name) and value.func.id == "super":
                return enclosing(uses, scope)
            return self._class(uses, value.func, scope)
        direct = self._class(uses, value, scope)
        if direct is not None:
            return direct
        if not isinstance(value, ast.Name):
            return None
        found = scope.lookup(value.id)
        if found is None:
            return None
        bindings = found.bindings[value.id]
        if len(bindings) != 1:
            return None
        binding = bindings[0]
        if isinstance(binding, ast.arg):
            if binding.annotation is not None:
                return self._class(uses, binding.annotation, found)
            return enclosing(uses, found) if is_self(found, binding) else None
        return self._assigned(uses, found, value.id)

    def _assigned(self, uses: Uses, scope: Scope, name: str) -> Class | None:
        """The class a name gets by its one assignment `name = Class(…)`, or `with Class(…) as name`."""
        for node in ast.walk(scope.node):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                if any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
                    return self._class(uses, node.value.func, scope)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
                return self._class(uses, node.annotation, scope)
            elif (
                isinstance(node, ast.withitem)
                and isinstance(node.context_expr, ast.Call)
                and isinstance(node.optional_vars, ast.Name)
                and node.optional_vars.id == name
            ):
                return self._class(uses, node.context_expr.func, scope)
        return None


def enclosing(uses: Uses, scope: Scope | None) -> Class | None:
    """The class whose method a scope is (or is inside of)."""
    while scope is not None:
        if scope.kind == "class" and isinstance(scope.node, ast.ClassDef):
            return uses.doc.path, scope.node.name
        scope = scope.parent
    return None


def is_self(scope: Scope, binding: ast.arg) -> bool:
    """Whether a parameter is the first one of a method that is not static."""
    node = scope.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or scope.parent is None:
        return False
    first = [*node.args.posonlyargs, *node.args.args][:1]
    static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in node.decorator_list)
    return scope.parent.kind == "class" and first == [binding] and not static


def defines(node: ast.stmt, name: str) -> bool:
    """Whether a statement of a class body binds a name there."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(item, ast.Name) and item.id == name for target in targets for item in ast.walk(target))
