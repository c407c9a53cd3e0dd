"""A command that somebody types: its proposal is there on submit, and until then nothing was written for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.jupyter.commands import COMMANDS
from codemaestro_jupyter.maestro import Maestro

from .conftest import eventually
from .test_changes import RENAME, tree
from .test_maestro import type_out

pytestmark = pytest.mark.usefixtures("no_remains")


def prepared(maestro: Maestro, sentence: str) -> Any:
    """The view of its preparation, once it is ready."""
    wanted = ("change", sentence, "ready")

    def found() -> Any:
        views = maestro.view()["preparations"]
        return next((view for view in views if (view["kind"], view["subject"], view["state"]) == wanted), None)

    return eventually(found)


def test_a_typed_command_is_there_on_submit_and_counts_as_used(maestro: Maestro, project: Path) -> None:
    before = tree(project)
    type_out(maestro, RENAME)
    prepared(maestro, RENAME)
    assert tree(project) == before
    assert not list(maestro.root.rglob("journal"))
    worked_out: list[Any] = []
    work_out, maestro.changes.work_out = maestro.changes.work_out, worked_out.append  # type: ignore[method-assign,assignment]
    pending = maestro.submit(RENAME, source="chat")
    typed = pending.result(30)
    maestro.changes.work_out = work_out  # type: ignore[method-assign]
    assert worked_out == []
    shown = next(turn for turn in maestro.view()["turns"] if turn["id"] == pending.turn)
    receipt: Any = shown["receipt"]
    assert (receipt["prepared"], receipt["used"], receipt["wasted"]) == (1, 1, 0)
    assert maestro.submit(RENAME, source="chat").result(30).markdown == typed.markdown
    maestro.changes.apply(pending.turn)
    maestro.changes.undo()
    assert tree(project) == before


def test_a_file_that_changed_since_is_in_the_proposal(maestro: Maestro, project: Path) -> None:
    type_out(maestro, RENAME)
    prepared(maestro, RENAME)
    (project / "late.py").write_text("from auth import make_token\n", encoding="utf8")
    answer = maestro.submit(RENAME, source="chat").result(30)
    assert "late.py" in answer.files


def test_several_lines_are_one_batch(maestro: Maestro, project: Path) -> None:
    text = "add logging to make_token\ncreate extra.py with `x = 1`"
    pending = maestro.submit(text, source="chat")
    assert pending.result(30).files == ("auth.py", "extra.py")
    assert maestro.changes.text(pending.turn) == text
    conflict = maestro.submit("delete file auth.py; append `x` to auth.py", source="chat").result(30)
    assert "Commands 1 and 2 conflict in auth.py" in conflict.markdown


def test_the_magic_takes_what_was_prepared(maestro: Maestro) -> None:
    class Door:
        pass

    door: Any = Door()
    door.maestro = maestro
    type_out(maestro, RENAME)
    prepared(maestro, RENAME)
    maestro.changes.work_out = lambda plan: pytest.fail("it was prepared")  # type: ignore[method-assign]
    report: Any = COMMANDS["edit"].run(door, [f" {RENAME}"])
    assert "+def forge_token" in report.markdown
