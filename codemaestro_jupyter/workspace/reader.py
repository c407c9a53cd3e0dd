"""Read the project's text files and nothing else: inside the root, not ignored, not secret, not too large.

Everything a person or a model is shown comes through here, so what must never be shown is stopped here: secret files
are refused, lines that look like tokens are withheld.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codemaestro_jupyter.errors import InputError, PathError
from codemaestro_jupyter.types import Cell, FileText, Fingerprint, RelPath
from codemaestro_jupyter.workspace.git import Git
from codemaestro_jupyter.workspace.ignore import Ignore, built_in_reason
from codemaestro_jupyter.workspace.inside import Opened, read_inside, relative_path
from codemaestro_jupyter.workspace.notebooks import cells_of, text_of
from codemaestro_jupyter.workspace.secrets import redact

MOST_BYTES = 400_000
MOST_NOTEBOOK_BYTES = 12_000_000
"""A notebook's size is mostly outputs, which are dropped; its cells may take `MOST_BYTES` as text."""
MOST_FILES = 200_000
MOST_REMEMBERED = 8_000_000
"""Characters of redacted text kept in memory: what one brief reads in a large project."""
_SNIFFED = 8_000
_RULES_HOLD = 2_000_000_000
"""Nanoseconds for which a verdict of the ignore rules is kept: asking git takes some milliseconds."""
_RACY = 2_000_000_000
"""Nanoseconds: a file changed this shortly before it was read may change again under the same time stamp (FAT: 2 s)."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """One file of the project as listed: its size in bytes and when it was modified (ns since the epoch)."""

    path: RelPath
    size: int
    mtime_ns: int


class _Texts:
    """The texts read last, by content: an answer reads the same files again and again, and redacting takes time."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._texts: OrderedDict[tuple[Fingerprint, RelPath], FileText] = OrderedDict()
        self._characters = 0

    def get(self, fingerprint: Fingerprint, path: RelPath) -> FileText | None:
        with self._lock:
            found = self._texts.get((fingerprint, path))
            if found is not None:
                self._texts.move_to_end((fingerprint, path))
            return found

    def put(self, text: FileText) -> FileText:
        with self._lock:
            if (text.fingerprint, text.path) not in self._texts:
                self._texts[text.fingerprint, text.path] = text
                self._characters += len(text.text)
            while self._characters > self._most:
                self._characters -= len(self._texts.popitem(last=False)[1].text)
        return text

    def clear(self) -> None:
        with self._lock:
            self._texts.clear()
            self._characters = 0


class Reader:
    """Lists, reads and fingerprints the files of one root; safe to use from several threads.

    `listed` says of a path whether somebody (the index) knows it for a file of the project: of others git is asked.
    """

    def __init__(
        self,
        root: Path,
        git: Git | None = None,
        now: Callable[[], int] = time.time_ns,
        listed: Callable[[RelPath], bool] = lambda path: False,
    ) -> None:
        self.root = root
        self.git = git or Git(root)
        self._now = now
        self._listed = listed
        self._rules = Ignore(root)
        self._ruled = now()
        self._verdicts: dict[str, bool] = {}
        self._seen: dict[str, tuple[tuple[int, ...], Fingerprint]] = {}
        self._texts = _Texts()

    # -- which files there are ----------------------------------------------------------------------

    def list(self, most: Callable[[str], int] | None = None) -> list[FileStat]:
        """All files of the project by path: those git tracks or would, or without git those no rule ignores.

        `most` says how large a file of a path may be, in bytes; `most_bytes` unless it is given. Links are left out
        (what they point to is listed under its own name), and so are nested repositories.
        """
        names = None if self.git.is_bare else self.git.files()
        if self.git.is_bare:  # what lies in it is git's
            found: Iterator[FileStat] = iter(())
        elif names is None:
            self._renew_rules()
            found = self._walk(most or most_bytes)
        else:
            allowed = (name for name in (*names.tracked, *names.untracked) if built_in_reason(name) is None)
            found = self._stats(allowed, most or most_bytes)
        by_path = {file.path: file for file in found}
        return [by_path[path] for path in sorted(by_path)]

    def too_large(self) -> tuple[RelPath, ...]:
        """Python files of the repository that are left alone for their size alone: their definitions are unknown."""
        names = None if self.git.is_bare else self.git.files()
        if names is None:
            return ()
        wanted = (name for name in (*names.tracked, *names.untracked) if name.endswith((".py", ".pyi")))
        allowed = (name for name in wanted if built_in_reason(name) is None)
        return tuple(sorted(file.path for file in self._stats(allowed, most_bytes, too_large=True)))

    def _stats(self, names: Iterator[str], most: Callable[[str], int], too_large: bool = False) -> Iterator[FileStat]:
        for number, name in enumerate(names):
            if number >= MOST_FILES:
                return
            try:
                found = os.lstat(self.root / name)
            except (OSError, ValueError):  # deleted meanwhile, or in a sparse checkout
                continue
            if stat.S_ISREG(found.st_mode) and (found.st_size > most(name)) is too_large:
                yield FileStat(RelPath(name), found.st_size, found.st_mtime_ns)

    def _walk(self, most: Callable[[str], int]) -> Iterator[FileStat]:
        waiting, count = [""], 0
        while waiting and count < MOST_FILES:
            folder = waiting.pop()
            try:
                with os.scandir(self.root / folder) as entries:
                    inside = sorted(entries, key=lambda entry: entry.name)
            except OSError:
                continue
            if any(entry.name == "pyvenv.cfg" for entry in inside):  # a virtual environment of any name
                continue
            for entry in inside:
                path = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if self._rules.enters(path):
                            waiting.append(path)
                    elif entry.is_file(follow_symlinks=False) and self._rules.allows(path):
                        found = entry.stat(follow_symlinks=False)
                        if found.st_size <= most(path):
                            count += 1
                            yield FileStat(RelPath(path), found.st_size, found.st_mtime_ns)
                except OSError:
                    continue

    def reason(self, path: RelPath) -> str | None:
        """Why the file of this path, there or not, does not belong to the project, for a person; None if it does."""
        reason = built_in_reason(path)
        if reason is not None or self._listed(path):
            return reason
        if self.git.is_bare:
            return "it belongs to a tool"
        if not 0 <= self._now() - self._ruled <= _RULES_HOLD:
            self._renew_rules()
        ignored = self._verdicts.get(path)
        if ignored is None:
            by_git = self.git.ignores(path)
            ignored = self._verdicts[path] = self._rules.is_ignored(path) if by_git is None else by_git
        return "git ignores it" if ignored else None

    def _renew_rules(self) -> None:
        self._rules, self._verdicts, self._ruled = Ignore(self.root), {}, self._now()

    # -- what is in them ----------------------------------------------------------------------------

    def read(self, path: str | Path) -> FileText:
        """One file as text, notebooks as their cells in the percent format; lines that look like secrets withheld.

        UTF-8, or UTF-16 and UTF-32 with a byte-order mark; other bytes become `�` and `lossy` says so. Line ends stay
        as they are. Raises `PathError` for what is outside the root, ignored, secret, binary, too large, missing or
        unreadable.
        """
        opened = self._open(path)
        fingerprint = self._remember(opened)
        known = self._texts.get(fingerprint, opened.path)
        if known is None:
            text, lossy = self._text(opened)
            text, withheld = redact(text)
            known = self._texts.put(FileText(opened.path, text, fingerprint, opened.size, lossy, withheld))
        return known

    def forget(self) -> None:
        """Keep no text in memory."""
        self._texts.clear()

    def cells(self, path: str | Path) -> tuple[Cell, ...]:
        """The cells of a notebook file, lines that look like secrets withheld; raises `PathError`, `InputError`."""
        opened = self._open(path)
        return tuple(Cell(cell.id, cell.kind, redact(cell.source)[0]) for cell in cells_of(opened.data))

    def fingerprint(self, path: str | Path) -> Fingerprint | None:
        """`sha256:…` of the file's bytes, or None if it cannot be read.

        A file whose size and times are those of the last reading is not read again.
        """
        try:
            given = relative_path(path, self.root)
            known = self._seen.get(given)
            if known is not None and known[0] == _identity(os.lstat(self.root / given)) and self.reason(given) is None:
                return known[1]
            return self._remember(self._open(given))
        except (PathError, OSError, ValueError):
            return None

    def is_as(self, path: RelPath, size: int, modified: float) -> bool:
        """Whether a file is of that size (in bytes) and was changed then (in seconds since the epoch)."""
        try:
            found = os.lstat(self.root / path)
        except (OSError, ValueError):
            return False
        return found.st_size == size and abs(found.st_mtime_ns / 1e9 - modified) < 1e-6

    def _open(self, path: str | Path) -> Opened:
        given = relative_path(path, self.root)
        self._refuse(given)
        opened = read_inside(self.root, given, most_bytes(given))
        if opened.path != given:  # it was reached through a link: what it leads to must be allowed as well
            self._refuse(opened.path)
        if not _is_notebook(opened.path) and is_binary(opened.data):
            raise PathError(f"{given!r} is not text.", hint="Only text files and notebooks are read.")
        return opened

    def _refuse(self, path: RelPath) -> None:
        reason = self.reason(path)
        if reason is not None:
            raise PathError(f"{path!r} is not read: {reason}.", hint="Name another file.")

    def _remember(self, opened: Opened) -> Fingerprint:
        fingerprint = Fingerprint("sha256:" + hashlib.sha256(opened.data).hexdigest())
        identity = (opened.size, opened.mtime_ns, opened.ctime_ns, opened.inode)
        if self._now() - max(opened.mtime_ns, opened.ctime_ns) > _RACY:
            if len(self._seen) >= MOST_FILES:
                self._seen.clear()
            self._seen[opened.path] = (identity, fingerprint)
        else:
            self._seen.pop(opened.path, None)
        return fingerprint

    def _text(self, opened: Opened) -> tuple[str, bool]:
        if _is_notebook(opened.path):
            try:
                text = text_of(cells_of(opened.data))
                return text[:MOST_BYTES], len(text) > MOST_BYTES
            except InputError:  # a conflict inside, or half-written: shown as it is
                return decode(opened.data[:MOST_BYTES])[0], True
        return decode(opened.data)


def most_bytes(path: str) -> int:
    """The largest size that is read, in bytes."""
    return MOST_NOTEBOOK_BYTES if _is_notebook(path) else MOST_BYTES


def is_binary(data: bytes) -> bool:
    """Git's own rule, a NUL near the beginning, except where a mark says that it is UTF-16 or UTF-32."""
    return b"\0" in data[:_SNIFFED] and _wide(data) is None


def decode(data: bytes) -> tuple[str, bool]:
    """Bytes as text, and whether something could not be decoded."""
    encoding = _wide(data) or "utf-8-sig"
    try:
        return data.decode(encoding), False
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), True


def _wide(data: bytes) -> str | None:
    """The encoding that a byte-order mark tells, other than UTF-8; UTF-32's begins like UTF-16's."""
    for encoding, marks in _MARKS:
        if data.startswith(marks):
            return encoding
    return None


_MARKS = (
    ("utf-32", (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)),
    ("utf-16", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
)


def _is_notebook(path: str) -> bool:
    return path.lower().endswith(".ipynb")


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
