"""A small database for the tests of this folder; run as a program, it is one of several processes that write to it."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

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


def write_on_a_sign(path: Path, number: int) -> None:
    """What one process does: begin when the others do, and write."""
    print("ready", flush=True)
    sys.stdin.readline()
    database = opened(path)
    for index in range(25):
        database.write(insert(f"{number}-{index}"))
    database.close()


if __name__ == "__main__":  # as one of the processes above
    write_on_a_sign(Path(sys.argv[1]), int(sys.argv[2]))
