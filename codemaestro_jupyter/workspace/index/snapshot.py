"""The documents of one generation as numpy columns, loaded from the database whole or by what changed since.

Documents are in the order of their paths, so that the same files give the same numbers however the index came to be.
"""

from __future__ import annotations

import bisect
import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.workspace.index.schema import SKIPPED
from codemaestro_jupyter.workspace.index.terms import Memory

_COLUMNS = "id, size, mtime, path_length, tokens, symbol_length"
_LIVING = f"died = 0 AND state < {SKIPPED}"
ROWS_AT_ONCE = 2_000
RELOAD_SHARE = 4
"""With more than one in this many documents changed, loading all of them is faster."""


class Reading:
    """A connection that only reads; views made from it keep it open, though its file may be replaced meanwhile.

    Any thread may use it, one at a time. Raises `sqlite3.Error` if the file is missing, not a database, or busy.
    """

    def __init__(self, path: Path) -> None:
        self._file = _identity(path)
        self._lock = threading.RLock()
        self.memory = Memory()
        """What was read of segments, which never change."""
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=2.0, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("PRAGMA query_only = ON")
            self._connection.execute("PRAGMA trusted_schema = OFF")
            [(self.identity,)] = self.rows("SELECT value FROM facts WHERE name = 'identity'")
        except BaseException:
            self._connection.close()
            raise

    def is_of(self, path: Path) -> bool:
        """Whether the file at `path` is still the one that was opened."""
        return self._file is not None and self._file == _identity(path)

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(sql, arguments).fetchall()

    def pages(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        """The same, some rows at a time: all of a large project's would take more memory than what is kept of them."""
        with self._lock:
            cursor = self._connection.execute(sql)
            while page := cursor.fetchmany(ROWS_AT_ONCE):
                yield page

    @contextlib.contextmanager
    def unchanging(self) -> Iterator[None]:
        """All queries of the block see one state of the database."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection; closing twice is fine."""
        with self._lock:
            self._connection.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, sqlite3.Error):
            self._connection.close()


@dataclass(frozen=True, slots=True)
class Columns:
    """One entry per document, by path; `dense` turns the database's number into the position here, or -1."""

    paths: list[str]
    numbers: NDArray[np.int32]
    sizes: NDArray[np.float32]
    modified: NDArray[np.float64]
    path_lengths: NDArray[np.float32]
    tokens: NDArray[np.float32]
    symbol_lengths: NDArray[np.float32]
    dense: NDArray[np.int32]


def columns(paths: list[str], numbers: NDArray[np.int32], *values: NDArray[Any]) -> Columns:
    """Columns from those of `_values`."""
    dense = np.full(int(numbers.max(initial=0)) + 1, -1, np.int32)
    dense[numbers] = np.arange(len(paths), dtype=np.int32)
    sizes, modified, path_lengths, tokens, symbol_lengths = values
    return Columns(paths, numbers, sizes, modified, path_lengths, tokens, symbol_lengths, dense)


def nothing_yet() -> Columns:
    """No document."""
    return columns([], *_values(()))


def load_all(reading: Reading) -> Columns:
    """Every living document."""
    paths: list[str] = []
    parts = [_values(())]
    for page in reading.pages(f"SELECT path, {_COLUMNS} FROM docs WHERE {_LIVING} ORDER BY path"):  # noqa: S608
        paths += [row[0] for row in page]
        parts.append(_values([row[1:] for row in page]))
    return columns(paths, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def load_changes(reading: Reading, old: Columns, since: int) -> Columns:
    """The living documents, given those of generation `since`; equal to `load_all`."""
    rows = reading.rows(f"SELECT path, {_LIVING}, {_COLUMNS} FROM docs WHERE changed > ?", (since,))  # noqa: S608
    if len(rows) * RELOAD_SHARE > len(old.paths):
        return load_all(reading)
    position_of = old.dense
    gone: list[tuple[int, tuple[Any, ...]]] = []
    kept: list[tuple[int, tuple[Any, ...]]] = []
    born: list[tuple[Any, ...]] = []
    for row in rows:
        number, living = row[2], row[1]
        position = int(position_of[number]) if number < len(position_of) else -1
        if position >= 0:
            (kept if living else gone).append((position, row))
        elif living:
            born.append(row)
    born.sort()
    without = [position for position, _ in gone]
    paths = old.paths
    if gone:
        ceased = set(without)
        paths = [path for position, path in enumerate(paths) if position not in ceased]
    places = [bisect.bisect_left(paths, row[0]) for row in born]
    if born:
        paths = paths.copy() if paths is old.paths else paths
        for shift, (place, row) in enumerate(zip(places, born, strict=True)):
            paths.insert(place + shift, row[0])
    at = [position for position, _ in kept]
    again, new = _values([row[2:] for _, row in kept]), _values([row[2:] for row in born])
    before: tuple[NDArray[Any], ...] = (
        old.numbers, old.sizes, old.modified, old.path_lengths, old.tokens, old.symbol_lengths,
    )  # fmt: skip
    changed = []
    for column, other, coming in zip(before, again, new, strict=True):  # one by one: a table of all would take 2 MB
        column = column.copy()
        column[at] = other
        column = np.delete(column, without) if without else column
        changed.append(np.insert(column, places, coming) if places else column)
    return columns(paths, *changed)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _values(rows: Sequence[tuple[Any, ...]]) -> tuple[NDArray[Any], ...]:
    """Rows of `_COLUMNS` as columns of `Columns`: number, size, seconds of change, and the three lengths."""
    numbers, sizes, times, *lengths = zip(*rows, strict=True) if rows else [()] * 6
    f32 = [np.array(column, np.float32) for column in (sizes, *lengths)]
    return np.array(numbers, np.int32), f32[0], np.array(times, np.float64) / 1e9, *f32[1:]
