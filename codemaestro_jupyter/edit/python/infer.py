"""Which class of the project an expression has, where the text says so plainly: nothing is guessed.

Told from annotations (`Optional["Client"]` too), `Class(…)`, what functions return, `self.x = …` and assignments that
agree with each other, through re-exports. None stands for "not known".
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.resolve import EXTERNAL, Resolver, statements
from codemaestro_jupyter.edit.python.scope import Import, Scope
from codemaestro_jupyter.workspace import parsing

Class = tuple[str, str]
"""A class by its file's path and its name at module level."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
DEPTH = 6
"""Steps from one expression to another before it is given up."""
WRAPPERS = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar", "Awaitable"})


class Inference:
    """Answers for the documents at hand; what stands in other files is not known."""

    def __init__(self, resolver: Resolver, documents: Sequence[Uses]) -> None:
        self._resolver = resolver
        self._documents = {uses.doc.path: uses for uses in documents}
        self._given: dict[Scope, dict[str, list[tuple[bool, ast.expr]]]] = {}
        self._attributes: dict[ast.ClassDef, dict[str, list[tuple[Scope, bool, ast.expr]]]] = {}

    def named(self, uses: Uses, node: ast.expr, scope: Scope) -> Class | None:
        """The class of the project that an expression names."""
        if isinstance(node, ast.Subscript):
            return self.named(uses, node.value, scope)
        if isinstance(node, ast.Attribute):
            module = self._resolver.module_of(uses, node.value, scope)
            return self.home(module, node.attr) if module not in ("", EXTERNAL) else None
        if not isinstance(node, ast.Name):
            return None
        found = scope.lookup(node.id)
        for item in found.bindings[node.id] if found else ():
            if isinstance(item, ast.ClassDef):
                return uses.doc.path, item.name
            if isinstance(item, Import) and item.name:
                origin = self._resolver.origin(uses, item)
                return self.home(origin, item.name) if origin else None
        return None

    def home(self, path: str, name: str, depth: int = 10) -> Class | None:
        """Follow re-exports to the file that defines a class; None for what is a function or a value there."""
        uses = self._documents.get(path)
        if uses is not None and depth:
            for item in uses.scopes.module.bindings.get(name, ()):
                if isinstance(item, Import) and item.name:
                    origin = self._resolver.origin(uses, item)
                    if origin:
                        return self.home(origin, item.name, depth - 1)
                elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.Name):
                    return None
        return path, name

    def annotated(self, uses: Uses, node: ast.expr, scope: Scope) -> Class | None:
        """The class that an annotation means, past `Optional`, `X | None` and quotes."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                return self.annotated(uses, parsing.expression(node.value).body, scope)
            except (SyntaxError, ValueError):
                return None
        if isinstance(node, ast.BinOp):
            return only(self.annotated(uses, part, scope) for part in (node.left, node.right))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).rpartition(".")[2] in WRAPPERS:
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return only(self.annotated(uses, part, scope) for part in parts)
        return self.named(uses, node, scope)

    def of(self, uses: Uses, value: ast.expr, scope: Scope, depth: int = DEPTH) -> Class | None:
        """The class that an expression's value has, or that it names."""
        if not depth:
            return None
        if isinstance(value, ast.Await):
            return self.of(uses, value.value, scope, depth - 1)
        if isinstance(value, ast.BoolOp):
            return only(self.of(uses, part, scope, depth - 1) for part in value.values)
        if isinstance(value, ast.IfExp):
            return only(self.of(uses, part, scope, depth - 1) for part in (value.body, value.orelse))
        if isinstance(value, ast.Call):
            return self._called(uses, value, scope, depth)
        direct = self.named(uses, value, scope)
        if direct is not None:
            return direct
        if isinstance(value, ast.Attribute):
            there = self._documents.get(self._resolver.module_of(uses, value.value, scope))
            if there is not None:
                return self._variable(there, value.attr, there.scopes.module, depth - 1)
            owner = self.of(uses, value.value, scope, depth - 1)
            return self._attribute(owner, value.attr, depth) if owner else None
        return self._variable(uses, value.id, scope, depth) if isinstance(value, ast.Name) else None

    def foreign(self, uses: Uses, value: ast.expr, scope: Scope, depth: int = DEPTH) -> bool:
        """Whether an expression is certainly made by another library: `Event()`, `self.stop = threading.Event()`."""
        if not depth:
            return False
        if isinstance(value, ast.Call):
            func = value.func
            if isinstance(func, ast.Attribute):
                return self._resolver.module_of(uses, func, scope) == EXTERNAL
            found = scope.lookup(func.id) if isinstance(func, ast.Name) else None
            bindings = found.bindings[func.id] if found and isinstance(func, ast.Name) else []
            return bool(bindings) and all(
                isinstance(item, Import) and item.name and not item.level and not self._resolver.origin(uses, item)
                for item in bindings
            )
        given: list[tuple[Scope, ast.expr]] = []
        if isinstance(value, ast.Name) and (found := scope.lookup(value.id)) is not None:
            assigned = assignments(found.node).get(value.id, [])
            if len(assigned) == len(found.bindings[value.id]) and not any(said for said, _ in assigned):
                given = [(found, item) for _, item in assigned]
        elif isinstance(value, ast.Attribute) and (owner := self.of(uses, value.value, scope, depth - 1)) is not None:
            there = self._documents.get(owner[0])
            node = next((item for item in there.scopes.classes if item.name == owner[1]), None) if there else None
            sets = self._set_by_methods(there, node).get(value.attr, []) if there and node else []
            given = [(inner, item) for inner, said, item in sets if not said]
            given = given if len(given) == len(sets) else []
            uses = there or uses
        return bool(given) and all(self.foreign(uses, item, inner, depth - 1) for inner, item in given)

    def _called(self, uses: Uses, call: ast.Call, scope: Scope, depth: int) -> Class | None:
        func = call.func
        if isinstance(func, ast.Name) and func.id == "super":
            return enclosing(uses, scope)
        where, function = self._function(uses, func, scope)
        if function is not None and where is not None:
            return self._returned(where, function, where.scopes.module, None, depth)
        if isinstance(func, ast.Attribute):
            owner = self.of(uses, func.value, scope, depth - 1)
            if owner is not None:
                return self._attribute(owner, func.attr, depth, called=True)
        return self.named(uses, func, scope)

    def _function(self, uses: Uses, func: ast.expr, scope: Scope) -> tuple[Uses | None, Function | None]:
        """The function of a module that an expression names, and the document it stands in."""
        name, where = "", uses
        if isinstance(func, ast.Attribute):
            found = self._documents.get(self._resolver.module_of(uses, func.value, scope))
            name, where, bindings = func.attr, found or uses, []
            if found is not None:
                bindings = found.scopes.module.bindings.get(name, [])
        elif isinstance(func, ast.Name):
            inside = scope.lookup(func.id)
            name, bindings = func.id, inside.bindings[func.id] if inside else []
        else:
            return None, None
        for _ in range(DEPTH):
            item = bindings[0] if len(bindings) == 1 else None
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                return where, item
            if not (isinstance(item, Import) and item.name):
                break
            name, found = item.name, self._documents.get(self._resolver.origin(where, item))
            if found is None:
                break
            where, bindings = found, found.scopes.module.bindings.get(name, [])
        return None, None

    def _returned(self, uses: Uses, node: Function, scope: Scope, owner: Class | None, depth: int) -> Class | None:
        """What a function returns, by its annotation or because every `return` says so."""
        if node.returns is not None:
            return owner if ast.unparse(node.returns).endswith("Self") else self.annotated(uses, node.returns, scope)
        inner = uses.scopes.inside.get(node)
        given = (item.value for item in statements(node.body) if isinstance(item, ast.Return))
        returns = [value for value in given if value is not None]
        if inner is None or not returns:
            return None
        found = {self.of(uses, value, inner, depth - 1) for value in returns}
        return found.pop() if len(found) == 1 else None

    def _attribute(self, owner: Class, name: str, depth: int, *, called: bool = False) -> Class | None:
        """What `owner().name` is (or returns, `called`): an annotated field, a property, a method, `self.name = …`."""
        uses = self._documents.get(owner[0])
        node = next((item for item in uses.scopes.classes if item.name == owner[1]), None) if uses else None
        if uses is None or node is None or not depth:
            return None
        inner = uses.scopes.inside.get(node, uses.scopes.module)
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id == name:
                return None if called else self.annotated(uses, item.annotation, inner)
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == name:
                lazy = any("property" in ast.unparse(mark) for mark in item.decorator_list)
                return self._returned(uses, item, inner, owner, depth) if lazy is not called else None
        given = self._set_by_methods(uses, node).get(name, [])
        found = {
            self.annotated(uses, value, scope) if said else self.of(uses, value, scope, depth - 1)
            for scope, said, value in ([] if called else given)
        }
        if found:
            return found.pop() if len(found) == 1 else None
        bases = (self.named(uses, base, uses.scopes.module) for base in node.bases)
        return only(self._attribute(base, name, depth - 1, called=called) for base in bases if base)

    def _set_by_methods(self, uses: Uses, node: ast.ClassDef) -> dict[str, list[tuple[Scope, bool, ast.expr]]]:
        if node not in self._attributes:
            found = self._attributes[node] = {}
            for method in node.body:
                scope = uses.scopes.inside.get(method)
                for item in statements([method]) if scope is not None else ():
                    if not isinstance(item, ast.Assign | ast.AnnAssign) or scope is None:
                        continue
                    said = isinstance(item, ast.AnnAssign)
                    if not said and isinstance(item.value, ast.Constant) and item.value.value is None:
                        continue
                    value = item.annotation if isinstance(item, ast.AnnAssign) else item.value
                    for target in [item.target] if isinstance(item, ast.AnnAssign) else item.targets:
                        if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                            found.setdefault(target.attr, []).append((scope, said, value))
        return self._attributes[node]

    def _variable(self, uses: Uses, name: str, scope: Scope, depth: int) -> Class | None:
        found = scope.lookup(name)
        if found is None:
            return None
        bindings = found.bindings[name]
        if len(bindings) == 1 and isinstance(bindings[0], Import) and bindings[0].name and depth:
            there = self._documents.get(self._resolver.origin(uses, bindings[0]))
            return self._variable(there, bindings[0].name, there.scopes.module, depth - 1) if there else None
        if len(bindings) == 1 and isinstance(bindings[0], ast.arg):
            binding = bindings[0]
            if binding.annotation is not None:
                return self.annotated(uses, binding.annotation, found)
            return enclosing(uses, found) if is_self(found, binding) else None
        if found not in self._given:
            self._given[found] = assignments(found.node)
        given = self._given[found].get(name, [])
        if not given or len(given) != len(bindings):
            return None
        classes = {
            self.annotated(uses, value, found) if said else self.of(uses, value, found, depth - 1)
            for said, value in given
        }
        return classes.pop() if len(classes) == 1 else None


def assignments(scope: ast.AST) -> dict[str, list[tuple[bool, ast.expr]]]:
    """By name: every value it is plainly given in a scope (True: an annotation stands for it)."""
    found: dict[str, list[tuple[bool, ast.expr]]] = {}
    body = getattr(scope, "body", None)
    for node in statements(body) if isinstance(body, list) else ():  # of a scope most nodes are expressions
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append((False, node.value))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.setdefault(node.target.id, []).append((True, node.annotation))
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if isinstance(item.optional_vars, ast.Name):
                    found.setdefault(item.optional_vars.id, []).append((False, item.context_expr))
    return found


def only(classes: Iterable[Class | None]) -> Class | None:
    """The one class among several answers; None if there is none, or more than one."""
    found = {item for item in classes if item is not None}
    return found.pop() if len(found) == 1 else None


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
