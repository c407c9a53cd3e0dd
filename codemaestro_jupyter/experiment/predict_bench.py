"""How good are the predictions? On a project's own last commits, and on the cases of a shared harness.

The request is a commit's cleaned subject, typed to 25, 50, 75 and 100 %; the project is the commit's parent; right are
the files it modified. hit@3: a right file is among the first three.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.experiment.commit_view import MemoryView, Repository
from codemaestro_jupyter.experiment.own_history import (
    SHARES,
    Case,
    by_repository,
    cases_of,
    changes_by_convention,
    read_cases,
)
from codemaestro_jupyter.experiment.predict_measures import Outcome, expected_error, table
from codemaestro_jupyter.experiment.statistics import summary
from codemaestro_jupyter.predict import Predictor
from codemaestro_jupyter.types import LiveContext, Prediction

OWN_CASES = 60
ASKED = 12
"""Files asked for, so that three are left when changelogs and the like are passed over."""
COUNTED = 3


def run_predict_bench(
    repo: str | Path = ".",
    harness: str | Path | None = None,
    cases: int | None = None,
    report: Callable[[str], None] = lambda line: None,
    mirror: str | Path | None = None,
) -> dict[str, Any]:
    """Figures of the newest `cases` commits of `repo`, or of the harness's dev.jsonl with the clones in `mirror`.

    `mirror` holds `OWNER+NAME/repo` for each repository and defaults to the environment's BENCH_MIRROR. Returns hit@1
    and hit@3 in percent by kind of change and share typed, the expected calibration error of all three answers, and the
    milliseconds of a prediction: `cold` is each case's first, `warm` the rest, `processor` what all took of a core.
    Raises `InputError` if a clone or the cases cannot be read.
    """
    outcomes: list[Outcome] = []
    milliseconds: dict[str, list[float]] = {"cold": [], "warm": [], "processor": []}
    sizes: list[int] = []
    for folder, chosen in _projects(Path(repo), harness, cases, mirror):
        with Repository(folder) as repository:
            for case in chosen or sorted(cases_of(repository, cases or OWN_CASES), key=lambda case: case.when):
                view = repository.view(case.parent)
                sizes.append(len(view.paths))
                found = _ask(case, view, milliseconds)
                outcomes += found
                first = "".join("x" if any(outcome.right) else "." for outcome in found)
                report(f"{case.repository} {first} {case.request}")
    if not outcomes:
        raise InputError(
            f"{Path(repo).resolve().name} has no commits to learn from.",
            hint="It takes commits that change one to five files of a project of at least 15.",
        )
    return {
        "cases": len(outcomes) // len(SHARES),
        "files": summary([float(size) for size in sizes], 0),
        "hits": table(outcomes),
        "calibration_error": expected_error(outcomes),
        "milliseconds": {name: summary(values, 2) for name, values in milliseconds.items()},
    }


def _projects(
    repo: Path, harness: str | Path | None, cases: int | None, mirror: str | Path | None
) -> list[tuple[Path, Sequence[Case]]]:
    """Clones and their cases; no cases: take the project's own."""
    if harness is None:
        return [(repo, ())]
    clones = mirror or os.environ.get("BENCH_MIRROR")
    if not clones:
        raise InputError("The harness needs clones of its repositories.", hint="Set BENCH_MIRROR to their folder.")
    found: list[tuple[Path, Sequence[Case]]] = []
    for name, chosen in by_repository(read_cases(Path(harness) / "dev.jsonl")):
        found.append((Path(clones) / name.replace("/", "+") / "repo", chosen[-cases:] if cases else chosen))
    return found


def _ask(case: Case, view: MemoryView, milliseconds: dict[str, list[float]]) -> list[Outcome]:
    predictor = Predictor(clock=lambda: case.when)
    predictor.warm(view)
    found = []
    for number, (share, end) in enumerate(zip(SHARES, case.prefixes, strict=True)):
        started, used = time.perf_counter(), time.thread_time()
        prediction = predictor.predict(case.request[:end], view, LiveContext(), ASKED)
        milliseconds["warm" if number else "cold"].append((time.perf_counter() - started) * 1e3)
        milliseconds["processor"].append((time.thread_time() - used) * 1e3)
        found.append(judge(case, share, prediction))
    return found


def judge(case: Case, share: int, prediction: Prediction) -> Outcome:
    """The first answers, those that no case has as truth passed over, against what the commit changed."""
    files = [file for file in prediction.files if not changes_by_convention(file.path)][:COUNTED]
    right = tuple(file.path in case.truth for file in files)
    return Outcome(case.repository, case.kind, share, right, tuple(file.probability for file in files))
