"""What models cost: every call with its tokens and dollars, so that budgets hold across kernels and restarts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.types import TurnId


@dataclass(frozen=True, slots=True)
class Spending:
    """Sums over some model calls: tokens sent and received, and dollars."""

    calls: int = 0
    sent: int = 0
    received: int = 0
    dollars: float = 0.0
    cached: int = 0
    """Tokens sent that the server had read before."""


class Ledger:
    """Model calls as they were paid."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        purpose: str,
        model: str,
        sent: int,
        received: int,
        dollars: float,
        turn: TurnId | None = None,
        *,
        cached: int = 0,
    ) -> None:
        """Record one model call."""
        row = (turn, purpose, model, sent, received, dollars, self._clock(), cached)
        self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO spending (turn, purpose, model, sent, received, dollars, spent, cached)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        )

    def since(self, when: float) -> Spending:
        """Sums over all calls from a time on (seconds since the epoch)."""
        return self._sum("spent >= ?", when)

    def of_turn(self, turn: TurnId) -> Spending:
        """Sums over one turn's calls."""
        return self._sum("turn = ?", turn)

    def by(self, column: Literal["purpose", "model", "turn"], since: float = 0.0) -> dict[str, Spending]:
        """The same sums for each purpose, model or turn, the dearest first."""
        rows = self._database.read(
            f"SELECT coalesce({column}, ''), count(*), sum(sent), sum(received), sum(dollars), sum(cached)"  # noqa: S608
            " FROM spending WHERE spent >= ? GROUP BY 1 ORDER BY 5 DESC, 3 DESC",
            (since,),
        )
        return {name: Spending(*sums) for name, *sums in rows}

    def delete_older(self, before: float) -> None:
        """Delete calls made before a time (seconds since the epoch)."""
        self._database.write(lambda connection: connection.execute("DELETE FROM spending WHERE spent < ?", (before,)))

    def _sum(self, where: str, argument: float | str) -> Spending:
        sums = "count(*), coalesce(sum(sent), 0), coalesce(sum(received), 0), coalesce(sum(dollars), 0.0)"
        sums += ", coalesce(sum(cached), 0)"
        return Spending(*self._database.read(f"SELECT {sums} FROM spending WHERE {where}", (argument,))[0])  # noqa: S608
