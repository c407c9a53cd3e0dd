"""Full disks, several processes, kill -9, damaged journals: nothing is half-done, everything can be undone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.errors import DiskError

from .engine_project import RENAME, START, FullDisk, engine, tree


def test_a_full_disk_in_the_middle_takes_everything_back(root: Path) -> None:
    one = engine(root, files=FullDisk(2))
    before = tree(root)
    proposal = one.propose(RENAME)
    with pytest.raises(DiskError, match="No space left"):
        one.apply(proposal)
    assert tree(root) == before
    assert one.log()[0].state == "taken back"
    one.apply(proposal)
    assert b"load_user" in tree(root)["src/pkg/api.py"]


SCRIPT = """
import sys
from pathlib import Path
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.errors import ConflictError
from codemaestro_jupyter.workspace.reader import Reader
root = Path(sys.argv[1])
one = Engine(root, Reader(root), root.parent / "data")
done = 0
while done < 8:
    try:
        one.apply(one.propose(f'append "{sys.argv[2]} {done}" to README.md'))
        done += 1
    except ConflictError:
        pass
"""


def test_two_processes_at_once_lose_nothing(root: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", SCRIPT, str(root), name]) for name in ("one", "two")]
    assert [child.wait(120) for child in children] == [0, 0]
    lines = (root / "README.md").read_text(encoding="utf8").splitlines()
    assert sorted(lines[1:]) == sorted(f"{name} {number}" for name in ("one", "two") for number in range(8))
    one = engine(root)
    one.undo(16)
    assert (root / "README.md").read_text(encoding="utf8") == START["README.md"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_kill_at_random_moments_leaves_nothing_half_done(tmp_path: Path) -> None:
    """A few moments here; the 500 of the figure are `engine_bench.bench_kill`."""
    done = subprocess.run(
        [sys.executable, "-m", "codemaestro_jupyter.experiment.engine_kill", str(tmp_path / "project"), "25", "3"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = __import__("json").loads(done.stdout)
    assert (found["half-done"], found["lost_files"], found["whole"] + found["no trace"]) == (0, 0, 25)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=20)), max_size=6))
def test_any_series_of_changes_is_undone_byte_for_byte(root: Path, changes: list[tuple[str, bytes]]) -> None:
    from codemaestro_jupyter.edit.blueprint import Change, Component

    one = engine(root)
    states = [tree(root)]
    for name, data in changes:
        path = f"{name}/x.bin"
        before = one.files.read(f"{root.as_posix()}/{path}")
        change = Change(path, Component(path, *before) if before else None, Component(path, data) if data else None)
        if change.before == change.after or (
            change.before and change.after and change.before.data == change.after.data
        ):
            continue
        one.write([change], f"change {path}")
        states.append(tree(root))
    for state in reversed(states[:-1]):
        one.undo()
        assert tree(root) == state


def test_a_damaged_end_of_the_journal_is_cut_off_and_the_rest_still_undone(root: Path) -> None:
    one = engine(root)
    start = tree(root)
    one.apply(one.propose(RENAME))
    (log,) = (root.parent / "data/journal").glob("*.log")
    log.write_bytes(log.read_bytes() + b"CMJ1\x99 half a record")
    two = engine(root)
    two.undo()
    assert tree(root) == start


def test_a_damaged_earlier_part_is_said_once_and_what_came_later_is_still_undone(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemaestro_jupyter.edit.journal.SEGMENT", 100)
    one = engine(root)
    for number in range(3):
        one.apply(one.propose(f'append "{number}" to README.md'))
    first = sorted((root.parent / "data/journal").glob("*.log"))[0]
    first.write_bytes(first.read_bytes()[:-5] + b"xxxxx")
    two = engine(root)
    assert [notice.partition(" is damaged")[0] for notice in two.notices] == [f"The journal {first.name}"]
    before = tree(root)
    two.undo()
    two.redo()
    assert len(two.notices) == 1
    assert tree(root) == before


def test_a_journal_deleted_under_a_running_kernel_is_begun_again(root: Path) -> None:
    one = engine(root)
    one.apply(one.propose(RENAME))
    for path in (root.parent / "data/journal").iterdir():
        path.unlink()
    (root.parent / "data/journal").rmdir()
    one.apply(one.propose('append "More." to README.md'))
    assert [line.title for line in one.log()] == ['append "More." to README.md']


def test_large_transactions_do_not_push_out_what_can_be_undone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemaestro_jupyter.edit.journal.SEGMENT", 100)  # each transaction takes a file of its own
    start = tree(root)
    with engine(root) as one:
        for number in range(12):
            one.apply(one.propose(f'append "{number}" to README.md'))
        one.undo(12)
        assert tree(root) == start
        monkeypatch.setattr("codemaestro_jupyter.edit.journal.MOST", 1)
        one.apply(one.propose('append "More." to README.md'))
    assert len(list((root.parent / "data/journal").glob("*.log"))) == 8
