"""Names and the documents that carry them, as two arrays: a list per name would cost ten times that."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.predict.project import Documents

SORTED_BY = 6
_NO_DOCUMENTS: Documents = np.zeros(0, np.int32)


class Names:
    """Sorted names, each with its documents in order."""

    def __init__(self, names: list[str], documents: Documents, counts: NDArray[np.int64]) -> None:
        self.sorted = names
        self.documents = documents
        self._begin = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)

    @classmethod
    def of_pairs(cls, pairs: Iterable[tuple[str, int]]) -> Names:
        """From (name, document), in any order."""
        names: list[str] = []
        counts: list[int] = []
        documents: list[int] = []
        for name, document in _in_order(pairs):
            documents.append(document)
            if names and names[-1] == name:
                counts[-1] += 1
            else:
                names.append(name)
                counts.append(1)
        return cls(names, np.array(documents, np.int32), np.array(counts, np.int64))

    def of(self, name: str) -> Documents:
        """Documents of that name."""
        place = bisect.bisect_left(self.sorted, name)
        if place == len(self.sorted) or self.sorted[place] != name:
            return _NO_DOCUMENTS
        return self.documents[self._begin[place] : self._begin[place + 1]]

    def renumbered(self, moved: Documents, added: Sequence[tuple[str, int]]) -> Names:
        """The same with other numbers: `moved` gives each document's, growing, or -1 if it is gone; and a few more."""
        documents = moved[self.documents]
        living = documents >= 0
        owners = np.repeat(np.arange(len(self.sorted), dtype=np.int32), np.diff(self._begin))
        counts = np.bincount(owners[living], minlength=len(self.sorted))
        names = list(itertools.compress(self.sorted, (counts > 0).tolist()))
        documents, counts = documents[living], counts[counts > 0]
        for name, document in added:
            place = bisect.bisect_left(names, name)
            if place == len(names) or names[place] != name:
                names.insert(place, name)
                counts = np.insert(counts, place, 0)
            begin = int(counts[:place].sum())
            own = documents[begin : begin + int(counts[place])]
            at = int(np.searchsorted(own, document))
            if at == len(own) or own[at] != document:
                documents = np.insert(documents, begin + at, document)
                counts[place] += 1
        return Names(names, documents, counts)


def _in_order(pairs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """The distinct pairs in order, sorted by parts: sorting 50,000 at once would hold the interpreter for 25 ms."""
    parts: dict[str, set[tuple[str, int]]] = {}
    for pair in pairs:
        parts.setdefault(pair[0][:SORTED_BY], set()).add(pair)
    return [pair for start in sorted(parts) for pair in sorted(parts[start])]
