"""What the index knows at one moment: immutable, postings read from SQLite when they are first asked for.

Nothing here writes. A view stays usable while the index moves on; asked for a term it has not read yet, it may then
miss documents that ceased since, never invent one.
"""

from __future__ import annotations

import bisect
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.types import RelPath, Symbol
from codemaestro_jupyter.workspace.index.documents import read_outline
from codemaestro_jupyter.workspace.index.schema import FIELD_NUMBER, FieldName, word_key
from codemaestro_jupyter.workspace.index.snapshot import Columns, Reading
from codemaestro_jupyter.workspace.index.terms import Segments

Postings = tuple[NDArray[np.int32], NDArray[np.float32]]
CACHED_POSTINGS = 400_000
"""Postings a view keeps decoded (8 bytes each)."""
ENTRY = 60
"""What an entry takes beside its postings, in postings."""
CACHED_PREFIXES = 256
UNREADABLE = (sqlite3.Error, UnicodeEncodeError)
"""Closed, broken or busy: a prediction without one term beats none, and the index is repaired. Half a character, as a
browser may send it: nothing is stored under that."""
NO_LENGTHS = np.zeros(0, np.float32)
NOTHING: Postings = (np.zeros(0, np.int32), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Ancestors of HEAD without merges, newest first; `files` are positions in the view's `paths`."""

    subjects: Sequence[str] = ()
    timestamps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    files: Sequence[NDArray[np.int32]] = ()
    shas: Sequence[str] = ()
    authors: Sequence[str] = ()


class FieldView:
    """One field of a view: postings, document frequencies and lengths (terms per document, float32)."""

    def __init__(self, view: IndexView, name: FieldName, lengths: NDArray[np.float32]) -> None:
        self.name = name
        self.lengths = lengths
        self._view = view
        self._number = FIELD_NUMBER[name]

    def postings(self, term: str) -> Postings:
        """Documents (int32, in no particular order, each once) that hold the term, and how often (float32, ≤ 255)."""
        return self._view._postings(self._number, term)

    def df(self, term: str) -> int:
        """In how many documents the term occurs."""
        return len(self.postings(term)[0])

    def complete(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Terms that start with `prefix` and their document frequencies, most frequent first, then by the alphabet."""
        return self._view._complete(self._number, prefix, limit)


class IndexView:
    """The index at one generation. Cheap to hold; any thread may ask, and the answers never change.

    `paths` (POSIX, relative, sorted) gives documents their numbers 0…n-1; `sizes` are bytes (float32[n]), `tokens`
    content terms (float32[n]), `modified` seconds since the epoch (float64[n]).
    """

    def __init__(
        self,
        generation: int,
        head: str,
        columns: Columns,
        history: HistoryView,
        reading: Reading | None,
        segments: Segments,
        ceased: bool,
    ) -> None:
        self.generation = generation
        self.head = head
        self.paths = columns.paths
        self.sizes = columns.sizes
        self.tokens = columns.tokens
        self.modified = columns.modified
        self.history = history
        self._columns = columns
        self._reading = reading
        self._ceased = ceased  # some stored postings belong to documents that are not in `paths`
        self._segments = segments
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[int, str], Postings] = OrderedDict()
        self._cached = 0
        self._prefixes: OrderedDict[tuple[int, str, int], list[tuple[str, int]]] = OrderedDict()
        self._lengths: dict[FieldName, NDArray[np.float32]] = {
            "path": columns.path_lengths, "content": columns.tokens, "symbols": columns.symbol_lengths,
        }  # fmt: skip

    def field(self, name: FieldName) -> FieldView:
        """`path`, `content` or `symbols` (terms as tokens.py cuts them); `names` and `imports` (as written)."""
        # Made when asked for: a view that held them would be a cycle, and live on until the collector comes by.
        return FieldView(self, name, self._lengths.get(name, NO_LENGTHS))

    def position(self, path: str) -> int | None:
        """The document number of a path."""
        found = bisect.bisect_left(self.paths, path)
        return found if found < len(self.paths) and self.paths[found] == path else None

    def words(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Words as written in the project that start with `prefix` in any case, most frequent first."""
        found = self._complete(FIELD_NUMBER["words"], prefix.lower(), limit)
        return [(key.rpartition("\x01")[2], count) for key, count in found]

    def uses(self, term: str) -> NDArray[np.int32]:
        """Documents that contain this identifier, as written (three characters and longer)."""
        return self._postings(FIELD_NUMBER["words"], word_key(term))[0]

    def definitions(self, name: str) -> list[Symbol]:
        """Where a name is defined, by path and line; `Client.get` asks for `get` inside `Client`.

        A name may hold dots itself, as R's `print.data.frame` does.
        """
        last = name.rpartition(".")[2]
        found = []
        for word in dict.fromkeys((last, name)):
            for document in sorted(self._postings(FIELD_NUMBER["names"], word)[0].tolist()):
                for symbol in self.outline(document)[0]:
                    qualified = symbol.qualified or symbol.name
                    if symbol.name == word and (qualified == name or word == name or qualified.endswith(f".{name}")):
                        found.append(symbol)
        return found

    def outline(self, document: int) -> tuple[tuple[Symbol, ...], tuple[str, ...]]:
        """The symbols (without docstrings) and imports of a document."""
        number = int(self._columns.numbers[document])
        rows = self._rows("SELECT outline FROM outlines WHERE doc = ?", (number,))
        return read_outline(rows[0][0], RelPath(self.paths[document])) if rows else ((), ())

    # -- reading ------------------------------------------------------------------------------------

    def _rows(self, sql: str, arguments: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            return self._reading.rows(sql, arguments) if self._reading is not None else []
        except UNREADABLE:
            return []

    def _postings(self, field: int, term: str) -> Postings:
        key = (field, term)
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
                return known
        try:
            packed = self._segments.packed(field, term)
        except UNREADABLE:
            packed = b""
        found = self._decode(packed) if packed else NOTHING
        with self._lock:
            if key not in self._cache:
                self._cache[key] = found
                self._cached += len(found[0]) + ENTRY
                while self._cached > CACHED_POSTINGS:
                    _, old = self._cache.popitem(last=False)
                    self._cached -= len(old[0]) + ENTRY
        return found

    def _decode(self, packed: bytes) -> Postings:
        postings = np.frombuffer(packed, "<u4")
        documents = postings >> 8
        dense = self._columns.dense
        if len(documents) and int(documents.max()) >= len(dense):
            postings = postings[documents < len(dense)]
            documents = postings >> 8
        positions = dense[documents]
        frequencies = (postings & 255).astype(np.float32)
        living = positions >= 0
        if not living.all():
            positions, frequencies = positions[living], frequencies[living]
        positions.setflags(write=False)
        frequencies.setflags(write=False)
        return positions, frequencies

    def _complete(self, field: int, prefix: str, limit: int) -> list[tuple[str, int]]:
        key = (field, prefix, limit)
        with self._lock:
            known = self._prefixes.get(key)
        if known is None:
            known = self._completions(field, prefix, limit) if prefix and limit > 0 else []
            with self._lock:
                self._prefixes[key] = known
                while len(self._prefixes) > CACHED_PREFIXES:
                    self._prefixes.popitem(last=False)
        return list(known)

    def _completions(self, field: int, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Stored counts are exact or, where documents ceased, upper bounds: then count until no bound can be better."""
        try:
            if not self._ceased:
                return self._segments.most_frequent(field, prefix, limit)
            best: list[tuple[int, str]] = []
            for term, most in self._segments.by_frequency(field, prefix, limit):
                if len(best) == limit and (-most, term) > best[-1]:
                    break
                if count := len(self._postings(field, term)[0]):
                    bisect.insort(best, (-count, term))
                    del best[limit:]
        except UNREADABLE:
            return []
        return [(term, -count) for count, term in best]
