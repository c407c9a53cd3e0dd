"""Submit to answer, with and without preparation: the same requests, the same warm index, interleaved arms.

In both arms the clock starts at submit. In the *staggered* arm a simulated typist has typed the request before
that; in the *traditional* one nobody has. Preparations and conversation are forgotten before every run.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from codemaestro_jupyter.experiment.statistics import saved_share, summary
from codemaestro_jupyter.experiment.typist import CHARACTERS_A_WORD, WORDS_A_MINUTE, keystrokes
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.prepare.candidates import thing_of
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import CellId, NotebookId, Preparation, TypingEvent

Arm = Literal["traditional", "staggered"]
LEAST_SECONDS = 0.1
"""A task whose traditional arm is faster than this has nothing worth saving and does not count (spec S1)."""
BUSY_SYMBOLS = 6
BENCH = NotebookId("bench")
ANSWER_TIMEOUT = 120.0


def run_answer_bench(
    root: str | Path,
    requests: Sequence[str] = (),
    repetitions: int = 5,
    seed: int = 0,
    words_a_minute: float = WORDS_A_MINUTE,
    report: Callable[[str], None] = lambda line: None,
    pause: float | None = None,
) -> dict[str, Any]:
    """Run every request `repetitions` times in both arms; returns JSON-able figures.

    `pause` is the seconds between the last key and Enter; a key's own time without it.

    Without `requests` the most used symbols of the project are explained and found, and its last commits asked for.
    """
    with Maestro(Settings(database="cache"), root=root) as maestro:
        maestro.workspace.index.wait(600.0)
        requests = list(requests) or project_requests(maestro)
        plan: list[tuple[str, Arm]] = [
            (request, arm) for request in requests for arm in ("traditional", "staggered") for _ in range(repetitions)
        ]
        random.Random(seed).shuffle(plan)  # noqa: S311 - an order, not a secret
        runs: dict[tuple[str, Arm], list[dict[str, Any]]] = {(request, arm): [] for request, arm in plan}
        settled: list[tuple[tuple[Preparation, ...], tuple[Preparation, ...]]] = []
        maestro.engine.on_settled = lambda used, wasted: settled.append((used, wasted))
        for request in requests:  # a first, uncounted run each: the disk and the imports are warm in both arms
            maestro.submit(request, source="chat", notebook_id=BENCH, fresh=True).result(ANSWER_TIMEOUT)
        for number, (request, arm) in enumerate(plan):
            settled.clear()
            run = _run(maestro, request, arm, seed + number, words_a_minute, pause)
            run["things"] = [[thing_of(item.key) for item in items] for items in (settled[-1] if settled else ((), ()))]
            runs[request, arm].append(run)
            report(f"{number + 1}/{len(plan)} {arm:11s} {run['first']:.3f} s first, {run['total']:.3f} s  {request}")
    return _figures(requests, runs)


def project_requests(maestro: Maestro) -> list[str]:
    """Requests that read many files of this project: its most used names, and what its last commits were about."""
    view = maestro.workspace.index.view()
    names: dict[str, int] = {}
    for document in range(len(view.paths)):
        for symbol in view.outline(document)[0]:
            if symbol.kind in {"class", "function", "method"} and len(symbol.name) > 5 and symbol.name[0] != "_":
                names.setdefault(symbol.name, len(view.uses(symbol.name)))
    busy = sorted(names, key=lambda name: (-names[name], name))[:BUSY_SYMBOLS]
    commits = maestro.workspace.git.history(limit=3)
    return [
        *(f"explain {name}" for name in busy[: BUSY_SYMBOLS // 2]),
        *(f"find uses of {name}" for name in busy[BUSY_SYMBOLS // 2 :]),
        *(commit.subject for commit in commits),
    ]


def _run(
    maestro: Maestro, request: str, arm: Arm, seed: int, words_a_minute: float, pause: float | None
) -> dict[str, Any]:
    maestro.forget("everything")
    if arm == "staggered":
        for number, key in enumerate(keystrokes(request, seed, words_a_minute), 1):
            time.sleep(key.pause)
            maestro.typing(TypingEvent("chat", BENCH, CellId(""), number, key.text, len(key.text), time.time()))
        # Enter is a key as well
        time.sleep(60.0 / (words_a_minute * CHARACTERS_A_WORD) if pause is None else pause)
    else:
        time.sleep(1.0)  # what the run before left behind is over, as it is in the other arm
    started = time.perf_counter()
    pending = maestro.submit(request, source="chat", notebook_id=BENCH, fresh=True)
    first = 0.0
    for _ in pending.parts(ANSWER_TIMEOUT):
        first = first or time.perf_counter() - started
    answer = pending.result(ANSWER_TIMEOUT)
    total = time.perf_counter() - started
    turn = next(turn for turn in maestro.view()["turns"] if turn["id"] == pending.turn)
    return {
        "first": first,
        "total": total,
        "receipt": turn["receipt"],
        "characters": len(answer.markdown),
        "tool": answer.tool,
    }


def _figures(requests: Sequence[str], runs: dict[tuple[str, Arm], list[dict[str, Any]]]) -> dict[str, Any]:
    tasks = []
    for request in requests:
        slow, fast = runs[request, "traditional"], runs[request, "staggered"]
        receipts = [run["receipt"] for run in fast if run["receipt"]]
        prepared, used = (sum(receipt[key] for receipt in receipts) for key in ("prepared", "used"))
        tasks.append(
            {
                "request": request,
                "traditional": {key: summary([run[key] for run in slow]) for key in ("first", "total")},
                "staggered": {key: summary([run[key] for run in fast]) for key in ("first", "total")},
                "counts": summary([run["total"] for run in slow])["p50"] >= LEAST_SECONDS,
                "prepared": prepared,
                "used": used,
                "turns_that_used": sum(receipt["used"] > 0 for receipt in receipts) / max(1, len(receipts)),
                "same_answer": len({run["characters"] for run in slow + fast}) == 1,
            }
        )
    counted = [task["request"] for task in tasks if task["counts"]]
    saved: dict[str, Any] = {}
    for key in ("first", "total"):
        if counted:
            share = saved_share(
                [[run[key] for run in runs[request, "traditional"]] for request in counted],
                [[run[key] for run in runs[request, "staggered"]] for request in counted],
            )
            saved[key] = dict(zip(("share", "lower", "upper"), (round(value, 3) for value in share), strict=True))
    prepared = sum(task["prepared"] for task in tasks)
    return {
        "tasks": tasks,
        "counted": len(counted),
        "saved": saved,
        "prepared_used": round(sum(task["used"] for task in tasks) / max(1, prepared), 3),
        "turns_that_used": round(sum(task["turns_that_used"] for task in tasks) / max(1, len(tasks)), 3),
        "used_of": used_of([run for (_, arm), found in runs.items() if arm == "staggered" for run in found]),
    }


def used_of(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, list[int]]]:
    """Tool → thing prepared → how many of how many were used: what `prepare.needs.NEEDS` rests on."""
    found: dict[str, dict[str, list[int]]] = {}
    for run in runs:
        for used, things in zip((1, 0), run["things"], strict=True):
            for thing in things:
                counts = found.setdefault(run["tool"], {}).setdefault(thing, [0, 0])
                counts[0] += used
                counts[1] += 1
    return found


def main() -> None:
    """`python -m codemaestro_jupyter.experiment.answer_bench CLONE --pause 0.6 "rename a to b"`: one's own requests."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("clone", help="the project to ask about; nothing in it is changed")
    parser.add_argument("requests", nargs="+")
    parser.add_argument("-n", "--repetitions", type=int, default=5)
    parser.add_argument(
        "--pause", type=float, help="seconds between the last key and Enter (default: as between two keys)"
    )
    parser.add_argument("-o", "--output", help="a file to write the figures to")
    arguments = parser.parse_args()
    figures = run_answer_bench(
        arguments.clone, arguments.requests, arguments.repetitions, report=print, pause=arguments.pause
    )
    pause = f" --pause {arguments.pause}" if arguments.pause is not None else ""
    said = " ".join(f'"{request}"' for request in arguments.requests)
    name = Path(arguments.clone).resolve().name
    command = f"python -m codemaestro_jupyter.experiment.answer_bench {name}{pause} {said}"
    found = json.dumps({"command": command, "figures": figures}, indent=1)
    if arguments.output:
        Path(arguments.output).write_text(f"{found}\n", encoding="utf8")
    else:
        print(found)


if __name__ == "__main__":
    main()
