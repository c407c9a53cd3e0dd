"""Build a segment in memory, write it, and merge segments that became many.

A segment is the postings of some documents, written once. Postings of a living document are never changed: a changed
file is a new document in a new segment, and its old number ceases.
"""

from __future__ import annotations

import heapq
import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.workspace.index import blocks
from codemaestro_jupyter.workspace.index.schema import FIELD_NUMBER, FIELDS, MOST_FREQUENCY, FieldName

FAN_IN = 8
"""This many segments of about one size become one; the same factor separates the sizes."""
SMALLEST = 4_000
"""Postings; segments below this are of one size."""
BLOCKS_AT_ONCE = 100
INSERT = "INSERT INTO blocks (segment, field, first, last, terms, counts, packed) VALUES (?, ?, ?, ?, ?, ?, ?)"


class _Gathered:
    """One field of a segment in the making: term number and packed posting, side by side, in the order they came."""

    def __init__(self) -> None:
        self.numbers: defaultdict[str, int] = defaultdict(itertools.count().__next__)  # one that is new gets the next
        self.terms: list[NDArray[np.int32]] = []
        self.packed: list[blocks.Packed] = []

    def rows(self, field: int) -> Iterator[blocks.Row]:
        ordered = sorted(self.numbers)
        if not ordered:
            return
        rank = np.empty(len(ordered), np.int32)
        rank[np.fromiter(map(self.numbers.__getitem__, ordered), np.int64, len(ordered))] = np.arange(len(ordered))
        terms = rank[np.concatenate(self.terms)]
        # As a stable `argsort`, several times as fast: numpy sorts plain numbers by whole registers.
        places = np.sort(terms.astype(np.int64) << 32 | np.arange(len(terms))) & 0xFFFF_FFFF
        packed = np.concatenate(self.packed)[places]
        yield from blocks.cut(field, ordered, np.bincount(terms, minlength=len(ordered)), packed)


class SegmentBuilder:
    """Inverts documents: field and term → documents with frequencies."""

    def __init__(self) -> None:
        self.postings = 0
        self.terms = 0
        self._fields = [_Gathered() for _ in FIELDS]

    def add(self, document: int, field: FieldName, counts: Mapping[str, int]) -> None:
        """Add one document's term counts in one field."""
        if not counts:
            return
        gathered = self._fields[FIELD_NUMBER[field]]
        numbers, before = gathered.numbers, len(gathered.numbers)
        gathered.terms.append(np.fromiter(map(numbers.__getitem__, counts), np.int32, len(counts)))
        frequencies = np.minimum(np.fromiter(counts.values(), np.int64, len(counts)), MOST_FREQUENCY)
        gathered.packed.append(frequencies.astype(np.uint32) | np.uint32(document << 8))
        self.postings += len(counts)
        self.terms += len(numbers) - before

    def rows(self) -> Iterator[blocks.Row]:
        """The segment's blocks in the order of the table's key."""
        for field, gathered in enumerate(self._fields):
            yield from gathered.rows(field)

    def write(self, connection: sqlite3.Connection, segment: int) -> None:
        """Insert the segment; raises `sqlite3.Error`."""
        connection.executemany(INSERT, ((segment, *row) for row in self.rows()))
        connection.execute("INSERT INTO segments VALUES (?, ?)", (segment, self.postings))


def segments_to_merge(sizes: Mapping[int, int]) -> list[int]:
    """Which segments (id → postings) to make one: the oldest `FAN_IN` or more of the smallest size that has so many."""
    groups: dict[int, list[int]] = {}
    for segment, postings in sorted(sizes.items()):
        level, limit = 0, SMALLEST
        while postings >= limit:
            level, limit = level + 1, limit * FAN_IN
        groups.setdefault(level, []).append(segment)
    return next((group for _, group in sorted(groups.items()) if len(group) >= FAN_IN), [])


Term = tuple[int, str, bytes]
"""field, term, packed postings"""


def merged_rows(
    database: Database, sources: Sequence[int], dropped: frozenset[int], terms_at_once: int
) -> Iterator[list[blocks.Row]]:
    """The blocks of several segments as one, without the documents `dropped`, some terms at a time."""
    gone = np.zeros(max(dropped, default=-1) + 1, bool)
    gone[list(dropped)] = True
    streams = [stored_terms(database, segment) for segment in sources]
    for field, terms in itertools.groupby(heapq.merge(*streams), key=lambda term: term[0]):
        some: list[Term] = []
        for term in terms:
            if len(some) >= terms_at_once and term[1] != some[-1][1]:
                yield list(_joined(field, some, gone))
                some = []
            some.append(term)
        yield list(_joined(field, some, gone))


def _joined(field: int, some: Sequence[Term], gone: NDArray[np.bool_]) -> Iterator[blocks.Row]:
    """Blocks of terms in order, each as often as there are segments that hold it."""
    names: list[str] = []
    owners, counts = np.empty(len(some), np.int64), np.empty(len(some), np.int64)
    for place, (_, term, packed) in enumerate(some):
        if not names or names[-1] != term:
            names.append(term)
        owners[place], counts[place] = len(names) - 1, len(packed) // 4
    postings = blocks.unpack(b"".join(packed for _, _, packed in some))
    owner = np.repeat(owners, counts)
    documents = postings >> 8
    dead = (documents < len(gone)) & gone[np.minimum(documents, len(gone) - 1)] if len(gone) else None
    if dead is not None and dead.any():
        postings, owner = postings[~dead], owner[~dead]
    living = np.bincount(owner, minlength=len(names))
    if not living.all():
        names, living = list(itertools.compress(names, (living > 0).tolist())), living[living > 0]
    return blocks.cut(field, names, living, postings)


def stored_terms(database: Database, segment: int) -> Iterator[Term]:
    """(field, term, packed postings) of one segment, by pages: no statement stays open between two of them."""
    for field, _, _, terms, counts, packed in stored_rows(database, segment):
        for term, postings in blocks.each(terms, counts, packed):
            yield field, term, postings


def stored_rows(database: Database, segment: int) -> Iterable[blocks.Row]:
    """The blocks of one segment in order."""
    last: tuple[int, str] = (-1, "")
    while True:
        page = database.read(
            "SELECT field, first, last, terms, counts, packed FROM blocks WHERE segment = ?"
            " AND (field, first) > (?, ?) ORDER BY field, first LIMIT ?",
            (segment, *last, BLOCKS_AT_ONCE),
        )
        yield from page
        if len(page) < BLOCKS_AT_ONCE:
            return
        last = page[-1][0], page[-1][1]
