"""Prepared content in memory, up to a limit: what was not touched longest goes first (the store still has it)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from codemaestro_jupyter.types import Preparation, PreparationKey

OVERHEAD = 1_000


class Shelf:
    """The newest preparation of each key; any thread may use it. `limit()` is in bytes and may change."""

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._items: OrderedDict[PreparationKey, tuple[Preparation, int]] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes on the shelf, about."""
        return self._size

    def put(self, preparation: Preparation) -> None:
        """Add or replace; one larger than the whole shelf is not kept."""
        size = weight(preparation.payload) + OVERHEAD
        with self._lock:
            self._remove(preparation.key)
            if size > self._limit():
                return
            self._items[preparation.key] = (preparation, size)
            self._size += size
            while self._size > self._limit():
                self._remove(next(iter(self._items)))

    def get(self, key: PreparationKey) -> Preparation | None:
        """The preparation of a key, if it is there."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def drop(self, key: PreparationKey) -> None:
        """Take one away, e.g. because it is stale."""
        with self._lock:
            self._remove(key)

    def clear(self) -> None:
        """Take everything away."""
        with self._lock:
            self._items.clear()
            self._size = 0

    def _remove(self, key: PreparationKey) -> None:
        item = self._items.pop(key, None)
        if item is not None:
            self._size -= item[1]


def weight(value: Any) -> int:
    """Bytes that a JSON-able value takes in memory, about."""
    if isinstance(value, str):
        return len(value) + 50
    if isinstance(value, dict):
        return 100 + sum(60 + weight(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return 60 + sum(weight(item) for item in value)
    return 30
