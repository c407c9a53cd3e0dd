"""Cells as spans: what is not changed keeps its bytes, what is written is what nbformat writes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import nbformat.validator
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.cellhost import ScriptedCells, edits_between
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.verify import schema_problem
from codemaestro_jupyter.errors import EditError
from codemaestro_jupyter.types import Cell, CellId

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def notebook_text(sources: list[str], **style: Any) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {"tags": [f"t{number}"]},
            "execution_count": number,
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["é\n"]}],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources)
    ]
    style = {"indent": 1, "sort_keys": True, "ensure_ascii": False} | style
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, **style) + "\n"


@settings(deadline=None)
@given(JSON, st.integers(1, 4))
def test_cells_are_written_as_json_writes_them(value: Any, width: int) -> None:
    expected = json.dumps(value, ensure_ascii=False, indent=width, sort_keys=True)
    assert notebook.pretty(value, " " * width, "\n") == expected


@settings(deadline=None)
@given(
    st.lists(st.text('ab\n"\\é', max_size=6), min_size=1, max_size=5),
    st.sampled_from([{"indent": 1}, {"indent": 4}, {"indent": None}, {"ensure_ascii": True}]),
)
def test_rebuilding_what_was_scanned_changes_no_byte(sources: list[str], style: dict[str, Any]) -> None:
    text = notebook_text(sources, **style)
    raw = notebook.scan(text)
    assert [cell.source for cell in raw.cells] == sources
    assert notebook.rebuild(raw, raw.cells) == text


def test_changing_one_cell_leaves_the_bytes_of_the_others() -> None:
    text = notebook_text(["a = 1", "b = 2", "c = 3"])
    before = Blueprint([Component("n.ipynb", text.encode())])
    after = run('replace cell 2 of n.ipynb with "b = 22\\nprint(b)"', before).changes[0].after
    assert after is not None
    expected = json.loads(text)
    expected["cells"][1] |= {"source": ["b = 22\n", "print(b)"], "outputs": [], "execution_count": None}
    assert after.data.decode() == json.dumps(expected, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    ("said", "sources"),
    [
        ('insert cell "z = 0" at 1 of n.ipynb', ["z = 0", "a = 1", "b = 2", "c = 3"]),
        ('insert cell "z = 0" after cell 3 of n.ipynb', ["a = 1", "b = 2", "c = 3", "z = 0"]),
        ("delete cell c1 of n.ipynb", ["a = 1", "c = 3"]),
        ("move cell 3 of n.ipynb to 1", ["c = 3", "a = 1", "b = 2"]),
        ('replace "= 2" with "= 4" in cell 2 of n.ipynb', ["a = 1", "b = 4", "c = 3"]),
        ("rename n.ipynb::b to d", None),
    ],
)
def test_cell_commands(said: str, sources: list[str] | None) -> None:
    before = Blueprint([Component("n.ipynb", notebook_text(["a = 1", "b = 2", "c = 3"]).encode())])
    if sources is None:
        sources = ["a = 1", "d = 2", "c = 3"]
    after = run(said, before).changes[0].after
    assert after is not None
    raw = notebook.scan(after.data.decode())
    assert [cell.source for cell in raw.cells] == sources
    assert json.loads(after.data)["cells"] == [cell.value for cell in raw.cells]


def test_an_inserted_cell_gets_the_same_id_every_time() -> None:
    before = Blueprint([Component("n.ipynb", notebook_text(["a = 1"]).encode())])
    once, again = (run('insert cell "z = 0" at 1 of n.ipynb', before).changes for _ in range(2))
    assert once == again


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"cells": [}', '{"cells": [], "nbformat": 3}', '{"cells": [1], "nbformat": 4}', '{"cells": ['],
)
def test_what_is_no_notebook_is_an_error(text: str) -> None:
    with pytest.raises(EditError, match="not a valid notebook"):
        notebook.scan(text, "x.ipynb")


def test_a_change_that_makes_a_notebook_invalid_is_refused() -> None:
    before = Blueprint([Component("n.ipynb", notebook_text(["a = 1"]).encode())])
    with pytest.raises(EditError, match="cell 1"):
        run('replace cell 1 of n.ipynb with "def f(:"', before)


CELLS = st.lists(
    st.builds(Cell, st.sampled_from("abcdef").map(CellId), st.just("code"), st.text("xy", max_size=3)),
    max_size=5,
    unique_by=lambda cell: cell.id,
)


@settings(deadline=None)
@given(CELLS, CELLS)
def test_the_edits_between_two_notebooks_lead_from_one_to_the_other_and_back(one: list[Cell], two: list[Cell]) -> None:
    host = ScriptedCells({"n.ipynb": one})
    for here, there in ((one, two), (two, one)):
        assert host.edit("t", "n.ipynb", edits_between(here, there), 2.0).accepted
        assert host.notebooks["n.ipynb"] == there


OUTPUT = {"output_type": "stream", "name": "stdout", "text": "x"}
CELL = {"cell_type": "code", "metadata": {}, "source": "a = 1", "outputs": [OUTPUT], "execution_count": 1}


@pytest.mark.parametrize("minor", range(8))
@pytest.mark.parametrize(
    "cell",
    [
        CELL,
        {**CELL, "id": "a1"},
        {**CELL, "id": "not an id"},
        {**CELL, "source": 3},
        {**CELL, "outputs": [{"output_type": "stream"}]},
        {**CELL, "cell_type": "raw"},
        {**CELL, "cell_type": "unheard of"},
    ],
)
def test_what_is_valid_is_what_nbformat_takes(minor: int, cell: dict[str, Any]) -> None:
    value = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": minor}
    try:
        nbformat.validator.get_validator(version=4, version_minor=minor).validate(value)
        valid = True
    except Exception:  # of fastjsonschema
        valid = False
    assert (schema_problem(value) == "") == valid


def test_a_notebook_is_checked_without_what_takes_a_second_to_import() -> None:
    script = """
import sys
from codemaestro_jupyter.edit.verify import schema_problem
assert schema_problem({"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
print([name for name in ("nbformat", "jsonschema") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
