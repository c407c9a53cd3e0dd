"""Keep what was computed last, up to a bound: while a person types, most words of a text are those of a key before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by key, those asked for longest forgotten first; for any thread.

    `most` bounds the sum of `size(value) + 1` over what is kept. It holds no function of its owner: the two would be a
    cycle, and live on, with all their arrays, until the collector comes by.
    """

    def __init__(self, most: int, size: Callable[[V], int] = lambda _: 0) -> None:
        self._most = most
        self._size = size
        self._lock = threading.Lock()
        self._values: OrderedDict[K, V] = OrderedDict()
        self._used = 0

    def get(self, key: K, make: Callable[[K], V]) -> V:
        """The value for a key, made if it is not there; `make` must always give the same for it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make(key)
        with self._lock:
            if key not in self._values:
                self._values[key] = value
                self._used += self._size(value) + 1
                while self._used > self._most and len(self._values) > 1:
                    self._used -= self._size(self._values.popitem(last=False)[1]) + 1
        return value
