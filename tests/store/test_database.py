from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import DiskError, NewerDatabaseError, StoreError
from codemaestro_jupyter.store.database import Database, open_database
from codemaestro_jupyter.store.migrations import Migration

FIRST = Migration(
    "first", "CREATE TABLE item (name TEXT PRIMARY KEY, amount INTEGER);\nCREATE INDEX i ON item (amount);"
)
SECOND = Migration("second", "ALTER TABLE item ADD COLUMN note TEXT DEFAULT 'none; really';")


def opened(path: Path | None, *migrations: Migration, **options: bool) -> Database:
    return open_database(path, migrations or (FIRST,), name="test", clock=lambda: 0.0, **options)


def insert(*names: str) -> Callable[[sqlite3.Connection], None]:
    def change(connection: sqlite3.Connection) -> None:
        connection.executemany("INSERT INTO item (name) VALUES (?)", [(name,) for name in names])

    return change


def names(database: Database) -> list[str]:
    return [name for (name,) in database.read("SELECT name FROM item ORDER BY name")]


# -- migrations -------------------------------------------------------------------------------------


def test_migrations_are_applied_in_order_and_recorded(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with_first = opened(path, FIRST)
    with_first.write(insert("kept"))
    with_first.close()

    database = opened(path, FIRST, SECOND)

    assert database.read("SELECT migration_set, name, applied_at FROM _sqlite_migrations ORDER BY id") == [
        ("test", "first", "1970-01-01 00:00:00+00:00"),
        ("test", "second", "1970-01-01 00:00:00+00:00"),
    ]
    assert database.read("SELECT name, note FROM item") == [("kept", "none; really")]
    database.close()


def test_a_failing_migration_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    broken = Migration("broken", "CREATE TABLE other (x);\nINSERT INTO missing VALUES (1);")
    with pytest.raises(StoreError, match="missing"):
        opened(path, FIRST, broken)

    database = opened(path, FIRST)
    assert database.read("SELECT name FROM _sqlite_migrations") == [("first",)]
    assert database.read("SELECT name FROM sqlite_master WHERE name = 'other'") == []
    database.close()


def test_a_migration_may_be_a_function(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db", FIRST, Migration("filled", insert("a", "b")))
    assert names(database) == ["a", "b"]
    database.close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    opened(path, FIRST, SECOND).close()
    before = path.read_bytes()
    with pytest.raises(NewerDatabaseError, match=r"newer CodeMaestro.*'second'.*Update CodeMaestro"):
        opened(path, FIRST)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.db"]


def test_sqlite_utils_reads_our_tables_and_migrations(tmp_path: Path) -> None:
    sqlite_utils = pytest.importorskip("sqlite_utils")
    from sqlite_utils.migrations import Migrations

    database = opened(tmp_path / "a.db")
    database.utils.table("item").insert({"name": "a", "amount": 3})
    assert list(database.utils["item"].rows) == [{"name": "a", "amount": 3}]
    assert isinstance(database.utils, sqlite_utils.Database)
    assert [step.name for step in Migrations("test").applied(database.utils)] == ["first"]
    database.close()


# -- transactions -----------------------------------------------------------------------------------


def test_a_transaction_finishes_or_leaves_no_trace(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    with database.transaction() as connection:
        connection.execute("INSERT INTO item (name) VALUES ('kept')")
    with pytest.raises(StoreError), database.transaction() as connection:
        insert("gone", "kept")(connection)  # breaks the primary key
    with database.transaction() as connection:
        insert("outer")(connection)
        with pytest.raises(StoreError), database.transaction() as inner:
            insert("inner", "kept")(inner)
    assert names(database) == ["kept", "outer"]
    database.close()


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    database.close()
    database.close()
    with pytest.raises(StoreError, match="closed"):
        database.read("SELECT 1")


def test_many_threads_write_to_one_database(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")

    def work(number: int) -> None:
        for index in range(20):
            database.write(insert(f"{number}-{index}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(database)) == 100
    database.close()


def write_on_a_sign(path: Path, number: int) -> None:
    """What one process does: begin when the others do, and write."""
    print("ready", flush=True)
    sys.stdin.readline()
    database = opened(path)
    for index in range(25):
        database.write(insert(f"{number}-{index}"))
    database.close()


def test_two_kernels_and_a_terminal_open_and_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.db"
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, str(path), str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(3)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0]
    database = opened(path)
    assert len(names(database)) == 75
    assert database.notices == []
    database.close()


def test_a_write_waits_for_another_process_and_then_says_that_it_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemaestro_jupyter.store.database.BUSY_SECONDS", 0.05)
    path = tmp_path / "a.db"
    one, two = opened(path), opened(path)
    with one.transaction() as connection:
        connection.execute("INSERT INTO item (name) VALUES ('one')")
        with pytest.raises(StoreError, match="busy"):
            two.write(insert("two"))
        assert names(two) == []  # reading does not wait
    two.write(insert("two"))
    assert names(one) == ["one", "two"]
    one.close()
    two.close()


def test_what_was_committed_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    program = """
        import sys
        from pathlib import Path
        from codemaestro_jupyter.store.database import open_database
        from codemaestro_jupyter.store.migrations import Migration
        table = Migration("first", "CREATE TABLE item (name TEXT PRIMARY KEY, amount INTEGER);")
        database = open_database(Path(sys.argv[1]), [table], name="test")
        for number in range(10**9):
            with database.transaction() as connection:
                connection.execute("INSERT INTO item (name) VALUES (?)", (f"{number}-a",))
                connection.execute("INSERT INTO item (name) VALUES (?)", (f"{number}-b",))
            print(number, flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(20)]
    process.kill()
    said += [int(line) for line in process.stdout.read().splitlines() if line]
    process.stdout.close()
    process.wait(10)

    database = opened(path)
    stored = set(names(database))
    assert {f"{number}-{half}" for number in said for half in "ab"} <= stored
    assert {name.replace("-a", "-b") for name in stored} == {name for name in stored if name.endswith("-b")}
    assert database.notices == []
    database.write(insert("after"))
    database.close()


# -- bad days ---------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(("network", "mode"), [(False, "wal"), (True, "delete")])
def test_the_write_ahead_log_is_for_local_disks_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: bool, mode: str
) -> None:
    opened(tmp_path / "a.db").close()  # a local kernel left it in the other mode
    monkeypatch.setattr("codemaestro_jupyter.store.database.on_network", lambda path: network)
    database = opened(tmp_path / "a.db")
    database.write(insert("a"))
    assert database.read("PRAGMA journal_mode") == [(mode,)]
    assert (tmp_path / "a.db-wal").exists() is not network
    database.close()


def test_deleted_rows_give_their_space_back(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    database.write(insert("x" * 1_000_000))
    full = database.size()
    database.write(lambda connection: connection.execute("DELETE FROM item"))
    assert database.size() < full / 10
    database.shrink(thoroughly=True)
    assert (tmp_path / "a.db").stat().st_size < 100_000
    assert b"x" * 1000 not in (tmp_path / "a.db").read_bytes()
    database.close()


def test_a_database_in_memory_needs_no_file() -> None:
    database = opened(None)
    database.write(insert("a"))
    assert names(database) == ["a"]
    assert database.in_memory
    database.close()


if __name__ == "__main__":  # as one of the processes above
    write_on_a_sign(Path(sys.argv[1]), int(sys.argv[2]))
