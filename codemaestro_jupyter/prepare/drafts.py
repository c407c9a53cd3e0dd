"""Drafted plans for the likeliest answers to an open question, worked out in memory before any answer is given.

What is drafted for an answer that is not given is cancelled at once, and its model call closed. Nothing is written:
a draft ends as a proposal, with its diff, or with the reason why there is none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from codemaestro_jupyter.errors import ModelAnswerError, ModelError
from codemaestro_jupyter.models.calls import Calls, Spent, Work
from codemaestro_jupyter.models.protocol import Message, Model
from codemaestro_jupyter.models.tokens import estimate
from codemaestro_jupyter.plan.draft import REPAIR, SCHEMA, Draft, read_draft
from codemaestro_jupyter.prepare.economics import Candidate, value
from codemaestro_jupyter.types import Fingerprint, PreparationKey, TurnId

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.proposal import Proposal

DRAFTS = 2
"""Plans drafted at once: the top 2 answers (spec S1)."""
ATTEMPTS = 2
"""An answer that cannot be used is asked for once more, with what was wrong."""
DRAFT_TOKENS = 500
"""Tokens of a usual draft, for its price."""
CACHED_SHARE = 0.1
"""What a token that was read before costs of one that was not (docs of OpenAI, Anthropic, Google)."""


class Editor(Protocol):
    """Works a plan out in memory."""

    def __call__(self, plan: Mapping[str, Any]) -> Proposal:
        """The proposal; never raises for a plan that cannot be done."""
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

    @property
    def applicable(self) -> bool:
        """Whether it can be applied as it is."""
        return self.proposal is not None and self.proposal.applicable


class Drafts:
    """Plans being drafted, by the option they are for; on the loop."""

    def __init__(
        self, calls: Calls, propose: Editor, work: Work, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        self._calls = calls
        self._propose = propose
        self._work = work
        self._timer = timer
        self._tasks: dict[tuple[TurnId, str], asyncio.Task[Drafted]] = {}
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

    def begin(
        self,
        option: str,
        model: Model,
        messages: Sequence[Message],
        request: str,
        turn: TurnId,
        fingerprints: Mapping[str, Fingerprint],
    ) -> None:
        """Draft a plan for an option, unless that is under way."""
        if (turn, option) not in self._tasks:
            task = asyncio.ensure_future(self.make(model, messages, request, turn, fingerprints, "draft"))
            self._tasks[turn, option] = task
            task.add_done_callback(self._ended)

    def keep(self, turn: TurnId, option: str = "") -> None:
        """Cancel what is drafted for every other option of a turn's question."""
        for key in [key for key in self._tasks if key[0] == turn and key[1] != option]:
            self._tasks.pop(key).cancel()

    def close(self) -> None:
        """Cancel everything."""
        for turn in {turn for turn, _ in self._tasks}:
            self.keep(turn)

    async def take(self, turn: TurnId, option: str) -> Drafted | None:
        """What was drafted for an option, waited for if it is under way; None if there is nothing to use."""
        task = self._tasks.pop((turn, option), None)
        if task is None:
            return None
        try:
            return await task
        except ModelError:
            return None
        finally:
            task.cancel()  # the person stopped while it was waited for

    async def make(
        self,
        model: Model,
        messages: Sequence[Message],
        request: str,
        turn: TurnId,
        fingerprints: Mapping[str, Fingerprint],
        purpose: str = "plan",
    ) -> Drafted:
        """Draft a plan now; raises `ModelError` if the model fails, or twice answers in a form that is no plan."""
        began, spent = self._timer(), Spent()
        asked = tuple(messages)
        drafted: Drafted | None = None
        for attempt in range(ATTEMPTS):
            async with aclosing(self._calls.stream(model, purpose, asked, spent, turn=turn, schema=SCHEMA)) as texts:
                answer = "".join([text async for text in texts])
            try:
                draft = read_draft(answer, request)
            except ModelAnswerError as error:
                if attempt + 1 == ATTEMPTS:
                    if drafted is not None:
                        break
                    raise
                problem = str(error)
            else:
                proposal = None if draft.empty else await self._work(self._propose, draft.plan)
                trouble = proposal.problem if proposal is not None else None
                problem = f"{trouble.message} {trouble.hint}".strip() if trouble else ""
                drafted = Drafted(draft, proposal, problem, spent, self._timer() - began, fingerprints)
                if not problem:
                    return drafted
            asked = (*messages, Message("assistant", answer), Message("user", REPAIR.format(problem=problem)))
        assert drafted is not None
        return drafted

    def _ended(self, task: asyncio.Task[Drafted]) -> None:
        if not task.cancelled():
            task.exception()  # seen: whoever takes it is told
            self.on_change()


def worth_drafting(
    probability: float, messages: Sequence[Message], seconds: float, dial: float, dollars: float = 0.0
) -> bool:
    """Whether drafting for an answer of that probability pays: it saves `seconds`, and takes tokens and money."""
    prompt = sum(estimate(message.content) for message in messages)
    tokens = int(DRAFT_TOKENS + CACHED_SHARE * prompt)
    key = PreparationKey("plan", "draft")
    return value(Candidate(key, probability, 0.01, seconds, tokens=tokens, dollars=dollars), dial=dial) > 0.0
