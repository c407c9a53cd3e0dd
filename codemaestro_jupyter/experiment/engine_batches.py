"""A batch of five commands against the five one by one: on syntax trees, to disk, and both; arms interleaved."""

from __future__ import annotations

import gc
import hashlib
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.batches import BatchOutcome, run_batch
from codemaestro_jupyter.edit.blueprint import Blueprint, Change, Component
from codemaestro_jupyter.edit.cellhost import NoCells
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.files import DiskFiles, NewFile
from codemaestro_jupyter.edit.journal import Journal
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.pool import Pool
from codemaestro_jupyter.edit.transaction import Transactions
from codemaestro_jupyter.experiment import engine_suite as suite
from codemaestro_jupyter.experiment.engine_timing import forget_trees, milliseconds, timed
from codemaestro_jupyter.workspace.reader import Reader


def tree_blueprint(sizes: Sequence[int]) -> tuple[Blueprint, str]:
    """Python components of these sizes; the k-th has a function `name` + `_k` in its middle, where no other has one."""
    extra = "\n\ndef bare(a, b=1):\n    value = {'LIMIT': a}\n    return value, b\n"
    own = "\n\ndef chosen_%d(items, limit=LIMIT):\n    return [item for item in items if item > limit]\n"
    parts = []
    for at, size in enumerate(sizes):
        text = suite.python_text(7 + at, size) + extra
        middle = text.index("\n\n\ndef ", len(text) // 2)
        parts.append(Component(f"src/part_{at}.py", (text[:middle] + own % at + text[middle:]).encode()))
    return Blueprint(parts, known=frozenset(part.path for part in parts)), "chosen"


def interleaved(arms: dict[str, Callable[[int], object]], runs: int, *, trees: bool = True) -> dict[str, list[float]]:
    """Seconds of each arm, `runs` times, every time in another order; a first round is not counted.

    What an arm's `trees` leave is collected before the next; walking the heap empties the caches, so not where a
    call takes a millisecond.
    """
    order = random.Random(1)  # noqa: S311 - an order, not a secret
    found: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(runs + 1):
        names = list(arms)
        order.shuffle(names)
        for name in names:
            if trees:
                gc.collect()
            seconds, _ = timed(lambda name=name, number=number: arms[name](number))  # type: ignore[misc]
            if number:
                found[name].append(seconds)
    return found


def against(one: Sequence[float], many: Sequence[float]) -> dict[str, float]:
    """How many times the throughput `many` has, round by round."""
    ratios = sorted(first / second for first, second in zip(one, many, strict=True))
    return {
        "one_by_one_ms": milliseconds(one)["p50"],
        "batch_ms": milliseconds(many)["p50"],
        "throughput": round(statistics.median(ratios), 3),
        "worst": round(ratios[0], 3),
        "best": round(ratios[-1], 3),
    }


def bench_batch_trees(runs: int = 9, sizes: Sequence[int] = (50_000,) * 5) -> dict[str, Any]:
    """5 independent commands on syntax trees, one component each: one by one, as a batch here, and on all cores."""
    blueprint, name = tree_blueprint(sizes)

    def said(number: int) -> list[str]:
        then = "then add logging to it, then add error handling to it"
        return [f"rename src/part_{at}.py::{name}_{at} to new_{number}_{at}, {then}" for at in range(len(sizes))]

    with Pool() as pool:
        pool.wait_ready()
        times = interleaved(
            {
                "one": lambda number: [run(item, blueprint) for item in said(number)],
                "here": lambda number: run_batch(said(number), blueprint),
                "pool": lambda number: run_batch(said(number), blueprint, runner=pool),
            },
            runs,
        )
    return {
        "cores": os.cpu_count(),
        "sizes": list(sizes),
        **against(times["one"], times["pool"]),
        "without_other_processes": against(times["one"], times["here"])["throughput"],
    }


def bench_batch_small(runs: int = 40) -> dict[str, Any]:
    """5 commands on syntax trees of 0.3 to 20 kB, and 5 on text: where a batch cannot gain it must not lose."""
    found = {}
    with Pool() as pool:
        pool.wait_ready()
        for size in (300, 1_000, 3_000, 10_000, 20_000):
            blueprint, name = tree_blueprint([size] * 5)
            said = [f"add logging to src/part_{at}.py::{name}_{at}" for at in range(5)]
            found[f"trees, {size / 1000:g} kB"] = small(said, blueprint, pool, runs)
        said = [f'append "X = {at}" to src/part_{at}.py' for at in range(5)]
        found["text, 20 kB"] = small(said, blueprint, pool, runs)
    return found


def small(said: Sequence[str], blueprint: Blueprint, pool: Pool, runs: int) -> dict[str, float]:
    """One row of `bench_batch_small`."""
    times = interleaved(
        {
            "one": lambda number: [run(item, blueprint) for item in said],
            "pool": lambda number: run_batch(said, blueprint, runner=pool),
        },
        runs,
    )
    return against(times["one"], times["pool"])


class SlowDisk(DiskFiles):
    """A disk that needs `seconds` at least for each sync that reaches it; what is synced together shares one."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def _waited(self, call: Callable[[], None]) -> None:
        started = time.perf_counter()
        call()
        time.sleep(max(0.0, self.seconds - (time.perf_counter() - started)))

    def create(self, files: Sequence[NewFile]) -> None:
        self._waited(lambda: super(SlowDisk, self).create(files))

    def sync(self, paths: Sequence[str]) -> None:
        self._waited(lambda: super(SlowDisk, self).sync(paths))

    def sync_folders(self, folders: Sequence[str]) -> None:
        self._waited(lambda: super(SlowDisk, self).sync_folders(folders))


def bench_batch_disk(folder: Path, runs: int = 30, slow: float = 0.0) -> dict[str, Any]:
    """5 changes to files of 3 kB: five transactions against one, on the file system of `folder`."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        root = Path(made).resolve()
        files = SlowDisk(slow) if slow else DiskFiles()
        journal = Journal((root / ".codemaestro" / "journal").as_posix(), files)
        writer = Transactions(root.as_posix(), journal, files, NoCells(), time.time, Metrics())
        now = {f"part_{at}.txt": suite.python_text(at, 2_900).encode() for at in range(5)}
        for path, data in now.items():
            (root / path).write_bytes(data)

        def changes() -> list[Change]:
            mark = b"# " + os.urandom(4).hex().encode() + b"\n"
            was = dict(now)
            now.update({path: mark + data[-2_900:] for path, data in was.items()})
            return [Change(path, Component(path, was[path]), Component(path, now[path])) for path in sorted(now)]

        times = interleaved(
            {
                "one": lambda number: [writer.commit([change], title="one") for change in changes()],
                "batch": lambda number: writer.commit(changes(), title="batch"),
            },
            runs,
            trees=False,
        )
    return against(times["one"], times["batch"])


def bench_batch_commands(folder: Path, runs: int = 20) -> dict[str, Any]:
    """5 commands said, worked out and written: one by one, and as one batch (one listing, one journal entry)."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        root = Path(made).resolve()
        for at in range(5):
            (root / f"part_{at}.py").write_text(suite.python_text(at, 2_900), encoding="utf8")
        with Engine(root, Reader(root), root / ".codemaestro") as engine:

            def said(number: int, arm: int) -> list[str]:
                return [f'insert "ADDED_{number}_{arm} = {at}" after "import re" in part_{at}.py' for at in range(5)]

            times = interleaved(
                {
                    "one": lambda number: [engine.apply(engine.propose(item)) for item in said(number, 1)],
                    "batch": lambda number: engine.apply(engine.propose_batch(said(number, 2))),
                },
                runs,
                trees=False,
            )
    return against(times["one"], times["batch"])


def bench_same_bytes(runs: int = 1_000) -> dict[str, Any]:
    """The same batch again and again, every tenth time on all cores: how many different results."""
    blueprint, name = tree_blueprint([2_000] * 3)
    said = [f"add logging to src/part_{at}.py::{name}_{at}, then rename it to new_{at}" for at in range(3)]
    digests = set()
    with Pool(2) as pool:
        pool.wait_ready()
        for number in range(runs):
            forget_trees()
            runner = pool if number % 10 == 0 else None
            digests.add(digest(run_batch(said, blueprint, runner=runner)))
    return {"runs": runs, "different_results": len(digests)}


def digest(batch: BatchOutcome) -> str:
    """What a batch came to, as one hash."""
    found = hashlib.sha256()
    for change in batch.changes:
        found.update(change.path.encode() + b"\0" + (change.after.data if change.after else b"") + b"\0")
    found.update(batch.trace)
    return found.hexdigest()
