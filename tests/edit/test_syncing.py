"""However a group of syncs runs, all of them run, the first error is told, and nobody stays behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from codemaestro_jupyter.edit import syncing
from codemaestro_jupyter.edit.files import DiskFiles
from codemaestro_jupyter.edit.syncing import MOST_HELPERS, THREAD, Crew


@pytest.fixture
def crew() -> Iterator[Crew]:
    made = Crew()
    yield made
    made.close()


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 20])
def test_all_of_a_group_are_done_once(crew: Crew, count: int) -> None:
    done: list[int] = []
    for _ in range(2):
        crew([lambda number=number: done.append(number) for number in range(count)])  # type: ignore[misc]
    assert sorted(done) == sorted([*range(count), *range(count)])


def test_those_that_wait_do_so_at_the_same_time(crew: Crew) -> None:
    met = threading.Barrier(MOST_HELPERS + 1)
    crew([met.wait] * (MOST_HELPERS + 1))  # type: ignore[list-item]
    assert not met.broken


@pytest.mark.parametrize("count", [1, 3])
def test_an_error_of_one_is_raised_once_all_have_ended(crew: Crew, count: int) -> None:
    done: list[int] = []

    def fail() -> None:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        crew([fail, *[lambda: done.append(1)] * (count - 1)])
    assert done == [1] * (count - 1)


def test_without_another_thread_the_one_who_asks_does_all(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done: list[str] = []
    crew([lambda: done.append(threading.current_thread().name)] * 5)
    assert done == [threading.current_thread().name] * 5


def test_helpers_end_when_closed_and_come_back(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "LINGER", 600.0)
    for _ in range(2):
        met = threading.Barrier(3)
        before = set(helpers())
        crew([met.wait] * 3)  # type: ignore[list-item]
        mine = set(helpers()) - before
        assert mine
        crew.close()
        assert not any(thread.is_alive() for thread in mine)


@pytest.mark.parametrize(("number", "raised"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_where_nothing_can_be_synced_nothing_is_and_what_fails_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, raised: bool
) -> None:
    def refuse(fd: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(syncing.os, "fsync", refuse)
    monkeypatch.setattr(syncing, "FULL_SYNC", None)
    with pytest.raises(OSError, match=os.strerror(number)) if raised else nullcontext():
        syncing.sync_path(str(tmp_path), os.O_RDONLY)


@pytest.mark.skipif(os.name != "posix", reason="Windows has one kind of lock")
def test_where_one_kind_of_lock_is_missing_the_other_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with DiskFiles().lock(str(tmp_path / "lock")):
        held = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        done = subprocess.run([sys.executable, "-c", held, tmp_path / "lock"], capture_output=True, text=True)
    assert "BlockingIOError" in done.stderr


def test_helpers_end_by_themselves(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "LINGER", 0.01)
    before = set(helpers())
    met = threading.Barrier(3)
    crew([met.wait] * 3)  # type: ignore[list-item]
    for thread in set(helpers()) - before:
        thread.join(60)
        assert not thread.is_alive()
    crew([lambda: None] * 3)  # and a later group is not left alone
