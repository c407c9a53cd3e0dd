"""One call on the clock, helped by nothing that was parsed before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.python.units import tree_of
from codemaestro_jupyter.experiment.statistics import summary


def forget_trees() -> None:
    """Nothing a command parses may come from the command before."""
    tree_of.cache_clear()
    notebook._scan.cache_clear()


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of one call."""
    forget_trees()
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """A summary in milliseconds."""
    return summary([value * 1e3 for value in values])
