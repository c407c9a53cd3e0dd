"""How answers and sessions felt, 1-5 each, as the person said."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable

import orjson

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.types import Rating, TurnId


@dataclasses.dataclass(frozen=True, slots=True)
class RatingMeans:
    """Mean of what was said, None where nobody said anything; `count` ratings in all."""

    count: int = 0
    fast: float | None = None
    smooth: float | None = None
    anticipated: float | None = None


class Ratings:
    """Ratings of turns, and of sessions (without a turn); `written()` sees to it that every turn is in its table."""

    def __init__(
        self, database: Database, clock: Callable[[], float], written: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._written = written
        self._clock = clock

    def add(self, turn: TurnId | None, rating: Rating) -> None:
        """Store a rating; a turn's later rating replaces its earlier one."""

        def change(connection: sqlite3.Connection) -> None:
            if turn is not None:
                connection.execute("DELETE FROM rating WHERE turn = ?", (turn,))
                text = orjson.dumps(rating).decode()
                connection.execute("UPDATE turn SET rating = ? WHERE id = ?", (text, turn))
            connection.execute(
                "INSERT INTO rating (turn, fast, smooth, anticipated, given) VALUES (?, ?, ?, ?, ?)",
                (turn, rating.fast, rating.smooth, rating.anticipated, self._clock()),
            )

        self._written()
        self._database.write(change)

    def means(self) -> RatingMeans:
        """Means over all ratings kept."""
        sql = "SELECT count(*), avg(fast), avg(smooth), avg(anticipated) FROM rating"
        return RatingMeans(*self._database.read(sql)[0])

    def delete_older(self, before: float) -> None:
        """Delete ratings given before a time (seconds since the epoch)."""
        self._database.write(lambda connection: connection.execute("DELETE FROM rating WHERE given < ?", (before,)))
