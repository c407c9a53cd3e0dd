from __future__ import annotations

import numpy as np
import pytest

from codemaestro_jupyter.experiment.fitting import Groups, calibrate, fit


def choices(weights: np.ndarray, groups: int, seed: int) -> Groups:
    """Groups of eight rows whose right row was drawn with the softmax of the weights."""
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(groups, 8, len(weights))).astype(np.float32)
    scores = rows @ weights
    noisy = scores + generator.gumbel(size=scores.shape)
    right = noisy == noisy.max(1, keepdims=True)
    return Groups(rows.reshape(-1, len(weights)), right.reshape(-1), np.arange(groups + 1) * 8, np.ones(groups))


def test_the_logit_finds_the_weights_that_made_the_choices() -> None:
    weights = np.array([1.5, -0.7, 0.0])
    assert fit(choices(weights, 4000, 1), 0.0) == pytest.approx(weights, abs=0.1)


def test_the_same_choices_give_the_same_weights() -> None:
    groups = choices(np.array([1.0, 0.5]), 200, 4)
    assert fit(groups, 0.1).tolist() == fit(groups, 0.1).tolist()


def test_a_group_counts_by_its_weight() -> None:
    ours, theirs = choices(np.array([1.5]), 400, 5), choices(np.array([-1.5]), 400, 6)
    both = Groups(
        np.concatenate([ours.rows, theirs.rows]),
        np.concatenate([ours.right, theirs.right]),
        np.concatenate([ours.begin, theirs.begin[1:] + ours.begin[-1]]),
        np.concatenate([np.full(400, 20.0), np.ones(400)]),
    )
    assert fit(both, 0.0)[0] > 0.8


def test_ridge_pulls_towards_nothing() -> None:
    groups = choices(np.array([1.5, -0.7]), 300, 2)
    free, held = (np.abs(fit(groups, ridge)).sum() for ridge in (0.0, 1.0))
    assert held < 0.5 * free


def test_calibration_finds_the_log_odds() -> None:
    generator = np.random.default_rng(3)
    features = np.stack([np.ones(6000), generator.normal(size=6000)], 1)
    right = generator.random(6000) < 1 / (1 + np.exp(-(features @ np.array([-0.5, 1.2]))))
    found = calibrate([features[:3000], features[3000:]], [right[:3000].tolist(), right[3000:].tolist()])
    assert found == pytest.approx([-0.5, 1.2], abs=0.1)
