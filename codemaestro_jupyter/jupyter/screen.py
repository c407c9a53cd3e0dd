"""The thread `maestro-screen`: everything that is drawn outside a cell's own run, at most ten times a second.

Publishing a display waits for the kernel's output streams to be flushed, which may take as long as the person's
own output does. So it happens neither on the person's thread nor on `maestro-loop`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable

log = logging.getLogger(__name__)
INTERVAL = 0.1
"""Seconds between two drawings of one thing."""
NAME = "maestro-screen"


class Screen:
    """Runs drawing functions in turn; a newer one for the same key replaces one that still waits."""

    def __init__(self, interval: float = INTERVAL) -> None:
        self._interval = interval
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, tuple[float, Callable[[], object]]] = {}
        self._last: dict[Hashable, float] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)
        self._thread.start()

    def draw(self, key: Hashable, function: Callable[[], object], delay: float = 0.0) -> None:
        """Call the function soon (not before `delay` seconds have passed), from any thread; dropped once closed."""
        now = time.monotonic()
        with self._changed:
            if self._closing:
                return
            due = max(now + delay, self._last.get(key, float("-inf")) + self._interval)
            if key in self._waiting:  # what waited for its turn keeps it: a newer drawing never comes later
                due = min(due, max(self._waiting[key][0], now))
            self._waiting[key] = (due, function)
            self._changed.notify()

    def forget(self, key: Hashable) -> None:
        """Drop what waits under a key."""
        with self._changed:
            self._waiting.pop(key, None)
            self._last.pop(key, None)

    def close(self, timeout: float = 5.0) -> None:
        """Draw what is due, drop what was meant for later, end the thread; may be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _run(self) -> None:
        while (function := self._next()) is not None:
            try:
                function()
            except Exception:  # the front end may be gone; what can be drawn still is
                log.debug("Something could not be drawn", exc_info=True)

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while True:
                now = time.monotonic()
                # What comes only later stays undrawn when closing, but what merely waits for its interval is drawn.
                horizon = now + self._interval if self._closing else now
                key = min(self._waiting, key=lambda each: self._waiting[each][0], default=None)
                if key is not None and self._waiting[key][0] <= horizon:
                    _, function = self._waiting.pop(key)
                    self._last[key] = now
                    return function
                if self._closing:
                    return None
                self._changed.wait(None if key is None else self._waiting[key][0] - now)
