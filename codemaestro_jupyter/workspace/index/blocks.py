"""Pack sorted terms with their postings into blocks of about a page, as dictionaries on disk do, and read them back.

One row per term costs more than most terms' postings. A block holds the terms between its first and its last, how many
documents each is in, and their postings one after the other: four bytes each, 24 bits document and 8 bits frequency.
Which terms begin with a prefix is then read from a few rows without touching postings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Packed = NDArray[np.uint32]
Row = tuple[int, str, str, str, bytes, bytes]
"""field, first term, last term, terms, document frequencies, postings"""
BLOCK_BYTES = 3_600
"""A row that fits into one page of 4 kB with what SQLite adds; a term that alone takes more gets its own row."""
SEPARATOR = "\n"
"""Between the terms of a block; no term holds one: they are words, names and modules."""
_TERM_BYTES = 6


def cut(field: int, terms: Sequence[str], counts: NDArray[np.int64], postings: Packed) -> Iterator[Row]:
    """Rows for one field: `terms` sorted and distinct, `counts` how many of the `postings` belong to each, in order."""
    lengths = np.fromiter(map(len, terms), np.int64, len(terms))
    ends = np.cumsum(lengths + _TERM_BYTES + 4 * counts)
    until = np.concatenate([[0], np.cumsum(counts)])
    packed, frequencies = postings.astype("<u4").tobytes(), counts.astype("<u4")
    begin = 0
    while begin < len(terms):
        used = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, used + BLOCK_BYTES, "right")))
        yield (
            field,
            terms[begin],
            terms[end - 1],
            SEPARATOR.join(terms[begin:end]),
            frequencies[begin:end].tobytes(),
            packed[4 * int(until[begin]) : 4 * int(until[end])],
        )
        begin = end


def each(terms: str, counts: bytes, packed: bytes) -> Iterator[tuple[str, bytes]]:
    """The terms of a block with their packed postings."""
    begin = 0
    for term, count in zip(terms.split(SEPARATOR), np.frombuffer(counts, "<u4").tolist(), strict=True):
        end = begin + 4 * count
        yield term, packed[begin:end]
        begin = end


def find(term: str, terms: str, counts: bytes, packed: bytes) -> bytes:
    """The packed postings of one term of a block; empty if the block does not hold it."""
    among = f"{SEPARATOR}{terms}{SEPARATOR}"
    found = among.find(f"{SEPARATOR}{term}{SEPARATOR}")  # four times as fast as splitting
    if found < 0:
        return b""
    place = among.count(SEPARATOR, 0, found)
    frequencies = np.frombuffer(counts, "<u4")
    begin = 4 * int(frequencies[:place].sum())
    return packed[begin : begin + 4 * int(frequencies[place])]


def unpack(packed: bytes) -> Packed:
    """Packed postings as numbers."""
    return np.frombuffer(packed, "<u4").astype(np.uint32, copy=False)
