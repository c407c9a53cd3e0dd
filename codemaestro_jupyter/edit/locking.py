"""One lock for all processes of a project: waited for a while, its owner named, free as soon as its owner dies."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from typing import Any

from codemaestro_jupyter.errors import ConflictError


def lock_file(fd: int, patience: float) -> None:
    """Take the lock on an open file and write down who has it; raises `ConflictError` if another keeps it too long."""
    deadline = time.monotonic() + patience
    pause = 0.001
    while True:
        try:
            try_lock(fd)
            break
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise  # no locks on this file system
        if time.monotonic() > deadline:
            with contextlib.suppress(OSError, ValueError):  # Windows does not let it be read
                os.lseek(fd, 0, os.SEEK_SET)
                raise busy(f"Another process ({int(os.read(fd, 20))})", patience)
            raise busy("Another process", patience)
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
    with contextlib.suppress(OSError):
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, b"%-20d" % os.getpid())  # always as long: nothing to cut


def try_lock(fd: int) -> None:
    """Take the lock on an open file, or raise `OSError` at once."""
    if os.name == "posix":
        import fcntl

        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP):
                raise
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # some network file systems have only this kind
    else:  # pragma: no cover - Windows
        import msvcrt

        windows: Any = msvcrt
        os.lseek(fd, 0, os.SEEK_SET)
        windows.locking(fd, windows.LK_NBLCK, 1)


def busy(who: str, seconds: float) -> ConflictError:
    """What is said when the project is being changed by somebody else all the time."""
    return ConflictError(
        f"{who} has been changing this project for {seconds:g} s.",
        hint="Wait until it is done, or end it (what it leaves half-done is taken back), then try again.",
    )
