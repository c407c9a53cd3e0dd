"""The file system as transactions need it: every call that must be durable, and in which order, is one method.

`DiskFiles` is the real one. `recording.RecordingFiles` is its double in memory: it knows what was not yet synced.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

from codemaestro_jupyter.edit.carrying import carry_over
from codemaestro_jupyter.edit.freeing import Freeing
from codemaestro_jupyter.edit.locking import busy, lock_file
from codemaestro_jupyter.edit.naming import Names
from codemaestro_jupyter.edit.syncing import Call, Crew, start_writing, sync_fd, sync_path

NewFile = tuple[str, bytes, int]
"""Path, bytes and permission bits."""


class FileLayer(Protocol):
    """Paths are absolute, with `/`. Methods raise `OSError` as the system does."""

    def read(self, path: str) -> tuple[bytes, int] | None:
        """Bytes and permission bits of a regular file; None if there is nothing of exactly this name."""
        ...

    def spelled(self, root: str, path: str) -> str:
        """A path below the root as its folders spell it, where a file system takes two spellings for one."""
        ...

    def read_from(self, path: str, offset: int) -> tuple[bytes, int]:
        """Bytes of a regular file from an offset on, and its size; nothing and 0 if there is none."""
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
        """Put a file in another's place, atomically; whatever else that one had (owner, attributes) is kept."""
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

    def close(self) -> None:
        """End the threads that syncs ran on; they come back when they are needed."""
        ...


class DiskFiles:
    """The real file system."""

    def __init__(self) -> None:
        self.patience = 10.0
        """Seconds to wait for somebody else who has the lock."""
        self._names = Names()
        self._crew = Crew()
        self._replaced = Freeing()
        self._threads = threading.RLock()
        self._depth = 0

    def read(self, path: str) -> tuple[bytes, int] | None:
        try:
            fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode) or not self._names.exact(path):
                return None
            return read_all(fd, info.st_size), stat.S_IMODE(info.st_mode)
        finally:
            os.close(fd)

    def spelled(self, root: str, path: str) -> str:
        return self._names.spelled(root, path)

    def read_from(self, path: str, offset: int) -> tuple[bytes, int]:
        try:
            with open(path, "rb", buffering=0) as file:
                size = os.fstat(file.fileno()).st_size
                if offset >= size:
                    return b"", size
                file.seek(offset)
                return file.readall(), size
        except (FileNotFoundError, NotADirectoryError):
            return b"", 0

    def create(self, files: Sequence[NewFile]) -> None:
        with contextlib.ExitStack() as opened:
            made = []
            for path, data, mode in files:
                fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                opened.callback(os.close, fd)
                write_all(fd, data)
                if os.name == "posix":
                    os.fchmod(fd, mode)
                made.append(fd)
            if len(made) > 1:
                for fd in made:
                    start_writing(fd)
            self._crew([functools.partial(sync_fd, fd) for fd in made])

    def append(self, path: str, data: bytes) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        try:
            write_all(fd, data)
        finally:
            os.close(fd)

    def truncate(self, path: str, size: int) -> None:
        os.truncate(path, size)

    def sync(self, paths: Sequence[str]) -> None:
        self._crew([functools.partial(sync_path, path, os.O_RDWR) for path in paths])

    def sync_folders(self, folders: Sequence[str]) -> None:
        syncs: list[Call] = []
        if os.name == "posix":  # Windows has no such thing: its renames are journalled by NTFS
            syncs = [functools.partial(sync_path, path, os.O_RDONLY) for path in folders]
        freed = self._replaced.release()
        if len(freed) == 1:  # waking a helper would take as long
            freed.pop()()
        self._crew([*syncs, *freed])

    def replace(self, source: str, target: str) -> None:
        self._replaced.hold(target)
        carry_over(target, source)
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
        if not self._threads.acquire(timeout=self.patience):
            raise busy("Another thread", self.patience)
        try:
            if self._depth:
                yield
                return
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                lock_file(fd, self.patience)
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
            finally:
                os.close(fd)
        finally:
            self._threads.release()

    def close(self) -> None:
        self._crew([*self._replaced.release()])
        self._crew.close()


def read_all(fd: int, size: int) -> bytes:
    """The rest of a file that has `size` bytes by what the system says."""
    data = os.read(fd, size + 1)
    if len(data) > size or len(data) < size:  # it grew meanwhile, or the system gives less at once
        parts = [data]
        while part := os.read(fd, 1 << 20):
            parts.append(part)
        data = b"".join(parts)
    return data


def write_all(fd: int, data: bytes) -> None:
    """Write everything: the system may take less at once, and says a full disk by an error only then."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
