"""Let an answer come part by part on a worker thread, stoppable between two parts, and time it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from codemaestro_jupyter.converse.again import of_a_cell, same_again
from codemaestro_jupyter.converse.recall import Recalled, recalled, undecided
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.converse.underway import Begun
from codemaestro_jupyter.plan import offline
from codemaestro_jupyter.plan.exact import is_exact
from codemaestro_jupyter.plan.requests import classify
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.store.turns import Turns
from codemaestro_jupyter.types import Answer, AnswerPart, Fingerprint, Receipt, Turn
from codemaestro_jupyter.workspace.index import Index as Contents
from codemaestro_jupyter.workspace.workspace import Workspace

READS_CONTENTS = frozenset({"find", "explain", "brief", "edit", "test"})
"""Tools whose answer rests on the contents of every file; the others need paths and git only."""
CONTENTS_SECONDS = 30.0
"""How long an answer waits for the first index of a project; after that it says what is missing."""
LOOK_SECONDS = 0.1


class StoppedError(Exception):
    """The person stopped the turn: raised between two parts of its answer. `turn` has the plan that waited, if any."""

    def __init__(self, message: str = "", turn: Turn | None = None) -> None:
        super().__init__(message)
        self.turn = turn


def think(
    turn: Turn,
    sources: Sources,
    pending: Pending,
    clock: Callable[[], float],
    grow: Callable[[str, float], None],
    remark: str = "",
    asked: str = "",
    closing: str = "",
) -> tuple[Answer, Turn]:
    """The answer, and the turn as it stands then (without its receipt).

    `grow(markdown so far, time of the first part)` is called after every part. `remark` stands before the answer
    and keeps it from being reused, as does what is `asked` instead of the request as it stands; `closing` ends it.
    Raises `StoppedError` once `pending` is cancelled, and whatever the answer raises.
    """
    generator = offline.answer(asked or turn.request, sources, now=clock(), closing=closing)
    said: list[str] = []
    first = 0.0
    if remark:
        said.append(f"> {remark}\n\n")
        pending.say(AnswerPart(said[0]))
    while True:
        if pending.cancelled.is_set():
            generator.close()
            raise StoppedError
        try:
            part = next(generator)
        except StopIteration as stop:
            answer: Answer = stop.value
            data = {**turn.data, **answer.data}
            answer = replace(answer, request=turn.request, fingerprints={} if asked else answer.fingerprints, data=data)
            if remark:
                answer = replace(answer, markdown=said[0] + answer.markdown, fingerprints={})
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


def await_contents(
    request: str, index: Contents, pending: Pending, clock: Callable[[], float], show: Callable[[str], None]
) -> str:
    """Wait until the index holds what the request rests on; "" then, else a remark on what is missing.

    `show(message)` says how far it is. Raises `StoppedError` once `pending` is cancelled.
    """
    if classify(request).tool not in READS_CONTENTS or index.wait(0.0):
        return ""
    deadline = clock() + CONTENTS_SECONDS
    while not index.wait(LOOK_SECONDS):
        progress = index.progress()
        if pending.cancelled.is_set():
            raise StoppedError
        if progress.state == "failed" or clock() > deadline:
            state = "could not be built" if progress.state == "failed" else "is still being built"
            return (
                f"The index {state}: {progress.done} of {progress.total} files are read, so something may be missing "
                "here."
            )
        show(f"Reading the project first: {progress.done} of {progress.total} files…")
    return ""


class Holding(Protocol):
    """What knows whether the sources of an answer are still as they were."""

    def holds(self, fingerprints: Mapping[str, Fingerprint]) -> bool:
        """Whether nothing of it has changed."""


def reusable(
    turn: Turn, turns: Turns, sources: Callable[[], Holding], said: Sequence[tuple[str, str]] = ()
) -> Turn | None:
    """An earlier answer to the same request in the same cell, if what it was made from has not changed since.

    Outside of cells, only a plan about which nothing was decided. Where no notebook's cell is run again, not if the
    request leans on something else that was `said` before, in requests and answers, oldest first.
    """
    earlier = turns.latest(turn.notebook_id, turn.cell_id, turn.request)
    if earlier is None or not earlier.fingerprints or not (turn.cell_id or undecided(earlier)):
        return None
    last = "" if not said else said[-1][0]
    if not of_a_cell(turn.cell_id) and not same_again(turn.request, last):
        return None
    return earlier if sources().holds(earlier.fingerprints) else None


class AtOnce(NamedTuple):
    """What needs no thought: the sentence of a command, an earlier answer that still holds, what the project says."""

    sentence: str
    earlier: Turn | None
    exact: bool
    """Whether the project itself holds the answer, word for word."""
    begun: Begun | None
    """Else what a model's answer begins with: one way to the worker and back is enough."""
    plan: Recalled | None = None
    """What the same cell proposed before, if that still holds."""


def at_once(
    turn: Turn,
    fresh: bool,
    turns: Turns,
    sources: Callable[[], Holding],
    command: Callable[[str], str],
    workspace: Workspace,
    begin: Callable[[], Begun] | None,
    said: Sequence[tuple[str, str]] = (),
) -> AtOnce:
    """Whether a request needs no thought, after what was `said` before it; on a worker."""
    workspace.index.catch_up()
    sentence = command(turn.request)

    def defined(name: str) -> bool:
        return any(symbol.kind != "heading" for symbol in workspace.definitions(name))

    exact = not sentence and is_exact(turn.request, workspace.files(), defined)
    earlier = None if fresh or sentence else reusable(turn, turns, sources, said)
    if (plan := recalled(earlier)) is not None:
        earlier = None  # its files are worked on anew, and it waits for a yes again
    settled = sentence or earlier is not None or exact
    return AtOnce(sentence, earlier, exact, None if begin is None or settled else begin(), plan)


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
