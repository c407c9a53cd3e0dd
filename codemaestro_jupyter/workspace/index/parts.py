"""Sorted terms of one segment and field, and in how many documents each of them is."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.workspace.index import blocks
from codemaestro_jupyter.workspace.index.schema import next_text

Counts = NDArray[np.uint32]


class Part:
    """The blocks of one segment and field that may hold terms with one beginning; texts are split when asked for."""

    def __init__(self, rows: Sequence[tuple[str, str, bytes]]) -> None:
        self._firsts = [first for first, _, _ in rows]
        self._texts = [terms for _, terms, _ in rows]
        self.counts: Counts = np.frombuffer(b"".join(counts for _, _, counts in rows), "<u4")
        lengths = np.array([len(counts) // 4 for _, _, counts in rows], np.int64)
        self._starts: list[int] = [0, *np.cumsum(lengths).tolist()]
        self._split: list[str] | None = None
        self.bytes = sum(len(terms) + len(counts) + 100 for _, terms, counts in rows)

    @classmethod
    def of_names(cls, names: list[str], counts: Counts) -> Part:
        """From sorted terms that are kept split, for what is asked often."""
        part = cls([(names[0], "", counts.tobytes())] if names else [])
        part._split = names
        return part

    def range(self, prefix: str) -> tuple[int, int]:
        """The positions of the terms with a prefix."""
        return self._place(prefix), self._place(next_text(prefix))

    def terms(self, begin: int, end: int) -> list[str]:
        """The terms at the positions from `begin` to `end`."""
        found: list[str] = []
        block = bisect.bisect_right(self._starts, begin) - 1
        while begin < end:
            start = self._starts[block]
            found += self._names(block)[begin - start : end - start]
            block += 1
            begin = self._starts[block]
        return found

    def counts_of(self, terms: Iterable[str]) -> Iterator[int]:
        """In how many documents each of these terms is, 0 for those that are not here; quick if they are sorted."""
        last, names = -1, [""]
        for term in terms:
            block = bisect.bisect_right(self._firsts, term) - 1
            if block != last and block >= 0:
                last, names = block, self._names(block)
            place = bisect.bisect_left(names, term)
            found = block >= 0 and place < len(names) and names[place] == term
            yield int(self.counts[self._starts[block] + place]) if found else 0

    def most_frequent(self, begin: int, end: int, limit: int) -> list[tuple[str, int]]:
        """The `limit` terms of a range with the highest counts, highest first, then by the alphabet."""
        return list(itertools.islice(self.by_frequency(begin, end, limit), limit))

    def by_frequency(self, begin: int, end: int, limit: int) -> Iterator[tuple[str, int]]:
        """The same, one by one."""
        for place in (highest(self.counts[begin:end], limit) + begin).tolist():
            yield self.terms(place, place + 1)[0], int(self.counts[place])

    def _place(self, text: str) -> int:
        """How many terms are before a text."""
        block = bisect.bisect_right(self._firsts, text) - 1
        return self._starts[block] + bisect.bisect_left(self._names(block), text) if block >= 0 else 0

    def _names(self, block: int) -> list[str]:
        return self._split if self._split is not None else self._texts[block].split(blocks.SEPARATOR)


def highest(counts: NDArray[Any], limit: int) -> NDArray[np.intp]:
    """Positions of the `limit` highest counts, highest first, equal ones in order."""
    if limit < len(counts):
        among = np.flatnonzero(counts >= np.partition(counts, len(counts) - limit)[len(counts) - limit])
    else:
        among = np.arange(len(counts))
    return among[np.argsort(-counts[among].astype(np.int64), kind="stable")][:limit]
