"""A notebook file as the sources of its cells, and those as one text.

The text is in the percent format that editors know: each cell begins with `# %%` (code) or `# %% [md]` (anything
else), so that one can tell cells apart and every line has a number. Outputs are never part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Literal

import orjson

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.types import Cell, CellId

CODE = "# %%"
PROSE = "# %% [md]"
REQUEST = "%%maestro"
_MARK = re.compile(r"^# %%( \[md\])?$", re.MULTILINE)
_MAGIC = re.compile(r"^\s*(?:[%!?]|[\w.]+\?{1,2}$)")


def cells_of(data: bytes) -> tuple[Cell, ...]:
    """Cells of a notebook file of format 3 or 4, in order; raises `InputError` if it is none.

    A cell without an id (before format 4.5) gets `cell-<number>`, counted from 0. What is malformed inside is
    passed over.
    """
    try:
        content = orjson.loads(data)
    except ValueError:
        try:  # NaN, or bytes that are not UTF-8
            content = json.loads(data.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError) as error:
            raise InputError("This is not a notebook.", hint="Open it in JupyterLab to see what is wrong.") from error
    found = content.get("cells") if isinstance(content, dict) else None
    if found is None and isinstance(content, dict) and isinstance(content.get("worksheets"), list):
        found = [
            cell
            for sheet in content["worksheets"]
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    if not isinstance(found, list):
        raise InputError("This notebook has no cells.", hint="Open it in JupyterLab to see what is wrong.")
    return tuple(_cell(number, cell) for number, cell in enumerate(found) if isinstance(cell, dict))


def text_of(cells: Iterable[Cell]) -> str:
    """All cells as one text in the percent format."""
    return "\n\n".join(f"{CODE if cell.kind == 'code' else PROSE}\n{cell.source}" for cell in cells)


def code_lines(text: str) -> str:
    """The text with everything that is not Python code blanked out line by line: prose cells, magics, shell lines.

    Line numbers stay those of the text.
    """
    is_code, is_foreign = True, False
    lines = text.split("\n")
    for number, line in enumerate(lines):
        mark = _MARK.match(line) if line.startswith(CODE) else None
        if mark:
            is_code, is_foreign = mark[1] is None, False
        elif is_code and line.startswith("%%"):
            is_foreign = not line.startswith(("%%time", "%%capture", "%%prun"))  # those run the cell as Python
            lines[number] = ""
        elif not is_code or is_foreign or _MAGIC.match(line):
            lines[number] = ""
    return "\n".join(lines)


def without_requests(text: str) -> str:
    """The text with the cells that ask (`%%maestro`) blanked out line by line: a request is no answer to itself."""
    asks, first = False, False
    lines = text.split("\n")
    for number, line in enumerate(lines):
        mark = _MARK.match(line) if line.startswith(CODE) else None
        if mark:
            asks, first = False, mark[1] is None
        elif first and line.strip():
            asks, first = line.startswith(REQUEST), False
        if asks:
            lines[number] = ""
    return "\n".join(lines)


def prose_lines(text: str) -> str:
    """The text with everything but its prose cells blanked out line by line."""
    is_prose = False
    lines = text.split("\n")
    for number, line in enumerate(lines):
        mark = _MARK.match(line) if line.startswith(CODE) else None
        if mark:
            is_prose = mark[1] is not None
        if mark or not is_prose:
            lines[number] = ""
    return "\n".join(lines)


def _cell(number: int, cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))  # `input` in format 3
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    identity = cell.get("id")
    return Cell(
        id=CellId(identity if isinstance(identity, str) and identity else f"cell-{number}"),
        kind=_kind(cell.get("cell_type")),
        source=source.encode("utf8", "replace").decode("utf8") if isinstance(source, str) else "",  # no lone surrogates
    )


def _kind(name: object) -> Literal["code", "markdown", "raw"]:
    if name == "code":
        return "code"
    return "raw" if name == "raw" else "markdown"
