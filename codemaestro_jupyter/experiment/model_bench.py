"""With a model and with questions: what a person waits for after each submit, with and without preparation.

The model is a local HTTP server of ours with the timing of a real one (reads 4,000 tokens a second, writes 60; its
answers have 240). The person types at 52 words a minute, reads each question at the speed people read, and then chooses
its first answer; others (`model_people`) read faster or slower, type faster, or want something else. In the
*traditional* arm nothing begins before a submit or a choice, so its time of typing and reading is left out. Arms and
people are interleaved; before each run the server forgets what it has read.

*Used* is what spec S1 means: of what was prepared for a turn (files, maps of the parts that were asked about, drafted
plans, the prefix that a model read ahead), its content stands in the answer. All of it takes a quarter of an hour.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from codemaestro_jupyter.experiment.model_parts import SIMPLE, overhead, stopping, typed_ahead, warm_against_cold
from codemaestro_jupyter.experiment.model_people import CHOICES, FAST, PACES, USUAL, Person
from codemaestro_jupyter.experiment.model_project import REPLY_TOKENS, make_project, reply
from codemaestro_jupyter.experiment.model_report import rows
from codemaestro_jupyter.experiment.model_run import ARMS, PATIENCE, Arm, Run, perform
from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.experiment.statistics import saved_share, summary
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings

PREFILL, SPEED = 4_000.0, 60.0
TASKS: dict[str, str] = {
    "simple": SIMPLE,
    "medium": "improve the expiry of sessions in backend/session.py",
    "complex": "login session",
}
DIALS = {"thrifty": 0.0, "middle": 0.5, "fast": 1.0}


class Case(NamedTuple):
    """A task in one arm, by one person."""

    task: str
    arm: Arm
    person: Person


Runs = Mapping[Case, Sequence[Run]]


def cases(repetitions: int) -> list[Case]:
    """The reference tasks so many times each, and once each what others than `USUAL` do."""
    found = [Case(task, arm, USUAL) for task in TASKS for arm in ARMS for _ in range(repetitions)]
    found += [Case(task, "staggered", FAST) for task in TASKS]
    asked = [task for task in TASKS if task != "simple"]
    found += [Case(task, "staggered", person) for task in asked for person in PACES.values()]
    return found + [Case(task, arm, person) for task in asked for person in CHOICES.values() for arm in ARMS]


def run_model_bench(
    repetitions: int = 3, seed: int = 0, report: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Run every task in both arms `repetitions` times, then the sweeps; returns JSON-able figures."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder) / "shop")
        plan = cases(repetitions)
        random.Random(seed).shuffle(plan)  # noqa: S311 - an order, not a secret
        runs: dict[Case, list[Run]] = {case: [] for case in plan}
        with ModelServer(reply, prefill=PREFILL, speed=SPEED) as server:
            settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, database="cache")
            with Maestro(settings, root=root) as maestro:
                maestro.workspace.index.wait(PATIENCE)
                maestro.submit("what is in README.md?", fresh=True).result(PATIENCE)  # imports and connections
                for number, case in enumerate(plan):
                    run = perform(maestro, server, TASKS[case.task], case.arm, seed + number, case.person)
                    runs[case].append(run)
                    report(f"{number + 1}/{len(plan)} {_line(case, run)}")
        figures["reply tokens"] = REPLY_TOKENS
        figures["tasks"] = {task: of_task(runs, task) for task in TASKS}
        figures["people"] = people(runs)
        figures |= of_all([run for case, found in runs.items() if case.arm == "staggered" for run in found])
        figures["drafts"] = {name: unused_drafts(root, dial, report) for name, dial in DIALS.items()}
        figures["overhead"] = overhead(root, report=report)
        figures["stop"] = stopping(root, report=report)
        figures["typed ahead"] = typed_ahead(Path(folder) / "large", report)
    figures["warm against cold"] = warm_against_cold(report)
    for row in rows(figures):
        report(" | ".join(row))
    return figures


def _line(case: Case, run: Run) -> str:
    waits = ", ".join(f"{wait:.3f}" for wait in run.waits)
    used = f", used {run.used} of {run.prepared}" if case.arm == "staggered" else ""
    return f"{case.task:8s} {case.arm:11s} first {run.first:.3f} s, waits {waits}{used} ({case.person.name})"


def of_task(runs: Runs, task: str) -> dict[str, Any]:
    """A task of the usual person, arm by arm."""
    slow, fast = (runs[Case(task, arm, USUAL)] for arm in ARMS)
    found: dict[str, Any] = {"questions": fast[0].questions}
    measures: dict[str, Callable[[Run], float]] = {
        "first words": lambda run: run.first,
        "sum of waits": lambda run: sum(run.waits),
        "last submit to result": lambda run: run.waits[-1],
    }
    for name, measure in measures.items():
        before, after = [measure(run) for run in slow], [measure(run) for run in fast]
        found[name] = {"traditional": summary(before), "staggered": summary(after)}
        if all(before):
            share, low, high = saved_share([before], [after])
            found[name]["saved"] = {"share": round(share, 3), "interval": [round(low, 3), round(high, 3)]}
    found["person"] = round(statistics.fmean(run.person for run in fast), 3)  # the same in both arms
    found["tokens read"] = {arm: statistics.fmean(run.read for run in runs[Case(task, arm, USUAL)]) for arm in ARMS}
    found["tokens written"] = {arm: statistics.fmean(run.wrote for run in runs[Case(task, arm, USUAL)]) for arm in ARMS}
    return found


def people(runs: Runs) -> dict[str, Any]:
    """What each person waits for in all, in seconds; without preparation as the usual one, where not measured."""
    found: dict[str, Any] = {}
    for task, _, person in dict.fromkeys(case._replace(arm="staggered") for case in runs):
        slow = runs.get(Case(task, "traditional", person)) or runs[Case(task, "traditional", USUAL)]
        fast = runs[Case(task, "staggered", person)]
        before, after = (statistics.median(sum(run.waits) for run in each) for each in (slow, fast))
        found.setdefault(person.name, {})[task] = {
            "traditional": round(before, 3),
            "staggered": round(after, 3),
            "saved": round(1.0 - after / before, 3),
            "receipt": round(statistics.median(run.saved for run in fast), 3),
            "prepared": sum(run.prepared for run in fast),
            "used": sum(run.used for run in fast),
        }
    return dict(sorted(found.items()))


def of_all(staggered: Sequence[Run]) -> dict[str, Any]:
    """The figures over every prepared turn, of everybody."""
    asked = [run for run in staggered if run.questions]
    return {
        "turns that used something prepared": statistics.fmean(run.used > 0 for run in staggered),
        "prepared that were used": sum(run.used for run in staggered) / max(1, sum(run.prepared for run in staggered)),
        "by kind": by_kind(staggered),
        "chosen answer to its diff": summary([run.waits[-1] for run in asked if run.ready]),
        "chosen before it was ready": summary([run.waits[-1] for run in asked if not run.ready]),
        "last submit to result": summary([run.waits[-1] for run in staggered]),
        "cached": {
            "served": sum(run.cached for run in staggered),
            "recorded": sum(run.recorded for run in staggered),
        },
    }


def by_kind(runs: Sequence[Run]) -> dict[str, dict[str, int]]:
    """How many things of each kind were prepared, and how many of them were used."""
    found: dict[str, dict[str, int]] = {}
    for kind, used in (item for run in runs for item in run.kinds):
        counts = found.setdefault(kind, {"prepared": 0, "used": 0})
        counts["prepared"] += 1
        counts["used"] += used
    return dict(sorted(found.items()))


def unused_drafts(root: Path, dial: float, report: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Tokens of drafts that were not used, as a share of all, with the dial at a place.

    Each of the two likeliest answers is chosen once in each task that asks, and counts as often as it is expected to be
    chosen.
    """
    extra = total = 0.0
    begun = 0
    with ModelServer(reply, prefill=PREFILL, speed=SPEED * 10) as server:
        settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, database="cache", dial=dial)
        with Maestro(settings, root=root) as maestro:
            maestro.workspace.index.wait(PATIENCE)
            maestro.submit("what is in README.md?", fresh=True).result(PATIENCE)
            for task in ("medium", "complex"):
                for person in (USUAL, CHOICES["second"]):
                    run = perform(maestro, server, TASKS[task], "staggered", 0, person)
                    by = maestro.store.ledger.by("purpose")
                    drafted, calls = (
                        (by["draft"].sent + by["draft"].received, by["draft"].calls) if "draft" in by else (0, 0)
                    )
                    begun += calls
                    extra += run.share * unused(drafted, calls, used=("plan", True) in run.kinds)
                    total += run.share * sum(item.sent + item.received for item in by.values())
    report(f"dial {dial}: {begun} drafts, {extra:.0f} of {total:.0f} tokens for those that were not used")
    share = round(extra / max(1.0, total), 3)
    return {"begun": begun, "unused drafts": round(extra), "all tokens": round(total), "share": share}


def unused(drafted: int, calls: int, *, used: bool) -> float:
    """Tokens of drafts that nobody used: all of them, but for the one that was chosen."""
    return drafted * (calls - used) / calls if calls else 0.0


if __name__ == "__main__":
    print(json.dumps(run_model_bench(report=print), indent=2))
