"""Single figures of the model's side: what is added to a call, how soon one closes, what reading ahead brings."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from codemaestro_jupyter.converse.turns import begun
from codemaestro_jupyter.experiment.model_project import PARTS, TOPICS, make_project, reply
from codemaestro_jupyter.experiment.model_run import ARMS, BENCH, PATIENCE, perform
from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.experiment.statistics import percentile, summary
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.protocol import Chunk, Message, Usage
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import CellId, TurnId, TypingEvent

SWEEP: dict[float, int] = {500.0: 2, 1_000.0: 2, 2_000.0: 3, 4_000.0: 5, 8_000.0: 5}
"""Tokens that a server reads in a second -> how often it is measured: a slow one takes 16 s to read a long prefix."""
LONG_PREFIX = 8_000
SIMPLE = "how does a session expire in backend/session.py?"
LONG = (
    "compare how a session, a login and a basket expire in backend/session.py, backend/login.py and backend/basket.py"
)
LONG_METHODS = 28
"""So many in each module make the prompt of `LONG` one of 8,000 tokens."""
ASKED = tuple(
    f"{how} a {topic} expire in {part}/{topic}.py?"
    for how in ("how does", "when will")
    for part in PARTS
    for topic in TOPICS
)
EARLIER = 5_000
"""Turns of a month in which one conversation goes on."""
Report = Callable[[str], None]


class InstantModel(ScriptedModel):
    """Answers without reading or counting anything: what is left is ours."""

    async def stream(self, messages: Sequence[Message], **_: Any) -> AsyncIterator[Chunk]:
        """One word and its usage."""
        yield Chunk("ok")
        yield Chunk(usage=Usage(1, 0, 1), finish="stop")


def overhead(root: Path, report: Report = lambda line: None) -> dict[str, Any]:
    """Submit to the end of an answer by a model that takes no time at all: what we add, in milliseconds.

    Forty different requests, each typed and sent once, in a conversation that has thousands of turns.
    """
    settings = Settings(environment={}, policy={}, database="cache")
    with Maestro(settings, root=root, model=InstantModel([])) as maestro:
        maestro.workspace.index.wait(PATIENCE)
        for number in range(EARLIER):
            asked = begun(TurnId(f"earlier{number}"), f"{SIMPLE} ({number})", BENCH, CellId(""), float(number))
            maestro.store.turns.soon(replace(asked, answer="It compares two times. " * 80, state="done"))
        maestro.submit(SIMPLE, source="chat", notebook_id=BENCH).result(PATIENCE)
        taken = []
        for number, request in enumerate(ASKED):
            maestro.typing(TypingEvent("chat", BENCH, CellId(""), number, request, len(request), time.time()))
            time.sleep(0.5)
            began = time.perf_counter()
            maestro.submit(request, source="chat", notebook_id=BENCH).result(PATIENCE)
            taken.append((time.perf_counter() - began) * 1000)
    report(f"overhead: {percentile(taken, 0.5):.2f} ms p50")
    return {"milliseconds": summary(taken)}


def stopping(root: Path, repetitions: int = 20, report: Report = lambda line: None) -> dict[str, Any]:
    """From Stop to the moment at which the server finds the stream closed, in milliseconds."""
    taken = []
    with ModelServer("word " * 4_000, speed=200.0) as server:
        settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, database="cache")
        with Maestro(settings, root=root) as maestro:
            maestro.workspace.index.wait(PATIENCE)
            for _ in range(repetitions):
                before = len(server.calls)
                pending = maestro.submit(SIMPLE, source="chat", fresh=True)
                while len(server.calls) == before or server.calls[-1].sent < 5:
                    time.sleep(0.002)
                began = time.perf_counter()
                pending.cancel()
                while not server.calls[-1].closed_by_client:
                    time.sleep(0.001)
                taken.append((server.calls[-1].closed_by_client - began) * 1000)
    report(f"stop: {percentile(taken, 0.95):.1f} ms p95")
    return {"milliseconds": summary(taken)}


def warm_against_cold(report: Report = lambda line: None) -> dict[str, Any]:
    """First token of a prompt of 8,000 tokens, read ahead and not, for servers of several speeds of reading."""
    return {
        f"{prefill:.0f} tokens/s": asyncio.run(_warm_against_cold(prefill, report, times))
        for prefill, times in SWEEP.items()
    }


async def _warm_against_cold(prefill: float, report: Report, repetitions: int) -> dict[str, Any]:
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
    report(f"prefill {prefill:.0f}: cold {statistics.median(cold):.3f} s, warm {statistics.median(warm):.4f} s")
    return {"cold": summary(cold), "warm": summary(warm), "times sooner": sooner(cold, warm)}


def typed_ahead(folder: Path, report: Report = lambda line: None) -> dict[str, Any]:
    """The same through everything of ours: a request about three files is typed at 52 words a minute and sent, once.

    What the server has not read by then is waited for.
    """
    root = make_project(folder, LONG_METHODS)
    found = {}
    for prefill in SWEEP:
        with ModelServer(reply, prefill=prefill, speed=600.0) as server:
            settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, database="cache")
            with Maestro(settings, root=root) as maestro:
                maestro.workspace.index.wait(PATIENCE)
                maestro.submit("what is in README.md?", fresh=True).result(PATIENCE)  # imports and connections
                cold, warm = (perform(maestro, server, LONG, arm, 0) for arm in ARMS)
        found[f"{prefill:.0f} tokens/s"] = {
            "cold": round(cold.first, 4),
            "typed": round(warm.first, 4),
            "times sooner": sooner([cold.first], [warm.first]),
            "prompt": {"cold": cold.read, "typed": warm.asked},
        }
        report(f"typed, prefill {prefill:.0f}: cold {cold.first:.3f} s, {warm.first:.4f} s")
    return found


def sooner(cold: Sequence[float], warm: Sequence[float]) -> float:
    """How many times sooner the first token came, by the medians."""
    return round(statistics.median(cold) / statistics.median(warm), 1)
