"""The few statistics that the reports need: percentiles, and ratios with a bootstrap interval."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence

RESAMPLES = 2000
"""Bootstrap resamples; the 95 % interval moves by less than a percentage point beyond this many."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0-1) of the values lie, by linear interpolation; NaN for no values."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def summary(values: Sequence[float], digits: int = 4) -> dict[str, float]:
    """Count, mean, p50, p95, p99 and maximum."""
    return {
        "n": len(values),
        "mean": round(statistics.fmean(values), digits) if values else float("nan"),
        "p50": round(percentile(values, 0.5), digits),
        "p95": round(percentile(values, 0.95), digits),
        "p99": round(percentile(values, 0.99), digits),
        "max": round(max(values), digits) if values else float("nan"),
    }


def saved_share(
    without: Sequence[Sequence[float]], with_it: Sequence[Sequence[float]], seed: int = 0
) -> tuple[float, float, float]:
    """How much less time is needed, as a share of 1: the mean over tasks of 1 - median(with) / median(without).

    Both arguments hold one sequence of seconds for each task. Returns (share, lower, upper) with the 95 %
    percentile-bootstrap interval over tasks and over runs within each (Efron and Tibshirani, "An Introduction to
    the Bootstrap", 1993, chapter 13). Raises `ValueError` if there is no task or a task has no run.
    """
    if not without or len(without) != len(with_it) or not all(without) or not all(with_it):
        raise ValueError("Every task needs at least one run in both arms.")
    generator = random.Random(seed)  # noqa: S311 - resampling, not a secret

    def share(tasks: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float:
        return statistics.fmean(1.0 - statistics.median(fast) / statistics.median(slow) for slow, fast in tasks)

    tasks = list(zip(without, with_it, strict=True))
    resampled = sorted(
        share(
            [
                (generator.choices(slow, k=len(slow)), generator.choices(fast, k=len(fast)))
                for slow, fast in generator.choices(tasks, k=len(tasks))
            ]
        )
        for _ in range(RESAMPLES)
    )
    return share(tasks), percentile(resampled, 0.025), percentile(resampled, 0.975)
