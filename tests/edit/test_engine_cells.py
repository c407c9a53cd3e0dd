"""Open notebooks change through their front end, closed ones on disk; both or neither."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from codemaestro_jupyter.edit.cellhost import ScriptedCells
from codemaestro_jupyter.errors import ConflictError, DiskError
from codemaestro_jupyter.types import Cell, CellId

from .engine_project import RENAME, FullDisk, engine, tree


def cell(name: str, source: str) -> Cell:
    return Cell(CellId(name), "code", source)


CELLS = [
    cell("one", "from pkg import fetch_user"),
    cell("two", "%time fetch_user(1)\nfetch_user(2)"),
    cell("three", "x = 1"),
]


def test_open_notebooks_change_through_their_front_end_and_closed_ones_on_disk(root: Path) -> None:
    host = ScriptedCells({"open.ipynb": CELLS})
    for name in ("open", "closed"):
        cells = [nbformat.v4.new_code_cell(item.source, id=item.id) for item in CELLS]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), root / f"{name}.ipynb")
    start, cells_before = tree(root), host.open_notebooks()
    one = engine(root, host)
    one.apply(one.propose(RENAME))
    wanted = ["from pkg import load_user", "%time load_user(1)\nload_user(2)", "x = 1"]
    assert [item.source for item in host.notebooks["open.ipynb"]] == wanted
    assert [item.source for item in nbformat.read(root / "closed.ipynb", 4).cells] == wanted
    assert tree(root)["open.ipynb"] == start["open.ipynb"]  # saving it is the front end's
    one.undo()
    assert tree(root) == start
    assert host.open_notebooks() == cells_before


def test_a_refused_cell_leaves_everything_as_it_was(root: Path) -> None:
    host = ScriptedCells({"a.ipynb": CELLS, "b.ipynb": CELLS})
    one = engine(root, host)
    proposal = one.propose(RENAME)
    host.notebooks["b.ipynb"][1] = cell("two", "person typed")
    before, cells_before = tree(root), host.open_notebooks()
    with pytest.raises(ConflictError, match=r"b.ipynb was not changed: cell 2 changed meanwhile"):
        one.apply(proposal)
    assert (tree(root), host.open_notebooks()) == (before, cells_before)


def test_typing_in_another_cell_is_no_conflict(root: Path) -> None:
    host = ScriptedCells({"a.ipynb": CELLS})
    one = engine(root, host)
    proposal = one.propose(RENAME)
    host.notebooks["a.ipynb"][2] = cell("three", "person typed")
    one.apply(proposal)
    one.undo()
    assert host.notebooks["a.ipynb"] == [*CELLS[:2], cell("three", "person typed")]


def test_undo_where_the_cells_read_as_before_says_which_window_to_use(root: Path) -> None:
    host = ScriptedCells({"a.ipynb": CELLS})
    one = engine(root, host)
    one.apply(one.propose(RENAME))
    applied, changed = tree(root), host.open_notebooks()
    host.notebooks["a.ipynb"] = list(CELLS)  # a second window, which the change did not reach
    with pytest.raises(ConflictError, match=r"^a.ipynb already reads so in this window\.") as caught:
        one.undo()
    assert caught.value.hint.startswith("If it is open in another window, use that one")
    assert tree(root) == applied
    host.notebooks.update({path: list(cells) for path, cells in changed.items()})
    one.undo()
    assert host.notebooks["a.ipynb"] == CELLS


def test_a_cell_that_is_in_the_way_of_an_undo_is_named_by_its_number(root: Path) -> None:
    host = ScriptedCells({"a.ipynb": CELLS})
    one = engine(root, host)
    one.apply(one.propose(RENAME))
    host.notebooks["a.ipynb"][1] = cell("two", "person typed")
    with pytest.raises(ConflictError, match=r"^a.ipynb cell 2 was changed since\."):
        one.undo()
    del host.notebooks["a.ipynb"][1]
    with pytest.raises(ConflictError, match=r"^a.ipynb cell 2 was deleted since\."):
        one.undo()


def test_cells_are_taken_back_if_the_disk_fails(root: Path) -> None:
    host = ScriptedCells({"a.ipynb": CELLS})
    one = engine(root, host, FullDisk(2))
    before, cells_before = tree(root), host.open_notebooks()
    with pytest.raises(DiskError):
        one.apply(one.propose(RENAME))
    assert (tree(root), host.open_notebooks()) == (before, cells_before)


def test_a_change_in_an_open_notebook_is_undone_elsewhere_only_once_it_is_closed(root: Path) -> None:
    cells = [nbformat.v4.new_code_cell(item.source, id=item.id) for item in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "open.ipynb")
    start, page, terminal = tree(root), ScriptedCells({"open.ipynb": CELLS}), ScriptedCells({})
    engine(root, page).apply(engine(root, page).propose(RENAME))
    applied, other = tree(root), engine(root, terminal)
    terminal.others = frozenset({"open.ipynb"})
    with pytest.raises(ConflictError, match=r"open.ipynb is open in JupyterLab, where only its page can change it"):
        other.undo()
    assert tree(root) == applied
    terminal.others = frozenset()  # closed, and never saved
    other.undo()
    assert tree(root) == start
