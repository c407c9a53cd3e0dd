"""How long the stages take and how often things go wrong: p50/p95/p99, sums that can be kept, Prometheus text."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any

SAMPLES = 1_000
"""Newest observations kept per stage, for the percentiles; sums and counts are of all."""
QUANTILES = (0.5, 0.95, 0.99)
BUCKETS = 8
"""Buckets for each doubling: a percentile told from them is at most 4.5 % off."""
Row = tuple[str, str, int, int, float]
"""A sum to be kept: name (`seconds` or what was counted), kind, bucket, how many, seconds."""


class Metrics:
    """Counts and times of one process; any thread may add."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[str, deque[float]] = {}
        self._sums: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._fresh: dict[tuple[str, str, int], list[float]] = {}

    def observe(self, stage: str, seconds: float) -> None:
        """Note how long a stage took."""
        with self._lock:
            samples = self._samples.get(stage)
            if samples is None:
                samples = self._samples[stage] = deque(maxlen=SAMPLES)
            samples.append(seconds)
            self._sums[stage] += seconds  # type: ignore[assignment]
            self._seen[stage] += 1
            self._note("seconds", stage, bucket_of(seconds), 1, seconds)

    def count(self, what: str, kind: str = "", by: int = 1) -> None:
        """Count corrections, conflicts, rollbacks, … by kind."""
        with self._lock:
            self._counts[what, kind] += by
            self._note(what, kind, 0, by, 0.0)

    def _note(self, name: str, kind: str, bucket: int, number: int, seconds: float) -> None:
        sums = self._fresh.setdefault((name, kind, bucket), [0, 0.0])
        sums[0] += number
        sums[1] += seconds

    def drain(self) -> list[Row]:
        """What was counted since the last call, to be added to what is kept elsewhere."""
        with self._lock:
            fresh, self._fresh = self._fresh, {}
        return [(*key, int(number), seconds) for key, (number, seconds) in sorted(fresh.items())]

    def picture(self) -> dict[str, Any]:
        """Everything as JSON: per stage count, seconds in sum and p50/p95/p99 in milliseconds; the counts."""
        with self._lock:
            stages = {stage: sorted(samples) for stage, samples in self._samples.items()}
            return {
                "stages": {
                    stage: {
                        "count": self._seen[stage],
                        "seconds": float(self._sums[stage]),
                        **{f"p{q * 100:g}": quantile(samples, q) * 1e3 for q in QUANTILES},
                    }
                    for stage, samples in sorted(stages.items())
                },
                "counts": [[what, kind, number] for (what, kind), number in sorted(self._counts.items())],
            }


def bucket_of(seconds: float) -> int:
    """The bucket of a time: b for about 2^(b/8) seconds."""
    return round(BUCKETS * math.log2(max(seconds, 1e-9)))


def picture_of(rows: Iterable[Row]) -> dict[str, Any]:
    """Kept sums as a picture, like that of one process (`Metrics.picture`)."""
    times: dict[str, list[tuple[int, int]]] = {}
    sums: Counter[str] = Counter()
    counts = []
    for name, kind, bucket, number, seconds in sorted(rows):
        if name == "seconds":
            times.setdefault(kind, []).append((bucket, number))
            sums[kind] += seconds  # type: ignore[assignment]
        else:
            counts.append([name, kind, number])
    stages = {}
    for stage, buckets in times.items():
        total = sum(number for _, number in buckets)
        stages[stage] = {"count": total, "seconds": float(sums[stage])}
        reached = list(accumulate(number for _, number in buckets))
        for q in QUANTILES:
            bucket = buckets[bisect_left(reached, rank(q, total))][0]
            stages[stage][f"p{q * 100:g}"] = 2 ** (bucket / BUCKETS) * 1e3
    return {"stages": stages, "counts": counts}


def sums(rows: Iterable[Row]) -> dict[tuple[str, str], tuple[int, float]]:
    """How many and how many seconds by name and kind, whatever the bucket."""
    found: dict[tuple[str, str], tuple[int, float]] = {}
    for name, kind, _, number, seconds in rows:
        before = found.get((name, kind), (0, 0.0))
        found[name, kind] = (before[0] + number, before[1] + seconds)
    return found


def quantile(samples: list[float], q: float) -> float:
    """The q-quantile of sorted samples by the nearest rank; 0 for none."""
    if not samples:
        return 0.0
    return samples[rank(q, len(samples)) - 1]


def rank(q: float, total: int) -> int:
    """The nearest rank, from 1, of the q-quantile of so many samples; in whole numbers, so that 0.95 x 20 is 19."""
    return min(total, max(1, -(-int(q * 1e6 * total) // 1_000_000)))


def prometheus(picture: Mapping[str, Any]) -> str:
    """A picture in Prometheus' text format (version 0.0.4)."""
    lines = [
        "# HELP codemaestro_edit_seconds Seconds a stage of the plan engine took.",
        "# TYPE codemaestro_edit_seconds summary",
    ]
    for stage, item in picture["stages"].items():
        lines.extend(
            f'codemaestro_edit_seconds{{stage="{stage}",quantile="{q}"}} {item[f"p{q * 100:g}"] / 1e3:.9f}'
            for q in QUANTILES
        )
        lines.append(f'codemaestro_edit_seconds_sum{{stage="{stage}"}} {item["seconds"]:.9f}')
        lines.append(f'codemaestro_edit_seconds_count{{stage="{stage}"}} {item["count"]}')
    names = sorted({what for what, _, _ in picture["counts"]})
    for name in names:
        lines += [
            f"# HELP codemaestro_edit_{name}_total How many {name} there were.",
            f"# TYPE codemaestro_edit_{name}_total counter",
        ]
        lines += [
            f'codemaestro_edit_{name}_total{{kind="{escaped(str(kind))}"}} {number}'
            for what, kind, number in picture["counts"]
            if what == name
        ]
    return "\n".join(lines) + "\n"


def escaped(label: str) -> str:
    """A label's value as Prometheus wants it."""
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
