"""What a prediction is worth: a right file among the first, and probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """The first answers to one question: right or not, how probable they were said to be, and from what that came."""

    project: str
    kind: str
    share: int
    """Percent typed."""
    right: tuple[bool, ...]
    probabilities: tuple[float, ...]
    raw: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)), compare=False, repr=False)
    """[answer, feature] that the probabilities were made from, where they are to be made anew."""


def hits(outcomes: Sequence[Outcome], first: int = 3) -> dict[str, float]:
    """Percent typed → percent of questions with a right file among the `first` answers."""
    shares = sorted({outcome.share for outcome in outcomes})
    return {
        str(share): round(100 * float(np.mean([any(o.right[:first]) for o in outcomes if o.share == share])), 1)
        for share in shares
    }


def expected_error(outcomes: Sequence[Outcome]) -> float:
    """Expected calibration error over `BINS` bins of equal width, over all answers (Naeini et al. 2015)."""
    said = np.array([p for outcome in outcomes for p in outcome.probabilities[: len(outcome.right)]])
    right = np.array([r for outcome in outcomes for r in outcome.right], np.float64)
    if not len(said):
        return 0.0
    place = np.minimum(BINS - 1, (said * BINS).astype(int))
    gaps = [abs(said[place == b].sum() - right[place == b].sum()) for b in range(BINS)]
    return round(float(sum(gaps)) / len(said), 4)


def table(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Hits by kind of change."""
    kinds = sorted({outcome.kind for outcome in outcomes})
    return {
        kind: {
            "cases": sum(o.kind == kind for o in outcomes) // len({o.share for o in outcomes if o.kind == kind}),
            "hit@1": hits([o for o in outcomes if o.kind == kind], 1),
            "hit@3": hits([o for o in outcomes if o.kind == kind], 3),
        }
        for kind in kinds
    }
