"""Two small fits in numpy: a conditional logit by limited-memory BFGS, and a logistic calibration by Newton's method.

Written out because the package needs no statistics library otherwise (Nocedal & Wright 2006, algorithms 7.4 and 3.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
MEMORY = 12
STEPS = 100
ENOUGH = 1e-5
"""Gradient norm at which the fit has arrived, relative to the weights' norm."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows in groups (the files of one question): `rows` [row, feature], `right`, `begin` of each group and the end."""

    rows: NDArray[np.float32]
    right: NDArray[np.bool_]
    begin: NDArray[np.int64]
    weight: Vector
    """How much each group counts."""


def fit(groups: Groups, ridge: float, start: Vector | None = None) -> Vector:
    """Weights that give the right rows of each group together the most probability, minus `ridge` * |weights|^2.

    `start` saves steps where a fit on nearly the same groups is at hand.
    """
    starts = groups.begin[:-1]
    group = np.repeat(np.arange(len(starts)), np.diff(groups.begin))
    total = groups.weight.sum()

    def loss(weights: Vector) -> tuple[float, Vector]:
        scores = (groups.rows @ weights.astype(np.float32)).astype(np.float64)
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[group])
        share = raised / np.add.reduceat(raised, starts)[group]
        right = share * groups.right
        mass = np.add.reduceat(right, starts) + 1e-12
        value = -(groups.weight * np.log(mass)).sum() / total + ridge * float(weights @ weights)
        slope = ((share - right / mass[group]) * groups.weight[group]).astype(np.float32)
        return value, (slope @ groups.rows).astype(np.float64) / total + 2 * ridge * weights

    return minimise(loss, np.zeros(groups.rows.shape[1]) if start is None else start)


def minimise(loss: Callable[[Vector], tuple[float, Vector]], start: Vector, steps: int = STEPS) -> Vector:
    """The point where a smooth `loss` (value, gradient) is least, from `start`."""
    point = start
    value, slope = loss(point)
    moves: list[tuple[Vector, Vector]] = []
    for _ in range(steps):
        if np.linalg.norm(slope) <= ENOUGH * max(1.0, float(np.linalg.norm(point))):
            break
        direction = -_inverse_hessian(moves, slope)
        fall = float(direction @ slope)
        size = 1.0 if moves else min(1.0, 1.0 / float(np.linalg.norm(slope)))
        while True:  # backtracking: enough decrease, or the step is nothing
            new_value, new_slope = loss(point + size * direction)
            if new_value <= value + 1e-4 * size * fall or size < 1e-10:
                break
            size *= 0.5
        if size < 1e-10:
            break
        move, turn = size * direction, new_slope - slope
        if float(move @ turn) > 1e-12:
            moves = [*moves[-MEMORY + 1 :], (move, turn)]
        point, value, slope = point + move, new_value, new_slope
    return point


def _inverse_hessian(moves: Sequence[tuple[Vector, Vector]], slope: Vector) -> Vector:
    """The two-loop recursion: an estimate of the inverse Hessian times the gradient."""
    result = slope.copy()
    shares = []
    for move, turn in reversed(moves):
        share = float(move @ result) / float(move @ turn)
        shares.append(share)
        result -= share * turn
    if moves:
        move, turn = moves[-1]
        result *= float(move @ turn) / float(turn @ turn)
    for (move, turn), share in zip(moves, reversed(shares), strict=True):
        result += (share - float(turn @ result) / float(move @ turn)) * move
    return result


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
