"""Half a sentence → likely files, words and tools: measure, weigh, add what the session knows, calibrate, say why."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from codemaestro_jupyter.predict.ground import GROUNDS, Ground, Grounds
from codemaestro_jupyter.predict.live import lift
from codemaestro_jupyter.predict.model import Model, certainty_features, fitted
from codemaestro_jupyter.predict.project import Floats, ProjectView
from codemaestro_jupyter.predict.question import ask
from codemaestro_jupyter.predict.reasons import reasons
from codemaestro_jupyter.predict.signals import constant, measure
from codemaestro_jupyter.predict.tools import likely_tools
from codemaestro_jupyter.predict.words import likely_words
from codemaestro_jupyter.types import LikelyFile, LiveContext, Prediction, RelPath

MINIMUM_CHARACTERS = 3
"""Predict once more than this many characters are typed, blanks around them not counted."""
RANKED = 16
"""Files that are ranked at least, those that nobody asked for as `others`: enough to tell parts of a project apart."""
EXPLAINED = 10
"""Files that get a `why`; the rest of a long list is for machines."""


class Predictor:
    """Predicts for any number of projects; safe on any thread. `clock` gives seconds since the epoch."""

    def __init__(
        self, model: Model | None = None, clock: Callable[[], float] = time.time, projects: int = GROUNDS
    ) -> None:
        self._model = model
        self._clock = clock
        self.grounds = Grounds(projects)

    def warm(self, view: ProjectView) -> None:
        """Make what a view's first question would wait for."""
        self.grounds.of(view)

    def predict(self, text: str, view: ProjectView, live: LiveContext, k: int = 3) -> Prediction:
        """At most `k` files, likeliest first, the next ones as `others`; empty below the minimum of characters."""
        return self.predict_from(lambda: self.grounds.of(view), text, live, k)

    def predict_from(self, ground_of: Callable[[], Ground], text: str, live: LiveContext, k: int = 3) -> Prediction:
        """The same from what is ready (see `warmth.py`), asked for only if the text is long enough."""
        started = time.perf_counter()
        if len(text.strip()) <= MINIMUM_CHARACTERS:
            return Prediction(text)
        model = self._model or fitted()
        question = ask(text)
        ground = ground_of()
        matrix = measure(ground, question)
        weights = model.weights(len(question.terms))
        session = lift(ground, question, live)
        rows = constant(ground)
        scores = weighted(weights, rows, matrix) + session.scores
        top = best(scores, max(k, RANKED))
        chances = model.probabilities(certainty_features(scores, top)).tolist()
        now, usual = self._clock(), np.concatenate([ground.usual(rows), matrix.sum(1) / np.float32(max(1, ground.n))])
        ranked = tuple(
            LikelyFile(
                RelPath(ground.view.paths[document]),
                chance,
                reasons(
                    ground,
                    question,
                    column(rows, matrix, document),
                    usual,
                    weights,
                    document,
                    session.why.get(document, ()),
                    now,
                )
                if rank < min(k, EXPLAINED)
                else tuple(why for _, why in session.why.get(document, ())),
            )
            for rank, (document, chance) in enumerate(zip(top.tolist(), chances, strict=True))
        )
        ground.give_back(matrix)
        words = likely_words(ground, question, live)
        tools = likely_tools(question, live)
        took = (time.perf_counter() - started) * 1e3
        kept = max(0, k)
        return Prediction(text, 0, ranked[:kept], words, tools, (), took, others=ranked[kept:])


def weighted(weights: Floats, rows: Sequence[Floats], matrix: Floats) -> Floats:
    """`weights @ signals` on this thread alone: BLAS would share it with the person's other core, and wait for that."""
    scores: Floats = np.einsum("s,sf->f", weights[len(rows) :], matrix)
    for weight, row in zip(weights, rows, strict=False):
        scores += weight * row
    return scores


def column(rows: Sequence[Floats], matrix: Floats, document: int) -> Floats:
    """All signals of one document, in the order of `SIGNALS`."""
    return np.concatenate([np.array([row[document] for row in rows], np.float32), matrix[:, document]])


def best(
    scores: np.ndarray[tuple[int, ...], np.dtype[np.float32]], k: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Positions of the `k` highest scores, highest first, equal ones in the order of paths."""
    if k <= 0 or not len(scores):
        return np.zeros(0, np.intp)
    if k < len(scores):
        limit = np.partition(scores, len(scores) - k)[len(scores) - k]
        among = np.flatnonzero(scores >= limit)
    else:
        among = np.arange(len(scores))
    return among[np.argsort(-scores[among], kind="stable")][:k]
