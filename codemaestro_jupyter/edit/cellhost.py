"""Open notebooks belong to their front end: how it is asked, and told a change as edits with their expected `before`.

Apart from the steps (`cellsteps.py`), since every session has a host and few ever edit a cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from codemaestro_jupyter.types import Cell, CellId


@dataclass(frozen=True, slots=True)
class CellEdit:
    """One edit of an open notebook; `index` counts from 0, in the notebook as the earlier edits left it.

    `before` is the source that must be there, or the edit is refused: of the cell itself for replace, delete and
    move, and empty for insert.
    """

    op: Literal["insert", "replace", "delete", "move"]
    cell_id: CellId
    index: int
    before: str = ""
    source: str = ""
    kind: Literal["code", "markdown", "raw"] = "code"


@dataclass(frozen=True, slots=True)
class CellAnswer:
    """What the front end says to a list of edits: all of them, in one undo step, or none, with the reason."""

    accepted: bool
    reason: str = ""


class CellHost(Protocol):
    """The front end's open notebooks, as far as editing needs them."""

    def refresh(self) -> None:
        """Look at the open notebooks anew: what the others say holds until the next look. Waits a second at most."""
        ...

    def elsewhere(self) -> frozenset[str]:
        """What is open where nobody can change it for us: notebooks, and other files with changes that are not saved.

        On disk they are not touched.
        """
        ...

    def open_notebooks(self) -> Mapping[str, Sequence[Cell]]:
        """The cells of every open notebook, by its path relative to the root."""
        ...

    def edit(self, transaction: str, path: str, edits: Sequence[CellEdit], timeout: float) -> CellAnswer:
        """Do the edits in one undo step, or none of them; no answer within `timeout` seconds is a refusal."""
        ...


class NoCells:
    """A session without a front end (a terminal): nothing is open."""

    def refresh(self) -> None:
        """There is nothing to look at."""

    def elsewhere(self) -> frozenset[str]:
        """Nothing is open."""
        return frozenset()

    def open_notebooks(self) -> Mapping[str, Sequence[Cell]]:
        """Nothing is open."""
        return {}

    def edit(self, transaction: str, path: str, edits: Sequence[CellEdit], timeout: float) -> CellAnswer:
        """There is nobody to ask."""
        return CellAnswer(False, f"{path} is not open.")


class ScriptedCells:
    """A front end in memory, for tests and experiments; `refuse` is said to the next edits instead of doing them."""

    def __init__(self, notebooks: Mapping[str, Sequence[Cell]], refuse: str = "") -> None:
        self.notebooks = {path: list(cells) for path, cells in notebooks.items()}
        self.refuse = refuse
        self.others: frozenset[str] = frozenset()
        self.received: list[tuple[str, str, tuple[CellEdit, ...]]] = []

    def refresh(self) -> None:
        """It is always up to date."""

    def elsewhere(self) -> frozenset[str]:
        """What the test says."""
        return self.others

    def open_notebooks(self) -> Mapping[str, Sequence[Cell]]:
        """The notebooks as they stand."""
        return {path: tuple(cells) for path, cells in self.notebooks.items()}

    def edit(self, transaction: str, path: str, edits: Sequence[CellEdit], timeout: float) -> CellAnswer:
        """Do all edits, or none: refused when `refuse` is set or an expected `before` is not there."""
        self.received.append((transaction, path, tuple(edits)))
        if self.refuse:
            return CellAnswer(False, self.refuse)
        edited = with_edits(self.notebooks.get(path, ()), edits)
        if isinstance(edited, str):
            return CellAnswer(False, edited)
        self.notebooks[path] = edited
        return CellAnswer(True)


def with_edits(before: Sequence[Cell], edits: Sequence[CellEdit]) -> list[Cell] | str:
    """The cells with all edits done; the reason if one of them finds something else than its `before`."""
    cells = list(before)
    numbers = {cell.id: number for number, cell in enumerate(before, 1)}
    for edit in edits:
        if edit.op == "insert":
            cells.insert(edit.index, Cell(edit.cell_id, edit.kind, edit.source))
            continue
        at = next((index for index, cell in enumerate(cells) if cell.id == edit.cell_id), None)
        if at is None or cells[at].source != edit.before:
            return f"cell {numbers.get(edit.cell_id, edit.cell_id)} changed meanwhile"
        cell = cells.pop(at)
        if edit.op == "replace":
            cells.insert(at, Cell(cell.id, cell.kind, edit.source))
        elif edit.op == "move":
            cells.insert(edit.index, cell)
    return cells


def edits_between(before: Sequence[Cell], after: Sequence[Cell]) -> tuple[CellEdit, ...]:
    """The edits that turn the cells `before` into `after`: deletions, then in order inserts, moves, replacements."""
    edits: list[CellEdit] = []
    now = list(before)
    wanted = {cell.id for cell in after}
    for cell in before:
        if cell.id not in wanted:
            at = next(index for index, item in enumerate(now) if item.id == cell.id)
            edits.append(CellEdit("delete", cell.id, at, cell.source, "", cell.kind))
            del now[at]
    for index, cell in enumerate(after):
        at = next((place for place, item in enumerate(now) if item.id == cell.id), -1)
        if at < 0:
            edits.append(CellEdit("insert", cell.id, index, "", cell.source, cell.kind))
            now.insert(index, cell)
            continue
        if at != index:
            edits.append(CellEdit("move", cell.id, index, now[at].source, now[at].source, cell.kind))
            now.insert(index, now.pop(at))
        if now[index].source != cell.source:
            edits.append(CellEdit("replace", cell.id, index, now[index].source, cell.source, cell.kind))
            now[index] = cell
    return tuple(edits)
