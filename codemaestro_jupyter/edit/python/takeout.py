"""Take statements and names of imports out of a file, so that what is left still is Python and reads as if by hand."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Collection, Iterator

from codemaestro_jupyter.edit.python.units import Positions
from codemaestro_jupyter.edit.text import header_end

Edit = tuple[int, int, str]
FIELDS = ("body", "orelse", "finalbody", "handlers", "cases")


def blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every list of statements in a tree."""
    for node in ast.walk(tree):
        for field in FIELDS:
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def without_statements(tree: ast.Module, positions: Positions, gone: Collection[ast.stmt]) -> list[Edit]:
    """The edits that take statements out; a block that would be empty gets `pass`."""
    edits: list[Edit] = []
    for block in blocks(tree):
        inside = [node for node in block if node in gone]
        for node in inside:
            keep = len(inside) == len(block) and node is inside[-1] and block is not tree.body
            edits.append(without(positions, node, keep=keep or beside(block, node)))
    return edits


def beside(block: list[ast.stmt], node: ast.stmt) -> bool:
    """Whether another statement stands on one of its lines: `import os; os.x`, `if a: import b`."""
    at = block.index(node)
    before, after = block[at - 1 : at] if at else [], block[at + 1 : at + 2]
    return any((other.end_lineno or 0) >= node.lineno for other in before) or any(
        other.lineno <= (node.end_lineno or node.lineno) for other in after
    )


def without(positions: Positions, node: ast.stmt, *, keep: bool) -> Edit:
    """The edit that takes out one statement with its decorators and the comment right above; `keep`: `pass` stands in.

    Of the blank lines before and after it the larger gap stays.
    """
    first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
    last = node.end_lineno or node.lineno
    start, end = positions.span(node)
    if keep:
        mark = positions.starts[first - 1]
        return (mark + indent(positions.lines[first - 1]) if first < node.lineno else start, end, "pass")
    lines = positions.lines
    column = indent(lines[first - 1])
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        top = bisect_left(positions.starts, header_end(positions.source)) + 1  # `#!` and coding lines are the file's
        while first > top and lines[first - 2].lstrip().startswith("#") and indent(lines[first - 2]) == column:
            first -= 1
    before = after = 0
    while first - 2 - before >= 0 and not lines[first - 2 - before].strip():
        before += 1
    while last + after < len(lines) and not lines[last + after].strip():
        after += 1
    if last + after >= len(lines):
        first -= before  # the last of the file
    elif first - before <= 1 or indent(lines[first - 2 - before]) < column or before >= after:
        last += after  # the first of its block, or the gap before is the larger one
    else:
        first -= before
    return positions.starts[first - 1], positions.starts[last], ""


def indent(line: str) -> int:
    """How far a line is indented, in characters."""
    return len(line) - len(line.lstrip())


def without_names(positions: Positions, node: ast.Import | ast.ImportFrom, gone: Collection[ast.alias]) -> list[Edit]:
    """The edits that take some (not all) names out of an import; one name a line stays so."""
    spans = [positions.span(alias) for alias in node.names]
    kept = [index for index, alias in enumerate(node.names) if alias not in gone]
    edits: list[Edit] = []
    for index, alias in enumerate(node.names):
        if alias in gone:
            later = any(item > index for item in kept)
            start = spans[index][0] if later else spans[index - 1][1]
            edits.append((start, spans[index + 1][0] if later else spans[index][1], ""))
    return edits


def without_imports(
    tree: ast.Module, positions: Positions, gone: Collection[ast.alias], more: Collection[ast.stmt] = ()
) -> list[Edit]:
    """The edits that take out names of imports, whole statements where none is left, and `more` statements besides."""
    whole, edits = list(more), list[Edit]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and any(alias in gone for alias in node.names):
            if all(alias in gone for alias in node.names):
                whole.append(node)
            else:
                edits += without_names(positions, node, gone)
    return edits + without_statements(tree, positions, whole)
