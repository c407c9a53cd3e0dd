"""The log of events: whole lines by several writers, two files at most, deleted with everything else."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from codemaestro_jupyter.store import eventlog
from codemaestro_jupyter.store.eventlog import EventLog
from codemaestro_jupyter.store.store import Store


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def test_an_event_is_one_line_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "edit.log"
    EventLog(lambda: path, lambda: 5.0).write("apply", files=["ä.py"])
    (found,) = lines(path)
    assert {**found, "pid": 1} == {"when": 5.0, "pid": 1, "event": "apply", "files": ["ä.py"]}
    assert path.stat().st_mode & 0o077 == 0


def test_a_full_file_is_set_aside_once_and_no_newest_line_is_lost(tmp_path: Path) -> None:
    path, older = tmp_path / "edit.log", tmp_path / "edit.log.1"
    eventlog.LIMIT, limit = 20_000, eventlog.LIMIT
    try:

        def write(writer: int) -> None:
            log = EventLog(lambda: path, lambda: 5.0)
            for number in range(100):
                log.write("apply", at=[writer, number], fill="x" * 400)

        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for each in writers:
            each.start()
        for each in writers:
            each.join()
    finally:
        eventlog.LIMIT = limit
    kept = [*lines(older), *(lines(path) if path.exists() else [])]
    assert sorted(file.name for file in tmp_path.iterdir() if file.name.startswith("edit.log.")) == ["edit.log.1"]
    assert older.stat().st_size > 20_000
    for writer in range(4):  # of each the last lines, without a gap
        numbers = [line["at"][1] for line in kept if line["at"][0] == writer]  # type: ignore[index]
        assert numbers == list(range(100))[len(range(100)) - len(numbers) :]


def test_nothing_is_written_without_a_file_and_no_disk_stops_it(tmp_path: Path) -> None:
    EventLog(lambda: None).write("apply")
    EventLog(lambda: tmp_path / "missing" / "edit.log").write("apply")
    assert list(tmp_path.iterdir()) == []


def test_it_goes_with_everything_that_is_forgotten(tmp_path: Path) -> None:
    store = Store(tmp_path / "maestro.db")
    store.measures.tell("apply")
    store.forget("turns")
    assert (tmp_path / "edit.log").is_file()
    store.forget("everything")
    store.close()
    assert not (tmp_path / "edit.log").exists()
