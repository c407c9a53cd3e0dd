"""How long each kind of preparation takes, as a line through what was measured: seconds = fixed + rate · size.

Least squares over observations that fade (the last 50 or so count), started from a guess for each kind, so that the
first estimate is sane and the machine's own speed soon replaces it. Estimates come from memory: they are asked for
several times a keystroke.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.types import PreparationKind

FADING = 0.98
GUESSES: dict[str, tuple[float, float]] = {
    # kind: seconds fixed, seconds per kilobyte (of size); orders of magnitude, replaced by measurements
    "file": (0.002, 0.0004),
    "cell": (0.0005, 0.00002),
    "failure": (0.003, 0.0001),
    "status": (0.02, 0.0001),
    "history": (0.02, 0.0001),
    "neighbours": (0.005, 0.0004),
    "symbol": (0.005, 0.0002),
    "tool": (0.2, 0.0),
    "scope": (0.1, 0.0004),
    "plan": (0.2, 0.0004),
    "prefix": (0.5, 0.001),
    "change": (0.05, 0.0005),
}
GUESS_WEIGHT = 3.0
"""A guess counts as much as this many measurements at each end of the range of sizes."""
GUESS_SIZE = 100.0
LEAST_SECONDS = 1e-5
OUTLIER = 10.0
"""A measurement counts at most this many times its estimate: one stalled disk is not how it always is."""


@dataclass(frozen=True, slots=True)
class _Sums:
    """Faded sums over the observations: x in kilobytes, y in seconds."""

    n: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    def plus(self, x: float, y: float, weight: float = 1.0, fading: float = 1.0) -> _Sums:
        return _Sums(
            self.n * fading + weight,
            self.x * fading + weight * x,
            self.y * fading + weight * y,
            self.xx * fading + weight * x * x,
            self.xy * fading + weight * x * y,
        )

    def line(self) -> tuple[float, float]:
        """Intercept and slope, neither negative."""
        spread = self.xx * self.n - self.x * self.x
        slope = max(0.0, (self.xy * self.n - self.x * self.y) / spread) if spread > 1e-12 else 0.0
        fixed = (self.y - slope * self.x) / self.n
        if fixed < 0.0 and self.xx > 0.0:
            return 0.0, self.xy / self.xx
        return max(0.0, fixed), slope


class Costs:
    """Measured seconds of preparing, by kind and size."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._sums = {row[0]: _Sums(*row[1:]) for row in database.read("SELECT kind, n, x, y, xx, xy FROM cost")}

    def observe(self, kind: PreparationKind, size: float, seconds: float) -> None:
        """A preparation of `size` bytes took this long."""
        seconds = min(seconds, OUTLIER * self.estimate(kind, size))
        with self._lock:
            sums = self._sums.get(kind, _guess(kind)).plus(size / 1000, seconds, fading=FADING)
            self._sums[kind] = sums
        row = (kind, sums.n, sums.x, sums.y, sums.xx, sums.xy)
        self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO cost (kind, n, x, y, xx, xy) VALUES (?, ?, ?, ?, ?, ?)", row
            )
        )

    def estimate(self, kind: PreparationKind, size: float) -> float:
        """Seconds that a preparation of `size` bytes will take; above zero, grows with size."""
        fixed, rate = self._sums.get(kind, _guess(kind)).line()
        return max(LEAST_SECONDS, fixed + rate * size / 1000)

    def reset(self) -> None:
        """Drop what is held in memory, after the table was emptied."""
        with self._lock:
            self._sums = {}


def _guess(kind: str) -> _Sums:
    fixed, rate = GUESSES[kind]
    return _Sums().plus(0.0, fixed, GUESS_WEIGHT).plus(GUESS_SIZE, fixed + rate * GUESS_SIZE, GUESS_WEIGHT)
