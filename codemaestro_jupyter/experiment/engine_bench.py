"""The figures of the plan engine, measured: run it, and every row of its table comes out with how it was taken.

Other programs share the machine, so runs are repeated and interleaved, medians are given beside means, and for the
in-memory suite the processor's own time too (`cpu_mean`), which does not count what others took.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.blueprint import Blueprint
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.experiment import engine_batches as batches
from codemaestro_jupyter.experiment import engine_suite as suite
from codemaestro_jupyter.experiment.engine_faults import run_faults
from codemaestro_jupyter.experiment.engine_projects import check_project
from codemaestro_jupyter.experiment.engine_timing import milliseconds, timed
from codemaestro_jupyter.workspace.reader import Reader

TREE_COMMANDS = (
    "add logging to src/part_{at}.py::{name}",
    "add error handling to src/part_{at}.py::{name}",
    'add a docstring "Return it, {number}." to src/part_{at}.py::bare',
    "add a parameter `extra_{number}: int = {number}` to src/part_{at}.py::{name}",
    "organise imports in src/part_{at}.py",
    "rename src/part_{at}.py::{name} to renamed_{number}",
    "extract 'LIMIT' in src/part_{at}.py to constant NAME_{number}",
)


def bench_suite(counts: Sequence[int] = (1, 100, 1_000), runs: int = 60, size: int = 3_000) -> dict[str, Any]:
    """10 kinds of commands, as sentences, on blueprints of each size; kinds and sizes interleaved.

    A kind has one blueprint for all its commands, as the steps of a plan and the commands of a batch have. Once that
    has been searched 16 times its words are listed (edit/bucket.py): those searches and the listing are counted.
    What a command costs on a blueprint that nothing was asked of before is in `bench_first`.
    """
    blueprints = {(kind, count): suite.blueprint(kind, count, size) for kind in suite.TARGETS for count in counts}
    wall: dict[tuple[str, int], list[float]] = {key: [] for key in blueprints}
    cpu: dict[int, list[float]] = {count: [] for count in counts}
    gc.collect()
    for number in range(runs + 3):
        for (kind, count), blueprint in blueprints.items():
            said = suite.command(kind, number)
            seconds, busy = timed(lambda said=said, blueprint=blueprint: run(said, blueprint))  # type: ignore[misc]
            if number >= 3:  # the first ones import and compile
                wall[kind, count].append(seconds)
                cpu[count].append(busy)
    return {
        str(count): {**by_kind(wall, count), "cpu_mean": round(statistics.fmean(cpu[count]) * 1e3, 4)}
        for count in counts
    }


def bench_first(counts: Sequence[int] = (100, 1_000), runs: int = 20) -> dict[str, Any]:
    """The same commands, each the first on a blueprint of its own: no word is listed, no path gathered."""
    made = {(kind, count): list(suite.blueprint(kind, count)) for kind in suite.TARGETS for count in counts}
    wall: dict[tuple[str, int], list[float]] = {key: [] for key in made}
    for number in range(runs + 1):
        for (kind, count), components in made.items():
            fresh = Blueprint(components, known=frozenset(item.path for item in components))
            said = suite.command(kind, number)
            seconds, _ = timed(lambda said=said, fresh=fresh: run(said, fresh))  # type: ignore[misc]
            if number:  # the first one imports and compiles
                wall[kind, count].append(seconds)
    return {str(count): by_kind(wall, count) for count in counts}


def by_kind(wall: Mapping[tuple[str, int], Sequence[float]], count: int) -> dict[str, Any]:
    """The seconds of every kind of command on blueprints of one size, summed up in milliseconds."""
    kinds = {kind: round(statistics.median(wall[kind, count]) * 1e3, 4) for kind in suite.TARGETS}
    return {
        **milliseconds([value for kind in suite.TARGETS for value in wall[kind, count]]),
        "mean_of_kind_medians": round(statistics.fmean(kinds.values()), 4),
        "median_by_kind": kinds,
    }


def bench_trees(runs: int = 10) -> dict[str, Any]:
    """Commands on syntax trees, one component of 3, 10 and 50 kB each; milliseconds by kind."""
    found: dict[str, Any] = {}
    for size in (3_000, 10_000, 50_000):
        rows = {}
        for at, template in enumerate(TREE_COMMANDS):
            blueprint, name = batches.tree_blueprint([size])
            times = []
            for number in range(runs):
                said = template.format(at=0, name=f"{name}_0", number=number)
                times.append(timed(lambda said=said, blueprint=blueprint: run(said, blueprint))[0])  # type: ignore[misc]
            rows[TREE_COMMANDS[at].split(" src")[0].split(" in ")[0].split(" to ")[0]] = milliseconds(times)["p50"]
        found[f"{size // 1000} kB"] = rows
    return found


def bench_steps(runs: int = 15, counts: Sequence[int] = (1, 5, 10, 25, 50)) -> dict[str, Any]:
    """Plans of 1 to 50 steps in one sentence, each step on a component of its own (so each is parsed)."""
    times: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(runs):
        for count in counts:
            blueprint, said = suite.many_steps(3, count)
            times[count].append(timed(lambda said=said, blueprint=blueprint: run("; ".join(said), blueprint))[0])  # type: ignore[misc]
    medians = {count: statistics.median(values) * 1e3 for count, values in times.items()}
    per_step = {str(count): round(medians[count] / count, 4) for count in counts}
    one_file, said = suite.many_steps(3, 50, files=10)
    ten = [timed(lambda: run("; ".join(said), one_file))[0] for _ in range(runs)]
    return {
        "50_steps_ms": round(medians[max(counts)], 3),
        "50_steps_on_10_files_ms": round(statistics.median(ten) * 1e3, 3),
        "per_step_ms": per_step,
        "last_against_first": round(per_step[str(max(counts))] / per_step[str(min(counts))], 3),
    }


def bench_rename(folder: Path, runs: int = 5, files: int = 250) -> dict[str, Any]:
    """Propose to rename a function that `files` files import and call, beside as many that do not; nothing written."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        root = Path(made).resolve()
        (root / "shop").mkdir()
        (root / "shop/__init__.py").write_text("", encoding="utf8")
        for at in range(files * 2):
            text = suite.python_text(at, 2_900)
            if at < files:
                text = text.replace("import re\n", "import re\n\nfrom shop.base import chosen\n", 1)
                text += f"\n\ndef last_{at}(items):\n    return chosen(items)\n"
            (root / f"shop/part_{at}.py").write_text(text, encoding="utf8")
        (root / "shop/base.py").write_text("def chosen(items):\n    return items[:1]\n", encoding="utf8")
        with Engine(root, Reader(root), root / ".codemaestro") as engine:
            times = [timed(lambda: engine.propose("rename chosen to picked")) for _ in range(runs)]
            changed = len(engine.propose("rename chosen to picked").diffs)
    return {
        "files_changed": changed,
        "seconds": round(statistics.median(wall for wall, _ in times), 3),
        "cpu_seconds": round(statistics.median(cpu for _, cpu in times), 3),
    }


def bench_memory(commands: int = 100_000) -> dict[str, Any]:
    """Resident memory over many commands: the mean of the last tenth against that of the second tenth."""
    metrics = Metrics()
    kinds = list(suite.TARGETS)
    blueprints = {kind: suite.blueprint(kind, 100) for kind in kinds}
    tenths: list[list[float]] = [[] for _ in range(10)]
    step = max(1, commands // 500)
    for number in range(commands):
        kind = kinds[number % 10]
        run(suite.command(kind, number), blueprints[kind], metrics=metrics)
        if number % step == 0:
            tenths[number * 10 // commands].append(resident())
    second, last = statistics.fmean(tenths[1]), statistics.fmean(tenths[9])
    return {"commands": commands, "second_tenth_mb": round(second, 2), "last_tenth_mb": round(last, 2),
            "growth": round(last / second - 1, 4), "metrics": metrics.picture()}  # fmt: skip


def resident() -> float:
    """Megabytes of resident memory of this process."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, ValueError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def bench_kill(folder: Path, moments: int = 500, seed: int = 1) -> dict[str, Any]:
    """`kill -9` at random moments of an apply, in a process of its own (it forks)."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        done = subprocess.run(
            [sys.executable, "-m", "codemaestro_jupyter.experiment.engine_kill", made, str(moments), str(seed)],
            capture_output=True,
            text=True,
            check=True,
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def file_system(folder: Path) -> str:
    """The kind of file system a folder is on (`ext4`, `tmpfs`); empty where the system does not tell."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf8").splitlines()
    except OSError:
        return ""
    kinds = {line.split()[1]: line.split()[2] for line in mounts if len(line.split()) > 2}
    return next((kinds[str(place)] for place in (folder, *folder.parents) if str(place) in kinds), "")


def real_folder() -> Path:
    """The temporary folder, or the home folder where that one is only memory: a sync must reach a disk."""
    place = Path(tempfile.gettempdir()).resolve()
    return Path.home() if file_system(place) in ("tmpfs", "ramfs") else place


def run_engine_bench(
    *,
    quick: bool = False,
    folder: Path | None = None,
    projects: Sequence[tuple[Path, Sequence[str]]] = (),
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Every figure as JSON, in about five minutes; `quick` takes a tenth of the runs.

    `folder` is where files are written (by default the temporary folder, if that is a disk), `projects` are clones
    with the command that runs their tests (in the clone, with this interpreter's environment).
    """
    place = folder or real_folder()
    parts: tuple[tuple[str, Callable[[], dict[str, Any]]], ...] = (
        ("suite", lambda: bench_suite(runs=10 if quick else 60)),
        ("first", lambda: bench_first(runs=3 if quick else 20)),
        ("suite_10_kB", lambda: bench_suite((100,), 5 if quick else 20, 10_000)),
        ("suite_50_kB", lambda: bench_suite((100,), 3 if quick else 10, 50_000)),
        ("trees", lambda: bench_trees(3 if quick else 10)),
        ("steps", lambda: bench_steps(3 if quick else 15)),
        ("batch_trees", lambda: batches.bench_batch_trees(3 if quick else 9)),
        ("batch_trees_mixed", lambda: batches.bench_batch_trees(3 if quick else 9, range(30_000, 80_000, 10_000))),
        ("batch_small", lambda: batches.bench_batch_small(5 if quick else 60)),
        ("batch_disk", lambda: batches.bench_batch_disk(place, 40 if quick else 200)),
        ("batch_disk_2_ms", lambda: batches.bench_batch_disk(place, 5 if quick else 15, 0.002)),
        ("batch_commands_to_disk", lambda: batches.bench_batch_commands(place, 20 if quick else 50)),
        ("rename", lambda: bench_rename(place, 1 if quick else 5)),
        ("same_bytes", lambda: batches.bench_same_bytes(100 if quick else 1_000)),
        ("memory", lambda: bench_memory(10_000 if quick else 100_000)),
        ("kill", lambda: bench_kill(place, 50 if quick else 500)),
        ("faults", run_faults),
    )
    found: dict[str, Any] = {"file_system": file_system(place), "quick": quick}
    for name, measure in parts:
        started = time.perf_counter()
        found[name] = measure()
        say(f"{name} {time.perf_counter() - started:.1f} s")
    if projects:
        found["projects"] = [check_project(path, command) for path, command in projects]
    found["ratio_1000_to_100"] = round(found["suite"]["1000"]["p50"] / found["suite"]["100"]["p50"], 3)
    found["ratio_1000_to_100_cpu"] = round(found["suite"]["1000"]["cpu_mean"] / found["suite"]["100"]["cpu_mean"], 3)
    first = [found["first"][count]["mean_of_kind_medians"] for count in ("100", "1000")]
    found["ratio_1000_to_100_first"] = round(first[1] / first[0], 3)
    return found
