"""The child's loop: every ticket is finished, whatever comes in between."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.errors import StoreError
from codemaestro_jupyter.workspace.index import child
from codemaestro_jupyter.workspace.index.builder import Builder, OutpacedError
from codemaestro_jupyter.workspace.index.index import Index


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(child, "report", lambda kind, **values: found.append({"report": kind, **values}))
    monkeypatch.setattr(child, "lower_priority", lambda: None)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    for number in range(5):
        (root / f"file{number}.py").write_text(f"word{number} = 1\n", encoding="utf8")
    return root


class Loop:
    """A worker in this thread, and the commands it gets."""

    def __init__(self, root: Path, path: Path) -> None:
        self.commands: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.worker = child.Worker(root, path, self.commands)

    def until_finished(self, reports: list[dict[str, Any]], tickets: set[int]) -> None:
        for _ in range(200):
            if tickets <= {report["ticket"] for report in reports if report["report"] == "finished"}:
                return
            self.worker.turn()
        raise AssertionError(f"not finished: {reports}")


def test_a_change_that_takes_the_last_waiting_file_finishes_the_scan(
    root: Path, tmp_path: Path, reports: list[dict[str, Any]]
) -> None:
    loop = Loop(root, tmp_path / "data" / "index.db")
    loop.commands.put({"do": "scan", "ticket": 1})
    loop.worker.turn()
    assert [report for report in reports if report["report"] == "finished"] == []
    loop.commands.put({"do": "changed", "ticket": 2, "paths": [f"file{number}.py" for number in range(5)]})
    loop.until_finished(reports, {1, 2})
    assert reports[-1]["report"] == "finished"


@pytest.mark.parametrize("error", [OutpacedError("outpaced"), StoreError("busy")])
@pytest.mark.parametrize("method", ["scan", "step", "changed"])
def test_a_ticket_survives_what_fails_once(
    root: Path,
    tmp_path: Path,
    reports: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    error: StoreError,
) -> None:
    failures = [error]
    original = getattr(Builder, method)

    def failing(self: Builder, *arguments: Any, **named: Any) -> Any:
        if failures:
            raise failures.pop()
        return original(self, *arguments, **named)

    monkeypatch.setattr(Builder, method, failing)
    loop = Loop(root, tmp_path / "data" / "index.db")
    loop.commands.put({"do": "scan", "ticket": 1})
    loop.until_finished(reports, {1})
    loop.commands.put({"do": "changed", "ticket": 2, "paths": ["file1.py"]})
    loop.commands.put({"do": "rebuild", "ticket": 3})
    loop.until_finished(reports, {2, 3})
    loop.commands.put({"do": "changed", "ticket": 4, "paths": ["file1.py", "nothing/there.py"]})
    loop.until_finished(reports, {4})
    assert failures == []


def test_only_one_of_two_writes_at_a_time(root: Path, tmp_path: Path, reports: list[dict[str, Any]]) -> None:
    path = tmp_path / "data" / "index.db"
    first, second = Loop(root, path), Loop(root, path)
    first.commands.put({"do": "scan", "ticket": 1})
    first.worker.turn()  # has the lock, and contents are still to be read
    second.commands.put({"do": "scan", "ticket": 2})
    for _ in range(3):
        second.worker.turn()
    assert [report for report in reports if report["report"] == "finished"] == []
    first.until_finished(reports, {1})
    for _ in range(5):
        first.worker.turn()  # tidies up, then lets go
    second.until_finished(reports, {2})


def test_who_was_outpaced_while_it_wrote_a_change_goes_on(
    root: Path, tmp_path: Path, reports: list[dict[str, Any]]
) -> None:
    path = tmp_path / "data" / "index.db"
    first, second = Loop(root, path), Loop(root, path)
    for loop, ticket in ((first, 1), (second, 2)):
        loop.commands.put({"do": "scan", "ticket": ticket})
        loop.until_finished(reports, {ticket})
        for _ in range(5):
            loop.worker.turn()  # tidies up, then lets go
    for loop, ticket in ((first, 3), (second, 4), (first, 5)):  # two kernels hear of one file after another
        (root / f"file{ticket}.py").write_text(f"other{ticket} = 1\n", encoding="utf8")
        loop.commands.put({"do": "changed", "ticket": ticket, "paths": [f"file{ticket}.py"]})
        loop.until_finished(reports, {ticket})
        for _ in range(5):
            loop.worker.turn()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        paths = {path for (path,) in connection.execute("SELECT path FROM docs WHERE died = 0")}
    assert paths == {f"file{number}.py" for number in range(6)}


def test_a_head_that_moves_while_files_are_read_is_compared_again(
    root: Path, tmp_path: Path, reports: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(Builder, "current", property(lambda self: next(answers)))
    scans = []
    original = Builder.scan
    monkeypatch.setattr(Builder, "scan", lambda self, anew=False, **more: (scans.append(anew), original(self, anew)))
    loop = Loop(root, tmp_path / "data" / "index.db")
    loop.commands.put({"do": "scan", "ticket": 1})
    loop.until_finished(reports, {1})
    assert scans == [False, False]


def test_progress_is_told_with_its_new_value_also_where_nothing_new_was_found(root: Path, tmp_path: Path) -> None:
    told: list[list[str]] = []
    for _ in range(2):
        index, states = Index(root, tmp_path / "index.db", watch=False), []
        index.on_progress(lambda index=index, states=states: states.append(index.progress().state))  # type: ignore[misc]
        index.start()
        try:
            assert index.wait(60)
        finally:
            index.close()
        told.append(states)
    assert [states[-1] for states in told] == ["ready", "ready"]
