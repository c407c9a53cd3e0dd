"""The file system as transactions need it: every call that must be durable, and in which order, is one method.

`DiskFiles` is the real one. `recording.RecordingFiles` is its double in memory: it knows what was not yet synced.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol


class FileLayer(Protocol):
    """Paths are absolute, with `/`. Methods raise `OSError` as the system does."""

    def read(self, path: str) -> tuple[bytes, int] | None:
        """Bytes and permission bits of a regular file; None if there is nothing."""
        ...

    def write(self, path: str, data: bytes, mode: int) -> None:
        """Create a file that must not exist; durable only after `sync`."""
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

    def inside(self, root: str, path: str) -> bool:
        """Whether a path below the root, its links followed, still is."""
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

    def write(self, path: str, data: bytes, mode: int) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            write_all(fd, data)
            if os.name == "posix":
                os.fchmod(fd, mode)
        finally:
            os.close(fd)

    def append(self, path: str, data: bytes) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        try:
            write_all(fd, data)
        finally:
            os.close(fd)

    def truncate(self, path: str, size: int) -> None:
        os.truncate(path, size)

    def sync(self, paths: Sequence[str]) -> None:
        together([functools.partial(sync_path, path, os.O_RDWR) for path in paths])

    def sync_folders(self, folders: Sequence[str]) -> None:
        if os.name == "posix":  # Windows has no such thing: its renames are journalled by NTFS
            together([functools.partial(sync_path, path, os.O_RDONLY) for path in folders])

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

    def inside(self, root: str, path: str) -> bool:
        real, top = os.path.realpath(path), os.path.realpath(root)
        return os.path.commonpath([real, top]) == top and not os.path.islink(path)

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
    """`fsync` a file or folder by its path; on macOS the drive's own cache too."""
    fd = os.open(path, flags)
    try:
        full: Any = None
        with contextlib.suppress(ImportError):
            import fcntl

            full = getattr(fcntl, "F_FULLFSYNC", None)
            if full is not None:
                fcntl.fcntl(fd, full)
        if full is None:
            os.fsync(fd)
    finally:
        os.close(fd)


def together(calls: Sequence[Callable[[], None]]) -> None:
    """Run calls at the same time and raise the first error: several `fsync` at once share one commit of the disk."""
    if len(calls) < 2:
        for call in calls:
            call()
        return
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
    guarded(calls[0::workers])
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
        import time

        windows: Any = msvcrt
        while True:
            try:
                windows.locking(fd, windows.LK_LOCK, 1)
                return
            except OSError:  # gives up after ten seconds by itself
                time.sleep(0.05)
