"""Okapi BM25 over one field, with weak length normalisation for contents: long hub files are right more often.

`k1 = 3, b = 0.15` for contents beat the textbook's 1.2 and 0.75 by 6-8 points of hit@3 in the prediction research; the
other fields are short, where the textbook's values hold. (Robertson & Zaragoza 2009, section 3.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from codemaestro_jupyter.predict.kept import Kept
from codemaestro_jupyter.predict.memory import apart
from codemaestro_jupyter.predict.project import Documents, Floats
from codemaestro_jupyter.predict.question import Question

COMPLETIONS = 12
"""Words that a half-typed one may become; more blur it."""
FEW, FETCHED = 8, 24
"""Completions asked of the index at once, as a prefix is looked up once for all who ask for more than a few: once a
file changed, each takes reading its documents."""
KEPT_WEIGHTS = 120_000
"""Weights that a field keeps (4 bytes each, and the documents' numbers, which the view may have forgotten)."""
SHORTEST_SEGMENT = 3
"""Two letters begin thousands of words: slow to look up, and they say nothing."""


@dataclass(frozen=True, slots=True)
class Constants:
    """`k1`: how soon repetitions stop counting; `b`: how much a long document is marked down (0-1)."""

    k1: float
    b: float


CONTENT, PATH, SYMBOLS, SUBJECTS = Constants(3.0, 0.15), Constants(1.2, 0.3), Constants(1.2, 0.75), Constants(1.0, 0.6)

TEXTBOOK = Constants(1.2, 0.75)
"""For contents once more: where a short file repeats the words, it is about them."""


@dataclass(frozen=True, slots=True)
class FieldScores:
    """What one field says about every document, float32[n] each."""

    told: Floats
    """Sum over the complete terms, each by how telling it is in requests."""
    covered: Floats
    """Share of the question's weight whose terms the document holds at all, 0-1."""
    best: Floats
    """The single strongest term."""
    exact: Floats
    """The half-typed word as it stands."""
    begun: Floats
    """The best of the words that it may become."""


class Field:
    """One field's postings with its length norms. `postings(term)` gives documents (each once) and frequencies."""

    def __init__(
        self,
        postings: Callable[[str], tuple[Documents, Floats]],
        complete: Callable[[str, int], list[tuple[str, int]]],
        lengths: Floats,
        constants: Constants,
        fetched: int = COMPLETIONS,
    ) -> None:
        self._fetched = fetched
        self.postings = postings
        self._kept: Kept[str, tuple[Documents, Floats]] = Kept(KEPT_WEIGHTS, lambda one: len(one[0]) + 50)
        self._complete = complete
        self._n = len(lengths)
        average = max(1.0, float(lengths.mean())) if len(lengths) else 1.0
        [self._norm] = apart(1, self._n)
        self._norm[:] = constants.k1 * (1 - constants.b + constants.b * lengths / average)
        self._gain = constants.k1 + 1

    def complete(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """At most `limit` (`fetched` at most) terms that start with the prefix, most frequent first."""
        return self._complete(prefix, FEW if limit <= FEW else self._fetched)[:limit]

    def weights(self, term: str) -> tuple[Documents, Floats]:
        """Documents that hold the term and its BM25 weight there; not to be changed."""
        return self._kept.get(term, self._weights)

    def _weights(self, term: str) -> tuple[Documents, Floats]:
        documents, frequencies = self.postings(term)
        if not len(documents):
            return documents, frequencies
        return documents, self.idf(len(documents)) * self._gain * frequencies / (frequencies + self._norm[documents])

    def idf(self, documents: int) -> float:
        """Rarity of a term that so many documents hold; never negative."""
        return math.log(1 + (self._n - documents + 0.5) / (documents + 0.5))

    def scores(self, question: Question, telling: Sequence[float], into: Floats | None = None) -> FieldScores:
        """All scores of a question; `telling` weighs its `terms`. `into` are zeros [score, document] to write on."""
        told, covered, best, exact, begun = np.zeros((5, self._n), np.float32) if into is None else into
        total = 1e-6
        for term, weight in zip(question.terms, telling, strict=True):
            documents, weights = self.weights(term)
            rarity = self.idf(len(documents)) * weight
            total += rarity
            if len(documents):
                weights = weights * np.float32(weight)
                told[documents] += weights
                covered[documents] += np.float32(rarity)
                best[documents] = np.maximum(best[documents], weights)
        for term in question.ending:
            documents, weights = self.weights(term)
            exact[documents] += weights
        if len(question.segment) >= SHORTEST_SEGMENT:
            for term, _ in self.complete(question.segment, COMPLETIONS):
                if term not in question.terms:
                    documents, weights = self.weights(term)
                    begun[documents] = np.maximum(begun[documents], weights)
        covered /= np.float32(total)
        return FieldScores(told, covered, best, exact, begun)
