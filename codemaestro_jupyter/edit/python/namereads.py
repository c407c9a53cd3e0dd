"""Where a class reads its own name when it runs, for more than a message: `self.__class__.__name__.lower()`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

NAMES = ("__name__", "__qualname__")
SHOWN = frozenset({"__repr__", "__str__", "__format__", "__rich_repr__", "_repr_html_", "_repr_pretty_"})
"""Methods that make a text for people."""
TELLS = re.compile(
    r"warn|log|print|error|exception|debug|info|critical|message|deprecat|\bmsg|fail|assert", re.IGNORECASE
)
"""Whoever is called so tells a person something."""


def reads(node: ast.ClassDef) -> Iterator[int]:
    """The lines where methods of a class read the class's name and do not only show it."""
    for method in node.body:
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name not in SHOWN:
            above = {child: parent for parent in ast.walk(method) for child in ast.iter_child_nodes(parent)}
            for item in ast.walk(method):
                if isinstance(item, ast.Attribute) and item.attr in NAMES:
                    yield from [item.lineno] if own(item.value, method) and not shown(item, above) else []


def own(node: ast.expr, method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether an expression is the class of the object itself."""
    first = next((item.arg for item in (*method.args.posonlyargs, *method.args.args)), "")
    said = ast.unparse(node)
    by_class = first == "cls" or any(ast.unparse(mark) == "classmethod" for mark in method.decorator_list)
    return said in (f"{first}.__class__", f"type({first})") or (by_class and said == first)


def shown(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether what is read ends in a text or a message, and is not looked up or compared."""
    while node in above:
        parent = above[node]
        if isinstance(parent, ast.JoinedStr | ast.Raise):
            return not looked_up(parent, above)
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mod) and node is parent.right:
            return not looked_up(parent, above)
        if isinstance(parent, ast.Call) and node is not parent.func:
            name = ast.unparse(parent.func)
            if name.endswith((".format", ".join")) and not looked_up(parent, above):
                return True
            if TELLS.search(name):
                return True
        if isinstance(parent, ast.Assign | ast.AnnAssign):
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            return any(
                TELLS.search(name := ast.unparse(target)) or only_shown(name, parent, above) for target in targets
            )
        if isinstance(parent, ast.stmt):
            return isinstance(parent, ast.Assert)
        node = parent
    return False


def only_shown(name: str, given: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether a variable that is given the name is only used in texts."""
    top = given
    while top in above:
        top = above[top]
    used = [item for item in ast.walk(top) if isinstance(item, ast.Name) and item.id == name and item is not given]
    used = [item for item in used if isinstance(item.ctx, ast.Load)]
    return bool(used) and all(shown(item, above) for item in used)


def looked_up(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether a text is compared, taken as a key, or asked for as an attribute."""
    while node in above and not isinstance(node, ast.stmt):
        parent = above[node]
        if isinstance(parent, ast.Compare) or (isinstance(parent, ast.Subscript) and node is parent.slice):
            return True
        if isinstance(parent, ast.Call) and node in parent.args:
            return ast.unparse(parent.func).rpartition(".")[2] in ("getattr", "setattr", "hasattr", "delattr", "get")
        node = parent
    return False
