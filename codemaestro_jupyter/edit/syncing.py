"""Make bytes and names durable, several at once: what a group costs is what is waited for, not how many there are.

Syncs that wait at the same time share one commit of the file system and one flush of the disk; one after the other,
each asks for its own. So a group runs on a few threads that stay for a second: five new files on ext4 take 0.4 ms,
against 0.55 ms one after the other where nothing else writes, and a tenth of it where others do.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence

try:
    import fcntl as _fcntl

    FULL_SYNC: int | None = getattr(_fcntl, "F_FULLFSYNC", None)
except ImportError:  # Windows
    FULL_SYNC = None
Call = Callable[[], None]
THREAD = "maestro-sync"
UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
"""What a file system says that has no `fsync`, or none for folders (some of network and user space)."""
MOST_HELPERS = 7
LINGER = 1.0
"""Seconds a helper waits for more before it ends."""


def sync_path(path: str, flags: int) -> None:
    """`fsync` a file or folder by its path."""
    fd = os.open(path, flags)
    try:
        sync_fd(fd)
    finally:
        os.close(fd)


def sync_fd(fd: int) -> None:
    """`fsync`, on macOS the drive's own cache too; where the file system knows no such thing, nothing."""
    if FULL_SYNC is not None:  # pragma: no cover - macOS
        import fcntl

        with contextlib.suppress(OSError):  # network file systems know `fsync` only
            fcntl.fcntl(fd, FULL_SYNC)
            return
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in UNKNOWN:
            raise


def start_writing(fd: int) -> None:
    """Let the system begin to write a file's bytes, without waiting.

    Linux begins writing dirty pages that are not needed any more; so all files of a group get their blocks at once and
    the first `fsync` commits all of them (sixty new files on ext4: 2.0 ms against 3.6 ms).
    """
    advise = getattr(os, "posix_fadvise", None)
    if advise is not None:  # not on macOS and Windows
        with contextlib.suppress(OSError):  # advice only
            advise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


class Group:
    """Calls that whoever has time takes one of, until none is left."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.errors: list[BaseException] = []
        self._left = deque(calls)
        self._gate = threading.Lock()
        self._helping = 0
        self._over = False
        self._alone = threading.Lock()
        self._alone.acquire()

    def work(self) -> None:
        """Do calls until none is left; errors are kept."""
        while True:
            try:
                call = self._left.popleft()
            except IndexError:
                return
            try:
                call()
            except BaseException as error:  # raised again in the thread that asked
                self.errors.append(error)

    def help(self) -> None:
        """Work beside the one who asked; a helper that comes too late does nothing."""
        with self._gate:
            if self._over:
                return
            self._helping += 1
        self.work()
        self._leave()

    def _leave(self) -> None:
        with self._gate:
            self._helping -= 1
            if self._over and not self._helping:
                self._alone.release()

    def finish(self) -> None:
        """Wait for those who still help."""
        with self._gate:
            self._over = True
            wait = self._helping > 0
        if wait:
            self._alone.acquire()


class Crew:
    """Runs several calls at the same time, on the thread that asks and on helpers (`maestro-sync`).

    Helpers start with the first group that has use for them and end after `LINGER` seconds without one, or with
    `close()`. Where none can be started, or none gets a processor, the one who asks does all calls itself.
    """

    def __init__(self) -> None:
        self._groups: queue.SimpleQueue[Group | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._helpers: list[threading.Thread] = []

    def __call__(self, calls: Sequence[Call]) -> None:
        """Run all; the first error is raised, once all have ended."""
        if len(calls) < 2:
            for call in calls:
                call()
            return
        group = Group(calls)
        self._ask(min(len(calls) - 1, MOST_HELPERS), group)
        try:
            group.work()
        finally:
            group.finish()
        if group.errors:
            raise group.errors[0]

    def _ask(self, count: int, group: Group) -> None:
        with self._lock:
            with contextlib.suppress(RuntimeError):  # no more threads: fewer helpers
                while len(self._helpers) < count:
                    helper = threading.Thread(target=self._help, name=THREAD, daemon=True)
                    helper.start()
                    self._helpers.append(helper)
            for _ in range(count):
                self._groups.put(group)

    def _help(self) -> None:
        while True:
            try:
                group = self._groups.get(timeout=LINGER)
            except queue.Empty:
                with self._lock:
                    if not self._groups.empty():
                        continue
                    with contextlib.suppress(ValueError):  # `close` has taken it off the list
                        self._helpers.remove(threading.current_thread())
                    return
            if group is None:
                return
            group.help()

    def close(self) -> None:
        """End the helpers; the next group starts others."""
        with self._lock:
            ending, self._helpers = self._helpers, []
            for _ in ending:
                self._groups.put(None)
        for helper in ending:
            helper.join()
