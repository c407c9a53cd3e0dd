"""One writer at a time among all processes: a lock on a file beside the database, which ends with its holder."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path


class WriterLock:
    """Not re-entrant, never waits. Where the file system knows no locks everybody gets it: the writers then notice
    each other by the generation (`builder.Outpaced`)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free or already ours; False if another process has it."""
        if self._descriptor is not None:
            if self._is_there(self._descriptor):
                return True
            self.release()  # the folder was deleted: others lock a new file by now
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError:
            return True  # the database will say what is wrong with the folder
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
        if not self._is_there(descriptor):
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let others write."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _is_there(self, descriptor: int) -> bool:
        with contextlib.suppress(OSError):
            return os.path.samestat(os.fstat(descriptor), os.stat(self._path))
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
