"""Build a segment in memory, write it, and merge segments that became many.

A segment is the postings of some documents, written once. Postings of a living document are never changed: a changed
file is a new document in a new segment, and its old number ceases.
"""

from __future__ import annotations

import heapq
import sqlite3
import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.workspace.index.schema import FIELD_NUMBER, FIELDS, MOST_FREQUENCY, FieldName

FAN_IN = 8
"""This many segments of about one size become one; the same factor separates the sizes."""
SMALLEST = 4_000
"""Postings; segments below this are of one size."""
ROWS_AT_ONCE = 2_000


class SegmentBuilder:
    """Inverts documents: field and term → documents with frequencies."""

    def __init__(self) -> None:
        self.postings = 0
        self.terms = 0
        # A term seen once holds a plain number, which takes a quarter of an array's memory: most terms are seen once.
        self._fields: list[dict[str, int | array[int]]] = [{} for _ in FIELDS]

    def add(self, document: int, field: FieldName, counts: Mapping[str, int]) -> None:
        """Add one document's term counts in one field."""
        terms = self._fields[FIELD_NUMBER[field]]
        before = len(terms)
        for term, count in counts.items():
            packed = document << 8 | (count if count < MOST_FREQUENCY else MOST_FREQUENCY)
            known = terms.setdefault(term, packed)
            if known is not packed:
                if isinstance(known, int):
                    terms[term] = array("I", (known, packed))
                else:
                    known.append(packed)
        self.postings += len(counts)
        self.terms += len(terms) - before

    def rows(self) -> Iterator[tuple[int, str, bytes]]:
        """(field, term, packed postings) in the order of the table's key."""
        for field, terms in enumerate(self._fields):
            for term in sorted(terms):
                known = terms[term]
                yield field, term, pack(array("I", (known,)) if isinstance(known, int) else known)

    def write(self, connection: sqlite3.Connection, segment: int) -> None:
        """Insert the segment; raises `sqlite3.Error`."""
        rows = ((segment, *row) for row in self.rows())
        connection.executemany("INSERT INTO postings VALUES (?, ?, ?, ?)", rows)
        connection.execute("INSERT INTO segments VALUES (?, ?)", (segment, self.postings))


def pack(postings: array[int]) -> bytes:
    """Little-endian bytes of packed postings."""
    if sys.byteorder == "big":
        postings = array("I", postings)
        postings.byteswap()
    return postings.tobytes()


def unpack(packed: bytes) -> array[int]:
    """The packed postings of such bytes."""
    postings = array("I", packed)
    if sys.byteorder == "big":
        postings.byteswap()
    return postings


def segments_to_merge(sizes: Mapping[int, int]) -> list[int]:
    """Which segments (id → postings) to make one: the oldest `FAN_IN` or more of the smallest size that has so many."""
    groups: dict[int, list[int]] = {}
    for segment, postings in sorted(sizes.items()):
        level, limit = 0, SMALLEST
        while postings >= limit:
            level, limit = level + 1, limit * FAN_IN
        groups.setdefault(level, []).append(segment)
    return next((group for _, group in sorted(groups.items()) if len(group) >= FAN_IN), [])


def merged_rows(
    database: Database, sources: Sequence[int], dropped: frozenset[int]
) -> Iterator[tuple[int, str, bytes]]:
    """(field, term, packed postings) of several segments as one, without the documents `dropped`."""
    current: tuple[int, str] | None = None
    parts: list[bytes] = []
    for field, term, packed in heapq.merge(*(stored_rows(database, segment) for segment in sources)):
        if (field, term) != current:
            if current is not None and (joined := _joined(parts, dropped)):
                yield *current, joined
            current, parts = (field, term), []
        parts.append(packed)
    if current is not None and (joined := _joined(parts, dropped)):
        yield *current, joined


def stored_rows(database: Database, segment: int) -> Iterator[tuple[int, str, bytes]]:
    """(field, term, packed postings) of one segment, by pages: no statement stays open between two of them."""
    last: tuple[int, str] = (-1, "")
    while True:
        page = database.read(
            "SELECT field, term, packed FROM postings WHERE segment = ? AND (field, term) > (?, ?)"
            " ORDER BY field, term LIMIT ?",
            (segment, *last, ROWS_AT_ONCE),
        )
        yield from page
        if len(page) < ROWS_AT_ONCE:
            return
        last = page[-1][0], page[-1][1]


def _joined(parts: Sequence[bytes], dropped: frozenset[int]) -> bytes:
    packed = b"".join(parts)
    if not dropped:
        return packed
    return pack(array("I", [posting for posting in unpack(packed) if posting >> 8 not in dropped]))
