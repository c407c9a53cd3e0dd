"""Drafted plans for the likeliest answers to an open question, worked out in memory before any answer is given.

What is drafted for an answer that is not given is cancelled at once, and its model call closed. Nothing is written:
a draft ends as a proposal, with its diff, or with the reason why there is none.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from codemaestro_jupyter.errors import ModelAnswerError, ModelError
from codemaestro_jupyter.models.calls import Calls, Spent, Work
from codemaestro_jupyter.models.protocol import Function, FunctionCall, Message, Model
from codemaestro_jupyter.models.tokens import estimate
from codemaestro_jupyter.plan.draft import SCHEMA, Draft, again, read_draft
from codemaestro_jupyter.prepare.economics import Candidate, value
from codemaestro_jupyter.prepare.extra import rests_on
from codemaestro_jupyter.prepare.status import Drafting
from codemaestro_jupyter.types import Fingerprint, PreparationKey, TurnId

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.proposal import Proposal
    from codemaestro_jupyter.edit.sharing import Shared, Sharer

log = logging.getLogger(__name__)
DRAFTS = 2
"""Plans drafted at once: the top 2 answers (spec S1)."""
Key = tuple[TurnId, str]
"""A turn and an option of its question."""
ATTEMPTS = 2
"""An answer that cannot be used is asked for once more, with what was wrong."""
DRAFT_SECONDS = 5.0
"""What a usual draft takes: about 300 tokens at the speed of a small local model."""
DRAFT_TOKENS = 500
"""Tokens of a usual draft, for its price."""
CLOSING_SECONDS = 1.0
"""Who stops waits at most this long for calls to close: it takes milliseconds."""
CACHED_SHARE = 0.1
"""What a token that was read before costs of one that was not (docs of OpenAI, Anthropic, Google)."""


class Editor(Protocol):
    """Works a plan out in memory."""

    def __call__(self, plan: Mapping[str, Any], shared: Sharer | None) -> Proposal:
        """The proposal; never raises for a plan that cannot be done. `shared` does common steps once."""
        ...


@dataclass(frozen=True, slots=True)
class Drafted:
    """A plan with its diff; `proposal` is None where nothing would change, `problem` says why it cannot be done."""

    draft: Draft
    proposal: Proposal | None
    problem: str
    spent: Spent
    seconds: float
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    """What a quick security scan of its new lines found."""
    tried: tuple[str, ...] = ()
    """What the tests that apply said of it in a copy; empty where that is switched off, or was not over in time."""
    unasked: str = ""
    """Why the model could not be asked for a better one."""
    common: int = 0
    """Steps of it that stand in another answer's plan, too, and were worked out once."""
    waited: float = 0.0
    """Seconds for which the person waited for it once they had chosen its answer."""

    @property
    def applicable(self) -> bool:
        """Whether it can be applied as it is."""
        return self.proposal is not None and self.proposal.applicable


class Trial(Protocol):
    """Runs the tests that apply to a proposal, in a copy of the project; nothing where that is switched off."""

    def __call__(self, proposal: Proposal, stopped: Callable[[], bool]) -> tuple[str, ...]:
        """What they said; ends soon after `stopped()` is true."""
        ...


def no_trial(proposal: Proposal, stopped: Callable[[], bool]) -> tuple[str, ...]:
    """Where no tests are run ahead."""
    return ()


class Drafts:
    """Plans being drafted, by the option they are for; on the loop."""

    def __init__(
        self,
        calls: Calls,
        propose: Editor,
        work: Work,
        timer: Callable[[], float] = time.perf_counter,
        trial: Trial = no_trial,
        offered: Callable[[], Sequence[Function]] = tuple,
    ) -> None:
        self._offered = offered
        self._calls = calls
        self._propose = propose
        self._work = work
        self._timer = timer
        self._trial = trial
        self._tasks: dict[Key, asyncio.Task[Drafted]] = {}
        self._spent: dict[Key, Spent] = {}
        self._labels: dict[Key, str] = {}
        self._made: dict[Key, Drafted] = {}
        self._taken: dict[Key, float] = {}
        """Those that were chosen, and how long they were waited for then."""
        self._leaving: dict[TurnId, set[asyncio.Task[Drafted]]] = {}
        """Cancelled, and not over yet: their calls are being closed, and paid."""
        self._shared: dict[TurnId, list[Shared]] = {}
        """By turn, once a plan was worked out: what its plans have in common."""
        self._sharing = threading.Lock()
        self._trials: dict[Key, tuple[asyncio.Future[tuple[str, ...]], threading.Event]] = {}
        self.on_change: Callable[[], None] = lambda: None

    def ready(self, turn: TurnId) -> frozenset[str]:
        """Options of a turn's question whose draft is there and can be applied."""
        return frozenset(
            option
            for (whose, option), task in self._tasks.items()
            if whose == turn
            and task.done()
            and not task.cancelled()
            and task.exception() is None
            and task.result().applicable
        )

    def begun(self, turn: TurnId) -> frozenset[str]:
        """Options of a turn's question for which a plan is drafted, or was."""
        return frozenset(option for whose, option in self._tasks if whose == turn)

    def states(self, turn: TurnId) -> tuple[Drafting, ...]:
        """The drafts of a turn's question for the picture."""
        ready, found = self.ready(turn), []
        for (whose, option), task in self._tasks.items():
            if whose == turn:
                state = "running" if not task.done() else "ready" if option in ready else "failed"
                made = self._made.get((turn, option))
                found.append(Drafting(self._labels[turn, option], state, made.seconds if made else DRAFT_SECONDS))
        return tuple(found)

    def tried(self, turn: TurnId) -> frozenset[str]:
        """Options whose plans' tests were run in a copy."""
        return frozenset(
            option for (whose, option), (trial, _) in self._trials.items() if whose == turn and trial.done()
        )

    def made(self, turn: TurnId) -> tuple[tuple[str, Drafted, bool], ...]:
        """Every plan that was drafted ahead in a turn, by the answer it is for, and whether that was chosen."""
        made = [item for item in self._made.items() if item[0][0] == turn]
        return tuple(
            (
                self._labels[key],
                replace(drafted, common=self._common(key), waited=self._taken.get(key, 0.0)),
                key in self._taken,
            )
            for key, drafted in made
        )

    def forget(self, turn: TurnId) -> None:
        """The turn is over: cancel what is left of it."""
        self.keep(turn)
        for key in [key for key in self._labels if key[0] == turn]:
            self._labels.pop(key)
            self._made.pop(key, None)
            self._spent.pop(key, None)
            self._taken.pop(key, None)
        self._shared.pop(turn, None)
        self._leaving.pop(turn, None)

    def begin(
        self,
        option: str,
        label: str,
        model: Model,
        messages: Sequence[Message],
        request: str,
        turn: TurnId,
        fingerprints: Mapping[str, Fingerprint],
    ) -> None:
        """Draft a plan for an option, unless that is under way."""
        if (turn, option) not in self._tasks:
            spent = self._spent[turn, option] = Spent()
            task = asyncio.ensure_future(self.make(model, messages, request, turn, fingerprints, spent, option))
            self._tasks[turn, option] = task
            self._labels[turn, option] = label
            task.add_done_callback(partial(self._ended, (turn, option)))
            self.on_change()

    def keep(self, turn: TurnId, option: str = "") -> None:
        """Cancel what is drafted for every other option of a turn's question."""
        self._drop(key for key in self._tasks if key[0] == turn and key[1] != option)

    def stop(self) -> None:
        """Nothing is prepared any more: cancel what is not drafted yet. What is chosen is planned then."""
        self._drop(key for key, task in self._tasks.items() if not task.done())
        self.on_change()

    def _drop(self, keys: Iterable[Key]) -> None:
        for key in list(keys):
            task = self._tasks.pop(key)
            if task.cancel():
                leaving = self._leaving.setdefault(key[0], set())
                leaving.add(task)
                task.add_done_callback(leaving.discard)
            self._end_trial(key)

    async def end(self, turn: TurnId) -> Spent:
        """The person stopped the turn: close every draft's call; what was billed for plans that nobody was given."""
        self.keep(turn)
        if leaving := self._leaving.get(turn):
            await asyncio.wait(set(leaving), timeout=CLOSING_SECONDS)
        unused = Spent()
        for key, spent in self._spent.items():
            if key[0] == turn:
                unused.include(spent)
        return unused

    def close(self) -> None:
        """Cancel everything."""
        for turn in {turn for turn, _ in (*self._tasks, *self._labels)}:
            self.forget(turn)

    async def take(self, turn: TurnId, option: str, spent: Spent) -> Drafted | None:
        """What was drafted for an option, waited for if it is under way; None if there is nothing to use.

        What that took is added to `spent`, even if it came to nothing or the person stopped while it was waited for.
        """
        task = self._tasks.pop((turn, option), None)
        if task is None:
            return None
        began = self._timer()
        try:
            drafted = await task
            self._taken[turn, option] = self._timer() - began
            return replace(drafted, tried=self._end_trial((turn, option)), common=self._common((turn, option)))
        except Exception:  # whatever it was, and it was logged: the plan is made now
            return None
        finally:
            if not task.done():  # the person stopped while it was waited for: its call is closed, and paid
                task.cancel()
                await asyncio.wait([task])
            spent.include(self._spent.pop((turn, option), Spent()))

    def spoil(self, turn: TurnId, option: str) -> None:
        """What was taken does not hold any more: it was made for nothing, and saves nothing."""
        self._taken.pop((turn, option), None)

    async def again(self, draft: Draft, fingerprints: Mapping[str, Fingerprint]) -> Drafted:
        """A plan that was drafted before, worked out on the files as they are; no model is asked."""
        began = self._timer()
        proposal = None if draft.empty else await self._work(self._propose, draft.plan, None)
        return await self._looked_at(Drafted(
            draft, proposal, _trouble(proposal), Spent(), self._timer() - began, fingerprints
        ))  # fmt: skip

    async def make(
        self,
        model: Model,
        messages: Sequence[Message],
        request: str,
        turn: TurnId,
        fingerprints: Mapping[str, Fingerprint],
        spent: Spent,
        option: str = "",
        first: Callable[[Spent, Sequence[Message]], Awaitable[str]] | None = None,
    ) -> Drafted:
        """Draft a plan now, or ahead for an option of the turn's question.

        `first` asks the model the first time, where it may use the person's tools: never for what is drafted ahead.
        What it takes is added to `spent`, however it ends. Raises `ModelError` if the model fails, or twice answers in
        a form that is no plan. Where it cannot be asked again, the first plan is it, with what is wrong with it.
        """
        began, purpose = self._timer(), "draft" if option else "plan"
        shared = self._shared.setdefault(turn, [])
        asked, problem = tuple(messages), ""
        drafted: Drafted | None = None
        # no tool is called for what is prepared, but the prompt must begin as it was read ahead: with the tools
        told: Any = {"functions": self._offered(), "may_call": False} if model.takes_functions else {}
        for attempt in range(ATTEMPTS):
            calls: list[FunctionCall] = []
            try:
                if first is not None and not attempt:
                    answer = await first(spent, asked)
                else:
                    options = {"turn": turn, "schema": SCHEMA, "asked": calls, **told}
                    async with aclosing(self._calls.stream(model, purpose, asked, spent, **options)) as texts:
                        answer = "".join([text async for text in texts])
            except ModelError as error:
                if not attempt:
                    raise
                unasked = f"It was not asked for again: {error}"
                if drafted is None:
                    raise ModelAnswerError(problem, hint=unasked) from error
                return replace(drafted, unasked=unasked)
            try:
                draft = read_draft(answer, request)
            except ModelAnswerError as error:
                if attempt + 1 == ATTEMPTS:
                    if drafted is not None:
                        break
                    raise
                problem = str(error)
            else:
                proposal = None if draft.empty else await self._work(self._proposed, draft, shared, option)
                problem = _trouble(proposal)
                looks = {**rests_on(proposal), **fingerprints}
                drafted = Drafted(draft, proposal, problem, spent, self._timer() - began, looks)
                if not problem:
                    return await self._looked_at(drafted)
            asked = (*messages, *again(answer, calls, problem))
        assert drafted is not None
        return drafted

    async def _looked_at(self, drafted: Drafted) -> Drafted:
        from codemaestro_jupyter.prepare.review import review  # only drafts need it

        found = await self._work(review, drafted.proposal) if drafted.proposal is not None else ()
        return replace(drafted, findings=tuple(map(str, found)))

    def _proposed(self, draft: Draft, shared: list[Shared], option: str) -> Proposal:
        """On a worker: a plan worked out; what another plan of the turn has done already is taken over."""
        from codemaestro_jupyter.edit.sharing import Shared

        with self._sharing:
            if not shared:
                shared.append(Shared())
        return self._propose(draft.plan, shared[0].of(option))

    def _common(self, key: Key) -> int:
        return sum(shared.common(key[1]) for shared in self._shared.get(key[0], ()))

    def _ended(self, key: Key, task: asyncio.Task[Drafted]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and not isinstance(error, ModelError):
            log.error("A plan could not be drafted ahead", exc_info=error)
        if error is None:
            drafted = self._made[key] = task.result()
            if drafted.applicable and self._tasks.get(key) is task:
                stopped = threading.Event()
                trial = asyncio.ensure_future(self._work(self._trial, drafted.proposal, stopped.is_set))
                self._trials[key] = trial, stopped
        self.on_change()

    def _end_trial(self, key: Key) -> tuple[str, ...]:
        """What the tests said, if they are over; else they are stopped."""
        trial, stopped = self._trials.pop(key, (None, None))
        if trial is None or stopped is None:
            return ()
        stopped.set()
        if not trial.done():
            trial.cancel()
            return ()
        return () if trial.cancelled() or trial.exception() is not None else trial.result()


def _trouble(proposal: Proposal | None) -> str:
    trouble = proposal.problem if proposal is not None else None
    return f"{trouble.message} {trouble.hint}".strip() if trouble else ""


def worth_drafting(
    probability: float,
    messages: Sequence[Message],
    seconds: float,
    dial: float,
    dollars: float = 0.0,
    read: float = 1.0,
) -> bool:
    """Whether drafting for an answer of that probability pays: it saves `seconds`, and takes tokens and money.

    `read` is the share of the prompt that the model has read before.
    """
    prompt = sum(estimate(message.content) for message in messages)
    tokens = int(DRAFT_TOKENS + prompt * (1.0 - read + CACHED_SHARE * read))
    key = PreparationKey("plan", "draft")
    return value(Candidate(key, probability, 0.01, seconds, tokens=tokens, dollars=dollars), dial=dial) > 0.0
