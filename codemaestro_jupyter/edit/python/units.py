"""Pieces of Python: a file is one, and so is each code cell of a notebook, its magics masked."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.python.library import tree_from
from codemaestro_jupyter.edit.python.magics import has_magic, plain
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.stopping import checkpoint
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import EditError, PathError
from codemaestro_jupyter.workspace import parsing

T = TypeVar("T")
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
OTHER = re.compile(r"\s*%%(?!(?:time|timeit|capture|prun|memit|mprun|lprun)\b)")
"""A cell that another language or program reads; after `%%time` and its like stands Python."""
ASKED = re.compile(r"\s*%%maestro\b")
"""A cell that asks us: what was asked stays as it was said."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of Python: `cell` is its index from 0 in the notebook, -1 for a file."""

    path: str
    cell: int
    source: str

    @property
    def where(self) -> str:
        """`src/a.py`, or `nb.ipynb cell 3`."""
        return self.path if self.cell < 0 else f"{self.path} cell {self.cell + 1}"


def units(component: Component) -> Iterator[Unit]:
    """The pieces of Python in a component; none for other files, binary ones and notebooks that cannot be read."""
    try:
        if component.path.endswith((".py", ".pyi")):
            yield Unit(component.path, -1, decode(component.data, component.path).text)
        elif component.path.endswith(".ipynb"):
            raw = notebook.scan(decode(component.data, component.path).text, component.path)
            for index, cell in enumerate(raw.cells):
                if cell.value.get("cell_type") == "code" and not OTHER.match(cell.source):
                    yield Unit(component.path, index, cell.source)
    except (EditError, PathError):
        return


def unreadable(component: Component) -> str:
    """Why a notebook's cells cannot be read; empty if they can, or if it is no text."""
    if component.path.endswith(".ipynb"):
        try:
            notebook.scan(decode(component.data, component.path).text, component.path)
        except PathError:
            return ""
        except EditError as error:
            return error.message
    return ""


def parse(source: str) -> ast.Module:
    """The tree of a piece of Python, magics masked; raises `SyntaxError`."""
    return tree_from(source, tree_of)


@lru_cache(maxsize=32)  # a command parses each text once, also when several steps and the verification read it
def tree_of(source: str) -> ast.Module:
    """Parse, with a small memory: trees are read, never changed. Magics are masked only where they are in the way."""
    try:
        return quiet(parsing.module, source)
    except SyntaxError:
        if not has_magic(source):
            raise
    return quiet(parsing.module, plain(source))


def quiet(call: Callable[[str], T], source: str) -> T:
    """Parse without the warnings that a person's `"\\d"` gives: theirs to mend, not ours to report.

    Raises `SyntaxError` for all that cannot be parsed: also a null byte, and what is nested deeper than Python can go.
    """
    checkpoint()
    try:
        if "\\" not in source:  # nothing that could warn: spare the (process-wide) filters
            return call(source)
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(source)
    except (RecursionError, MemoryError) as error:
        raise SyntaxError("it is nested too deeply for Python") from error
    except ValueError as error:
        raise SyntaxError(str(error)) from error


def problem(error: SyntaxError) -> str:
    """What is wrong with a piece of Python, and in which line where that is known."""
    return f"{error.msg} (line {error.lineno})" if error.lineno else str(error.msg)


def check(source: str) -> None:
    """Raise `SyntaxError` if a file's text is no Python: parser and symbol table, without building a tree.

    A third faster than `ast`, and it leaves no thousands of nodes for the person's garbage collector to walk.
    """
    import symtable

    quiet(lambda text: symtable.symtable(text, "<edit>", "exec"), source)


def masked(source: str) -> str:
    """The source with IPython's magics and shell lines as Python of the same length."""
    if not has_magic(source):
        return source
    try:
        quiet(parsing.module, source)
    except SyntaxError:
        return plain(source)
    return source


def put_source(state: State, unit: Unit, source: str) -> None:
    """Put a changed piece back into its file or cell."""
    put_sources(state, {unit: source})


def put_sources(state: State, changed: Mapping[Unit, str]) -> None:
    """Put changed pieces of one file back: of a notebook's cells all at once, each time is its whole size."""
    if not changed:
        return
    (path,) = {unit.path for unit in changed}
    component, decoded = state.text(path)
    whole = next((source for unit, source in changed.items() if unit.cell < 0), None)
    if whole is not None:
        state.put_text(component, decoded, whole)
        return
    raw = notebook.scan(decoded.text, path)
    cells: list[notebook.RawCell | dict[str, Any]] = list(raw.cells)
    for unit, source in changed.items():
        cells[unit.cell] = notebook.with_source(raw.cells[unit.cell], source)
    state.put_text(component, decoded, notebook.rebuild(raw, cells))


class Positions:
    """From (line, UTF-8 column), as `ast` counts, to offsets in characters."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = LINE.findall(source)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """The offset of a position, `line` from 1 and `column` in bytes."""
        if line > len(self.lines):
            return len(self.source)
        text = self.lines[line - 1]
        if not text.isascii():
            column = len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))
        return self.starts[line - 1] + column

    def span(self, node: Any) -> tuple[int, int]:
        """Where a node begins and ends."""
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )


def splice(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with each span replaced; spans must not overlap."""
    pieces, last = [], 0
    for start, end, new in sorted(edits):
        pieces += [text[last:start], new]
        last = end
    pieces.append(text[last:])
    return "".join(pieces)
