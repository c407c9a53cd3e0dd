"""Find terms in the blocks of some segments: one term's postings, or the most frequent terms that begin with a prefix.

Segments never change, so what was read of one is kept for all views of a connection: a view after a changed file reads
only the new segment, and further letters of a prefix only choose among what is there. Small segments, as a
changed file makes one, are read whole (`small.py`).
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from codemaestro_jupyter.workspace.index import blocks
from codemaestro_jupyter.workspace.index.parts import Part
from codemaestro_jupyter.workspace.index.schema import next_text
from codemaestro_jupyter.workspace.index.small import Small

BEGINNING = 3
"""Letters by which terms are kept together. Shorter prefixes are read each time: nobody who types waits for them."""
REMEMBERED_BYTES = 6_000_000
ENTRY_BYTES = 300
"""What an entry takes beside its text."""
MOST_NEW = 3
"""Segments that came since postings were read, and are read for themselves."""
MOST_COUNTED = 1_500
"""So many terms of smaller segments are looked up one by one in the largest; of more the sums are made anew."""
Rows = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]


class Segments:
    """The segments of one view; `small` holds further ones. Any thread may ask; raises what `rows` raises."""

    def __init__(self, rows: Rows, numbers: Sequence[int], memory: Memory, small: Small | None = None) -> None:
        self._rows = rows
        self._memory = memory
        self._numbers = tuple(int(number) for number in numbers)
        self._small = small or Small()

    def packed(self, field: int, term: str) -> bytes:
        """The packed postings of one term in all segments."""
        for place in range(len(self._numbers), max(-1, len(self._numbers) - MOST_NEW), -1):
            known = self._memory.get((self._numbers[:place], field, term)) if place else b""
            if known is not None:
                break
        else:
            place, known = 0, b""
        if place < len(self._numbers):
            known += self._read(self._numbers[place:], field, term)
            self._memory.put((self._numbers, field, term), known, len(known))
        return known + self._small.packed(field, term)

    def _read(self, segments: Sequence[int], field: int, term: str) -> bytes:
        rows = self._rows(
            f"WITH s(n) AS ({_values(segments)}) SELECT b.terms, b.counts, b.packed FROM s JOIN blocks b ON b.id ="  # noqa: S608
            " (SELECT id FROM blocks WHERE segment = s.n AND field = ? AND first <= ? ORDER BY first DESC LIMIT 1)"
            " WHERE b.last >= ?",
            (field, term, term),
        )
        return b"".join(blocks.find(term, *row) for row in rows)

    def most_frequent(self, field: int, prefix: str, limit: int) -> list[tuple[str, int]]:
        """The first `limit` terms with a prefix by the documents stored for them, then by the alphabet."""
        found = [(part, *part.range(prefix)) for part in self._parts(field, prefix)]
        ranges = sorted((one for one in found if one[1] < one[2]), key=lambda one: one[2] - one[1])
        if not ranges:
            return []
        largest, begin, end = ranges.pop()
        if not ranges:
            return largest.most_frequent(begin, end, limit)
        small = sum(end - begin for _, begin, end in ranges) <= MOST_COUNTED
        sums: dict[str, int] = {}
        if not small:
            sums = dict(zip(largest.terms(begin, end), largest.counts[begin:end].tolist(), strict=True))
        for part, first, after in ranges:
            for term, count in zip(part.terms(first, after), part.counts[first:after].tolist(), strict=True):
                sums[term] = sums.get(term, 0) + count
        if small:  # what they do not hold has its count from the largest alone
            alone = largest.by_frequency(begin, end, limit + len(sums))
            others = dict(itertools.islice((one for one in alone if one[0] not in sums), limit))
            held = sorted(sums)
            sums = {
                term: sums[term] + count for term, count in zip(held, largest.counts_of(held), strict=True)
            } | others
        counts = np.fromiter(sums.values(), np.int64, len(sums))
        least = int(np.partition(counts, len(counts) - limit)[len(counts) - limit]) if limit < len(counts) else 0
        among = [(term, count) for term, count in sums.items() if count >= least]
        return sorted(among, key=lambda one: (-one[1], one[0]))[:limit]

    def by_frequency(self, field: int, prefix: str, limit: int) -> Iterator[tuple[str, int]]:
        """All terms with a prefix in the same order; quick if little more than `limit` of them are taken."""
        given = 0
        while True:
            limit *= 2
            found = self.most_frequent(field, prefix, limit)
            yield from found[given:]
            given = len(found)
            if given < limit:
                return

    def _parts(self, field: int, prefix: str) -> list[Part]:
        start = prefix[:BEGINNING]
        known: dict[int, Part | None] = {number: self._memory.get((number, field, start)) for number in self._numbers}
        missing = [number for number, part in known.items() if part is None]
        if missing:
            found: dict[int, list[tuple[str, str, bytes]]] = {number: [] for number in missing}
            for number, *row in self._rows(
                f"WITH s(n) AS ({_values(missing)}) SELECT s.n, b.first, b.terms, b.counts FROM s CROSS JOIN blocks b"  # noqa: S608
                " WHERE b.segment = s.n AND b.field = ? AND b.first < ? AND b.first >= coalesce((SELECT first FROM"
                " blocks WHERE segment = s.n AND field = ? AND first <= ? ORDER BY first DESC LIMIT 1), '')",
                (field, next_text(start), field, start),
            ):
                found[number].append((row[0], row[1], row[2]))
            for number, rows in found.items():
                rows.sort()  # they are, as SQLite follows its index; asked to sort, it would copy them first
                known[number] = part = Part(rows)
                if len(start) == BEGINNING:
                    self._memory.put((number, field, start), part, part.bytes)
        return [part for part in (*known.values(), self._small.part(field)) if part is not None]


def _values(segments: Sequence[int]) -> str:
    return "VALUES " + ",".join(f"({int(segment)})" for segment in segments)


class Memory:
    """What was read last of segments, for all views of one connection: parts, and postings by the segments they are of.

    A value's key says all that it depends on.
    """

    def __init__(self, most: int = REMEMBERED_BYTES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Any:
        """What is remembered, or None."""
        with self._lock:
            known = self._values.get(key)
            if known is None:
                return None
            self._values.move_to_end(key)
            return known[0]

    def put(self, key: Hashable, value: Part | bytes, size: int) -> None:
        """Remember something of so many bytes, and forget what was not asked for longest."""
        with self._lock:
            if key not in self._values:
                self._values[key] = value, size + ENTRY_BYTES
                self._bytes += size + ENTRY_BYTES
            while self._bytes > self._most and len(self._values) > 1:
                self._bytes -= self._values.popitem(last=False)[1][1]
