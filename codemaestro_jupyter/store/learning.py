"""What was right lately counts more: past choices by file and usefulness by kind, both decaying."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.types import PreparationKind, RelPath

HALF_LIFE = 14 * 86_400.0
"""Seconds after which a choice counts half: about a sprint, after which people work on something else."""
LEAST = 0.05
"""Decayed counts below this are not reported."""
FADING = 0.98
"""What is left of the older evidence on a kind with each new use or waste: about the last 50 count."""
PRIOR_USED, PRIOR_WASTED = 7.0, 3.0
"""Before anything was learned: as if 7 of 10 had been used (the target of spec S1)."""


class Learning:
    """Which predictions came true, and which kinds of preparation pay."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._kinds: dict[str, tuple[float, float]] = self._load()

    def record(self, path: RelPath, accepted: bool) -> None:
        """A predicted file was used (accepted), or dismissed or never used."""
        now = self._clock()

        def change(connection: sqlite3.Connection) -> None:
            row = connection.execute(
                "SELECT accepted, rejected, updated FROM choice WHERE path = ?", (path,)
            ).fetchone()
            yes, no, updated = row or (0.0, 0.0, now)
            kept = _decay(now - updated)
            connection.execute(
                "INSERT OR REPLACE INTO choice (path, accepted, rejected, updated) VALUES (?, ?, ?, ?)",
                (path, yes * kept + accepted, no * kept + (not accepted), now),
            )

        self._database.write(change)

    def judge(self, predicted: Iterable[RelPath], used: Collection[RelPath]) -> dict[str, dict[RelPath, float]]:
        """Record which predicted files were used; all that is known then, as `accepted` and `rejected`."""
        for path in predicted:
            self.record(path, path in used)
        return {"accepted": self.accepted(), "rejected": self.rejected()}

    def accepted(self) -> dict[RelPath, float]:
        """Files that were used after they had been predicted -> decayed count."""
        return self._counts("accepted")

    def rejected(self) -> dict[RelPath, float]:
        """Files that were predicted in vain -> decayed count."""
        return self._counts("rejected")

    def record_use(self, kind: PreparationKind, used: int, wasted: int) -> None:
        """Of the preparations of a kind that a turn could have used, so many were, and so many were not."""
        with self._lock:
            yes, no = self._kinds.get(kind, (0.0, 0.0))
            kept = FADING ** (used + wasted)
            self._kinds[kind] = yes, no = yes * kept + used, no * kept + wasted
        self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO usefulness (kind, used, wasted) VALUES (?, ?, ?)", (kind, yes, no)
            )
        )

    def usefulness(self, kind: PreparationKind) -> float:
        """Share of a kind's preparations that is used, in (0, 1): a Beta posterior's mean. From memory, no disk."""
        yes, no = self._kinds.get(kind, (0.0, 0.0))
        return (yes + PRIOR_USED) / (yes + no + PRIOR_USED + PRIOR_WASTED)

    def forget_faded(self) -> None:
        """Delete choices too old to count (so that files long gone leave the table)."""
        before = self._clock() - 6 * HALF_LIFE
        self._database.write(lambda connection: connection.execute("DELETE FROM choice WHERE updated < ?", (before,)))

    def reset(self) -> None:
        """Drop what is held in memory, after the tables were emptied."""
        with self._lock:
            self._kinds = {}

    def _load(self) -> dict[str, tuple[float, float]]:
        return {kind: (used, wasted) for kind, used, wasted in self._database.read("SELECT * FROM usefulness")}

    def _counts(self, column: str) -> dict[RelPath, float]:
        now = self._clock()
        rows = self._database.read(f"SELECT path, {column}, updated FROM choice ORDER BY path")  # noqa: S608 - ours
        counts = {path: count * _decay(now - updated) for path, count, updated in rows}
        return {path: count for path, count in counts.items() if count >= LEAST}


def _decay(age: float) -> float:
    return float(0.5 ** (max(0.0, age) / HALF_LIFE))
