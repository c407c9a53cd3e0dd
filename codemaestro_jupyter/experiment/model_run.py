"""One run of a task with a model, by one person, in one arm: what was waited for, prepared and used."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

from codemaestro_jupyter.experiment.model_people import USUAL, Person
from codemaestro_jupyter.experiment.model_server import ModelServer
from codemaestro_jupyter.experiment.typist import keystrokes
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.types import CellId, NotebookId, TypingEvent

Arm = Literal["traditional", "staggered"]
ARMS: tuple[Arm, ...] = ("traditional", "staggered")
BENCH = NotebookId("bench")
PATIENCE = 120.0
SENDING = 0.25
"""Seconds from the last key to the one that sends."""
LOOK = 0.001
"""Seconds between two looks at whether something came: no wait is measured finer."""


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
    saved: float = 0.0
    """What its receipt says that preparing saved."""
    person: float = 0.0
    """How long the person looked at questions, and wrote answers of their own."""
    ready: bool = False
    """Whether the last chosen answer was marked as ready."""
    asked: int = 0
    """Tokens of the last prompt."""
    cached: int = 0
    recorded: int = 0
    """Tokens that the server knew already, and how many of them the ledger says."""


def perform(
    maestro: Maestro, server: ModelServer, request: str, arm: Arm, seed: int, person: Person = USUAL
) -> Run:  # fmt: skip
    """A person types a request, sends it and answers its questions; in the *traditional* arm nothing is begun before
    a submit or a choice, so the time of typing and reading is left out."""
    staggered = arm == "staggered"
    server.forget()
    calls = len(server.calls)
    maestro.store.forget("everything")
    maestro.clear()
    maestro.engine.forget()
    maestro.dialogue.changed()
    maestro.settings.set("enabled", staggered)
    _type(maestro, request, seed, person) if staggered else None
    time.sleep(SENDING)
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
        run.waits.append(time.perf_counter() - began)
        if question is None:
            break
        last = question["id"]
        if question["stage"] == "READY":  # the plan and its diff are there: the result
            maestro.choose(last, "leave")
            break
        run.questions += 1
        reply = person.answers(question)
        shown = time.perf_counter()
        if staggered:
            time.sleep(person.looks_at(question))
            _type(maestro, reply.text, seed, person)
        began = time.perf_counter()
        run.person += began - shown
        seen = maestro.dialogue.question(pending.turn) or question
        run.ready = any(option["ready"] for option in seen["options"] if option["id"] == reply.option)
        run.share = reply.share
        began = time.perf_counter()
        maestro.choose(last, reply.option, reply.text)
    pending.result(PATIENCE)
    turn = maestro.view()["turns"][-1]
    run.kinds = settled
    made = server.calls[calls:]
    run.read, run.wrote = sum(call.prompt - call.cached for call in made), sum(call.sent for call in made)
    run.cached = sum(call.cached for call in made)
    run.recorded = sum(item.cached for item in maestro.store.ledger.by("purpose").values())
    run.asked = max((call.prompt for call in made if call.sent), default=0)
    receipt = turn["receipt"]
    if receipt:
        run.prepared, run.used, run.saved = receipt["prepared"], receipt["used"], receipt["saved_seconds"]
    return run


def _type(maestro: Maestro, text: str, seed: int, person: Person) -> None:
    for number, stroke in enumerate(keystrokes(text, seed, person.words_a_minute)):
        time.sleep(stroke.pause)
        maestro.typing(TypingEvent("chat", BENCH, CellId(""), number, stroke.text, len(stroke.text), time.time()))


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
        time.sleep(LOOK)
    raise TimeoutError(f"Nothing came for {PATIENCE} s.")
