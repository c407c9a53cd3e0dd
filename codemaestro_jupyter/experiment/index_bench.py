"""Measure the index on synthetic projects: how soon it answers, what it takes, and what the person's cell pays.

Each project is measured in a process of its own, which stands for the kernel (`python -m
codemaestro_jupyter.experiment.index_bench ROOT DATABASE FILES`): its memory is compared with what it was before, and
its main thread runs the busy cell.
Whole predictions are measured on the same index (`index_predictions.py`): while a second index is built from nothing,
after its segments were merged, cold and warm, and after a file changed or came.
Timings on a shared machine are noisy: ratios, processor time and medians over repetitions count.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from codemaestro_jupyter.experiment.index_predictions import after_changes, predicting, texts, typed, typed_while
from codemaestro_jupyter.experiment.index_project import SyntheticProject, git, write_project

LOOP_STEPS = 30_000
"""Iterations of the busy cell between two looks at the clock: about 1 ms."""
BASELINE_SECONDS = 3.0
LIMIT_SECONDS = 900.0
QUIET_SECONDS = 8.0
IDLE_SECONDS = 0.3
"""Processor time that an idle child may take meanwhile."""
PROJECTS = (
    SyntheticProject("2,000 files, 30 MB", 2_000, 15_000),
    SyntheticProject("2,500 files", 2_500, 6_000),
    SyntheticProject("50,000 files", 50_000, 2_500),
)


def run_index_bench(
    projects: Sequence[SyntheticProject] = PROJECTS,
    repetitions: int = 3,
    folder: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Measure each project `repetitions` times; medians by project name, with every single run beside them.

    Seconds, megabytes (10⁶ bytes) and ratios. `folder` receives the projects (a temporary one if not given; both are
    left as they were). `say` is told of each run, as all of them take a while.
    """
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="codemaestro-bench-", dir=folder) as place:
        for project in projects:
            root = Path(place, "root")
            write_project(root, project)
            runs = []
            for number in range(repetitions):
                data = Path(place, f"data{number}")
                command = [sys.executable, "-m", __name__, str(root), str(data / "index.db"), str(project.files)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                runs.append(json.loads(done.stdout))
                say(f"{project.name}: {done.stdout.strip()}")
                shutil.rmtree(data)
                git(root, "checkout", "-q", ".")
                git(root, "clean", "-q", "-f", "-d")
            shutil.rmtree(root)
            results[project.name] = {"files": project.files, **_medians(runs), "runs": runs}
    return {"cores": os.cpu_count(), "python": sys.version.split()[0], "projects": results}


def measure(root: Path, path: Path, files: int) -> dict[str, float]:
    """One run, in a process that has done nothing else: first index, memory, a changed file, queries, a busy cell."""
    import gc

    import numpy as np  # noqa: F401 - nearly every kernel has it already, so it is not counted

    from codemaestro_jupyter.workspace.index import Index

    found: dict[str, float] = {}
    before = _busy(lambda: False, BASELINE_SECONDS)
    gc.collect()
    memory = _megabytes("self", "VmRSS")
    started = time.perf_counter()
    index = Index(root, path)
    seen: dict[str, float] = {}

    def note() -> None:
        view = index.view()
        if len(view.paths):
            seen.setdefault("paths", time.perf_counter() - started)
            if len(view.paths) == files:
                seen.setdefault("all_paths", time.perf_counter() - started)
        if len(view.history.subjects):
            seen.setdefault("history", time.perf_counter() - started)

    index.on_change(note)
    index.start()
    during = _busy(lambda: index.progress().state == "ready", LIMIT_SECONDS)
    found["first_index_seconds"] = time.perf_counter() - started
    found |= {f"{name}_seconds": seen.get(name, -1.0) for name in ("paths", "history", "all_paths")}
    pid = str(index.child_pid)
    found["child_cpu_seconds"] = _cpu_seconds(pid)
    index.wait(LIMIT_SECONDS)
    found["settled_seconds"] = _settled(index)
    found |= _queries(index.view())
    with predicting(index) as predictor:
        given = texts(index.view())
        found |= typed(predictor, given, "predict_cold") | typed(predictor, given, "predict_warm")
        found["child_idle_mb"] = _megabytes(pid, "VmRSS")
        found["database_mb"] = path.stat().st_size / 1e6
        found["change_seen_seconds"] = statistics.median(_change(index, root, number) for number in range(7))
        found |= after_changes(index, predictor, root, given)
        found["kernel_added_mb"] = _megabytes("self", "VmHWM") - memory  # at most, up to here
    started = time.perf_counter()
    index.refresh()
    index.wait(LIMIT_SECONDS)
    found["compare_all_seconds"] = time.perf_counter() - started
    found["child_peak_mb"] = _megabytes(pid, "VmHWM")
    index.close()
    without = (before + _busy(lambda: False, BASELINE_SECONDS)) / 2
    found["busy_slowdown"] = without / during - 1 if during else 0.0
    found |= _predictions_while_indexing(root, path.with_name("second.db"), given)
    return found


def _predictions_while_indexing(root: Path, path: Path, given: Sequence[str]) -> dict[str, float]:
    from codemaestro_jupyter.workspace.index import Index

    index = Index(root, path)
    with predicting(index) as predictor:
        index.start()
        started = time.perf_counter()
        while not index.view().paths and time.perf_counter() - started < LIMIT_SECONDS:
            time.sleep(0.005)
        found = typed_while(predictor, given, lambda: index.progress().state != "ready", "predict_indexing")
    index.close()
    return found


def _busy(finished: Callable[[], bool], seconds: float) -> float:
    """Steps per second of a busy cell until `finished()`, or for `seconds`."""
    started = time.perf_counter()
    steps = 0
    while not finished() and time.perf_counter() - started < seconds:
        value = 0
        for step in range(LOOP_STEPS):
            value += step & 3
        steps += 1
    return steps / max(1e-9, time.perf_counter() - started)


def _settled(index: Any) -> float:
    """Seconds until segments are merged: until nothing was written, and the child did nothing, for a while."""
    started = changed = time.perf_counter()
    state = (index.view().generation, _cpu_seconds(str(index.child_pid)))
    while time.perf_counter() - changed < QUIET_SECONDS and time.perf_counter() - started < LIMIT_SECONDS:
        time.sleep(0.1)
        now = (index.view().generation, _cpu_seconds(str(index.child_pid)))
        if now[0] != state[0] or now[1] - state[1] > IDLE_SECONDS:
            state, changed = now, time.perf_counter()
    return changed - started


def _change(index: Any, root: Path, number: int) -> float:
    """Seconds from writing a file to a view that knows the new word."""
    path = index.view().paths[number * 3]
    word = f"changedword{number}"
    with (root / path).open("a", encoding="utf8") as file:
        file.write(f"\n{word} = {number}\n")
    started = time.perf_counter()
    while not index.view().field("content").df(word):
        if time.perf_counter() - started > 30:
            return -1.0
        time.sleep(0.002)
    return time.perf_counter() - started


def _queries(view: Any) -> dict[str, float]:
    """Milliseconds for what one prediction asks: a dozen terms in three fields and the completions of a prefix."""
    chance = random.Random(3)  # noqa: S311
    vocabulary = [term for letter in "bcdfghjklm" for term, _ in view.field("content").complete(letter, 60)]
    times = []
    for _ in range(200):
        terms = chance.choices(vocabulary, k=12)
        started = time.perf_counter()
        for name in ("content", "path", "symbols"):
            for term in terms:
                view.field(name).postings(term)
            for term, _ in view.field(name).complete(terms[0][:3], 12):
                view.field(name).postings(term)
        view.words(terms[1][:3], 8)
        times.append(1e3 * (time.perf_counter() - started))
    times.sort()
    return {"query_ms_p50": times[len(times) // 2], "query_ms_p99": times[int(len(times) * 0.99) - 1]}


def _megabytes(pid: str, name: str) -> float:
    """A memory figure of a process: Linux only, elsewhere -1."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return -1.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith(name)), -1.0)


def _cpu_seconds(pid: str) -> float:
    """Processor time a process has taken: Linux only, elsewhere -1."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return -1.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _medians(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(run[name] for run in runs), 4) for name in runs[0]}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
