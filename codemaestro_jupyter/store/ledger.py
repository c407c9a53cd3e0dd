"""What models cost: every call with its tokens and dollars, so that budgets hold across kernels and restarts.

Money is set aside before a call, in the same transaction that looks at what is left: two kernels of one project
cannot both take the last cent. What a kernel that died had set aside stays counted, since it may have been billed; so
does what a call may have cost that ended without a receipt.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.types import TurnId

Grouping = Literal["purpose", "model", "turn", "day"]
Change = tuple[str, tuple[object, ...]]
GROUPINGS: dict[Grouping, str] = {
    "purpose": "purpose",
    "model": "model",
    "turn": "coalesce(turn, '')",
    "day": "date(spent, 'unixepoch', 'localtime')",
}
INSERT = (
    "INSERT OR REPLACE INTO spending (id, turn, purpose, model, sent, received, dollars, spent, cached, used, seconds)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
HELD = "UPDATE spending SET held = 1 WHERE id = ?"
SUMS = (
    "count(*), coalesce(sum(sent), 0), coalesce(sum(received), 0), coalesce(sum(dollars), 0.0),"
    " coalesce(sum(cached), 0), coalesce(sum(CASE WHEN used THEN 0 ELSE sent + received END), 0),"
    " coalesce(sum(CASE WHEN used THEN 0.0 ELSE dollars END), 0.0), coalesce(sum(seconds), 0.0)"
)


@dataclass(frozen=True, slots=True)
class Spending:
    """Sums over some model calls: tokens sent and received, dollars, and seconds that the calls took."""

    calls: int = 0
    sent: int = 0
    received: int = 0
    dollars: float = 0.0
    cached: int = 0
    """Tokens sent that the server had read before."""
    wasted: int = 0
    """Tokens, sent and received, of calls whose result was not used."""
    wasted_dollars: float = 0.0
    seconds: float = 0.0


class Ledger:
    """Model calls as they were paid, and those under way; any thread.

    What is only written down (`add`, `release`, `use`) waits in memory until `flush`, which every question does first,
    so that nobody waits for the disk on the way of an answer. What a crash loses of it cost nothing, or is still held.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[Change] = []

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
        used: bool = True,
        seconds: float = 0.0,
        number: int = 0,
        beyond: float = 0.0,
    ) -> int:
        """Record one model call, in place of what was set aside for it as `number`; returns its number.

        `beyond` are dollars that it may have cost on top: they stay set aside.
        """
        number, now = number or _number(), self._clock()
        changes: list[Change] = [
            (INSERT, (number, turn, purpose, model, sent, received, dollars, now, cached, used, seconds))
        ]
        if beyond > 0.0:
            aside = _number()
            changes += [(INSERT, (aside, turn, purpose, model, 0, 0, beyond, now, 0, True, 0.0)), (HELD, (aside,))]
        self._later(*changes)
        return number

    def leave(self, number: int, dollars: float) -> None:
        """The call came to nothing and may have been billed: so many dollars stay set aside."""
        self._later(("UPDATE spending SET dollars = ? WHERE id = ?", (dollars, number)))

    def hold(
        self, purpose: str, model: str, turn: TurnId | None, since: float, grant: Callable[[float, float], float]
    ) -> int:
        """Set money aside for a call; returns the call's number.

        `grant(dollars since then, dollars of this turn)` says how many, or raises; nobody else spends or sets aside
        between the look and the entry, in whatever process.
        """
        self.flush()
        now = self._clock()
        if self._database.read("SELECT 1 FROM spending WHERE spent > ? LIMIT 1", (now,)):
            # a clock that was wrong for a while must neither forget what was spent then nor count it for ever
            moved = "UPDATE spending SET spent = ? WHERE spent > ?"
            self._database.write(lambda connection: connection.execute(moved, (now, now)))

        def change(connection: sqlite3.Connection) -> int:
            spent, number = "SELECT coalesce(sum(dollars), 0.0) FROM spending WHERE", _number()
            [(day,)] = connection.execute(f"{spent} spent >= ?", (since,))
            [(one,)] = connection.execute(f"{spent} turn = ?", (turn,))
            row = (number, turn, purpose, model, 0, 0, grant(day, one), now, 0, True, 0.0)
            connection.execute(INSERT, row)
            connection.execute(HELD, (number,))
            return number

        return self._database.write(change)

    def release(self, number: int) -> None:
        """The call was not made: what was set aside for it is free again."""
        self._later(("DELETE FROM spending WHERE id = ?", (number,)))

    def use(self, numbers: Iterable[int]) -> None:
        """What those calls brought ahead of need was used after all."""
        self._later(*(("UPDATE spending SET used = 1 WHERE id = ?", (number,)) for number in numbers))

    def flush(self) -> None:
        """Write down what waits; raises `StoreError`, and then it goes on waiting."""
        with self._lock:
            waiting = list(self._waiting)
            if waiting:
                self._database.write(lambda connection: [connection.execute(*change) for change in waiting])
                del self._waiting[: len(waiting)]

    def since(self, when: float) -> Spending:
        """Sums over all calls from a time on (seconds since the epoch), with what is set aside."""
        return self._sum("spent >= ?", when)

    def of_turn(self, turn: TurnId) -> Spending:
        """Sums over one turn's calls, with what is set aside."""
        return self._sum("turn = ?", turn)

    def paid_in(self, turn: TurnId) -> Spending:
        """The same, without what is set aside."""
        return self._sum("NOT held AND turn = ?", turn)

    def by(self, column: Grouping, since: float = 0.0, limit: int = -1) -> dict[str, Spending]:
        """The same sums for each purpose, model, turn or day: the dearest first, turns and days the newest."""
        self.flush()
        order = "max(spent) DESC, 1 DESC" if column in ("turn", "day") else "5 DESC, 3 DESC"
        rows = self._database.read(
            f"SELECT {GROUPINGS[column]}, {SUMS} FROM spending WHERE spent >= ? AND NOT held"  # noqa: S608 - ours
            f" GROUP BY 1 ORDER BY {order} LIMIT ?",
            (since, limit),
        )
        return {name: Spending(*sums) for name, *sums in rows}

    def held(self, since: float = 0.0) -> float:
        """Dollars that are set aside for calls under way, or were for calls that ended without a receipt."""
        return float(self._sum("held AND spent >= ?", since).dollars)

    def forget(self, connection: sqlite3.Connection, since: float) -> None:
        """Within a transaction: keep nothing but dollars that were spent or set aside from a time on."""
        connection.execute("DELETE FROM spending WHERE spent < ? OR dollars = 0.0", (since,))
        connection.execute(
            "UPDATE spending SET turn = CASE WHEN held THEN turn END, purpose = 'forgotten', model = '', sent = 0,"
            " received = 0, cached = 0, seconds = 0.0"
        )

    def delete_older(self, before: float) -> None:
        """Delete calls made before a time (seconds since the epoch)."""
        self.flush()
        self._database.write(lambda connection: connection.execute("DELETE FROM spending WHERE spent < ?", (before,)))

    def _later(self, *changes: Change) -> None:
        with self._lock:
            self._waiting += changes

    def _sum(self, where: str, argument: float | str) -> Spending:
        self.flush()
        return Spending(*self._database.read(f"SELECT {SUMS} FROM spending WHERE {where}", (argument,))[0])  # noqa: S608


def _number() -> int:
    """A call's number: no other process takes the same."""
    return int.from_bytes(os.urandom(8)) >> 2
