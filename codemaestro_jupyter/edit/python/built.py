"""Names that code puts together and looks up: `getattr(self, f"visit_{kind}")`, `globals()["do_" + name]`."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from codemaestro_jupyter.edit.python.lookups import called, namespace

SHORTEST = 3
"""Letters that a name must have besides what is filled in: `f"_{x}"` could be anything."""
FIELD = re.compile(r"%[sdr]|%\(\w+\)s|\{\w*\}")
PIECE = re.compile(rb"[\"'](\w{2,})(?:\{|[\"']\s*[+%]|%)|(?:\}|\+\s*f?[\"']|%s)(\w{3,})[\"']")
"""A string that begins, or ends, a name that is put together."""
LOOKUP = re.compile(
    rb"\b(?:[gs]et|has|del)attr(?:_static)?\(\s*[^,]*,\s*(?![\"']\w*[\"']\s*[,)])"
    rb"|(?:globals\(\)|\bvars\([^()]*\)|__dict__)(?:\[|\.\w+\()\s*(?![\"']\w*[\"'])"
    rb"|(?:attrgetter|methodcaller|__getattribute__)\(\s*(?![\"']\w*[\"'])"
)
"""Where an attribute is looked up by something else than a plain string."""
SCOPE = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Built:
    """A lookup by a name that is put together."""

    line: int
    parts: tuple[str, ...]
    """The texts between what is filled in: `visit_` and an empty one."""
    owner: str
    """The class whose method asks `self` or `cls`; empty where something else is asked."""
    of_class: bool
    """Whether the name of a class is filled in."""

    @property
    def shown(self) -> str:
        """How such a name looks: `visit_…`."""
        return "…".join(self.parts)

    def makes(self, name: str) -> bool:
        """Whether such a name can come out."""
        return re.fullmatch(r"\w+".join(map(re.escape, self.parts)), name) is not None


def may_find(data: bytes, name: str, *, of_class: bool) -> bool:
    """Whether a file may look up what is called `name` by a name that it puts together; or by that of any class."""
    if not LOOKUP.search(data):
        return False
    of_class = of_class and b"__name__" in data
    for match in PIECE.finditer(data):
        head, tail = (match[1] or b"").decode("utf8", "replace"), (match[2] or b"").decode("utf8", "replace")
        if of_class or (name.startswith(head) if head else name.endswith(tail)):
            return True
    return False


def built(source: str, tree: ast.Module) -> tuple[Built, ...]:
    """Every such lookup of a module."""
    text = source.encode("utf8", "replace")
    lines = [text.count(b"\n", 0, match.start()) + 1 for match in LOOKUP.finditer(text)]
    return tuple(walk(tree, {}, "", lines))


def walk(node: ast.AST, given: dict[str, ast.expr], owner: str, lines: list[int]) -> Iterator[Built]:
    """Those in a scope; `given` are the values of its names, `owner` the class that it belongs to.

    What has none of the `lines` in which something is looked up is passed over.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            at = bisect_left(lines, first_line(child))
            if at == len(lines) or lines[at] > (child.end_lineno or child.lineno):
                continue
        if isinstance(child, ast.ClassDef):
            yield from walk(child, given, child.name, lines)
        elif isinstance(child, SCOPE):
            yield from walk(child, given | values(child), owner, lines)
        else:
            asked = called(child) if isinstance(child, ast.Call) else None
            if isinstance(child, ast.Subscript):
                asked = namespace(child.value, child.slice)
            if asked is not None:
                name = given.get(asked[1].id, asked[1]) if isinstance(asked[1], ast.Name) else asked[1]
                parts = shape(name)
                letters = "".join(parts)
                if len(parts) > 1 and len(letters) >= SHORTEST and re.fullmatch(r"\w+", letters):
                    mine = isinstance(asked[0], ast.Name) and asked[0].id in ("self", "cls")
                    yield Built(line_of(child), parts, owner if mine else "", names_class(name, given))
            yield from walk(child, given, owner, lines)


def first_line(node: ast.stmt) -> int:
    """The line that a statement begins in, its decorators with it."""
    return min(node.lineno, *(int(mark.lineno) for mark in getattr(node, "decorator_list", ())), node.lineno)


def line_of(node: ast.AST) -> int:
    """The line that an expression begins in."""
    return int(getattr(node, "lineno", 1))


def values(node: ast.AST) -> dict[str, ast.expr]:
    """What the names of a function are given last."""
    return {
        target.id: item.value
        for item in ast.walk(node)
        if isinstance(item, ast.Assign)
        for target in item.targets
        if isinstance(target, ast.Name)
    }


def shape(node: ast.expr) -> tuple[str, ...]:
    """The fixed texts of an expression between what is filled in; `("", "")` for one that is all filled in."""
    if isinstance(node, ast.Constant):
        return (node.value,) if isinstance(node.value, str) else ("", "")
    if isinstance(node, ast.JoinedStr):
        return joined(shape(item) for item in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return joined((shape(node.left), shape(node.right)))
    template: ast.expr | None = None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        template = node.left
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        template = node.func.value
    if isinstance(template, ast.Constant) and isinstance(template.value, str):
        return tuple(FIELD.split(template.value))
    return "", ""


def joined(shapes: Iterator[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Texts after one another: the last of one goes on in the first of the next."""
    found = [""]
    for parts in shapes:
        found[-1] += parts[0]
        found += parts[1:]
    return tuple(found)


def names_class(node: ast.expr, given: dict[str, ast.expr]) -> bool:
    """Whether the name of something is filled in, directly or by a variable."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr in ("__name__", "__qualname__"):
            return True
        value = given.get(part.id) if isinstance(part, ast.Name) else None
        if value is not None and value is not node:
            inner = ast.walk(value)
            if any(isinstance(item, ast.Attribute) and item.attr in ("__name__", "__qualname__") for item in inner):
                return True
    return False
