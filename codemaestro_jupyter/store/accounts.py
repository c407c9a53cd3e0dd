"""The books of the ledger: what was prepared, used, wasted and saved, in tokens, dollars and seconds.

Three views of the same entries (by purpose, by day, by turn) and one of the preparations, by kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from codemaestro_jupyter.store.ledger import Grouping, Spending
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import TurnId

DAYS, TURNS = 7, 10
"""Rows of the books by day and by turn."""


@dataclass(frozen=True, slots=True)
class KindSum:
    """What was prepared of one kind, and what of it was used; seconds are those that preparing took."""

    prepared: int = 0
    used: int = 0
    wasted: int = 0
    seconds: float = 0.0
    used_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TurnSum:
    """One turn: what models took for it, and what preparing brought."""

    request: str = ""
    spending: Spending = Spending()  # noqa: RUF009 - frozen
    prepared: int = 0
    used: int = 0
    wasted: int = 0
    saved_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Accounts:
    """Everything that `%maestro ledger` shows."""

    purposes: dict[str, Spending]
    days: dict[str, Spending]
    turns: dict[str, TurnSum]
    kinds: dict[str, KindSum]
    held: float


def accounts(store: Store, since: float = 0.0) -> Accounts:
    """The books as they stand, `held` what was set aside from a time on; blocks."""
    by: dict[Grouping, dict[str, Spending]] = {
        "purpose": store.ledger.by("purpose"),
        "day": store.ledger.by("day", limit=DAYS),
    }
    return Accounts(by["purpose"], by["day"], _turns(store), kinds(store), store.ledger.held(since))


def kinds(store: Store) -> dict[str, KindSum]:
    """Preparations by kind, the costliest first."""
    rows = store.database.read(
        "SELECT kind, count(*), sum(used IS NOT NULL), sum(used IS NULL), sum(seconds),"
        " coalesce(sum(CASE WHEN used IS NOT NULL THEN seconds END), 0.0) FROM preparation GROUP BY kind"
        " ORDER BY 5 DESC"
    )
    return {kind: KindSum(*sums) for kind, *sums in rows}


def _turns(store: Store) -> dict[str, TurnSum]:
    found = {}
    for turn in store.turns.list(TURNS):
        receipt = turn.receipt
        found[str(turn.id)] = TurnSum(
            turn.request,
            store.ledger.paid_in(TurnId(turn.id)),
            receipt.prepared,
            receipt.used,
            receipt.wasted,
            receipt.saved_seconds,
        )
    return found
