"""What happened, one JSON object a line, in a file beside the database; two files at most, however long it goes on.

    {"when": 1795691958.114, "pid": 4711, "event": "apply", "transaction": "000001-53e1c134", "files": ["src/a.py"], …}

Names of files, kinds and numbers only: whoever writes here leaves out what was typed and what stands in the files.
Several processes write at once: a line is one append, and whoever finds the file full sets it aside under a lock.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

LIMIT = 1_000_000
"""Bytes after which a file is set aside as `<file>.1`, in place of the one before it."""


class EventLog:
    """A file of events. `path` gives it, or None where nothing is kept; nothing is raised if it cannot be written."""

    def __init__(self, path: Callable[[], Path | None], clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock

    def write(self, event: str, **values: Any) -> None:
        """Append an event."""
        path = self._path()
        if path is None:
            return
        line = orjson.dumps({"when": round(self._clock(), 3), "pid": os.getpid(), "event": event, **values}) + b"\n"
        with contextlib.suppress(OSError):  # a full disk loses a line, never a change
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            fd = os.open(path, flags, 0o600)
            try:
                os.write(fd, line)
                if os.fstat(fd).st_size > LIMIT:
                    set_aside(path, fd)
            finally:
                os.close(fd)

    def forget(self) -> None:
        """Delete what was written."""
        path = self._path()
        for file in (path, path.with_name(path.name + ".1")) if path is not None else ():
            with contextlib.suppress(OSError):
                file.unlink()


def set_aside(path: Path, fd: int) -> None:
    """Rename the file that `fd` is open on, unless another process did so already."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX)
        if os.stat(path).st_ino != os.fstat(fd).st_ino:
            return
    os.replace(
        path, path.with_name(path.name + ".1")
    )  # Windows refuses while others have it open: the next tries again
