"""Answered turns, and what they used of what was prepared: written down beside whoever reads the answer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from codemaestro_jupyter.errors import StoreError
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import Preparation, TurnId

Things = tuple[Preparation, ...]


class Uses:
    """Notes what a turn used and what it did not; any thread may."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._noted: list[tuple[TurnId, Things, Things]] = []

    def note(self, turn: TurnId, used: Things, wasted: Things) -> None:
        """A turn is answered; at once."""
        with self._lock:
            self._noted.append((turn, used, wasted))

    def record(self) -> None:
        """Write down what was noted, and turns that wait for it; blocks."""
        with contextlib.suppress(StoreError):
            self._store.turns.flush()
        with self._lock:
            noted, self._noted = self._noted, []
        for turn, used, wasted in noted:
            with contextlib.suppress(StoreError), self._store.database.transaction():
                self._store.preparations.mark_used([item.id for item in used if item.id], turn, self._clock())
                for kind in {item.key.kind for item in (*used, *wasted)}:
                    counts = [sum(item.key.kind == kind for item in items) for items in (used, wasted)]
                    self._store.learning.record_use(kind, *counts)
