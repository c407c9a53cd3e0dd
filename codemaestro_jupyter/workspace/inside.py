"""Open a file under the root so that no symbolic link, device or change of the moment leads out of it.

A path is resolved first; then each folder and the file itself are opened relative to the one before, following no
link, so whatever is swapped between looking and opening makes the opening fail instead of leading elsewhere. Systems
without that (Windows) compare the opened file with the resolved path afterwards.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import RelPath

_STEPWISE = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW") and hasattr(os, "O_DIRECTORY")
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FILE |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_ON_WINDOWS = os.name == "nt"


@dataclass(frozen=True, slots=True)
class Opened:
    """The bytes of a regular file and what `fstat` said about it."""

    path: RelPath
    """Its real path: other than the one asked for if that one led through a link."""
    data: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def relative_path(path: str | Path, root: Path) -> RelPath:
    """Any spelling of a path under the root (`./a//b`, `a\\b` on Windows, absolute) as a `RelPath`.

    Raises `PathError` if it leaves the root in writing (`..`), names a drive or a data stream, or cannot be a name.
    Links are not looked at here: `real_path` does.
    """
    text = str(path)
    if _ON_WINDOWS:
        text = text.replace("\\", "/")
    if Path(text).is_absolute():
        try:
            text = Path(text).relative_to(root).as_posix()
        except ValueError:
            raise PathError(f"{str(path)!r} is outside the project {str(root)!r}.", hint=_OUTSIDE) from None
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise PathError(f"{str(path)!r} leaves the project.", hint=_OUTSIDE)
    if not parts or "\0" in text or (_ON_WINDOWS and any(":" in part or part != part.rstrip(". ") for part in parts)):
        raise PathError(f"{str(path)!r} does not name a file.", hint="Give a path relative to the project's root.")
    return RelPath("/".join(parts))


_OUTSIDE = "Only files under the project's root are read; `--root` sets another one."


def real_path(root: Path, path: RelPath) -> RelPath:
    """Where the path leads once links are followed, as long as that is under the root (itself without links).

    Raises `PathError` if it leads outside, in a circle, or nowhere.
    """
    try:
        resolved = (root / path).resolve(strict=True)
    except FileNotFoundError as error:
        raise PathError(f"There is no file {path!r}.", hint="It may have been moved or deleted.") from error
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a circle of links, before Python 3.13
        raise PathError(f"{path!r} cannot be opened: {_reason(error)}.", hint="Check its permissions.") from error
    try:
        return RelPath(PurePosixPath(*resolved.relative_to(root).parts).as_posix())
    except ValueError:
        raise PathError(f"{path!r} is a link that leads out of the project.", hint=_OUTSIDE) from None


def read_inside(root: Path, path: RelPath, limit: int, *, tail: bool = False) -> Opened:
    """Read a regular file of at most `limit` bytes, or the last `limit` bytes of any with `tail`.

    Raises `PathError` if it is outside, missing, no regular file, larger, or may not be read. Never blocks on a FIFO
    or a device.
    """
    real = real_path(root, path)
    try:
        descriptor = _open_stepwise(root, real) if _STEPWISE else os.open(root / real, _FILE)
    except OSError as error:
        raise PathError(f"{path!r} cannot be read: {_reason(error)}.", hint="Check its permissions.") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise PathError(f"{path!r} is not a regular file.", hint="Folders, pipes and devices are not read.")
        if not _STEPWISE and not _is_still_there(root / real, found):
            raise PathError(f"{path!r} changed while it was opened.", hint="Try again.")
        if found.st_size > limit and not tail:
            raise PathError(f"{path!r} is too large ({found.st_size:,} bytes, {limit:,} at most).", hint=_LARGE)
        if tail and found.st_size > limit:
            os.lseek(descriptor, found.st_size - limit, os.SEEK_SET)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)  # it may have grown since
    except OSError as error:
        raise PathError(f"{path!r} cannot be read: {_reason(error)}.", hint="Check its permissions.") from error
    finally:
        os.close(descriptor)
    if len(data) > limit:
        if not tail:
            raise PathError(f"{path!r} is too large (more than {limit:,} bytes).", hint=_LARGE)
        data = data[:limit]
    return Opened(real, data, len(data), found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


_LARGE = "Large files are left alone; name the part that matters in your request."


def _is_still_there(place: Path, found: os.stat_result) -> bool:
    """Whether an opened file is the one at a resolved place, with no link on the way there."""
    now = os.path.realpath(place)
    return os.path.normcase(now) == os.path.normcase(place) and os.path.samestat(found, os.stat(now))


def _open_stepwise(root: Path, path: RelPath) -> int:
    *folders, name = path.split("/")
    current = os.open(root, _FOLDER)
    try:
        for folder in folders:
            following = os.open(folder, _FOLDER, dir_fd=current)
            os.close(current)
            current = following
        return os.open(name, _FILE, dir_fd=current)
    finally:
        os.close(current)


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
