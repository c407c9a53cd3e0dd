"""Observe, think, act: what happens next in a conversation. Events in, instructions out; no clock, no I/O.

A request is asked about at most once for each of the three clarifications, then thought about; a plan that changes
files is shown and done only once it is confirmed. Whatever comes too late changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from codemaestro_jupyter.converse.clarify import Clear, Facts, Settled, clarify, is_change, unoffered
from codemaestro_jupyter.converse.correcting import corrected, with_correction
from codemaestro_jupyter.converse.matching import ends, match
from codemaestro_jupyter.converse.offered import Option, Question

NOTHING_KNOWN = Facts()
Phase = Literal["idle", "asking", "thinking", "confirming", "acting"]
APPLY, LEAVE = "apply", "leave"


# -- what happens ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request, with what is known of it; it takes the place of whatever went before."""

    request: str
    facts: Facts
    again: tuple[Settled, ...] | None = None
    """What was settled when a plan was made for it before: that plan is thought about, and nothing asked."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to the open question: an offered option, or free text, which may correct an earlier answer instead."""

    option: str = ""
    text: str = ""
    by_default: bool = False
    """Nobody said it: it is taken where nobody answers."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """Something that was settled or assumed is otherwise: it is thought about anew."""

    answer: Settled


@dataclass(frozen=True, slots=True)
class Planned:
    """Thinking is over; `edits` says that the plan would change files."""

    edits: bool
    auto_apply: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """Acting, or thinking, ended (well or not)."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The person stopped it."""


Event = Submitted | Answered | Corrected | Planned | Finished | Cancelled


# -- what to do -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """Show a question and begin to prepare for its answers."""

    question: Question
    clear: Clear


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the question off the screens."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Go on with what is prepared for one option (empty: for none); the rest is cancelled, its calls closed."""

    option: str = ""


@dataclass(frozen=True, slots=True)
class Think:
    """Answer the request, or plan the change."""

    clear: Clear
    change: bool


@dataclass(frozen=True, slots=True)
class Act:
    """Do the plan that was confirmed."""


Instruction = Ask | Withdraw | Keep | Think | Act


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands; `question` is there while it asks or waits for a confirmation."""

    phase: Phase = "idle"
    request: str = ""
    facts: Facts = NOTHING_KNOWN
    settled: tuple[Settled, ...] = ()
    question: Question | None = None

    @property
    def clear(self) -> Clear:
        """The request with what is settled."""
        return Clear(self.request, self.settled)


CONFIRM = Question(
    "READY", "Apply this?", (Option(APPLY, "Apply", 0.8), Option(LEAVE, "Leave everything as it is", 0.2))
)


def step(state: State, event: Event) -> tuple[State, tuple[Instruction, ...]]:
    """The next state, and what to do."""
    phase = state.phase
    match event:
        case Submitted(request, facts, again):
            begun: tuple[Instruction, ...] = () if phase == "idle" else (*_withdrawn(state), Keep())
            if again is not None:
                state = State("thinking", request, facts, again)
                return state, (*begun, Think(state.clear, True))
            return _onward(State("idle", request, facts), begun)
        case Answered():
            return _answered(state, event)
        case Corrected(answer):
            if phase not in ("asking", "thinking", "confirming"):
                return state, ()
            settled = with_correction(state.settled, answer)
            return _onward(replace(state, settled=settled), (*_withdrawn(state), Keep()))
        case Planned(edits, auto_apply):
            if phase != "thinking":
                return state, ()
            if not edits:
                return State(), ()
            if auto_apply:
                return replace(state, phase="acting"), (Act(),)
            if not state.facts.may_ask:
                return State(), ()
            return replace(state, phase="confirming", question=CONFIRM), (Ask(CONFIRM, state.clear),)
        case Finished():
            return (State(), ()) if phase in ("thinking", "acting") else (state, ())
        case Cancelled():
            return State(), () if phase == "idle" else (*_withdrawn(state), Keep())
        case _:
            assert_never(event)


def _answered(state: State, event: Answered) -> tuple[State, tuple[Instruction, ...]]:
    question = state.question
    if question is None:
        return state, ()  # no longer open
    option = question.option(event.option) if event.option else match(event.text, question)
    if option is None and not event.text.strip():
        return state, ()  # an option of another question
    if option is None and state.phase == "asking" and ends(event.text):
        return step(state, Cancelled())
    if option is None and (correction := corrected(state.request, state.facts, state.settled, event.text)) is not None:
        return step(state, Corrected(correction.answer))
    if state.phase == "confirming":
        if option is not None and option.id == APPLY:
            return replace(state, phase="acting", question=None), (Withdraw(), Act())
        if option is None:  # own words about a plan that is shown: the request goes on from there
            request = f"{state.request}\n{event.text.strip()}"
            return _onward(replace(state, request=request, question=None), (Withdraw(), Keep()))
        return State(), (Withdraw(), Keep())
    if option is None:
        answer = unoffered(question, event.text)
    else:
        answer = Settled(question.stage, option.label, False, option.paths, option.id)
    return _onward(
        replace(state, settled=(*state.settled, answer), question=None), (Withdraw(), Keep(option.id if option else ""))
    )


def _onward(state: State, before: tuple[Instruction, ...]) -> tuple[State, tuple[Instruction, ...]]:
    question, settled = clarify(state.request, state.facts, state.settled)
    state = replace(state, settled=settled, question=question)
    if question is not None:
        return replace(state, phase="asking"), (*before, Ask(question, state.clear))
    return replace(state, phase="thinking"), (*before, Think(state.clear, _changes(state)))


def _changes(state: State) -> bool:
    return is_change(state.request, state.settled) and not state.facts.at_hand


def _withdrawn(state: State) -> tuple[Instruction, ...]:
    return (Withdraw(),) if state.question is not None else ()
