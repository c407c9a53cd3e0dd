"""Who means what by a name: the scopes of a module, their bindings, and each use of the names asked for.

One pass over `ast`, by Python's own rules: class scopes are invisible to the functions in them, comprehensions have
a scope of their own, `global` and `nonlocal` redirect, `:=` binds in the enclosing function.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Import:
    """A binding made by an import: of a module (`name` empty), or of `name` from it; `*` for all of its names."""

    module: str
    name: str
    level: int
    alias: ast.alias
    renamed: bool
    """`as` gives it another name here."""


@dataclass(slots=True, eq=False)
class Scope:
    """One scope; `bindings` holds, for each name bound here, its imports and other binding nodes."""

    kind: Literal["module", "class", "function", "comprehension"]
    parent: Scope | None
    node: ast.AST
    bindings: dict[str, list[Import | ast.AST]] = field(default_factory=dict)
    redirected: dict[str, Literal["global", "nonlocal"]] = field(default_factory=dict)
    stars: list[Import] = field(default_factory=list)

    def bind(self, name: str, what: Import | ast.AST) -> None:
        """Note that `name` is bound here by `what`."""
        self.bindings.setdefault(name, []).append(what)

    def module(self) -> Scope:
        """The module's scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def lookup(self, name: str) -> Scope | None:
        """The scope where `name`, used here, is bound; None: nowhere in this file (a builtin, or a star import)."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if scope.redirected.get(name) == "global":
                scope = scope.module()
                return scope if name in scope.bindings else None
            visible = first or scope.kind != "class"
            if visible and name in scope.bindings and scope.redirected.get(name) != "nonlocal":
                return scope
            first = first and scope.kind == "comprehension"  # a comprehension in a class body sees, nearly, the class
            scope = scope.parent
        return None


@dataclass(frozen=True, slots=True)
class Use:
    """A node that has to do with a wanted name, and the scope it stands in; `fstring` if inside one."""

    node: ast.AST
    scope: Scope
    fstring: ast.JoinedStr | None = None


class Scopes(ast.NodeVisitor):
    """The scopes of one module, and the uses of `wanted` names: names, attributes, definitions, strings, keywords."""

    def __init__(self, tree: ast.Module, wanted: Collection[str], loud: Sequence[int] | None = None) -> None:
        """`loud` are the lines, ascending, that mention anything of interest: other functions need not be entered."""
        self.module = Scope("module", None, tree)
        self.uses: list[Use] = []
        self.imports: list[Import] = []
        self.froms: list[ast.ImportFrom] = []
        self.classes: list[ast.ClassDef] = []
        self.inside: dict[ast.AST, Scope] = {}
        """The scope inside each function and class."""
        self._wanted = frozenset(wanted)
        self._loud = loud
        self._scope = self.module
        self._fstring: ast.JoinedStr | None = None
        for statement in tree.body:
            self.visit(statement)

    def _use(self, node: ast.AST) -> None:
        self.uses.append(Use(node, self._scope, self._fstring))

    def _bind(self, name: str, node: ast.AST) -> None:
        scope = self._scope
        if scope.redirected.get(name) == "global":
            scope = scope.module()
        elif scope.redirected.get(name) == "nonlocal":
            outer = scope.parent.lookup(name) if scope.parent else None
            scope = outer or scope
        scope.bind(name, node)
        if name in self._wanted and not isinstance(node, ast.Name):
            self._use(node)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id, node)
        if node.id in self._wanted:
            self._use(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in self._wanted:
            self._use(node)
        self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and any(name in node.value for name in self._wanted):
            self._use(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        outer, self._fstring = self._fstring, self._fstring or node
        self.generic_visit(node)
        self._fstring = outer

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg in self._wanted:
            self._use(node)
        self.visit(node.value)

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self._scope.redirected[name] = "global"
            if name in self._wanted:
                self._use(node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            self._scope.redirected[name] = "nonlocal"
            if name in self._wanted:
                self._use(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            bound = Import(alias.name, "", 0, alias, alias.asname is not None)
            self.imports.append(bound)
            self._scope_for(alias.asname or alias.name.partition(".")[0], bound)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.froms.append(node)
        for alias in node.names:
            bound = Import(node.module or "", alias.name, node.level, alias, alias.asname is not None)
            self.imports.append(bound)
            if alias.name == "*":
                self._scope.stars.append(bound)
                continue
            self._scope_for(alias.asname or alias.name, bound)
            if alias.name in self._wanted or alias.asname in self._wanted:
                self._use(alias)

    def _scope_for(self, name: str, bound: Import) -> None:
        scope = self._scope.module() if self._scope.redirected.get(name) == "global" else self._scope
        scope.bind(name, bound)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._bind(node.name, node)
        for part in (*node.decorator_list, node.returns, *getattr(node, "type_params", ())):
            if part is not None:
                self.visit(part)
        self._function(node, node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node, node.args, [node.body])

    def _function(self, node: ast.AST, args: ast.arguments, body: list[ast.stmt] | list[ast.expr]) -> None:
        parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
        outside = [*args.defaults, *args.kw_defaults, *(item.annotation for item in parameters)]
        for part in outside:
            if part is not None:
                self.visit(part)
        if self._loud is not None and self._silent(node):
            return
        inner = self.inside[node] = Scope("function", self._scope, node)
        outer, self._scope = self._scope, inner
        # `global x` holds for the whole function, also where x is bound before the statement is reached
        for item in body:
            declare(item, inner)
        for parameter in parameters:
            self._bind(parameter.arg, parameter)
        for item in body:
            self.visit(item)
        self._scope = outer

    def _silent(self, node: ast.AST) -> bool:
        """Whether none of the lines of a function, its `def` included, is of interest."""
        loud = self._loud or ()
        at = bisect_left(loud, getattr(node, "lineno", 0))
        return at == len(loud) or loud[at] > getattr(node, "end_lineno", 0)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.classes.append(node)
        self._bind(node.name, node)
        for part in (*node.decorator_list, *node.bases, *node.keywords, *getattr(node, "type_params", ())):
            self.visit(part)
        outer, self._scope = self._scope, Scope("class", self._scope, node)
        self.inside[node] = self._scope
        for item in node.body:
            declare(item, self._scope)
            self.visit(item)
        self._scope = outer

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        outer, self._scope = self._scope, Scope("comprehension", self._scope, node)
        for index, generator in enumerate(node.generators):
            self.visit(generator.target)
            if index:
                self.visit(generator.iter)
            for condition in generator.ifs:
                self.visit(condition)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(part)
        self._scope = outer

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        inner = self._scope
        while self._scope.kind == "comprehension" and self._scope.parent is not None:
            self._scope = self._scope.parent
        self.visit(node.target)
        self._scope = inner

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._bind(node.name, node)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name, node)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs  # noqa: N815

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest, node)
        self.generic_visit(node)


def declare(node: ast.AST, scope: Scope) -> None:
    """Note the `global` and `nonlocal` declarations of a scope, those in nested blocks too, before its body is read."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    if isinstance(node, ast.Global | ast.Nonlocal):
        for name in node.names:
            scope.redirected[name] = "global" if isinstance(node, ast.Global) else "nonlocal"
    if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
        for child in ast.iter_child_nodes(node):
            declare(child, scope)
