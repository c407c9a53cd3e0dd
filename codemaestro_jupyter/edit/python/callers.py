"""Which calls call a function: by its name through imports, as a method of its family, as its class's constructor."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Collection, Sequence

from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.infer import Class, enclosing
from codemaestro_jupyter.edit.python.locate import Located
from codemaestro_jupyter.edit.python.members import COMMON, Members
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.resolve import EXTERNAL, Resolver
from codemaestro_jupyter.edit.python.scope import Import, Scope

Function = ast.FunctionDef | ast.AsyncFunctionDef
MAKES = ("__init__", "__new__")
HANDING = {
    **dict.fromkeys(("partial", "partialmethod", "submit", "to_thread", "deprecated_call", "addCleanup"), 0),
    **dict.fromkeys(("raises", "warns", "assertRaises", "assertWarns"), 1),
    "assertRaisesRegex": 2,
}
"""What calls one of its arguments with the keywords that it is given, and which: `pytest.raises(Error, f, key=1)`."""


KEYWORDS = ("kwargs", "kwds", "keywords")
TARGETS = ("target", "func", "function")
DELAYING = ("apply_async", "signature")
"""Methods of a task that take a display of its keywords."""
LATER = ("delay", "s", "si", "remote", "submit")
"""Methods of a task that take its keywords."""
CONTEXTS = ("ctx", "context", "click_context", "get_current_context")
"""How click's context is called, which calls a command by `invoke` and `forward`; a test runner's `invoke` does not."""


class Callers:
    """Judges calls of one function; `of_class` and `nodes` say what it is: a method, or local to another function."""

    def __init__(
        self, modules: Modules, documents: Sequence[Uses], found: Located, nodes: Collection[ast.AST], *, of_class: bool
    ) -> None:
        self._found = found
        self._nodes = nodes
        self._resolver = Resolver(modules, found.name)
        self._members: Members | None = None
        self._made: set[Class] = set()
        if of_class:
            self._members = Members(self._resolver, documents, found)
            if found.name in MAKES:
                self._made = self._members.heirs_without()
        elif "." not in found.qualified:
            self._resolver.settle(documents, found.unit.path)

    def family(self, documents: Sequence[Uses]) -> list[tuple[Uses, Function]]:
        """The same method of other classes, which is called by the same keywords; none for a constructor."""
        if self._members is None or self._made:
            return []
        return [
            (uses, item)
            for uses in documents
            for node in uses.scopes.classes
            if (uses.doc.path, node.name) in self._members.family
            for item in node.body
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == self._found.name
        ]

    def only(self, documents: Sequence[Uses], keyword: str, held: Collection[ast.AST]) -> bool:
        """Whether no other function of its name, and no everyday object's, takes that keyword (or any)."""
        for uses in documents:
            for node in ast.walk(uses.doc.tree):
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node in held:
                    continue
                takes = [*node.args.args, *node.args.kwonlyargs]
                if node.name == self._found.name and (node.args.kwarg or any(item.arg == keyword for item in takes)):
                    return False
        return not any(keyword in keywords_of(getattr(kind, self._found.name, None), keyword) for kind in COMMON)

    def calls(self, uses: Uses, call: ast.Call, scope: Scope) -> bool | None:
        """Whether a call (or `partial(f, …)`) is one of the function; None if it may be."""
        meant = self.called(uses, call.func, scope)
        if meant is False and isinstance(call.func, ast.Attribute) and self.called(uses, call.func.value, scope):
            return True if call.func.attr in LATER else None
        if meant is False and call.args:
            index = HANDING.get(last(call.func), 0 if of_context(call.func) else None)
            if index is not None:
                return index < len(call.args) and self.called(uses, call.args[index], scope)
            # something else is given the function: the keywords may be for it or for that
            return None if any(self.called(uses, item, scope) for item in call.args) else False
        return meant

    @staticmethod
    def may_hand(call: ast.Call) -> bool:
        """Whether a call has a display of keywords."""
        return any(isinstance(item, ast.Dict) for item in call.args) or any(
            item.arg in KEYWORDS for item in call.keywords
        )

    def handed(self, uses: Uses, call: ast.Call, scope: Scope, name: str) -> list[ast.Constant | ast.keyword]:
        """Where a call hands on `name` in a display of keywords: `Thread(target=f, kwargs={"name": 1})`."""
        shown = [item for item in call.args if isinstance(item, ast.Dict)]
        shown += [item.value for item in call.keywords if item.arg in KEYWORDS]  # type: ignore[misc]
        keys: list[ast.Constant | ast.keyword] = []
        for item in shown:
            keys += [key for key in getattr(item, "keys", ()) if isinstance(key, ast.Constant) and key.value == name]
            if isinstance(item, ast.Call) and last(item.func) == "dict":
                keys += [keyword for keyword in item.keywords if keyword.arg == name]
        given = [*call.args[:1], *(item.value for item in call.keywords if item.arg in TARGETS)]
        if isinstance(call.func, ast.Attribute) and last(call.func) in DELAYING:
            given.append(call.func.value)
        return keys if keys and any(self.called(uses, item, scope) for item in given) else []

    def called(self, uses: Uses, func: ast.expr, scope: Scope) -> bool | None:
        """Whether what is called is the function; None if it may be."""
        if self._made:
            return self._constructs(uses, func, scope)
        if self._members is not None:
            if not isinstance(func, ast.Attribute) or func.attr != self._found.name:
                return False
            return self._members.belongs(uses, scope, func.value)
        if "." in self._found.qualified:
            inside = scope.lookup(self._found.name) if last(func) == self._found.name else None
            bound = inside.bindings[self._found.name] if inside is not None else ()
            return isinstance(func, ast.Name) and any(item in self._nodes for item in bound)
        return self._named(uses, func, scope)

    def _named(self, uses: Uses, func: ast.expr, scope: Scope) -> bool | None:
        """Whether an expression names the function of a module."""
        resolver = self._resolver
        if isinstance(func, ast.Attribute):
            if func.attr != resolver.name:
                return False
            module = resolver.module_of(uses, func.value, scope)
            if module:
                return module in resolver.homes
            return False if resolver.no_module(uses, func.value, scope) else None
        if not isinstance(func, ast.Name):
            return False
        if func.id == resolver.name:
            return resolver.is_symbol(uses, scope)
        inside = scope.lookup(func.id)
        return inside is not None and any(
            isinstance(item, Import) and item.name == resolver.name and resolver.origin(uses, item) in resolver.homes
            for item in inside.bindings[func.id]
        )

    def _constructs(self, uses: Uses, func: ast.expr, scope: Scope) -> bool | None:
        """Whether an expression is the class, an heir that is made by the same function, or that function itself."""
        members = self._members
        assert members is not None
        if isinstance(func, ast.Attribute) and func.attr == self._found.name:
            if isinstance(func.value, ast.Call) and last(func.value.func) == "super":
                inside = enclosing(uses, scope)
                return inside is not None and bool(self._made & set(members.bases(inside)))
            return members.named(uses, func.value, scope) in self._made
        if isinstance(func, ast.Name) and func.id == "cls":
            return enclosing(uses, scope) in self._made
        named = members.named(uses, func, scope)
        if named is not None:
            return named in self._made
        if not isinstance(func, ast.Attribute) or func.attr not in {name for _, name in self._made}:
            return False
        return False if self._resolver.module_of(uses, func.value, scope) == EXTERNAL else None


def keywords_of(method: object, unknown: str) -> Collection[str]:
    """The keywords a method takes; `unknown`, if it does not say or takes any."""
    if not callable(method):
        return ()
    try:
        found = inspect.signature(method).parameters
    except (TypeError, ValueError):
        return (unknown,)
    return (unknown,) if any(item.kind is item.VAR_KEYWORD for item in found.values()) else tuple(found)


def of_context(func: ast.expr) -> bool:
    """Whether what is called is `ctx.invoke` or `ctx.forward`."""
    if not isinstance(func, ast.Attribute) or func.attr not in ("invoke", "forward"):
        return False
    owner = func.value
    return last(owner.func if isinstance(owner, ast.Call) else owner) in CONTEXTS


def last(func: ast.expr) -> str:
    """The last part of what is called: `get` of `self.client.get(…)`."""
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
