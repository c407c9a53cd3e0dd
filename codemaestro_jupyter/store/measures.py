"""How long the stages of editing took and how often things went wrong, summed over every process and restart.

A row is a name and a kind (`seconds`, `verify`; `corrections`, `missing import`), for times a bucket too: bucket b
counts what took about 2^(b/8) seconds. Sums only: the table stays as small as its kinds. What each was counted at
stands in a log of events (`eventlog.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.store.eventlog import EventLog

Row = tuple[str, str, int, int, float]
"""Name, kind, bucket, how many, seconds in sum."""


class Measures:
    """Sums that only grow, and the events that they were counted at."""

    def __init__(self, database: Database, events: EventLog) -> None:
        self._database, self._events = database, events

    def tell(self, event: str, **values: Any) -> None:
        """Append an event to the log."""
        self._events.write(event, **values)

    def forget(self) -> None:
        """Delete the log; the sums go with the other tables."""
        self._events.forget()

    def add(self, rows: Iterable[Row]) -> None:
        """Add what was counted since the last time."""
        found = list(rows)
        if found:
            self._database.write(
                lambda connection: connection.executemany(
                    "INSERT INTO measure (name, kind, bucket, number, seconds) VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT (name, kind, bucket) DO UPDATE"
                    " SET number = number + excluded.number, seconds = seconds + excluded.seconds",
                    found,
                )
            )

    def rows(self) -> list[Row]:
        """Every sum, sorted."""
        query = "SELECT name, kind, bucket, number, seconds FROM measure ORDER BY 1, 2, 3"
        return [
            (name, kind, bucket, number, seconds) for name, kind, bucket, number, seconds in self._database.read(query)
        ]
