"""A proposal that was kept comes back the same, or not at all; and reading writes nothing."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from codemaestro_jupyter.edit.cellhost import ScriptedCells
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.files import DiskFiles
from codemaestro_jupyter.edit.journal import pending
from codemaestro_jupyter.edit.kept import keep, settled_cells, whole
from codemaestro_jupyter.edit.proposal import Proposal
from codemaestro_jupyter.edit.reading import Reading
from codemaestro_jupyter.edit.stopping import StoppedError, stoppable
from codemaestro_jupyter.types import Cell, CellId
from codemaestro_jupyter.workspace.reader import Reader

from .engine_project import RENAME, tree

COMMANDS = (
    RENAME,
    f"{RENAME}, then add logging to it",
    'replace "fetch_user" with "get" in README.md',
    "rename src/pkg/api.py to web.py",
    "move src/pkg/api.py to src/",
    'create file src/new.py with "x = 1"',
    "delete file README.md",
    "add a test for fetch_user",
    'append "Done." to README.md',
)


def kept(proposal: Proposal) -> Any:
    return orjson.loads(orjson.dumps(keep(proposal)))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_kept_proposal_comes_back_the_same(root: Path, command: str) -> None:
    reading = Reading(root, Reader(root))
    found = reading.propose(command)
    assert found.applicable
    again = whole(kept(found), reading.project.load)
    assert again is not None
    assert reading.permitted(again) == found


def test_open_notebooks_come_back_though_running_their_last_cell_added_one(root: Path) -> None:
    cells = [Cell(CellId("a"), "code", "from pkg import fetch_user"), Cell(CellId("b"), "code", "fetch_user(1)")]
    host = ScriptedCells({"work.ipynb": cells})
    reading = Reading(root, Reader(root), host)
    found = reading.propose(RENAME)
    assert [diff.path for diff in found.diffs if diff.before and diff.before.live] == ["work.ipynb"]
    made = kept(found)
    assert whole(made, reading.project.load) == replace(found, permissions=())
    host.notebooks["work.ipynb"].append(Cell(CellId("c"), "code", " \n"))
    again = whole(made, reading.project.load)
    assert again is not None
    assert [hunk.cell for hunk in again.hunks()] == [hunk.cell for hunk in found.hunks()]
    with Engine(root, Reader(root), root.parent / "data", host) as engine:
        engine.apply(engine.permitted(again))
    assert [cell.source for cell in host.notebooks["work.ipynb"]] == [
        "from pkg import load_user", "load_user(1)", " \n",
    ]  # fmt: skip
    assert whole(made, reading.project.load) is None, "it was changed since"
    assert [cell.id for cell in settled_cells(host.notebooks["work.ipynb"])] == ["a", "b"]


@pytest.mark.parametrize("path", ["src/pkg/api.py", "src/pkg/__init__.py"])
def test_a_file_that_changed_or_went_brings_nothing_back(root: Path, path: str) -> None:
    reading = Reading(root, Reader(root))
    made = kept(reading.propose(RENAME))
    (root / path).write_text("x = 1\n")
    assert whole(made, reading.project.load) is None
    (root / path).unlink()
    assert whole(made, reading.project.load) is None


def test_hunks_that_do_not_tell_the_whole_change_bring_nothing_back(root: Path) -> None:
    reading = Reading(root, Reader(root))
    made = kept(reading.propose(RENAME))
    made["diffs"][1]["hunks"][0]["new"] = ["something else\n"]
    assert whole(made, reading.project.load) is None


def test_what_cannot_be_done_is_not_kept(root: Path) -> None:
    assert keep(Reading(root, Reader(root)).propose("rename nowhere to somewhere")) is None


def test_reading_proposes_what_an_engine_does_and_leaves_no_trace(root: Path, project_engine: Engine) -> None:
    before, names = tree(root), sorted(item.name for item in root.parent.iterdir())
    reading = Reading(root, Reader(root))
    for command in COMMANDS:
        assert reading.propose(command) == project_engine.propose(command)
    batch = [RENAME, 'append "Done." to README.md']
    assert reading.propose_batch(batch) == project_engine.propose_batch(batch)
    reading.close()
    assert tree(root) == before
    assert sorted(item.name for item in root.parent.iterdir()) == names


def test_a_journal_tells_that_something_is_half_done(root: Path, project_engine: Engine) -> None:
    folder = (root.parent / "data" / "journal").as_posix()
    files = DiskFiles()
    assert not pending(folder, files)
    assert not pending(f"{folder}/nowhere", files)
    project_engine.apply(project_engine.propose(RENAME))
    assert not pending(folder, files)
    [log] = [path for path in (root.parent / "data" / "journal").iterdir() if path.suffix == ".log"]
    data = log.read_bytes()
    ends = [at for at in range(len(data)) if data[at : at + 4] == b"CMJ1"]
    assert len(ends) == 2, "what it will do, and that it is done"
    log.write_bytes(data[: ends[1]])
    assert pending(folder, files), "it was begun"
    log.write_bytes(data[: ends[1] + 9])
    assert pending(folder, files), "it is torn"
    assert log.read_bytes() == data[: ends[1] + 9], "and looking mends nothing"


def test_work_that_nobody_wants_ends(root: Path) -> None:
    reading = Reading(root, Reader(root))
    asked = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(StoppedError), stoppable(stopped):
        reading.propose(RENAME)
    assert reading.propose(RENAME).applicable, "only that thread, only that time"


def test_bytes_that_are_no_text_come_back(root: Path) -> None:
    (root / "notes.txt").write_bytes("Größe\r\n".encode("utf-16"))
    reading = Reading(root, Reader(root))
    made = kept(reading.propose("move notes.txt to doc/"))
    assert base64.b64decode(made["diffs"][0]["made"][0]) == (root / "notes.txt").read_bytes()
    assert whole(made, reading.project.load) is not None
