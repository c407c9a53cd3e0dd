"""Notebook files of every format, and what they look like as text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.types import Cell
from codemaestro_jupyter.workspace.notebooks import cells_of, code_lines, text_of, without_requests


def test_cells_of_the_usual_format() -> None:
    data = {
        "cells": [
            {"id": "one", "cell_type": "code", "source": ["a = 1\n", "b = 2"], "outputs": [{"text": "no"}]},
            {"cell_type": "markdown", "source": "# Title"},
            {"cell_type": "raw", "source": None},
            "not a cell",
            {"cell_type": "code", "source": [1, "x", None]},
        ]
    }
    cells = cells_of(json.dumps(data).encode())
    assert cells == (
        Cell("one", "code", "a = 1\nb = 2"),
        Cell("cell-1", "markdown", "# Title"),
        Cell("cell-2", "raw", ""),
        Cell("cell-4", "code", "x"),
    )
    assert text_of(cells[:2]) == "# %%\na = 1\nb = 2\n\n# %% [md]\n# Title"


def test_cells_of_format_3() -> None:
    cells = [{"cell_type": "code", "input": "x"}, {"cell_type": "heading", "source": "Title"}]
    data = {"nbformat": 3, "worksheets": [{"cells": cells}, None, {}]}
    assert cells_of(json.dumps(data).encode()) == (Cell("cell-0", "code", "x"), Cell("cell-1", "markdown", "Title"))


def test_what_strict_readers_refuse_is_read_all_the_same() -> None:
    data = b'{"cells": [{"cell_type": "code", "source": "\xff \\ud800", "metadata": {"x": NaN}}]}'
    assert cells_of(data) == (Cell("cell-0", "code", "� ?"),)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"cells": 1}', b"{", b"\xff", b"[" * 100_000, b'{"worksheets": 1}']
)
def test_what_is_no_notebook_is_said(data: bytes) -> None:
    with pytest.raises(InputError):
        cells_of(data)


def test_only_python_is_left_for_the_parser() -> None:
    cells = [
        Cell("a", "markdown", "def prose(): pass"),
        Cell("b", "code", "%matplotlib inline\n!ls\nx = 1\nx?\n  %time f()"),
        Cell("c", "code", "%%bash\ncd x"),
        Cell("d", "code", "%%time\ny = 2"),
    ]
    text = text_of(cells)
    code = code_lines(text)
    assert [line for line in code.split("\n") if line and not line.startswith("# %%")] == ["x = 1", "y = 2"]
    assert code.count("\n") == text.count("\n")


@given(st.text())
def test_blanking_never_moves_a_line(text: str) -> None:
    assert code_lines(text).count("\n") == text.count("\n")
    assert without_requests(text).count("\n") == text.count("\n")


def test_a_request_is_no_answer_to_itself() -> None:
    cells = [
        Cell("a", "code", "\n%%maestro -f json\nwhere is total"),
        Cell("b", "markdown", "%%maestro is explained here"),
        Cell("c", "code", "total = 1\n%%maestro"),
    ]
    asked = without_requests(text_of(cells)).split("\n")
    assert [line for line in asked if line] == [
        "# %%", "# %% [md]", "%%maestro is explained here", "# %%", "total = 1", "%%maestro"
    ]  # fmt: skip
