"""Segments of a few files, read whole when they come: each changed file makes one.

Asking them for each term of a question took longer than all else that a question takes right after a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from codemaestro_jupyter.workspace.index import blocks
from codemaestro_jupyter.workspace.index.parts import Part

MOST_POSTINGS = 4_000
"""A segment with more is asked term by term; those below are merged once they are a few."""
Row = tuple[int, str, bytes, bytes]
"""field, terms, document frequencies, postings"""
Postings = Mapping[int, Mapping[str, bytes]]


class Small:
    """What some small segments (`numbers`) hold together, by field and term; it never changes."""

    def __init__(self, numbers: frozenset[int] = frozenset(), postings: Postings | None = None) -> None:
        self.numbers = numbers
        self._postings = postings or {}
        self._parts = {field: _part(terms) for field, terms in self._postings.items()}

    def with_segments(self, numbers: Iterable[int], rows: Iterable[Row]) -> Small:
        """These and further segments, of which `rows` are the blocks."""
        postings = {field: dict(terms) for field, terms in self._postings.items()}
        for field, terms, counts, packed in rows:
            of_field = postings.setdefault(field, {})
            for term, found in blocks.each(terms, counts, packed):
                of_field[term] = of_field.get(term, b"") + found
        return Small(self.numbers | frozenset(numbers), postings)

    def packed(self, field: int, term: str) -> bytes:
        """The packed postings of one term."""
        terms = self._postings.get(field)
        return terms.get(term, b"") if terms else b""

    def part(self, field: int) -> Part | None:
        """The terms of one field."""
        return self._parts.get(field)


def _part(terms: Mapping[str, bytes]) -> Part:
    names = sorted(terms)
    return Part.of_names(names, np.array([len(terms[name]) // 4 for name in names], "<u4"))
