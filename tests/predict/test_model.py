from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from codemaestro_jupyter.predict.model import FILE, Model, certainty_features, fitted
from codemaestro_jupyter.predict.signals import SIGNALS

SCORES = hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(-20, 20, width=32))


def test_the_committed_file_is_a_written_model() -> None:
    text = FILE.read_text(encoding="utf8")
    assert Model.loads(text).dumps(json.loads(text)["fitted_on"]) == text


def test_a_missing_signal_is_an_error() -> None:
    with pytest.raises(KeyError):
        Model.loads('{"signals": {}, "certainty": {}}')


def test_the_fading_half_fades() -> None:
    model = Model.of_weights(np.concatenate([np.zeros(len(SIGNALS)), np.ones(len(SIGNALS))]).astype(np.float32))
    assert model.weights(0).tolist() == pytest.approx([1.0] * len(SIGNALS))
    assert model.weights(2).tolist() == pytest.approx([np.exp(-1)] * len(SIGNALS), rel=1e-5)
    assert float(model.weights(20).max()) < 1e-4


@given(SCORES)
def test_probabilities_never_rise_with_rank_and_stay_between_none_and_all(scores: np.ndarray) -> None:
    top = np.argsort(-scores, kind="stable")[:3]
    chances = fitted().probabilities(certainty_features(scores, top))
    assert len(chances) == min(3, len(scores))
    assert (chances > 0).all()
    assert (chances < 1).all()
    assert (np.diff(chances) <= 0).all()


@given(SCORES, st.floats(-5, 5, width=32))
def test_a_constant_added_to_all_scores_changes_no_probability(scores: np.ndarray, constant: float) -> None:
    top = np.argsort(-scores, kind="stable")[:3]
    moved = certainty_features(scores + np.float32(constant), top)
    assert moved == pytest.approx(certainty_features(scores, top), rel=1e-2, abs=1e-3)


def test_no_answers_have_no_features() -> None:
    assert certainty_features(np.zeros(0, np.float32), []).shape == (0, 4)
