"""Make views: the first from the whole database, each further one from the last and what changed since."""

from __future__ import annotations

import bisect
import itertools
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.workspace.index.small import MOST_POSTINGS, Small
from codemaestro_jupyter.workspace.index.snapshot import Columns, Reading, load_all, load_changes, nothing_yet
from codemaestro_jupyter.workspace.index.terms import Memory, Segments
from codemaestro_jupyter.workspace.index.view import HistoryView, IndexView


class Loader:
    """Keeps the newest view of one database; one thread calls `load`, any thread reads `view`.

    Views' generations are counted here, so that they only grow even when the database is made again.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._reading: Reading | None = None
        self._source: Reading | None = None
        """What views ask, and what they are made from: loading a large project must not keep a question waiting."""
        self._generation = -1
        self._history_version = -1
        self._files: list[tuple[str, ...]] = []
        self._small = Small()
        nothing = nothing_yet()
        self._columns = nothing
        none = Segments(_no_rows, (), Memory())
        self.view = IndexView(0, "", nothing, HistoryView(), None, none, ceased=False)

    def load(self, path: Path) -> bool:
        """Bring the view up to date; True if it is a new one. Raises `sqlite3.Error` and keeps the old view."""
        reading, source = self._reading, self._source
        if reading is None or source is None or not reading.is_of(path) or not source.is_of(path):
            reading, source = Reading(path), Reading(path)
        with source.unchanging():
            facts = dict(source.rows("SELECT name, value FROM facts"))
            anew = (
                reading is not self._reading
                or facts["floor"] > self._generation
                or facts["identity"] != reading.identity
            )
            if not anew and facts["generation"] == self._generation:
                return False
            if anew:
                reading.memory, reading.identity = Memory(), facts["identity"]
            found = load_all(source) if anew else load_changes(source, self._columns, self._generation)
            if found.paths == self._columns.paths:
                found = replace(found, paths=self._columns.paths)  # the same object says that positions are the same
            history = self.view.history
            if anew or facts["history_version"] != self._history_version:
                history = self._load_history(source, facts["history"], found)
            elif found.paths is not self._columns.paths:
                history = self._place_history(history, found)
            sizes = dict(source.rows("SELECT id, postings FROM segments"))
            small = _small(source, sizes, Small() if anew else self._small)
            [(ceased,)] = source.rows(
                "SELECT EXISTS (SELECT 1 FROM docs WHERE died > 0 OR (state = 2 AND path_segment > 0))"
            )
        self._reading, self._source, self._columns, self._small = reading, source, found, small
        self._generation, self._history_version = facts["generation"], facts["history_version"]
        large = [number for number in sizes if number not in small.numbers]
        segments = Segments(reading.rows, large, reading.memory, small)
        self.view = IndexView(
            next(self._numbers), facts["head"], found, history, reading, segments, ceased=bool(ceased)
        )
        return True

    def close(self) -> None:
        """Close the database; the last view keeps what it has read."""
        for reading in (self._reading, self._source):
            if reading is not None:
                reading.close()

    def _load_history(self, reading: Reading, order: bytes, found: Columns) -> HistoryView:
        rows = {row[0]: row for row in reading.rows("SELECT id, sha, timestamp, author, subject, files FROM commits")}
        chosen = [rows[number] for number in np.frombuffer(order, "<u4").tolist() if number in rows]
        self._files = [tuple(row[5].split("\0")) if row[5] else () for row in chosen]
        history = HistoryView(
            subjects=[row[4] for row in chosen],
            timestamps=np.array([row[2] for row in chosen], np.float64),
            shas=[row[1] for row in chosen],
            authors=[row[3] for row in chosen],
        )
        return self._place_history(history, found)

    def _place_history(self, history: HistoryView, found: Columns) -> HistoryView:
        """The same commits with their files as positions in `found`; files that are gone are left out."""
        position: dict[str, int] = {}  # of those in history: of all it would take 3 MB for a moment
        for path in {path for paths in self._files for path in paths}:
            place = bisect.bisect_left(found.paths, path)
            if place < len(found.paths) and found.paths[place] == path:
                position[path] = place
        files: list[NDArray[np.int32]] = [
            np.array([position[path] for path in paths if path in position], np.int32) for paths in self._files
        ]
        return HistoryView(history.subjects, history.timestamps, files, history.shas, history.authors)


def _small(reading: Reading, sizes: Mapping[int, int], before: Small) -> Small:
    """The small ones of some segments (number → postings), from those that were read `before`."""
    numbers = {number for number, postings in sizes.items() if postings <= MOST_POSTINGS}
    known = before if before.numbers <= numbers else Small()
    new = sorted(numbers - known.numbers)
    if not new:
        return known
    query = f"SELECT field, terms, counts, packed FROM blocks WHERE segment IN ({','.join(map(str, new))})"  # noqa: S608
    return known.with_segments(new, reading.rows(query))


def _no_rows(sql: str, arguments: Sequence[object]) -> list[tuple[Any, ...]]:
    return []


def is_transient(error: sqlite3.Error) -> bool:
    """Whether the next attempt may well succeed: the database is busy, or not made yet."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_ERROR
    )  # fmt: skip
