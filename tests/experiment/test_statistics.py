"""Percentiles and intervals on values worked out by hand."""

from __future__ import annotations

import math

import pytest

from codemaestro_jupyter.experiment.statistics import percentile, saved_share, summary


def test_percentiles_interpolate() -> None:
    assert [percentile([4, 1, 3, 2], share) for share in (0, 0.5, 1)] == [1, 2.5, 4]
    assert math.isnan(percentile([], 0.5))


def test_the_summary_of_a_hundred_values() -> None:
    assert summary([float(value) for value in range(101)]) == {
        "n": 101,
        "mean": 50.0,
        "p50": 50.0,
        "p95": 95.0,
        "p99": 99.0,
        "max": 100.0,
    }


def test_half_the_time_is_half_saved_and_noise_widens_the_interval() -> None:
    assert saved_share([[2.0] * 5] * 3, [[1.0] * 5] * 3) == (0.5, 0.5, 0.5)
    share, lower, upper = saved_share([[2.0, 3.0, 4.0]] * 4, [[1.0, 1.5, 2.0]] * 4)
    assert share == 0.5
    assert lower < 0.5 < upper


def test_saving_nothing_or_losing_is_not_hidden() -> None:
    assert saved_share([[1.0]], [[2.0]])[0] == -1.0


@pytest.mark.parametrize(("without", "with_it"), [([], []), ([[1.0]], [[]]), ([[1.0], [1.0]], [[1.0]])])
def test_missing_runs_are_refused(without: list[list[float]], with_it: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="at least one run"):
        saved_share(without, with_it)
