"""After a kernel restart the card of an applied change is there again, with its Undo; looking changes no journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import Cell, CellId, NotebookId, NotebookPicture, RelPath, TurnId

from .conftest import eventually
from .test_changes import RENAME, tree

pytestmark = pytest.mark.usefixtures("no_remains")
NOTEBOOK = NotebookPicture(
    NotebookId("n.ipynb"), RelPath("n.ipynb"), (Cell(CellId("c"), "code", "x = 1"),), CellId("c")
)


def session(project: Path) -> Maestro:
    maestro = Maestro(Settings(environment={}, policy={}, model="off"), root=project)
    assert maestro.workspace.index.wait(60)
    maestro.notebook(NOTEBOOK)
    return maestro


def ask(maestro: Maestro, text: str) -> TurnId:
    pending = maestro.submit(text, notebook_id="n.ipynb", source="chat")
    pending.result(30)
    return pending.turn


def cards(maestro: Maestro, count: int) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        shown = {each["turn"]: each for each in maestro.view()["changes"]}
        return shown if len(shown) == count else None

    return eventually(found)  # type: ignore[return-value]


def test_what_was_applied_can_be_undone_in_the_next_session(project: Path) -> None:
    before = tree(project)
    with session(project) as first:
        renamed = ask(first, RENAME)
        first.changes.apply(renamed)
        created = ask(first, "create extra.py with `x = 1`")
        first.changes.apply(created)
        first.changes.undo(turn=created)
        left = ask(first, "delete file api.py")
        shown = cards(first, 3)
    [log] = project.rglob("journal/*.log")
    log.write_bytes(log.read_bytes() + b"CMJ1 torn")
    journal = log.read_bytes()
    with session(project) as second:
        restored = cards(second, 2)
        assert left not in restored, "what was only proposed is not there any more"
        assert log.read_bytes() == journal, "to look is not to mend"
        assert [(restored[turn]["state"], restored[turn]["transaction"]) for turn in (renamed, created)] == [
            ("applied", shown[renamed]["transaction"]),
            ("undone", shown[created]["transaction"]),
        ]
        assert restored[renamed]["files"] == shown[renamed]["files"]
        assert second.changes.newest is None, "`%maestro apply` applies none of them"
        second.change(renamed, "undo")
        eventually(lambda: cards(second, 2)[renamed]["state"] == "undone")
        assert tree(project) == before
        second.change(renamed, "redo")
        eventually(lambda: cards(second, 2)[renamed]["state"] == "applied")


def test_what_can_be_neither_undone_nor_redone_has_no_card(project: Path) -> None:
    with session(project) as first:
        created = ask(first, "create extra.py with `x = 1`")
        first.changes.apply(created)
        first.changes.undo(turn=created)
        first.changes.apply(ask(first, RENAME))
    with session(project) as second:
        assert created not in cards(second, 1)


def test_a_project_without_changes_is_left_alone(project: Path) -> None:
    with session(project) as first:
        ask(first, RENAME)
    with session(project) as second:
        eventually(lambda: second.view()["turns"])
        assert second.view()["changes"] == []
        second.changes.restore([TurnId("t")])
        assert not list(project.rglob("journal/*.log"))
