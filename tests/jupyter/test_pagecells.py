"""Open notebooks through their pages: asked, edited in one go, refused, late, closed; nothing is done by halves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.edit.cellhost import CellAnswer, CellEdit, edits_between, with_edits
from codemaestro_jupyter.errors import ConflictError, DiskError
from codemaestro_jupyter.jupyter import pagecells
from codemaestro_jupyter.jupyter.pagecells import PageCells
from codemaestro_jupyter.types import Cell, CellId
from tests.edit.engine_project import FullDisk, engine, tree

A, B = Cell(CellId("a"), "code", "fetch(1)"), Cell(CellId("b"), "markdown", "# fetch")
RENAMED = Cell(CellId("a"), "code", "load(1)")


class Browser:
    """A page that answers from a thread of its own, as the comm's subshell does; `deaf` never answers."""

    def __init__(self, cells: PageCells, notebooks: dict[str, list[Cell]], *, deaf: bool = False) -> None:
        self.cells, self.notebooks, self.deaf = cells, notebooks, deaf
        self.refuse = ""
        self.late: list[Callable[[], None]] | None = None
        self.said: list[str] = []
        self.unsaved: list[str] = []
        cells.heard(self)

    def send(self, message: Any) -> None:
        self.said.append(message["type"])
        if self.deaf:
            return
        if message["type"] == "list_notebooks":
            wire = [
                {"path": path, "writable": not path.startswith("ro"), "cells": [vars_of(cell) for cell in cells]}
                for path, cells in self.notebooks.items()
            ]
            answer = {"type": "open_notebooks", "request": message["request"], "notebooks": wire,
                      "unsaved": self.unsaved}  # fmt: skip
            act = lambda: self.cells.told(self, answer)  # type: ignore[arg-type]  # noqa: E731
        else:
            act = lambda: self.edit(message)  # noqa: E731
        if self.late is not None and message["type"] == "edit_cells":
            self.late.append(act)
        else:
            threading.Thread(target=act).start()

    def edit(self, message: Any) -> None:
        edits = [CellEdit(**{**edit, "cell_id": CellId(edit["cell_id"])}) for edit in message["edits"]]
        after = with_edits(self.notebooks[message["path"]], edits)
        reason = self.refuse or (after if isinstance(after, str) else "")
        if not reason and not isinstance(after, str):
            self.notebooks[message["path"]] = after
        answer = {"type": "cells_edited", "request": message["request"], "accepted": not reason, "reason": reason}
        self.cells.answered(answer)  # type: ignore[arg-type]


def vars_of(cell: Cell) -> dict[str, str]:
    return {"id": cell.id, "kind": cell.kind, "source": cell.source}


@pytest.fixture
def cells() -> PageCells:
    return PageCells(lambda path: path.removeprefix("srv/") if path.startswith("srv/") else None, frozenset)


def test_pages_say_what_is_open_and_edit_it(cells: PageCells) -> None:
    page = Browser(cells, {"srv/n.ipynb": [A, B], "other/out.ipynb": [A]})
    cells.refresh()
    assert cells.open_notebooks() == {"n.ipynb": (A, B)}
    assert cells.edit("t1", "n.ipynb", edits_between([A, B], [B, RENAMED]), 5.0) == CellAnswer(True)
    assert page.notebooks["srv/n.ipynb"] == [B, RENAMED]
    assert cells.open_notebooks() == {"n.ipynb": (B, RENAMED)}


def test_typing_meanwhile_is_a_refusal_with_its_reason(cells: PageCells) -> None:
    page = Browser(cells, {"srv/n.ipynb": [A]})
    cells.refresh()
    typed = Cell(A.id, "code", "fetch(2)")
    page.notebooks["srv/n.ipynb"] = [typed]
    answer = cells.edit("t1", "n.ipynb", edits_between([A], [RENAMED]), 5.0)
    assert answer == CellAnswer(False, "cell 1 changed meanwhile")
    assert page.notebooks["srv/n.ipynb"] == [typed]


def test_an_edit_done_too_late_is_taken_back(cells: PageCells) -> None:
    page = Browser(cells, {"srv/n.ipynb": [A, B]})
    cells.refresh()
    page.late = []
    answer = cells.edit("t1", "n.ipynb", edits_between([A, B], [B, RENAMED]), 0.05)
    assert answer == CellAnswer(False, "the page did not answer within 0.05 seconds")
    held, page.late = page.late, []
    held[0]()
    assert page.notebooks["srv/n.ipynb"] == [B, RENAMED]
    (back,) = page.late
    back()
    assert page.notebooks["srv/n.ipynb"] == [A, B]


def test_a_page_that_is_closed_is_not_waited_for(cells: PageCells) -> None:
    page = Browser(cells, {"srv/n.ipynb": [A]})
    cells.refresh()
    page.deaf = True
    closing = threading.Timer(0.05, lambda: cells.left(page))
    closing.start()
    answer = cells.edit("t1", "n.ipynb", edits_between([A], [RENAMED]), 60.0)
    assert answer == CellAnswer(False, "its page was closed")
    cells.refresh()
    assert cells.open_notebooks() == {}


def test_the_page_heard_from_last_is_the_one_that_is_edited(cells: PageCells) -> None:
    first, second = (Browser(cells, {"srv/n.ipynb": [A]}) for _ in range(2))
    cells.heard(first)
    cells.refresh()
    assert cells.edit("t1", "n.ipynb", edits_between([A], [RENAMED]), 5.0).accepted
    assert (first.notebooks["srv/n.ipynb"], second.notebooks["srv/n.ipynb"]) == ([RENAMED], [A])


def test_a_deaf_page_is_waited_for_once(cells: PageCells, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagecells, "LOOK_SECONDS", 0.05)
    Browser(cells, {"srv/n.ipynb": [A]}, deaf=True)
    Browser(cells, {"srv/m.ipynb": [B]})
    cells.refresh()
    monkeypatch.setattr(pagecells, "LOOK_SECONDS", 600.0)  # a second long wait would never end
    cells.refresh()
    assert cells.open_notebooks() == {"m.ipynb": (B,)}


def test_what_is_open_elsewhere_or_may_only_be_read_is_named() -> None:
    cells = PageCells(lambda path: path, lambda: frozenset({"n.ipynb", "far.ipynb"}))
    Browser(cells, {"n.ipynb": [A], "ro.ipynb": [B]})
    cells.refresh()
    assert cells.elsewhere() == {"far.ipynb", "ro.ipynb"}
    assert not cells.edit("t1", "ro.ipynb", (), 1.0).accepted


def test_cells_of_a_page_are_taken_back_if_the_disk_fails(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "client.py").write_text("def fetch(n):\n    return n\n", encoding="utf8")
    before = tree(root)
    cells = PageCells(lambda path: path, frozenset)
    cell = Cell(CellId("a"), "code", "from client import fetch\nfetch(1)")
    page = Browser(cells, {"n.ipynb": [cell, B]})
    one = engine(root, cells, FullDisk(1))
    proposal = one.propose("rename fetch to load")
    with pytest.raises(DiskError):
        one.apply(proposal)
    assert page.said.count("edit_cells") == 2, "done first, then undone"
    assert (page.notebooks, tree(root)) == ({"n.ipynb": [cell, B]}, before)
    one.files.at = 0  # type: ignore[attr-defined]  # space again
    one.apply(proposal)
    assert [each.source for each in page.notebooks["n.ipynb"]] == ["from client import load\nload(1)", "# fetch"]
    one.undo()
    assert (page.notebooks, tree(root)) == ({"n.ipynb": [cell, B]}, before)


def test_files_with_changes_that_are_not_saved_are_left_alone_until_they_are(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    for name in ("client.py", "report.py"):
        (root / name).write_text("def fetch(n):\n    return n\n", encoding="utf8")
    cells = PageCells(lambda path: path, frozenset)
    page = Browser(cells, {})
    page.unsaved = ["report.py"]
    one = engine(root, cells)
    found = one.propose(
        'replace all "fetch" with "load" in client.py, then replace all "fetch" with "load" in report.py'
    )
    blocked = [item.reason for item in found.permissions if not item.allowed]
    assert blocked == ["report.py has changes in JupyterLab that are not saved."]
    assert not found.applicable
    (again,) = found.ways_out()
    assert again.title == "Make the plan again once report.py is saved."
    page.unsaved = []
    found = one.fix(again)
    assert found.applicable
    before = tree(root)
    page.unsaved = ["report.py"]
    with pytest.raises(ConflictError, match=r"report\.py has changes in JupyterLab that are not saved"):
        one.apply(found)
    assert tree(root) == before
    page.unsaved = []
    one.apply(found)
    assert b"load" in tree(root)["report.py"]
