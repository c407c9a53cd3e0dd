"""A notebook's cells as spans of its own bytes: changing one cell leaves every other byte as it was.

The JSON is scanned once for where each cell begins and ends (`json`'s own C scanner reads the cells), so nothing
but the changed cells is written anew, in the indentation that the file has.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from codemaestro_jupyter.errors import EditError
from codemaestro_jupyter.types import Cell, CellId

DECODER = json.JSONDecoder()
ENCODE = json.JSONEncoder(ensure_ascii=False).encode
BLANK = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class RawCell:
    """One cell: its JSON object, and where it stands in the file's text."""

    value: dict[str, Any]
    start: int
    end: int

    @property
    def source(self) -> str:
        """The source as one string."""
        source = self.value.get("source", "")
        return source if isinstance(source, str) else "".join(source)


@dataclass(frozen=True, slots=True)
class RawNotebook:
    """A notebook's text and its cells; `start` and `end` enclose the inside of the list of cells."""

    text: str
    cells: tuple[RawCell, ...]
    start: int
    end: int
    head: dict[str, Any]
    """The top level without the cells."""


def scan(text: str, path: str = "") -> RawNotebook:
    """Find the cells of a notebook; raises `EditError` for text that is not a notebook of format 4."""
    try:
        return _scan(text)
    except (ValueError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise EditError(
            f"{path or 'The notebook'} is not a valid notebook: {error}.",
            hint="Open and save it in JupyterLab, or restore it.",
        ) from error


@lru_cache(maxsize=8)  # a command and its verification read the same notebook; cells are read, never changed
def _scan(text: str) -> RawNotebook:
    at = skip(text, 1 if text.startswith("\ufeff") else 0)
    if text[at] != "{":
        raise ValueError("it is no JSON object")
    at = skip(text, at + 1)
    head: dict[str, Any] = {}
    cells: list[RawCell] | None = None
    start = end = 0
    while text[at] != "}":
        key, at = DECODER.raw_decode(text, at)
        at = skip(text, at)
        if text[at] != ":":
            raise ValueError(f"no colon after {key!r}")
        at = skip(text, at + 1)
        if key == "cells":
            if text[at] != "[" or cells is not None:
                raise ValueError("cells is no list, or there twice")
            cells, start = [], at + 1
            at = skip(text, start)
            while text[at] != "]":
                value, stop = DECODER.raw_decode(text, at)
                if not isinstance(value, dict):
                    raise ValueError("a cell is no object")
                cells.append(RawCell(value, at, stop))
                at = skip(text, stop)
                if text[at] == ",":
                    at = skip(text, at + 1)
                    if text[at] == "]":
                        raise ValueError("a comma after the last cell")
                elif text[at] != "]":
                    raise ValueError("no comma between cells")
            end = at
            at += 1
        else:
            head[key], at = DECODER.raw_decode(text, at)
        at = skip(text, at)
        if text[at] == ",":
            at = skip(text, at + 1)
            if text[at] == "}":
                raise ValueError("a comma before the end")
        elif text[at] != "}":
            raise ValueError("no comma between keys")
    if text[at + 1 :].strip():
        raise ValueError("there is text after its end")
    if cells is None or head.get("nbformat") != 4:
        raise ValueError("it has no cells of format 4")
    return RawNotebook(text, tuple(cells), start, end, head)


def skip(text: str, at: int) -> int:
    """The next position that is not blank."""
    found = BLANK.match(text, at)
    return found.end() if found else at


def cell_index(cells: Sequence[RawCell], cell: str, path: str) -> int:
    """The index, from 0, of a cell named by id or by number from 1; raises `EditError` if there is none."""
    for index, item in enumerate(cells):
        if item.value.get("id") == cell:
            return index
    number = int(cell) if cell.isdecimal() else 0
    if 1 <= number <= len(cells):
        return number - 1
    listed = tuple(f"{at}: {item.value.get('id', '')}" for at, item in enumerate(cells[:20], 1))
    raise EditError(f"{path} has no cell {cell!r}; it has {len(cells)}.", hint="Name a cell by id or number.",
                    candidates=listed)  # fmt: skip


def outer(raw: RawNotebook) -> tuple[str, int | None]:
    """The blanks before each cell, and the indent width (None: all on one line)."""
    for index, item in enumerate(raw.cells):
        before = raw.text[raw.cells[index - 1].end if index else raw.start : item.start].replace(",", "")
        if "\n" in before:
            width = len(before.rsplit("\n", 1)[1])
            return before[before.rindex("\n") - (1 if "\r\n" in before else 0) :], max(1, width // 2)
        return before, None
    return "\n  ", 1


def render(value: dict[str, Any], raw: RawNotebook) -> str:
    """A cell's JSON as this file writes it: keys sorted as nbformat does, sources as lists of lines."""
    lead, width = outer(raw)
    value = dict(value)
    for key in ("source",):
        if isinstance(value.get(key), str):
            value[key] = value[key].splitlines(keepends=True)
    if width is None:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return pretty(value, " " * width, lead)


def pretty(value: Any, indent: str, lead: str) -> str:
    """As `json.dumps(value, ensure_ascii=False, indent=…, sort_keys=True)`, each new line beginning with `lead`.

    With an indent `json` leaves its C encoder and builds its Python one anew for each call: 0.2 ms for a small cell.
    """
    inner = lead + indent
    if isinstance(value, dict) and value:
        items = (f"{ENCODE(str(key))}: {pretty(item, indent, inner)}" for key, item in sorted(value.items()))
        return "{" + inner + f",{inner}".join(items) + lead + "}"
    if isinstance(value, list) and value:
        return "[" + inner + f",{inner}".join(pretty(item, indent, inner) for item in value) + lead + "]"
    return ENCODE(value)


def rebuild(raw: RawNotebook, cells: Sequence[RawCell | dict[str, Any]]) -> str:
    """The notebook's text with these cells: a `RawCell` keeps its characters, a dict is written anew."""
    lead, width = outer(raw)
    text = raw.text
    written = [text[cell.start : cell.end] if isinstance(cell, RawCell) else render(cell, raw) for cell in cells]
    if not written:
        return text[: raw.start] + text[raw.end :]
    first = text[raw.start : raw.cells[0].start] if raw.cells else lead
    last = text[raw.cells[-1].end : raw.end] if raw.cells else (lead[:-width] if width else "")
    gap = text[raw.cells[0].end : raw.cells[1].start] if len(raw.cells) > 1 else "," + (lead if width else " ")
    return text[: raw.start] + first + gap.join(written) + last + text[raw.end :]


def new_cell(source: str, kind: str, raw: RawNotebook, seed: str) -> dict[str, Any]:
    """A cell without outputs; its id (format 4.5 on) is derived from `seed`, so that equal runs give equal bytes."""
    value: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    if (raw.head.get("nbformat_minor") or 0) >= 5:
        taken = {cell.value.get("id") for cell in raw.cells}
        number = 0
        while (name := uuid.uuid5(uuid.NAMESPACE_OID, f"{seed}\0{number}").hex[:8]) in taken:
            number += 1
        value["id"] = name
    if kind == "code":
        value |= {"execution_count": None, "outputs": []}
    return value


def with_source(cell: RawCell, source: str) -> dict[str, Any]:
    """The cell with another source; what it printed belongs to the old one and goes."""
    value = {**cell.value, "source": source}
    if value.get("cell_type") == "code":
        value |= {"execution_count": None, "outputs": []}
    return value


def cells_of(raw: RawNotebook) -> tuple[Cell, ...]:
    """The cells as the other rooms know them; a cell without an id is named by its number."""
    found = []
    for number, cell in enumerate(raw.cells, 1):
        kind = cell.value.get("cell_type")
        found.append(
            Cell(
                CellId(str(cell.value.get("id") or number)),
                kind if kind in ("code", "markdown") else "raw",
                cell.source,
            )
        )
    return tuple(found)


def from_cells(cells: Sequence[Cell]) -> bytes:
    """What the front end's cells look like as a saved notebook: the picture a plan works on while it is open."""
    values = []
    for cell in cells:
        value: dict[str, Any] = {"cell_type": cell.kind, "id": cell.id, "metadata": {}, "source": cell.source}
        if cell.kind == "code":
            value |= {"execution_count": None, "outputs": []}
        value["source"] = cell.source.splitlines(keepends=True)
        values.append(value)
    whole = {"cells": values, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "surrogatepass")
