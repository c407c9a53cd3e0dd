"""Strings that are read as code by who checks types: those of annotations, and what `cast` and `TypeVar` are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.resolve import Resolver
from codemaestro_jupyter.edit.python.scope import Use
from codemaestro_jupyter.edit.python.units import quiet
from codemaestro_jupyter.workspace import parsing


def is_type(uses: Uses, use: Use, resolver: Resolver) -> bool:
    """Whether a string is a type, and wherever the symbol's name stands in it, the symbol is meant."""
    node = use.node
    if not isinstance(node, ast.Constant) or use.fstring is not None:
        return False
    try:
        written = quiet(expression, str(node.value).strip())
    except SyntaxError:
        return False
    if node not in uses.once(types):  # asked last: most strings that say the name are prose, and that walks the file
        return False
    meant = 0
    for part in ast.walk(written):
        if isinstance(part, ast.Name) and part.id == resolver.name:
            if not resolver.is_symbol(uses, use.scope):
                return False
            meant += 1
        elif isinstance(part, ast.Attribute) and part.attr == resolver.name:
            if resolver.module_of(uses, part.value, use.scope) not in resolver.homes:
                return False
            meant += 1
    return 0 < meant == len(uses.within(node, resolver.name))


def expression(text: str) -> ast.Expression:
    """The tree of one expression; raises `SyntaxError`."""
    return parsing.expression(text)


def types(tree: ast.Module) -> set[ast.Constant]:
    """The strings of a module that are types."""
    found: set[ast.Constant] = set()
    for node in ast.walk(tree):
        written: list[ast.expr | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            written = [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            written = [node.returns]
        elif isinstance(node, ast.Call) and node.args:
            written = given(node)
        for each in written:
            if each is not None:
                found |= {item for item in inside(each) if isinstance(item.value, str)}
    return found


def given(node: ast.Call) -> list[ast.expr | None]:
    """The types that a call is given: `cast("C", x)`, `TypeVar("T", "A", "B", bound="C")`, `NewType("N", "C")`."""
    name = called(node)
    if name in ("cast", "ForwardRef"):
        return [node.args[0]]
    if name in ("TypeVar", "NewType", "TypeAliasType", "ParamSpec"):
        return [*node.args[1:], *(item.value for item in node.keywords if item.arg in ("bound", "default", "value"))]
    return []


def inside(node: ast.expr) -> Iterator[ast.Constant]:
    """The constants of a type that are types: not the values of a `Literal`, nor what `Annotated` adds."""
    if isinstance(node, ast.Constant):
        yield node
    elif isinstance(node, ast.Subscript):
        name = getattr(node.value, "attr", getattr(node.value, "id", ""))
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple | ast.List) else [node.slice]
        for part in parts[:1] if name == "Annotated" else () if name == "Literal" else parts:
            yield from inside(part)
    elif isinstance(node, ast.BinOp):
        yield from inside(node.left)
        yield from inside(node.right)
    elif isinstance(node, ast.List | ast.Tuple):
        for part in node.elts:
            yield from inside(part)


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))
