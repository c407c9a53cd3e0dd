"""The file system as transactions need it: every call that must be durable, and in which order, is one method.

`DiskFiles` is the real one. `recording.RecordingFiles` is its double in memory: it knows what was not yet synced.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

try:
    import fcntl as _fcntl

    FULL_SYNC: int | None = getattr(_fcntl, "F_FULLFSYNC", None)
except ImportError:  # Windows
    FULL_SYNC = None
SLOW_SYNC = 0.001
"""Seconds of one `fsync` above which several run at once: starting a thread takes a twentieth of it."""
NewFile = tuple[str, bytes, int]
"""Path, bytes and permission bits."""


class FileLayer(Protocol):
    """Paths are absolute, with `/`. Methods raise `OSError` as the system does."""

    def read(self, path: str) -> tuple[bytes, int] | None:
        """Bytes and permission bits of a regular file; None if there is nothing."""
        ...

    def create(self, files: Sequence[NewFile]) -> None:
        """Create files that must not exist and make their bytes durable, together; their names are not yet."""
        ...

    def append(self, path: str, data: bytes) -> None:
        """Append to a file, created if need be (mode 0600); durable only after `sync`."""
        ...

    def truncate(self, path: str, size: int) -> None:
        """Cut a file."""
        ...

    def sync(self, paths: Sequence[str]) -> None:
        """Make the bytes of files durable, together."""
        ...

    def sync_folders(self, folders: Sequence[str]) -> None:
        """Make the names in folders durable, together."""
        ...

    def replace(self, source: str, target: str) -> None:
        """Put a file in another's place, atomically."""
        ...

    def link(self, source: str, target: str) -> None:
        """Give a file a second name, which must be free (`FileExistsError`)."""
        ...

    def remove(self, path: str) -> None:
        """Take a file's name away; nothing happens if it has none."""
        ...

    def make_folder(self, path: str) -> None:
        """Make a folder whose parent exists."""
        ...

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder; nothing happens if it is not empty or not there."""
        ...

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there."""
        ...

    def outside(self, root: str, paths: Sequence[str]) -> list[str]:
        """Those paths below the root that, links followed, are not (or are a link themselves)."""
        ...

    def names(self, folder: str) -> list[str]:
        """The names in a folder, sorted; none if there is no folder."""
        ...

    def lock(self, path: str) -> contextlib.AbstractContextManager[None]:
        """Hold a lock that threads and processes share and that a killed process gives back."""
        ...


class DiskFiles:
    """The real file system."""

    def __init__(self) -> None:
        self._threads = threading.RLock()
        self._depth = 0

    def read(self, path: str) -> tuple[bytes, int] | None:
        try:
            fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode):
                return None
            with os.fdopen(fd, "rb", buffering=0, closefd=False) as file:
                return file.readall(), stat.S_IMODE(info.st_mode)
        finally:
            os.close(fd)

    def create(self, files: Sequence[NewFile]) -> None:
        with contextlib.ExitStack() as opened:
            made = []
            for path, data, mode in files:
                fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                opened.callback(os.close, fd)
                write_all(fd, data)
                if os.name == "posix":
                    os.fchmod(fd, mode)
                if len(files) > 1:
                    start_writing(fd)
                made.append(fd)
            grouped([functools.partial(sync_fd, fd) for fd in made])

    def append(self, path: str, data: bytes) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        try:
            write_all(fd, data)
        finally:
            os.close(fd)

    def truncate(self, path: str, size: int) -> None:
        os.truncate(path, size)

    def sync(self, paths: Sequence[str]) -> None:
        grouped([functools.partial(sync_path, path, os.O_RDWR) for path in paths])

    def sync_folders(self, folders: Sequence[str]) -> None:
        if os.name == "posix":  # Windows has no such thing: its renames are journalled by NTFS
            grouped([functools.partial(sync_path, path, os.O_RDONLY) for path in folders])

    def replace(self, source: str, target: str) -> None:
        os.replace(source, target)

    def link(self, source: str, target: str) -> None:
        os.link(source, target)

    def remove(self, path: str) -> None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.remove(path)

    def make_folder(self, path: str) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path)

    def remove_folder(self, path: str) -> None:
        with contextlib.suppress(OSError):
            os.rmdir(path)

    def is_folder(self, path: str) -> bool:
        return os.path.isdir(path)

    def outside(self, root: str, paths: Sequence[str]) -> list[str]:
        top = os.path.realpath(root)
        held: dict[str, bool] = {}
        found = []
        for path in paths:
            folder = os.path.dirname(path)
            if folder not in held:  # files of one transaction are often neighbours
                held[folder] = os.path.commonpath([os.path.realpath(folder), top]) == top
            if not held[folder] or os.path.islink(path):
                found.append(path)
        return found

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return []

    @contextlib.contextmanager
    def lock(self, path: str) -> Iterator[None]:
        """Threads of this process by an `RLock`, processes by a lock on a file (the system frees it on death)."""
        with self._threads:
            if self._depth:
                yield
                return
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                lock_file(fd)
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
            finally:
                os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write everything: the system may take less at once, and says a full disk by an error only then."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync_path(path: str, flags: int) -> None:
    """`fsync` a file or folder by its path."""
    fd = os.open(path, flags)
    try:
        sync_fd(fd)
    finally:
        os.close(fd)


def sync_fd(fd: int) -> None:
    """`fsync`; on macOS the drive's own cache too."""
    if FULL_SYNC is None:
        os.fsync(fd)
    else:  # pragma: no cover - macOS
        import fcntl

        fcntl.fcntl(fd, FULL_SYNC)


def start_writing(fd: int) -> None:
    """Let the system begin to write a file's bytes, without waiting.

    Linux begins writing dirty pages that are not needed any more; so all files of a group get their blocks at once and
    the first `fsync` commits all of them (five new files on ext4: 0.6 ms against 1.1 ms one after the other).
    """
    advise = getattr(os, "posix_fadvise", None)
    if advise is not None:  # not on macOS and Windows
        with contextlib.suppress(OSError):  # advice only
            advise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def grouped(calls: Sequence[Callable[[], None]]) -> None:
    """Run syncs and raise the first error: one after the other where that is fast, at the same time where it is not.

    A disk that took long for the first one flushes its cache for each; at once they share a flush, which pays for the
    threads.
    """
    if not calls:
        return
    started = time.perf_counter()
    calls[0]()
    if time.perf_counter() - started > SLOW_SYNC:
        together(calls[1:])
        return
    for call in calls[1:]:
        call()


def together(calls: Sequence[Callable[[], None]]) -> None:
    """Run calls at the same time and raise the first error."""
    errors: list[BaseException] = []

    def guarded(mine: Sequence[Callable[[], None]]) -> None:
        try:
            for call in mine:
                call()
        except BaseException as error:  # raised again below, in the thread that asked
            errors.append(error)

    workers = min(len(calls), 8)
    threads = [threading.Thread(target=guarded, args=(calls[at::workers],)) for at in range(1, workers)]
    for thread in threads:
        thread.start()
    guarded(calls[0 :: workers or 1])
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def lock_file(fd: int) -> None:
    """Wait for the lock on an open file."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX)
    else:  # pragma: no cover - Windows
        import msvcrt

        windows: Any = msvcrt
        while True:
            try:
                windows.locking(fd, windows.LK_LOCK, 1)
                return
            except OSError:  # gives up after ten seconds by itself
                time.sleep(0.05)
