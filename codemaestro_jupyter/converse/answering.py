"""Let an answer come part by part on a worker thread, stoppable between two parts, and time it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.plan import offline
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.types import Answer, AnswerPart, Receipt, Turn


class StoppedError(Exception):
    """The person stopped the turn: raised between two parts of its answer."""


def think(
    turn: Turn, sources: Sources, pending: Pending, clock: Callable[[], float], grow: Callable[[str, float], None]
) -> tuple[Answer, Turn]:
    """The answer, and the turn as it stands then (without its receipt).

    `grow(markdown so far, time of the first part)` is called after every part. Raises `StoppedError` once
    `pending` is cancelled, and whatever the answer itself raises.
    """
    generator = offline.answer(turn.request, sources, now=clock())
    said: list[str] = []
    first = 0.0
    while True:
        if pending.cancelled.is_set():
            generator.close()
            raise StoppedError
        try:
            part = next(generator)
        except StopIteration as stop:
            answer: Answer = stop.value
            break
        first = first or clock()
        said.append(part.markdown)
        pending.say(part)
        grow("".join(said), first)
    return answer, replace(
        turn,
        answer=answer.markdown,
        tool=answer.tool,
        first_output=first,
        finished=clock(),
        state="done",
        fingerprints=answer.fingerprints,
        files=answer.files,
        data=answer.data,
    )


def reuse(turn: Turn, earlier: Turn, pending: Pending, now: float) -> tuple[Answer, Turn]:
    """The answer of an earlier run of the same cell, whose fingerprints still hold."""
    pending.reused = True
    pending.say(AnswerPart(earlier.answer))
    again = replace(earlier, id=turn.id, started=turn.started, first_output=now, finished=now, receipt=Receipt())
    return answer_of(again), again


def answer_of(turn: Turn) -> Answer:
    """A stored turn's answer."""
    return Answer(
        request=turn.request,
        tool=turn.tool,
        markdown=turn.answer,
        sources=(),
        files=turn.files,
        fingerprints=turn.fingerprints,
        data=turn.data,
    )
