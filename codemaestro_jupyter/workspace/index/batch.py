"""Collect what one transaction will write: versions that came, ceased, came back, or turned out to be the same."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.types import RelPath
from codemaestro_jupyter.workspace.index.documents import Analyser
from codemaestro_jupyter.workspace.index.files import Content, Stat
from codemaestro_jupyter.workspace.index.schema import INDEXED, LISTED, SKIPPED
from codemaestro_jupyter.workspace.index.segments import SegmentBuilder

RACY = 50_000_000
"""Nanoseconds; the kernel's file time lags behind the clock by a tick, at most 10 ms."""
RACY_COARSE = 2_000_000_000
"""For file systems that keep whole seconds (FAT: two)."""
FULL_SEGMENT = 600_000
FULL_TERMS = 100_000
"""Postings and distinct terms in memory before a segment is written (about 30 MB)."""
MANY_DOCUMENTS, FULLER = 10_000, 3
"""A project of more files gets segments so many times as large: else a question would look into a hundred of them."""

STORED_COLUMNS = "path, id, state, hash, size, mtime, ctime, inode, checked"
_ABSENT = Stat(-1, 0, 0, 0)
_KILL = "UPDATE docs SET died = ?, changed = ? WHERE id = ?"
_REVIVE = "UPDATE docs SET died = 0, changed = ?, size = ?, mtime = ?, ctime = ?, inode = ?, checked = ? WHERE id = ?"
_INSERT = (
    "INSERT INTO docs (id, path, state, size, mtime, ctime, inode, checked, path_length, path_segment, changed)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SEEN = "UPDATE docs SET size = ?, mtime = ?, ctime = ?, inode = ?, checked = ?, changed = max(changed, ?) WHERE id = ?"
_FILL = (
    "UPDATE docs SET state = ?, hash = ?, tokens = ?, symbol_length = ?, segment = ?, size = ?, mtime = ?, ctime = ?,"
    " inode = ?, checked = ?, changed = ? WHERE id = ?"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """The version of a file that is in the index; `document` 0 means none."""

    document: int = 0
    state: int = LISTED
    hash: str = ""
    stat: Stat = _ABSENT
    checked: int = 0
    """When `stat` was taken, in nanoseconds of the clock."""

    def holds(self, stat: Stat) -> bool:
        """Whether the file is as it was, as far as can be said without reading it."""
        if self.state == LISTED or stat != self.stat:
            return False
        slack = RACY_COARSE if stat.mtime % 1_000_000_000 == 0 else RACY
        return max(stat.mtime, stat.ctime) + slack < self.checked


def stored_rows(database: Database, condition: str, arguments: Sequence[object] = ()) -> dict[RelPath, Stored]:
    """The living versions for which the SQL condition holds, by path. Raises `StoreError`."""
    rows = database.read(f"SELECT {STORED_COLUMNS} FROM docs WHERE died = 0 AND {condition}", arguments)  # noqa: S608
    return {
        path: Stored(document, state, digest, Stat(size, mtime, ctime, inode), checked)
        for path, document, state, digest, size, mtime, ctime, inode, checked in rows
    }


@dataclass(slots=True)
class Numbers:
    """The next numbers that are free."""

    document: int
    segment: int

    def new_document(self) -> int:
        """A number for one more version."""
        self.document += 1
        return self.document - 1


class Batch:
    """Notes about files, written together as generation `generation` and segment `numbers.segment`.

    `documents` is how many the project has, as far as that is known.
    """

    def __init__(
        self, database: Database, numbers: Numbers, generation: int, analyser: Analyser, documents: int = 0
    ) -> None:
        self.statements: list[tuple[str, tuple[Any, ...]]] = []
        self.visible = False
        """Whether somebody who reads would see a difference."""
        self._database = database
        self._numbers = numbers
        self._generation = generation
        self._analyser = analyser
        self._segment = SegmentBuilder()
        self._room = FULLER if documents > MANY_DOCUMENTS else 1

    @property
    def full(self) -> bool:
        """Whether it should be written before more is read."""
        return self._segment.postings > FULL_SEGMENT * self._room or self._segment.terms > FULL_TERMS * self._room

    def list(self, path: RelPath, stat: Stat, checked: int, *, postings: bool = True) -> Stored:
        """Note a path whose contents follow (here or in a later batch); what will be stored."""
        document = self._numbers.new_document()
        counts = self._analyser.path_counts(path)
        if postings:
            self._segment.add(document, "path", counts)
        segment = self._numbers.segment if postings else 0
        length = sum(counts.values())
        self._note(_INSERT, document, path, LISTED, *_row(stat), checked, length, segment, self._generation)
        return Stored(document, LISTED, "", stat, checked)

    def take(self, path: RelPath, stored: Stored, stat: Stat, checked: int, content: Content | None) -> None:
        """Note what a file holds now (None: it cannot be indexed)."""
        unchanged = (
            stored.state == SKIPPED if content is None else (INDEXED, content.hash) == (stored.state, stored.hash)
        )
        if stored.document and unchanged:
            self._same(stored, stat, checked)
            return
        twin = self._twin(path, content) if content else 0
        if stored.document and (twin or stored.state != LISTED):
            self.kill(stored.document)
        if twin:
            self._note(_REVIVE, self._generation, *_row(stat), checked, twin)
            return
        if not stored.document or stored.state != LISTED:
            stored = self.list(path, stat, checked, postings=content is not None)
        self._fill(stored.document, content, stat, checked)

    def kill(self, document: int) -> None:
        """Note that a version ceased."""
        self._note(_KILL, self._generation, self._generation, document)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write everything, inside the caller's transaction; raises `sqlite3.Error`."""
        for sql, group in itertools.groupby(self.statements, key=lambda statement: statement[0]):
            connection.executemany(sql, (arguments for _, arguments in group))
        if self._segment.postings:
            self._segment.write(connection, self._numbers.segment)
            self._numbers.segment += 1

    def _fill(self, document: int, content: Content | None, stat: Stat, checked: int) -> None:
        if content is None:
            self._note(_FILL, SKIPPED, "", 0, 0, 0, *_row(stat), checked, self._generation, document)
            return
        found = self._analyser.analyse(content.text, content.symbols, content.imports)
        for field, counts in found.fields.items():
            self._segment.add(document, field, counts)
        if found.outline:
            self._note("INSERT INTO outlines VALUES (?, ?)", document, found.outline)
        own = self._numbers.segment
        self._note(
            _FILL, INDEXED, content.hash, found.tokens, found.symbol_length, own, *_row(stat), checked,
            self._generation, document,
        )  # fmt: skip

    def _same(self, stored: Stored, stat: Stat, checked: int) -> None:
        """Note that a file was looked at and is what it was: whoever reads sees its size and time only."""
        visible = (stat.size, stat.mtime) != (stored.stat.size, stored.stat.mtime) and stored.state == INDEXED
        self._note(
            _SEEN,
            *_row(stat), checked, self._generation if visible else 0, stored.document,
            visible=visible,
        )  # fmt: skip

    def _twin(self, path: RelPath, content: Content) -> int:
        """A version of this file with the same contents that ceased earlier; 0 if there is none."""
        query = "SELECT id FROM docs WHERE path = ? AND died > 0 AND hash = ? AND state = ?"
        rows = self._database.read(query, (path, content.hash, INDEXED))
        return int(rows[0][0]) if rows else 0

    def _note(self, sql: str, *arguments: Any, visible: bool = True) -> None:
        self.statements.append((sql, arguments))
        self.visible = self.visible or visible


def _row(stat: Stat) -> tuple[int, int, int, int]:
    return stat.size, stat.mtime, stat.ctime, stat.inode
