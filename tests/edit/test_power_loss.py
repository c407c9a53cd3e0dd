"""Whatever was not synced when the power went, and wherever it went: after recovery all of it, or none of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.cellhost import NoCells
from codemaestro_jupyter.edit.history import History
from codemaestro_jupyter.edit.journal import Journal
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.recording import PowerLoss, RecordingFiles
from codemaestro_jupyter.edit.transaction import Transactions

Tree = dict[str, tuple[bytes, int]]
START: Tree = {
    "/p/a.py": (b"one = 1\n", 0o644),
    "/p/pkg/b.py": (b"\xef\xbb\xbftwo = 2\r\n", 0o755),
    "/p/old.txt": (b"no final newline", 0o600),
    "/p/mine.txt": (b"never touched", 0o644),
}
CHANGES = (
    Change("a.py", Component("a.py", b"one = 1\n"), Component("a.py", b"one = 111\n")),
    Change("new/deep/c.py", None, Component("new/deep/c.py", b"three = 3\n")),
    Change("old.txt", Component("old.txt", b"no final newline", 0o600), None),
    Change("pkg/b.py", Component("pkg/b.py", START["/p/pkg/b.py"][0], 0o755), Component("pkg/b.py", b"two\n", 0o755)),
)
END: Tree = {
    "/p/a.py": (b"one = 111\n", 0o644),
    "/p/new/deep/c.py": (b"three = 3\n", 0o644),
    "/p/pkg/b.py": (b"two\n", 0o755),
    "/p/mine.txt": (b"never touched", 0o644),
}


def transactions(files: RecordingFiles) -> Transactions:
    return Transactions("/p", Journal("/p/.codemaestro/journal", files), files, NoCells(), lambda: 1.0, Metrics())


def project(files: RecordingFiles) -> Tree:
    return {path: found for path, found in files.tree().items() if "/.codemaestro/" not in path}


def lost_power(tree: Tree, action: str, fuse: int) -> RecordingFiles | None:
    """The files as they were when the power went after `fuse` calls; None if the action was finished before."""
    files = RecordingFiles(tree, fuse=fuse)
    try:
        writer = transactions(files)
        if action == "apply":
            writer.commit(CHANGES, title="change it")
        elif action == "undo":
            History(writer).undo()
        else:
            writer.recover()
    except PowerLoss:
        return files
    return None


def calls_of(tree: Tree, action: str) -> int:
    files = RecordingFiles(tree)
    writer = transactions(files)
    if action == "apply":
        writer.commit(CHANGES, title="change it")
    elif action == "undo":
        History(writer).undo()
    else:
        writer.recover()
    return files.calls


def check(tree: Tree) -> Tree:
    """Recover from a state a power loss left; the project must be whole, and a second recovery must find nothing."""
    files = RecordingFiles(tree)
    writer = transactions(files)
    writer.recover()
    found = project(files)
    assert found in (START, END)
    assert transactions(files).recover() == []
    applied = History(writer).applied()
    assert len(applied) == (found == END)
    return found


def applied_tree() -> Tree:
    files = RecordingFiles(START)
    transactions(files).commit(CHANGES, title="change it")
    assert project(files) == END
    return files.tree()


def test_an_apply_is_whole_or_leaves_no_trace_wherever_the_power_goes() -> None:
    outcomes = set()
    for fuse in range(calls_of(START, "apply")):
        files = lost_power(START, "apply", fuse)
        assert files is not None
        for state in files.losses():
            outcomes.add(check(state) == END)
    assert outcomes == {True, False}


def test_an_undo_is_whole_or_leaves_no_trace_wherever_the_power_goes() -> None:
    tree = applied_tree()
    outcomes = set()
    for fuse in range(calls_of(tree, "undo")):
        files = lost_power(tree, "undo", fuse)
        assert files is not None
        for state in files.losses():
            outcomes.add(check(state) == END)
    assert outcomes == {True, False}


def test_a_finished_apply_survives_every_loss() -> None:
    files = RecordingFiles(START)
    transactions(files).commit(CHANGES, title="change it")
    for state in files.losses():
        assert check(state) == END


@pytest.mark.parametrize("interrupted", [9, 12, 14, 16])
def test_a_recovery_that_loses_power_is_recovered(interrupted: int) -> None:
    files = lost_power(START, "apply", interrupted)
    assert files is not None
    for state in list(files.losses(256))[::5]:
        for fuse in range(calls_of(state, "recover")):
            again = lost_power(state, "recover", fuse)
            assert again is not None
            for second in again.losses(64):
                check(second)


PATHS = ["a.py", "old.txt", "mine.txt", "pkg/b.py", "pkg/new.py", "new/one.txt", "new/deep/two.txt", "other/three.txt"]
SETS = st.dictionaries(st.sampled_from(PATHS), st.none() | st.binary(max_size=40), min_size=1, max_size=6)


@settings(deadline=None, max_examples=60)
@given(SETS, st.integers(0, 40), st.booleans())
def test_any_batch_is_whole_or_leaves_no_trace_wherever_the_power_goes(
    wanted: dict[str, bytes | None], fuse: int, back: bool
) -> None:
    changes = []
    for path, data in sorted(wanted.items()):
        was = START.get(f"/p/{path}")
        before = Component(path, *was) if was else None
        changes.append(Change(path, before, None if data is None else Component(path, data, was[1] if was else 0o644)))
    changes = [change for change in changes if change.before != change.after]
    if not changes:
        return
    files = RecordingFiles(START)
    transactions(files).commit(changes, title="batch")
    end = project(files)
    files = RecordingFiles(files.tree() if back else START, fuse=fuse)
    try:
        writer = transactions(files)
        if back:
            History(writer).undo()
        else:
            writer.commit(changes, title="batch")
    except PowerLoss:
        pass
    for state in files.losses(150):
        again = RecordingFiles(state)
        writer = transactions(again)
        writer.recover()
        found = project(again)
        assert found in (START, end)
        assert len(History(writer).applied()) == (found == end) or end == START
        assert transactions(again).recover() == []
