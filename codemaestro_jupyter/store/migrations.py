"""Tables change in named steps: ordered, each in its own transaction, and recorded in it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codemaestro_jupyter.errors import NewerDatabaseError
from codemaestro_jupyter.store.sqlite import atomic

TABLE = "_sqlite_migrations"  # the name and columns of sqlite-utils, so that its command reads ours


@dataclass(frozen=True, slots=True)
class Migration:
    """One named step from one version of the tables to the next: SQL statements, or a function of the connection.

    Steps are applied in order, each in a transaction together with the record that it was applied. Never change a
    step that was released; add one.
    """

    name: str
    change: str | Callable[[sqlite3.Connection], None]

    def apply(self, connection: sqlite3.Connection) -> None:
        """Run the step inside the caller's transaction."""
        if callable(self.change):
            self.change(connection)
            return
        statement = ""
        for line in self.change.splitlines(keepends=True):  # `executescript` would commit the transaction first
            statement += line
            if sqlite3.complete_statement(statement):
                connection.execute(statement)
                statement = ""
        if statement.strip():
            connection.execute(statement)


def migrate(
    connection: sqlite3.Connection, migrations: Sequence[Migration], name: str, clock: Callable[[], float]
) -> None:
    """Apply what is missing of the set `name`.

    Raises `NewerDatabaseError`, before anything is changed, if the database holds steps that `migrations` lacks.
    """
    if not _missing(connection, migrations, name):
        return
    for migration in migrations:
        with atomic(connection):
            if migration not in _missing(connection, migrations, name):  # another process may have been faster
                continue
            connection.execute(
                f'CREATE TABLE IF NOT EXISTS "{TABLE}"'
                " (id INTEGER PRIMARY KEY, migration_set TEXT, name TEXT, applied_at TEXT,"
                " UNIQUE (migration_set, name))"
            )
            migration.apply(connection)
            connection.execute(
                f'INSERT INTO "{TABLE}" (migration_set, name, applied_at) VALUES (?, ?, ?)',  # noqa: S608 - a constant
                (name, migration.name, time.strftime("%Y-%m-%d %H:%M:%S+00:00", time.gmtime(clock()))),
            )


def _missing(connection: sqlite3.Connection, migrations: Sequence[Migration], name: str) -> list[Migration]:
    known, done = {migration.name for migration in migrations}, applied(connection, name)
    if unknown := [step for step in done if step not in known]:
        raise NewerDatabaseError(
            f"The {name} database was written by a newer CodeMaestro (it knows {unknown[-1]!r}).",
            hint="Update CodeMaestro, or move the file away to begin anew.",
        )
    return [migration for migration in migrations if migration.name not in done]


def applied(connection: sqlite3.Connection, name: str) -> list[str]:
    """Names of the steps of the set `name` that were applied, in that order."""
    exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if connection.execute(exists, (TABLE,)).fetchone() is None:
        return []
    query = f'SELECT name FROM "{TABLE}" WHERE migration_set = ? ORDER BY id'  # noqa: S608 - a constant
    return [step for (step,) in connection.execute(query, (name,))]
