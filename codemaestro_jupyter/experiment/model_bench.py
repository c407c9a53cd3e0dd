"""With a model and with questions: what a person waits for after each submit, with and without preparation.

The model is a local HTTP server of ours with the timing of a real one (reads 4,000 tokens a second, writes 60). The
person types at 52 words a minute, reads each question at the speed people read, and then chooses its first answer.
In the *traditional* arm nothing begins before a submit or a choice, so its time of typing and reading is left out. Arms
are interleaved; before each run the server forgets what it has read.

*Used* is what spec S1 means: of what was prepared for a turn (files, maps of the parts that were asked about, drafted
plans, the prefix that a model read ahead), its content stands in the answer. All of it takes about eight minutes.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from codemaestro_jupyter.experiment.model_project import REPLY_TOKENS, make_project, reply
from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.experiment.statistics import percentile, saved_share, summary
from codemaestro_jupyter.experiment.typist import keystrokes
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.protocol import Chunk, Message, Usage
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import CellId, NotebookId, TypingEvent

Arm = Literal["traditional", "staggered"]
ARMS: tuple[Arm, ...] = ("traditional", "staggered")
PREFILL, SPEED = 4_000.0, 60.0
READING = 238.0
"""Words a minute that adults read silently (Brysbaert, "How many words do we read per minute?", 2019)."""
DECIDING = 1.5
"""Seconds to decide between a few answers once they are read."""
BENCH = NotebookId("bench")
PATIENCE = 120.0
TASKS: dict[str, str] = {
    "simple": "how does a session expire in backend/session.py?",
    "medium": "improve the expiry of sessions in backend/session.py",
    "complex": "login session",
}
SWEEP: dict[float, int] = {500.0: 2, 1_000.0: 2, 2_000.0: 3, 4_000.0: 5, 8_000.0: 5}
"""Tokens that a server reads in a second -> how often it is measured: a slow one takes 16 s to read a long prefix."""
LONG_PREFIX = 8_000


@dataclass
class Run:
    """What one run of a task took, in seconds; `waits` after the submit and after each choice."""

    waits: list[float] = field(default_factory=list)
    first: float = 0.0
    questions: int = 0
    prepared: int = 0
    used: int = 0
    read: int = 0
    """Tokens that the model had to read (what it had read before left out), and wrote."""
    wrote: int = 0
    share: float = 1.0
    """How probable the last chosen answer was said to be."""
    kinds: list[tuple[str, bool]] = field(default_factory=list)
    """Each prepared thing's kind, and whether it was used."""


def run_model_bench(
    repetitions: int = 3, seed: int = 0, report: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Run every task in both arms `repetitions` times, then the sweeps; returns JSON-able figures."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder) / "shop")
        plan: list[tuple[str, Arm]] = [(task, arm) for task in TASKS for arm in ARMS for _ in range(repetitions)]
        random.Random(seed).shuffle(plan)  # noqa: S311 - an order, not a secret
        runs: dict[tuple[str, Arm], list[Run]] = {key: [] for key in plan}
        with ModelServer(reply, prefill=PREFILL, speed=SPEED) as server:
            settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, database="cache")
            with Maestro(settings, root=root) as maestro:
                maestro.workspace.index.wait(PATIENCE)
                maestro.submit("what is in README.md?", fresh=True).result(PATIENCE)  # imports and connections
                for number, (task, arm) in enumerate(plan):
                    run = _run(maestro, server, TASKS[task], arm, seed + number)
                    runs[task, arm].append(run)
                    report(
                        f"{number + 1}/{len(plan)} {task:8s} {arm:11s} first {run.first:.3f} s, waits "
                        + ", ".join(f"{wait:.3f}" for wait in run.waits)
                        + (f", used {run.used} of {run.prepared}" if arm == "staggered" else "")
                    )
        figures["tasks"] = {task: _task(runs, task) for task in TASKS}
        staggered = [run for (_, arm), found in runs.items() if arm == "staggered" for run in found]
        figures["turns that used something prepared"] = statistics.fmean(run.used > 0 for run in staggered)
        figures["prepared that were used"] = sum(run.used for run in staggered) / max(
            1, sum(run.prepared for run in staggered)
        )
        figures["by kind"] = by_kind(staggered)
        figures["chosen answer to its diff"] = summary([run.waits[-1] for run in staggered if run.questions])
        figures["last submit to result"] = summary([run.waits[-1] for run in staggered])
        figures["thrifty drafts"] = thrifty_drafts(root, report)
        figures["overhead"] = overhead(root, report=report)
        figures["stop"] = stopping(root, report=report)
    figures["warm against cold"] = warm_against_cold(report)
    return figures


def _run(maestro: Maestro, server: ModelServer, request: str, arm: Arm, seed: int, choice: int = 0) -> Run:
    staggered = arm == "staggered"
    server.forget()
    calls = len(server.calls)
    maestro.store.forget("everything")
    maestro.clear()
    maestro.engine.forget()
    maestro.dialogue.changed()
    maestro.settings.set("enabled", staggered)
    for number, stroke in enumerate(keystrokes(request, seed) if staggered else ()):
        time.sleep(stroke.pause)
        maestro.typing(TypingEvent("chat", BENCH, CellId(""), number, stroke.text, len(stroke.text), time.time()))
    time.sleep(0.25)  # from the last key to the one that sends
    run = Run()
    settled: list[tuple[str, bool]] = []
    maestro.engine.on_settled = lambda used, wasted: settled.extend(
        [*((item.key.kind, True) for item in used), *((item.key.kind, False) for item in wasted)]
    )
    began = time.perf_counter()
    pending = maestro.submit(request, source="chat", notebook_id=BENCH, fresh=True, asks=True)
    last = ""
    while True:
        question = _next(maestro, pending, last, run, began)
        if question is None:
            run.waits.append(time.perf_counter() - began)
            break
        last = question["id"]
        if question["stage"] == "READY":  # the plan and its diff are there: the result
            run.waits.append(time.perf_counter() - began)
            maestro.choose(last, "leave")
            break
        run.waits.append(time.perf_counter() - began)
        run.questions += 1
        words = len((question["text"] + " ".join(option["label"] for option in question["options"])).split())
        if staggered:
            time.sleep(words / READING * 60.0 + DECIDING)
        chosen = question["options"][choice]
        run.share = chosen["probability"]
        wanted = "change" if question["stage"] == "INTENT" else chosen["id"]
        began = time.perf_counter()
        maestro.choose(last, wanted)
    pending.result(PATIENCE)
    turn = maestro.view()["turns"][-1]
    run.kinds = settled
    run.read = sum(call.prompt - call.cached for call in server.calls[calls:])
    run.wrote = sum(call.sent for call in server.calls[calls:])
    receipt = turn["receipt"]
    run.prepared, run.used = (receipt["prepared"], receipt["used"]) if receipt else (0, 0)
    return run


def _next(maestro: Maestro, pending: Any, last: str, run: Run, began: float) -> Any:
    """The next question, or None once the turn is over; notes when its first words came."""
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline:
        question = maestro.dialogue.question(pending.turn)
        if question is not None and question["id"] != last:
            return question
        if not run.first and not run.questions and pending.began:
            run.first = time.perf_counter() - began
        if pending.done:
            return None
        time.sleep(0.001)
    raise TimeoutError(f"Nothing came for {PATIENCE} s.")


def _task(runs: dict[tuple[str, Arm], list[Run]], task: str) -> dict[str, Any]:
    slow, fast = runs[task, "traditional"], runs[task, "staggered"]
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
    found["tokens read"] = {arm: statistics.fmean(run.read for run in runs[task, arm]) for arm in ARMS}
    found["tokens written"] = {arm: statistics.fmean(run.wrote for run in runs[task, arm]) for arm in ARMS}
    return found


def by_kind(runs: Sequence[Run]) -> dict[str, dict[str, int]]:
    """How many things of each kind were prepared, and how many of them were used."""
    found: dict[str, dict[str, int]] = {}
    for kind, used in (item for run in runs for item in run.kinds):
        counts = found.setdefault(kind, {"prepared": 0, "used": 0})
        counts["prepared"] += 1
        counts["used"] += used
    return dict(sorted(found.items()))


def thrifty_drafts(root: Path, report: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Tokens of drafts that were not used, as a share of all, with the dial at thrifty.

    Each of the two likeliest answers is chosen once, and counts as often as it is expected to be chosen.
    """
    extra = total = 0.0
    with ModelServer(reply, prefill=PREFILL, speed=SPEED * 10) as server:
        settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, database="cache", dial=0.0)
        with Maestro(settings, root=root) as maestro:
            maestro.workspace.index.wait(PATIENCE)
            for choice in (0, 1):
                run = _run(maestro, server, TASKS["medium"], "staggered", 0, choice)
                by = maestro.store.ledger.by("purpose")
                drafted = by["draft"].sent + by["draft"].received if "draft" in by else 0
                calls = by["draft"].calls if "draft" in by else 0
                extra += run.share * unused(drafted, calls, used=("plan", True) in run.kinds)
                total += run.share * sum(item.sent + item.received for item in by.values())
    report(f"thrifty: {extra:.0f} of {total:.0f} tokens for drafts that were not used")
    return {"unused drafts": round(extra), "all tokens": round(total), "share": round(extra / max(1.0, total), 3)}


def unused(drafted: int, calls: int, *, used: bool) -> float:
    """Tokens of drafts that nobody used: all of them, but for the one that was chosen."""
    return drafted * (calls - used) / calls if calls else 0.0


class InstantModel(ScriptedModel):
    """Answers without reading or counting anything: what is left is ours."""

    async def stream(self, messages: Sequence[Message], **_: Any) -> AsyncIterator[Chunk]:
        """One word and its usage."""
        yield Chunk("ok")
        yield Chunk(usage=Usage(1, 0, 1), finish="stop")


def overhead(root: Path, repetitions: int = 40, report: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Submit to the end of an answer by a model that takes no time at all: what we add, in milliseconds."""
    settings = Settings(environment={}, policy={}, database="cache")
    with Maestro(settings, root=root, model=InstantModel([])) as maestro:
        maestro.workspace.index.wait(PATIENCE)
        request = TASKS["simple"]
        maestro.submit(request, source="chat").result(PATIENCE)
        taken = []
        for number in range(repetitions):
            maestro.typing(TypingEvent("chat", BENCH, CellId(""), number, request, len(request), time.time()))
            time.sleep(0.5)
            began = time.perf_counter()
            maestro.submit(request, source="chat").result(PATIENCE)
            taken.append((time.perf_counter() - began) * 1000)
    report(f"overhead: {percentile(taken, 0.5):.2f} ms p50")
    return {"milliseconds": summary(taken)}


def stopping(root: Path, repetitions: int = 20, report: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """From Stop to the moment at which the server finds the stream closed, in milliseconds."""
    taken = []
    with ModelServer("word " * 4_000, speed=200.0) as server:
        settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, database="cache")
        with Maestro(settings, root=root) as maestro:
            maestro.workspace.index.wait(PATIENCE)
            for _ in range(repetitions):
                before = len(server.calls)
                pending = maestro.submit(TASKS["simple"], source="chat", fresh=True)
                while len(server.calls) == before or server.calls[-1].sent < 5:
                    time.sleep(0.002)
                began = time.perf_counter()
                pending.cancel()
                while not server.calls[-1].closed_by_client:
                    time.sleep(0.001)
                taken.append((server.calls[-1].closed_by_client - began) * 1000)
    report(f"stop: {percentile(taken, 0.95):.1f} ms p95")
    return {"milliseconds": summary(taken)}


def warm_against_cold(report: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """First token of a prompt of 8,000 tokens, read ahead and not, for servers of several speeds of reading."""
    import asyncio

    return {
        f"{prefill:.0f} tokens/s": asyncio.run(_warm_against_cold(prefill, report, times))
        for prefill, times in SWEEP.items()
    }


async def _warm_against_cold(prefill: float, report: Callable[[str], None], repetitions: int) -> dict[str, Any]:
    from codemaestro_jupyter.models.client import OpenAICompatible
    from codemaestro_jupyter.models.protocol import ModelInfo

    async def first(model: OpenAICompatible, messages: list[Message]) -> float:
        began, found = time.perf_counter(), 0.0
        async for chunk in model.stream(messages, max_tokens=4):
            if chunk.text and not found:
                found = time.perf_counter() - began
        return found

    cold, warm = [], []
    with ModelServer("ok", prefill=prefill, speed=0.0) as server:
        model = OpenAICompatible(ModelInfo(MODEL, "test", server.url, local=True), key="none")
        await first(model, [Message("user", "hello")])  # the import and the connection
        for number in range(repetitions):
            server.forget()
            text = f"{number} " + " word" * LONG_PREFIX
            cold.append(await first(model, [Message("system", "rules"), Message("user", text + " then?")]))
            server.forget()
            await model.warm([Message("system", "rules"), Message("user", text)])
            warm.append(await first(model, [Message("system", "rules"), Message("user", text + " then?")]))
        await model.close()
    times = statistics.median(cold) / statistics.median(warm)
    report(f"prefill {prefill:.0f}: cold {statistics.median(cold):.3f} s, warm {statistics.median(warm):.4f} s")
    return {"cold": summary(cold), "warm": summary(warm), "times sooner": round(times, 1)}


if __name__ == "__main__":
    print(json.dumps({"reply tokens": REPLY_TOKENS, **run_model_bench(report=print)}, indent=2))
