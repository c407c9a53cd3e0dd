"""A database that is corrupt, deleted, emptied, or on a disk that is full or may only be read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import DiskError
from codemaestro_jupyter.store.database import Database

from .tables import insert, names, opened


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_corrupt_database_is_set_aside_rebuilt_and_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    database = opened(path)
    database.write(insert("new"))
    assert names(database) == ["new"]
    [aside] = tmp_path.glob("a.db.corrupt-*")
    assert aside.read_bytes() == content
    assert database.notices == [f"{path} was corrupt; it was set aside as {aside.name} and a new one was made."]
    database.close()


def test_a_database_that_breaks_while_it_is_open_is_rebuilt(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = opened(path)
    database.write(insert(*(f"name {number:04}" * 50 for number in range(200))))
    database.read("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    other = opened(path)  # the schema is whole, so opening works

    assert names(other) == []
    other.write(insert("new"))
    assert names(other) == ["new"]
    assert "was corrupt; it was set aside" in other.notices[0]
    assert names(database) == ["new"]  # the one that was open already takes the new file
    database.close()
    other.close()


def test_two_broken_on_one_day_do_not_overwrite_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for content in (b"one" * 999, b"two" * 999):
        path.write_bytes(content)
        opened(path).close()
        path.unlink()
    assert sorted(entry.read_bytes()[:3] for entry in tmp_path.glob("a.db.corrupt-*")) == [b"one", b"two"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not delete a file that is open")
def test_a_database_deleted_under_us_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / ".codemaestro" / "a.db"
    database = opened(path)
    database.write(insert("lost"))
    shutil.rmtree(path.parent)

    database.write(insert("new"))

    assert names(database) == ["new"]
    assert database.notices == [f"{path} was deleted while CodeMaestro was running; it was made again, empty."]
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (path.parent / ".gitignore").read_text() == "*\n"
    database.close()
    again = opened(path)
    assert names(again) == ["new"]
    again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not delete a file that is open")
def test_two_that_lost_their_file_share_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    one, two = opened(path), opened(path)
    for entry in tmp_path.iterdir():
        entry.unlink()
    one.write(insert("one"))
    two.write(insert("two"))
    one.write(insert("three"))
    assert names(one) == names(two) == ["one", "three", "two"]
    one.close()
    two.close()
    again = opened(path)
    assert names(again) == ["one", "three", "two"]
    again.close()


def test_a_database_emptied_under_us_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    opened(path).close()
    database = opened(path)
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE item")
        other.execute("DROP TABLE _sqlite_migrations")
    other.close()
    database.write(insert("new"))
    assert names(database) == ["new"]
    database.close()


def fill(database: Database) -> None:
    [(pages,)] = database.read("PRAGMA page_count")
    database.read(f"PRAGMA max_page_count={pages}")  # SQLite then answers as it does when the disk is full


def test_a_full_disk_is_an_error_that_loses_nothing(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    database.write(insert("kept"))
    fill(database)
    with pytest.raises(DiskError, match=r"full.*Free some space"):
        database.write(insert("x" * 100_000))
    assert names(database) == ["kept"]
    assert not database.in_memory
    database.close()


def test_a_full_disk_moves_work_into_memory_if_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = opened(path, memory_on_failure=True)
    database.write(insert("kept"))
    fill(database)

    database.write(insert("x" * 100_000))
    database.write(insert("new"))

    assert names(database) == ["kept", "new", "x" * 100_000]
    assert database.in_memory
    assert len(database.notices) == 1
    assert "goes on in memory" in database.notices[0]
    database.close()
    again = opened(path)
    assert names(again) == ["kept"]
    again.close()


def test_what_a_disk_that_cannot_be_written_still_holds_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    first = opened(path)
    first.write(insert("kept"))
    first.close()

    def full(connection: sqlite3.Connection, mode: str) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    monkeypatch.setattr("codemaestro_jupyter.store.sqlite.set_journal", full)
    database = opened(path, memory_on_failure=True)
    database.write(insert("new"))
    assert names(database) == ["kept", "new"]
    assert database.in_memory
    database.close()


def test_a_folder_that_cannot_be_made_is_an_error_or_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "a.db"
    with pytest.raises(DiskError, match="cannot be written"):
        opened(path)
    database = opened(path, memory_on_failure=True)
    database.write(insert("a"))
    assert names(database) == ["a"]
    assert database.in_memory
    database.close()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes where the mode forbids it")
def test_a_file_that_may_only_be_read_moves_work_into_memory_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    first = opened(path)
    first.write(insert("kept"))
    first.close()
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    database = opened(path, memory_on_failure=True)
    database.write(insert("new"))
    assert database.in_memory
    database.close()
    tmp_path.chmod(0o700)
