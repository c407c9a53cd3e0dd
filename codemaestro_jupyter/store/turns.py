"""Requests and their answers: what the conversation was, and what may be answered again at once."""

from __future__ import annotations

import dataclasses
import sqlite3
import threading
from typing import Any

import orjson

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.store.text import storable, to_json
from codemaestro_jupyter.types import CellId, NotebookId, PreparationKey, Rating, Receipt, Turn, TurnId

FIELDS = tuple(field.name for field in dataclasses.fields(Turn))
AS_JSON = {"receipt", "rating", "fingerprints", "files", "data"}
COLUMNS = ", ".join(FIELDS)
LATEST = (  # by `+`, SQLite does not put the request into the expression, which would then not be that of the index
    "WHERE cell_id = ?1 AND notebook_id = ?2 AND substr(request, 1, 64) = substr(?3, 1, 64) AND +request = ?3"
    " AND (state = 'done' OR json_extract(data, '$.plan') IS NOT NULL) ORDER BY started DESC, rowid DESC LIMIT 1"
)
"""The beginning of a request is indexed: a new one is not looked for in every turn of a conversation."""


class Turns:
    """Turns as stored, newest first wherever several are listed; any thread.

    What is stored `soon` waits in memory until `flush`, which every question does first: nobody waits for the disk on
    the way to an answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: dict[TurnId, Turn] = {}

    def add(self, turn: Turn) -> None:
        """Store a turn; one with the same id is replaced (see `update`)."""
        self.soon(turn)
        self.flush()

    def soon(self, turn: Turn) -> None:
        """Store a turn with the next `flush`; at once."""
        with self._lock:
            self._waiting[turn.id] = turn

    def flush(self) -> None:
        """Write down what waits; raises `StoreError`, and then it goes on waiting."""
        sql = f"INSERT OR REPLACE INTO turn ({COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"  # noqa: S608 - ours
        with self._lock:
            rows = [[_to_column(name, getattr(turn, name)) for name in FIELDS] for turn in self._waiting.values()]
            if rows:
                self._database.write(lambda connection: connection.executemany(sql, rows))
                self._waiting.clear()

    update = add

    def begin(self, turn: Turn) -> None:
        """Store a turn that is not over, unless it is by now."""
        values = [_to_column(name, getattr(turn, name)) for name in FIELDS]
        sql = f"INSERT OR IGNORE INTO turn ({COLUMNS}) VALUES ({', '.join('?' * len(FIELDS))})"  # noqa: S608 - ours
        self._database.write(lambda connection: connection.execute(sql, values))

    def get(self, identity: TurnId) -> Turn | None:
        """One turn by its id."""
        return next(iter(self._select("WHERE id = ?", identity)), None)

    def beginning(self, start: str) -> Turn | None:
        """The one turn whose id begins so; None if there are several, or none."""
        found = self._select("WHERE id LIKE ? ESCAPE '\\' LIMIT 2", _like(start)[1:]) if start else ()
        return found[0] if len(found) == 1 else None

    def list(self, limit: int = 50) -> tuple[Turn, ...]:
        """The newest turns."""
        return self._select("ORDER BY started DESC, rowid DESC LIMIT ?", limit)

    def on_screen(self, notebook: NotebookId, limit: int = 100) -> tuple[Turn, ...]:
        """The newest turns of a notebook that were not cleared from its screen, oldest first."""
        since = "coalesce((SELECT cleared FROM notebook WHERE id = ?), 0)"
        where = f"WHERE notebook_id = ? AND started > {since}"
        return self._select(f"{where} ORDER BY started DESC, rowid DESC LIMIT ?", notebook, notebook, limit)[::-1]

    def search(self, text: str, limit: int = 50) -> tuple[Turn, ...]:
        """The newest turns whose request or answer holds every word of `text`, in any case."""
        words = [_like(word) for word in text.split()]
        where = " AND ".join("(request LIKE ? ESCAPE '\\' OR answer LIKE ? ESCAPE '\\')" for _ in words) or "1"
        arguments = [word for word in words for _ in "qa"]
        return self._select(f"WHERE {where} ORDER BY started DESC, rowid DESC LIMIT ?", *arguments, limit)

    def latest(self, notebook_id: NotebookId, cell_id: CellId, request: str) -> Turn | None:
        """The newest turn of this very cell and request that is finished, or had a plan that waits or waited."""
        return next(iter(self._select(LATEST, cell_id, notebook_id, request)), None)

    def forget(self, identity: TurnId) -> int:
        """Delete one turn; how many there were."""
        self.flush()
        return self._database.write(
            lambda connection: connection.execute("DELETE FROM turn WHERE id = ?", (identity,)).rowcount
        )

    def delete_older(self, before: float) -> int:
        """Delete turns that began before a time (seconds since the epoch); how many."""
        self.flush()
        return self._database.write(
            lambda connection: connection.execute("DELETE FROM turn WHERE started < ?", (before,)).rowcount
        )

    def delete_oldest(self, size: int) -> int:
        """Delete about `size` bytes of the oldest turns; how many."""

        def change(connection: sqlite3.Connection) -> int:
            doomed, freed = [], 0
            rows = connection.execute(
                "SELECT id, length(request) + length(answer) + length(data) + 300 FROM turn ORDER BY started, rowid"
            ).fetchall()
            for identity, length in rows:
                doomed.append((identity,))
                freed += length
                if freed >= size:
                    break
            connection.executemany("DELETE FROM turn WHERE id = ?", doomed)
            return len(doomed)

        self.flush()
        return self._database.write(change)

    def _select(self, rest: str, *arguments: Any) -> tuple[Turn, ...]:
        self.flush()
        rows = self._database.read(f"SELECT {COLUMNS} FROM turn {rest}", arguments)  # noqa: S608 - ours
        return tuple(_from_row(row) for row in rows)


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _to_column(name: str, value: Any) -> Any:
    if name in AS_JSON:
        return to_json(value, _plain).decode()
    return storable(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def _from_row(row: tuple[Any, ...]) -> Turn:
    values = dict(zip(FIELDS, row, strict=True))
    for name in AS_JSON:
        values[name] = orjson.loads(values[name])
    receipt = values["receipt"]
    receipt["used_keys"] = tuple(PreparationKey(**key) for key in receipt["used_keys"])
    values["receipt"] = Receipt(**receipt)
    values["rating"] = Rating(**values["rating"])
    values["files"] = tuple(values["files"])
    return Turn(**values)
