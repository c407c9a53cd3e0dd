"""A process that dies between the cells and the disk: the next one finishes or undoes both, open or closed."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.cellhost import ScriptedCells
from codemaestro_jupyter.edit.journal import Journal
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.recording import PowerLoss, RecordingFiles
from codemaestro_jupyter.edit.transaction import Transactions
from codemaestro_jupyter.types import Cell, CellId

OLD, NEW = [Cell(CellId("one"), "code", "a = 1")], [Cell(CellId("one"), "code", "a = 2")]
NB, PY = "n.ipynb", "a.py"
CHANGES = (
    Change(PY, Component(PY, b"a = 1\n"), Component(PY, b"a = 2\n")),
    Change(NB, Component(NB, notebook.from_cells(OLD), live=True), Component(NB, notebook.from_cells(NEW), live=True)),
)
TREE = {"/p/a.py": (b"a = 1\n", 0o644), "/p/n.ipynb": (notebook.from_cells(OLD), 0o644)}


def transactions(files: RecordingFiles, host: ScriptedCells) -> Transactions:
    return Transactions("/p", Journal("/j", files), files, host, lambda: 1.0, Metrics())


def crash(fuse: int) -> tuple[RecordingFiles, ScriptedCells] | None:
    files, host = RecordingFiles(TREE, fuse=fuse), ScriptedCells({NB: OLD})
    try:
        transactions(files, host).commit(CHANGES, title="both")
    except PowerLoss:
        return files, host
    return None


def moments() -> list[int]:
    found = [fuse for fuse in range(40) if crash(fuse) is not None]
    assert found == list(range(len(found)))
    return found


@pytest.mark.parametrize("fuse", moments())
def test_cells_and_files_end_alike_when_the_front_end_lives_on(fuse: int) -> None:
    died = crash(fuse)
    assert died is not None
    files, host = RecordingFiles(died[0].tree()), died[1]
    transactions(files, host).recover()
    done = host.notebooks[NB] == NEW
    assert host.notebooks[NB] == (NEW if done else OLD)
    assert files.tree()["/p/a.py"][0] == (b"a = 2\n" if done else b"a = 1\n")
    assert [path for path in files.tree() if "maestro" in path] == []


@pytest.mark.parametrize("saved", [OLD, NEW], ids=["unsaved", "saved"])
@pytest.mark.parametrize("fuse", moments())
def test_cells_and_files_end_alike_when_the_notebook_was_closed(fuse: int, saved: list[Cell]) -> None:
    died = crash(fuse)
    assert died is not None
    if died[1].notebooks[NB] != NEW and saved is NEW:
        return  # what was never changed cannot have been saved
    files = RecordingFiles({**died[0].tree(), "/p/n.ipynb": (notebook.from_cells(saved), 0o644)})
    if not transactions(files, ScriptedCells({})).recover():
        return  # not begun, or finished: a notebook closed unsaved after that is the person's choice
    cells = list(notebook.cells_of(notebook.scan(files.tree()["/p/n.ipynb"][0].decode())))
    assert (cells, files.tree()["/p/a.py"][0]) in ((OLD, b"a = 1\n"), (NEW, b"a = 2\n"))
    assert transactions(files, ScriptedCells({})).recover() == []
