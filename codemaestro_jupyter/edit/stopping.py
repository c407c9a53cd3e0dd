"""End work on a command that nobody wants any more: whoever works it out looks between two files."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

_LOCAL = threading.local()


class StoppedError(Exception):
    """Nobody wants it any more; never shown to a person."""


@contextlib.contextmanager
def stoppable(stopped: Callable[[], bool]) -> Iterator[None]:
    """What this thread does inside ends, with `StoppedError`, soon after `stopped()` is true."""
    _LOCAL.stopped = stopped
    try:
        yield
    finally:
        del _LOCAL.stopped


def checkpoint() -> None:
    """A place where work may end."""
    stopped = getattr(_LOCAL, "stopped", None)
    if stopped is not None and stopped():
        raise StoppedError
