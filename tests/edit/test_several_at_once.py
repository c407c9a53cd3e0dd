"""Two kernels, a terminal and an editor at once: nobody overwrites, nobody waits for ever, each is told who it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import ConflictError, EditError

from .engine_project import API, RENAME, engine, tree

HOLD = """
import sys, time
from codemaestro_jupyter.edit.files import DiskFiles
with DiskFiles().lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(root: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lock and does not give it back."""
    engine(root)
    lock = root.parent / "data/journal/lock"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_the_lock_of_a_killed_process_dies_with_it(root: Path, holder: subprocess.Popen[str]) -> None:
    before = tree(root)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    one = engine(root)  # the lock file is still there, and the name of the dead in it
    proposal = one.propose(RENAME)
    one.apply(proposal)
    one.undo()
    assert tree(root) == before


def test_a_busy_project_is_a_clear_message(root: Path, holder: subprocess.Popen[str]) -> None:
    from codemaestro_jupyter.edit.files import DiskFiles

    before = tree(root)
    files = DiskFiles()
    files.patience = 0.05
    with pytest.raises(ConflictError, match=rf"Another process \({holder.pid}\) has been changing this project"):
        engine(root, files=files)
    assert tree(root) == before


def test_a_busy_thread_of_the_same_process_is_a_clear_message_too(root: Path) -> None:
    one = engine(root)
    proposal = one.propose(RENAME)
    one.files.patience = 0.05  # type: ignore[attr-defined]
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with one.transactions.journal.lock():
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    with pytest.raises(ConflictError, match="Another thread has been changing"):
        one.apply(proposal)
    done.set()
    thread.join()
    one.apply(proposal)


def test_a_plan_made_before_another_one_was_applied_is_refused(root: Path) -> None:
    one, two = engine(root), engine(root)
    mine = one.propose("add logging to fetch_user")
    two.apply(two.propose(RENAME))
    after = tree(root)
    with pytest.raises(ConflictError, match=r"src/pkg/api.py changed since the plan was made"):
        one.apply(mine)
    assert tree(root) == after


def test_undo_names_the_later_change_that_is_in_the_way(root: Path) -> None:
    one, two = engine(root), engine(root)
    first = one.apply(one.propose("add logging to fetch_user"))
    second = two.apply(two.propose("replace 'logger.debug' with 'logger.info' in src/pkg/api.py"))
    after = tree(root)
    with pytest.raises(ConflictError, match="was changed since") as caught:
        one.undo(transaction=first.transaction)
    assert caught.value.hint.startswith(f"{second.transaction} (replace 'logger.debug' with 'logger.info'")
    assert caught.value.hint.endswith("changed it later: undo that first.")
    assert tree(root) == after
    one.undo(transaction=second.transaction)
    two.undo(transaction=first.transaction)
    assert (root / "src/pkg/api.py").read_text(encoding="utf8") == API


def test_undo_keeps_what_another_kernel_applied_elsewhere_since(root: Path) -> None:
    one, two = engine(root), engine(root)
    first = one.apply(one.propose("add logging to fetch_user"))
    two.apply(two.propose("append '# theirs' to src/pkg/api.py"))
    two.apply(two.propose("append 'More.' to README.md"))
    one.undo(transaction=first.transaction)
    assert (root / "src/pkg/api.py").read_text(encoding="utf8") == API + "# theirs\n"
    assert [line.state for line in two.log()] == ["done", "applied", "applied", "undone"]


def test_the_same_undo_twice_is_done_once(root: Path) -> None:
    one, two = engine(root), engine(root)
    receipt = one.apply(one.propose(RENAME))
    one.undo(transaction=receipt.transaction)
    with pytest.raises(EditError, match="nothing to undo in"):
        two.undo(transaction=receipt.transaction)


def test_an_editor_that_saves_between_plan_and_apply_keeps_its_text(root: Path) -> None:
    one = engine(root)
    proposal = one.propose(RENAME)
    swap = root / "src/pkg/.api.py.swp"
    swap.write_text(API + "# saved\n", encoding="utf8")
    swap.replace(root / "src/pkg/api.py")  # as editors save
    with pytest.raises(ConflictError, match=r"src/pkg/api.py changed since"):
        one.apply(proposal)
    assert (root / "src/pkg/api.py").read_text(encoding="utf8") == API + "# saved\n"
    assert b"fetch_user" in tree(root)["src/pkg/__init__.py"]
