"""One Python file, or all code cells of a notebook read as one module, with its scopes and the words in it."""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.python.library import noted
from codemaestro_jupyter.edit.python.scope import Scopes, Use
from codemaestro_jupyter.edit.python.units import Positions, Unit, masked, parse, splice, units, unreadable
from codemaestro_jupyter.edit.spelt import is_plain, nfkc, word, word_in
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.text import decode

EXACT_FSTRINGS = sys.version_info >= (3, 12)
"""Before 3.12 `ast` misplaces what stands inside f-strings (bpo-35212 and others)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """`source` is the text of all units, each ending a line; `starts` is where each begins."""

    path: str
    source: str
    units: tuple[Unit, ...]
    starts: tuple[int, ...]
    tree: ast.Module
    unparsed: tuple[Unit, ...] = ()

    def unit_at(self, offset: int) -> int:
        """The index of the unit that holds an offset."""
        return max(index for index, start in enumerate(self.starts) if start <= offset)


def document(component: Component) -> Document | None:
    """The document of a component; None if it holds no Python. What does not parse is listed as `unparsed`."""
    pieces, failed = [], []
    for unit in units(component):
        try:
            parse(unit.source)
            pieces.append(unit)
        except SyntaxError:
            failed.append(unit)
    if not pieces and not failed:
        return None
    starts, text = [], ""
    for unit in pieces:
        starts.append(len(text))
        # a file is taken as it is; cells are joined with their magics masked by text of the same lines
        text += unit.source if unit.cell < 0 else masked(unit.source) + "\n"
    return Document(component.path, text, tuple(pieces), tuple(starts), parse(text), tuple(failed))


class Uses:
    """The uses of `names` in a document, with their exact places in its source.

    `near`: functions that mention none of them are passed over; what they bind inside is then not known.
    """

    def __init__(self, doc: Document, names: tuple[str, ...], *, near: bool = False) -> None:
        self.doc = doc
        self.positions = Positions(doc.source)
        self.scopes = Scopes(doc.tree, names, self.lines(names) if near and is_plain(doc.source) else None)
        self._words: dict[str, list[tuple[int, int]]] = {}
        self._found: dict[object, Any] = {}

    def lines(self, names: tuple[str, ...]) -> list[int]:
        """The lines that hold one of the names, or a word that reaches out of a function: `import`, `global`."""
        words = re.compile(rf"(?:\b|\\[a-z])(?:{'|'.join(map(re.escape, names))})\b|\b(?:import|global|nonlocal)\b")
        found = {bisect_right(self.positions.starts, match.start()) for match in words.finditer(self.doc.source)}
        return sorted(found)

    def place(self, use: Use, name: str) -> tuple[int, int] | None:
        """Where the name itself stands in a use; None if that cannot be told (inside an f-string before 3.12)."""
        node = use.node
        if use.fstring is not None and not EXACT_FSTRINGS:
            return None
        if isinstance(node, ast.Name):
            return self.positions.span(node)
        if isinstance(node, ast.Attribute):
            start, end = self.positions.span(node.value)[1], self.positions.span(node)[1]
            if is_plain(self.doc.source):
                return end - len(name), end
            return next(
                (m.span() for m in self.word(name).finditer(self.doc.source, start, end) if m.end() == end), None
            )
        start, end = self.positions.span(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            end = self.positions.offset(node.body[0].lineno, 0) if node.body[0].lineno > node.lineno else end
            found = re.compile(rf"\b(?:def|class)\s+({self.word(name).pattern})").search(self.doc.source, start, end)
            return found.span(1) if found else None
        if isinstance(node, ast.ExceptHandler):
            start = self.positions.span(node.type)[1] if node.type else start
        if isinstance(node, ast.alias) and node.name != name and node.asname == name:
            start += len(node.name)
        match = self.word(name).search(self.doc.source, start, end)
        return match.span() if match else None

    def word(self, name: str) -> re.Pattern[str]:
        """The pattern of a name as this document may spell it."""
        return word_in(name, self.doc.source)

    def words(self, name: str) -> list[tuple[int, int]]:
        """Every place where the name stands as a whole word, in code, strings and comments alike."""
        if name not in self._words:
            self._words[name] = [match.span() for match in self.word(name).finditer(self.doc.source)]
        return self._words[name]

    def once(self, find: Callable[[ast.Module], T]) -> T:
        """What `find` makes of the tree, found once."""
        if find not in self._found:
            self._found[find] = find(self.doc.tree)
        found: T = self._found[find]
        return found

    def within(self, node: ast.AST, name: str) -> list[tuple[int, int]]:
        """Every place inside a node where the name stands as a whole word."""
        start, end = self.positions.span(node)
        return [match.span() for match in self.word(name).finditer(self.doc.source, start, end)]


def uses_of(doc: Document, names: tuple[str, ...], *, near: bool = False) -> Uses:
    """The uses of `names`, of which the first is looked for, in a document.

    Another one that is no word of it changes nothing there, so that what is known without it serves: a new name is
    typed letter by letter (see `library`).
    """
    old, *others = names
    text = nfkc(doc.source)
    held = (old, *(name for name in others if name in text and word(name).search(text)))
    about = ("uses", doc.path, doc.source, held, near)
    return noted(about, lambda: Uses(doc, held, near=near), len(doc.source))


def followed(state: State, component: Component, names: tuple[str, ...], *, near: bool = False) -> Uses | None:
    """The uses of `names` in a component; None if no Python there can be read.

    Where the first of them stands in what cannot be read, a warning says that it is not followed there.
    """
    doc = document(component)
    if doc is None:
        refused = unreadable(component)
        if refused and word(names[0]).search(decode(component.data, component.path).text):
            state.warnings.append(f"{refused.rstrip('.')}; {names[0]} is not followed in it.")
        return None
    for unit in doc.unparsed:
        if word(names[0]).search(nfkc(unit.source)):
            state.warnings.append(f"{unit.where} does not parse; {names[0]} is not followed in it.")
    if not doc.units:
        return None
    try:
        return uses_of(doc, names, near=near)
    except RecursionError:  # the parser goes deeper than the walk: an expression of 500 terms is enough
        state.warnings.append(f"{doc.path} is nested too deeply; {names[0]} is not followed in it.")
        return None


def rename_in_fstring(segment: str, old: str, new: str, *, names: bool, attributes: bool) -> str:
    """An f-string with a name, an attribute, or both renamed in its expressions (by LibCST, whose places are exact)."""
    import libcst as cst

    class Rename(cst.CSTTransformer):
        def __init__(self) -> None:
            super().__init__()
            self.depth = 0

        def visit_FormattedStringExpression(self, node: cst.FormattedStringExpression) -> None:
            self.depth += 1

        def leave_FormattedStringExpression(
            self, original_node: cst.FormattedStringExpression, updated_node: cst.FormattedStringExpression
        ) -> cst.BaseFormattedStringContent:
            self.depth -= 1
            return updated_node

        def visit_Attribute_attr(self, node: cst.Attribute) -> None:
            self.depth -= 1000  # its name is an attribute, not a use of a name

        def leave_Attribute_attr(self, node: cst.Attribute) -> None:
            self.depth += 1000

        def visit_Arg_keyword(self, node: cst.Arg) -> None:
            self.depth -= 1000

        def leave_Arg_keyword(self, node: cst.Arg) -> None:
            self.depth += 1000

        def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
            hit = names and self.depth > 0 and nfkc(updated_node.value) == old
            return updated_node.with_changes(value=new) if hit else updated_node

        def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
            hit = attributes and self.depth > 0 and nfkc(updated_node.attr.value) == old
            return updated_node.with_changes(attr=updated_node.attr.with_changes(value=new)) if hit else updated_node

    module = cst.parse_module(f"({segment})\n")
    return module.visit(Rename()).code[1:-2]


def apply_edits(doc: Document, edits: list[tuple[int, int, str]]) -> list[tuple[Unit, str]]:
    """Spread edits of a document's source over its units: each changed unit with its new source."""
    by_unit: dict[int, list[tuple[int, int, str]]] = {}
    for start, end, new in edits:
        index = doc.unit_at(start)
        by_unit.setdefault(index, []).append((start - doc.starts[index], end - doc.starts[index], new))
    return [(doc.units[index], splice(doc.units[index].source, found)) for index, found in sorted(by_unit.items())]
