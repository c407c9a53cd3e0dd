"""Cell steps: insert, replace, delete and move cells of a notebook, closed or open."""

from __future__ import annotations

from typing import Any

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import CellStep, DeleteCell, InsertCell, MoveCell, ReplaceCell, describe
from codemaestro_jupyter.errors import EditError


def cell_step(state: State, step: CellStep) -> None:
    """Do one cell step on a notebook, closed or open."""
    if not step.path.endswith(".ipynb"):
        raise EditError(f"{step.path} is not a notebook.", hint="Cells are in .ipynb files.")
    component, decoded = state.text(step.path)
    raw = notebook.scan(decoded.text, step.path)
    cells: list[notebook.RawCell | dict[str, Any]] = list(raw.cells)
    if isinstance(step, InsertCell):
        at = step.position - 1 if step.position else len(cells)
        if not 0 <= at <= len(cells):
            raise EditError(f"{step.path} has {len(cells)} cells.", hint=f"Use a position from 1 to {len(cells) + 1}.")
        neighbours = raw.cells[at : at + 1] + raw.cells[max(at - 1, 0) : at]
        if step.position and any(
            cell.source == step.source and cell.value.get("cell_type") == step.kind for cell in neighbours
        ):
            state.correct("duplicate insertion", f"{step.path} already has this cell there: left as it is.")
            return
        seed = f"{step.path}\0{step.position}\0{step.source}"
        cells.insert(at, notebook.new_cell(step.source, step.kind, raw, seed))
    else:
        at = notebook.cell_index(raw.cells, step.cell, step.path)
        if isinstance(step, ReplaceCell):
            if raw.cells[at].source == step.source:
                state.correct("duplicate insertion", f"{step.path} cell {step.cell} already reads so: left as it is.")
                return
            cells[at] = notebook.with_source(raw.cells[at], step.source)
        elif isinstance(step, DeleteCell):
            del cells[at]
        elif isinstance(step, MoveCell):
            if not 1 <= step.position <= len(cells):
                raise EditError(f"{step.path} has {len(cells)} cells.", hint=f"Use a position from 1 to {len(cells)}.")
            if step.position - 1 == at:
                raise EditError(f"{describe(step)}: it is there already.", hint="Give another position.")
            cells.insert(step.position - 1, cells.pop(at))
    state.put_text(component, decoded, notebook.rebuild(raw, cells))
