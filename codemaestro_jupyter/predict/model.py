"""Turn signals into scores, and the best scores into probabilities that mean what they say.

A score is linear in the signals; the second half of the weights fades with the number of complete terms, so that what
changed last leads while little is typed and words lead later. The numbers are fitted by
`python -m codemaestro_jupyter.experiment.predict_training` and live in `weights.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.predict.project import Floats
from codemaestro_jupyter.predict.signals import SIGNALS

FILE = Path(__file__).with_name("weights.json")
FADING_TERMS = 2.0
"""Complete terms after which the fading weights count 1/e."""
CERTAINTY = ("always", "logit", "second", "third")
"""What a probability is made from: a constant, the log odds of the file's share of the softmax, and its rank."""


def fading(complete: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much the fading weights count after so many complete terms: 1 for none, towards 0."""
    share: NDArray[np.float32] = np.exp(-complete / FADING_TERMS).astype(np.float32)
    return share


@dataclass(frozen=True, slots=True)
class Model:
    """Fitted numbers: float32 [signal] each, and the certainty's weights in the order of `CERTAINTY`."""

    steady: Floats
    fading: Floats
    certainty: tuple[float, ...] = (0.0, 1.0, 0.0, 0.0)

    @classmethod
    def of_weights(cls, weights: Floats) -> Model:
        """From one vector: first the steady weights, then the fading ones."""
        return cls(weights[: len(SIGNALS)], weights[len(SIGNALS) :])

    def with_certainty(self, certainty: NDArray[np.float64]) -> Model:
        """The same weights with another calibration."""
        return replace(self, certainty=tuple(certainty.tolist()))

    def weights(self, complete: float) -> Floats:
        """The weights in force after so many complete terms."""
        return self.steady + self.fading * np.float32(math.exp(-complete / FADING_TERMS))

    def scores(self, matrix: Floats, complete: float) -> Floats:
        """Scores of all files from a matrix [signal, file]."""
        scores: Floats = self.weights(complete) @ matrix
        return scores

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities from `certainty_features`, never rising from one rank to the next."""
        chances = 1 / (1 + np.exp(-(features @ np.array(self.certainty))))
        return np.minimum.accumulate(chances) if len(chances) else chances

    def dumps(self, projects: Sequence[str]) -> str:
        """The model as JSON; `projects` says what it was fitted on."""
        signals = {
            name: [round(float(steady), 5), round(float(fade), 5)]
            for name, steady, fade in zip(SIGNALS, self.steady, self.fading, strict=True)
        }
        certainty = dict(zip(CERTAINTY, (round(one, 5) for one in self.certainty), strict=True))
        content = {"fitted_on": list(projects), "certainty": certainty, "signals": signals}
        return json.dumps(content, indent=1).replace("[\n   ", "[").replace(",\n   ", ", ").replace("\n  ]", "]") + "\n"

    @classmethod
    def loads(cls, text: str) -> Model:
        """The model that `dumps` wrote. Raises `KeyError` if a signal has no weights: then it must be fitted again."""
        content = json.loads(text)
        weights = np.array([content["signals"][name] for name in SIGNALS], np.float32)
        return cls(weights[:, 0].copy(), weights[:, 1].copy(), tuple(content["certainty"][name] for name in CERTAINTY))


def certainty_features(scores: Floats, top: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float64]:
    """[answer, feature] of the best answers, in the order of `CERTAINTY`; `top` are their positions, best first."""
    if not len(top):
        return np.zeros((0, len(CERTAINTY)))
    highest = float(scores.max())
    raised = np.exp(scores.astype(np.float64) - highest)
    share = np.clip(raised[np.asarray(top)] / raised.sum(), 1e-9, 1 - 1e-9)
    rank = np.arange(len(share))
    return np.stack([np.ones(len(share)), np.log(share / (1 - share)), rank == 1, rank >= 2], 1).astype(np.float64)


@cache
def fitted() -> Model:
    """The model of this package."""
    return Model.loads(FILE.read_text(encoding="utf8"))
