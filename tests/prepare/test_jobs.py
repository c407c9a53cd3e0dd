"""What a job took is told as its own work: on a busy machine the others' seconds do not count against it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from codemaestro_jupyter.prepare.economics import Candidate
from codemaestro_jupyter.prepare.jobs import Job, Maker
from codemaestro_jupyter.prepare.shelf import Shelf
from codemaestro_jupyter.prepare.worker import Made
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import LiveContext, Prediction, PreparationKey

KEY = PreparationKey("change", "rename f to g")


def test_a_change_costs_its_processor_time_and_saves_the_time_that_passed(tmp_path: Path) -> None:
    store = Store(tmp_path / "maestro.db", lambda: 0.0)
    passed = iter([100.0, 112.0])
    observed: list[float] = []
    store.costs.observe = lambda kind, size, seconds: observed.append(seconds)  # type: ignore[method-assign]
    worker = SimpleNamespace(make=lambda *_: Made({"diffs": [], "title": ""}, {}, seconds=12.0, work=0.5))
    maker = Maker(store, Shelf(lambda: 1_000_000), cast("Any", worker), lambda: 0.0, lambda: next(passed))
    sources = SimpleNamespace(
        holds=lambda prints: True, live=LiveContext(), workspace=SimpleNamespace(index=SimpleNamespace(path=None))
    )
    job = Job(Candidate(KEY, 1.0, 1.0, 1.0, aside=True), 100.0, "rename f to g")
    maker.make(job, cast("Any", sources), Prediction("rename f to g"))
    store.close()
    made = job.future.result(0)
    assert made is not None
    assert (observed, job.seconds, made.seconds) == ([0.5], 0.5, 12.0)
