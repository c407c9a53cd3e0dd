"""Migrations, transactions, several processes at once, and the file itself."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import NewerDatabaseError, StoreError
from codemaestro_jupyter.store.migrations import Migration

from . import tables
from .tables import FIRST, SECOND, insert, names, opened

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


def test_two_kernels_and_a_terminal_open_and_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.db"
    processes = [
        subprocess.Popen(
            [sys.executable, tables.__file__, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
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


# -- the file ---------------------------------------------------------------------------------------


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
