"""Find terms in the blocks of some segments: one term's postings, or all terms that begin with a prefix.

Segments never change, so what was read of them is kept for all views of one connection; a view after a changed file
reads only the new segment.
"""

from __future__ import annotations

import bisect
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.workspace.index import blocks
from codemaestro_jupyter.workspace.index.schema import next_text

GROUP = 3
"""Letters by which terms are kept together: further letters of a prefix only choose among what is there."""
REMEMBERED_TERMS = 60_000
"""Terms kept with their counts, all groups together (about 100 bytes each)."""
MOST_IN_GROUP = 20_000
"""Larger groups are read again each time: they are those of one or two letters, which nobody waits for."""
MOST_NEW = 8
"""Segments that came since a group was read and are read for it alone."""
Rows = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]


class Group:
    """Terms with a common beginning, sorted, and in how many stored documents each is."""

    def __init__(self, found: dict[str, int]) -> None:
        self.terms = sorted(found)
        self.counts: NDArray[np.int64] = np.fromiter(map(found.__getitem__, self.terms), np.int64, len(found))

    def range(self, prefix: str) -> tuple[int, int]:
        """Where the terms with a prefix are."""
        begin = bisect.bisect_left(self.terms, prefix)
        return begin, bisect.bisect_left(self.terms, next_text(prefix), begin)

    def most_frequent(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """The first `limit` terms with the prefix by count, highest first, then by the alphabet."""
        begin, end = self.range(prefix)
        counts = self.counts[begin:end]
        if limit < len(counts):
            least = np.partition(counts, len(counts) - limit)[len(counts) - limit]
            among = np.flatnonzero(counts >= least)
        else:
            among = np.arange(len(counts))
        chosen = among[np.argsort(-counts[among], kind="stable")][:limit]
        return [(self.terms[begin + place], int(counts[place])) for place in chosen.tolist()]

    def by_frequency(self, prefix: str) -> Iterator[tuple[str, int]]:
        """All terms with the prefix, in the same order."""
        begin, end = self.range(prefix)
        for place in np.argsort(-self.counts[begin:end], kind="stable"):
            yield self.terms[begin + place], int(self.counts[begin + place])


class Segments:
    """The segments of one view. Any thread may ask; raises what `rows` raises."""

    def __init__(self, rows: Rows, numbers: Sequence[int], memory: Memory) -> None:
        self._rows = rows
        self._memory = memory
        self._numbers = tuple(int(number) for number in numbers)
        self._values = _values(self._numbers)

    def packed(self, field: int, term: str) -> bytes:
        """The packed postings of one term in all segments."""
        if not self._numbers:
            return b""
        rows = self._rows(
            f"WITH s(n) AS ({self._values}) SELECT b.terms, b.counts, b.packed FROM s JOIN blocks b ON b.id ="  # noqa: S608
            " (SELECT id FROM blocks WHERE segment = s.n AND field = ? AND first <= ? ORDER BY first DESC LIMIT 1)"
            " WHERE b.last >= ?",
            (field, term, term),
        )
        return b"".join(blocks.find(term, *row) for row in rows)

    def group(self, field: int, prefix: str) -> Group:
        """The terms that start with the first letters of a prefix (all of it if it is short)."""
        start = prefix[:GROUP]
        key = (self._numbers, field, start)
        known = self._memory.get(key)
        if known is None:
            known = self._extended(field, start) or Group(self._read(self._numbers, field, start))
            self._memory.put(key, known)
        return known

    def _extended(self, field: int, start: str) -> Group | None:
        """The group as an earlier view knew it, with what the newest segments add."""
        for place in range(len(self._numbers) - 1, max(0, len(self._numbers) - 1 - MOST_NEW), -1):
            known = self._memory.get((self._numbers[:place], field, start))
            if known is not None:
                new = self._read(self._numbers[place:], field, start)
                if not new:
                    return known
                found = dict(zip(known.terms, known.counts.tolist(), strict=True))
                for term, count in new.items():
                    found[term] = found.get(term, 0) + count
                return Group(found)
        return None

    def _read(self, segments: Sequence[int], field: int, start: str) -> dict[str, int]:
        found: dict[str, int] = {}
        if not segments:
            return found
        after = next_text(start)
        rows = self._rows(
            f"WITH s(n) AS ({_values(segments)}) SELECT b.terms, b.counts FROM s CROSS JOIN blocks b"  # noqa: S608
            " WHERE b.segment = s.n AND b.field = ? AND b.first < ? AND b.first >= coalesce((SELECT first FROM blocks"
            " WHERE segment = s.n AND field = ? AND first <= ? ORDER BY first DESC LIMIT 1), '')",
            (field, after, field, start),
        )
        for terms, counts in rows:
            names, numbers = terms.split(blocks.SEPARATOR), np.frombuffer(counts, "<u4").tolist()
            begin, end = bisect.bisect_left(names, start), bisect.bisect_left(names, after)
            for name, number in zip(names[begin:end], numbers[begin:end], strict=True):
                found[name] = found.get(name, 0) + number
        return found


def _values(segments: Sequence[int]) -> str:
    return "VALUES " + ",".join(f"({int(segment)})" for segment in segments)


class Memory:
    """The groups read last, for all views of one connection."""

    def __init__(self, most: int = REMEMBERED_TERMS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._groups: OrderedDict[tuple[tuple[int, ...], int, str], Group] = OrderedDict()
        self._terms = 0

    def get(self, key: tuple[tuple[int, ...], int, str]) -> Group | None:
        """A group that is remembered."""
        with self._lock:
            known = self._groups.get(key)
            if known is not None:
                self._groups.move_to_end(key)
            return known

    def put(self, key: tuple[tuple[int, ...], int, str], group: Group) -> None:
        """Remember a group, and forget those not asked for longest."""
        if len(group.terms) > MOST_IN_GROUP:
            return
        with self._lock:
            if key not in self._groups:
                self._groups[key] = group
                self._terms += len(group.terms) + 1
            while self._terms > self._most:
                self._terms -= len(self._groups.popitem(last=False)[1].terms) + 1
