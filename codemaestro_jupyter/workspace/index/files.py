"""The project's files as the index needs them: which there are, what `stat` says of them, and their contents."""

from __future__ import annotations

import os
import stat as modes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import RelPath, Symbol
from codemaestro_jupyter.workspace.ignore import Ignore, built_in_reason
from codemaestro_jupyter.workspace.index.repository import Repository
from codemaestro_jupyter.workspace.notebooks import without_requests
from codemaestro_jupyter.workspace.reader import Reader, most_bytes
from codemaestro_jupyter.workspace.symbols import outline

FIRST_CHUNK, CHUNK = 1_000, 20_000
"""Paths that are looked at together: few at first, so that something is known at once in a project of any size."""
ASKED_AT_ONCE = 200
LISTS = (("--cached",), ("--others", "--exclude-standard"))


@dataclass(frozen=True, slots=True)
class Stat:
    """What identifies a state of a file without reading it; times in nanoseconds."""

    size: int
    mtime: int
    ctime: int
    inode: int


@dataclass(frozen=True, slots=True)
class Content:
    """A file that was read; `hash` is that of its bytes."""

    text: str
    hash: str
    symbols: tuple[Symbol, ...]
    imports: tuple[str, ...]


class Files:
    """The files of one project that may be indexed, by the ignore rules of this moment."""

    def __init__(self, root: Path, git: Repository) -> None:
        self._git = git
        self._in_git = git.lists_files
        self._root = root
        self._prefix = f"{root}{os.sep}"
        self._ignore = Ignore(root)
        self._reader = Reader(root, git, listed=lambda path: True)  # nothing else is read here

    def listed(self) -> Iterator[list[RelPath]]:
        """All paths, in chunks: what git tracks at once, then what it does not know and does not ignore.

        Where git cannot say (its index is broken, the disk too slow) rules do; a path may then come twice.
        """
        failed = not self._in_git
        for choice in LISTS if self._in_git else ():
            names = self._git.names(*choice)
            failed = failed or names is None
            yield from _chunks(names or ())
        if failed and not self._git.is_bare:
            yield from _chunks(self._walk(""))

    def among(self, paths: Iterable[RelPath]) -> set[RelPath]:
        """Those of `paths` that belong to the project, and what does below those that are folders."""
        asked = sorted(set(paths))
        if self._git.is_bare:
            return set()
        if not self._in_git:
            return {found for path in asked for found in self._walk_from(path)}
        found: set[RelPath] = set()
        for start in range(0, len(asked), ASKED_AT_ONCE):
            some = asked[start : start + ASKED_AT_ONCE]
            names = self._git.names("--cached", "--others", "--exclude-standard", among=some)
            if names is None:
                names = (name for path in some for name in self._walk_from(path))
            found.update(path for chunk in _chunks(names) for path in chunk)
        return found

    def stat(self, path: str) -> Stat | None:
        """The state of a regular file of readable size; None where there is none (any more)."""
        try:
            found = os.lstat(self._prefix + path)
        except (OSError, ValueError):
            return None
        if not modes.S_ISREG(found.st_mode) or found.st_size > most_bytes(path):
            return None
        return Stat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)

    def read(self, path: RelPath) -> Content | None:
        """The contents of a file; None if it is binary, too large, secret or unreadable."""
        try:
            file = self._reader.read(path)
        except PathError:
            return None
        found = outline(path, file.text, bodies=False)
        text = without_requests(file.text) if path.endswith(".ipynb") else file.text
        return Content(text, file.fingerprint, found.symbols, found.imports)

    def _walk_from(self, path: RelPath) -> Iterator[RelPath]:
        place = self._root / path
        if os.path.realpath(place) != str(place):  # a link, or behind one
            return
        if place.is_dir():
            above = [path[:end] for end, letter in enumerate(path) if letter == "/"]
            if all(self._ignore.enters(folder) for folder in [*above, path]):
                yield from self._walk(path)
        elif self._ignore.allows(path):
            yield path

    def _walk(self, folder: str) -> Iterator[RelPath]:
        """Files that are allowed, those of a folder before those of its folders; links are not followed."""
        waiting = [folder]
        while waiting:
            folder = waiting.pop()
            try:
                entries = sorted(os.scandir(self._prefix + folder), key=lambda entry: entry.name)
            except OSError:  # unreadable, or gone since: it holds nothing for us
                continue
            if any(entry.name == "pyvenv.cfg" for entry in entries):  # a virtual environment of any name
                continue
            below = []
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if self._ignore.enters(path):
                        below.append(path)
                elif self._ignore.allows(path):
                    yield RelPath(path)
            waiting += reversed(below)


def _chunks(names: Iterable[str]) -> Iterator[list[RelPath]]:
    chunk: list[RelPath] = []
    size = FIRST_CHUNK
    for name in names:
        if built_in_reason(name) is None:
            chunk.append(RelPath(name))
            if len(chunk) == size:
                yield chunk
                chunk, size = [], min(4 * size, CHUNK)
    if chunk:
        yield chunk
