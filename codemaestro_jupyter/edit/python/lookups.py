"""Where code reads an attribute by its name as text: `getattr(api, "fetch")`, `patch.object(Client, "get")`."""

from __future__ import annotations

import ast

ASKED = "read by its name as text"
BUILTINS = frozenset({"getattr", "setattr", "hasattr", "delattr"})
PATCHERS = frozenset({"setattr", "delattr", "spy", "getattr_static"})
"""Methods (of `monkeypatch`, `mocker`, `inspect`) that are given an object and the name of its attribute."""
SPECIAL = frozenset({"__setattr__", "__getattribute__", "__delattr__"})
GETTERS = frozenset({"attrgetter", "methodcaller"})
Lookups = dict[ast.Constant, ast.expr | None]
"""By string: the object it is looked up in; None stands for the module itself, `Ellipsis` for nobody knows."""
NOBODY = ast.Constant(...)


def lookups(tree: ast.Module) -> Lookups:
    """The strings of a module by which attributes are looked up, each with the object that is asked."""
    found: Lookups = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            asked = called(node)
        elif isinstance(node, ast.Subscript) and text(node.slice):
            asked = namespace(node.value, node.slice)
        else:
            continue
        if asked is not None and isinstance(asked[1], ast.Constant) and text(asked[1]):
            found[asked[1]] = asked[0]
    return found


def text(node: ast.AST) -> bool:
    """Whether a node is a string."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def called(node: ast.Call) -> tuple[ast.expr | None, ast.expr] | None:
    """What a call asks, and for which name; None if it is no such call."""
    func, args = node.func, node.args
    if isinstance(func, ast.Name):
        if func.id in GETTERS and args:
            return NOBODY, args[0]
        return (args[0], args[1]) if func.id in BUILTINS and len(args) > 1 else None
    if not isinstance(func, ast.Attribute) or not args:
        return None
    if func.attr in GETTERS:
        return NOBODY, args[0]
    if func.attr in SPECIAL:  # `object.__setattr__(self, "x", 1)`, `super().__setattr__("x", 1)`
        plain = isinstance(func.value, ast.Name) and func.value.id in ("object", "type")
        return (args[0], args[1]) if plain and len(args) > 1 else None if plain else (func.value, args[0])
    if func.attr in ("get", "pop", "setdefault"):
        return namespace(func.value, args[0])
    patches = func.attr in PATCHERS or (func.attr == "object" and ast.unparse(func.value).endswith("patch"))
    return (args[0], args[1]) if patches and len(args) > 1 else None


def namespace(node: ast.expr, name: ast.expr) -> tuple[ast.expr | None, ast.expr] | None:
    """The object whose namespace a name is taken from: `vars(x)["name"]`, `x.__dict__["name"]`, `globals()["name"]`."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node.value, name
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "globals":
            return None, name
        if node.func.id == "vars" and node.args:
            return node.args[0], name
    return None
