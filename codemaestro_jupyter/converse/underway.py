"""One turn on its way through the machine: what is known of it, and what it is answered with where no model is."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

from codemaestro_jupyter.converse import context
from codemaestro_jupyter.converse.clarify import Clear, Facts
from codemaestro_jupyter.converse.machine import Answered, State, Think, step
from codemaestro_jupyter.converse.offered import Option
from codemaestro_jupyter.converse.plans import AnyDraft
from codemaestro_jupyter.converse.recall import Recalled, kept
from codemaestro_jupyter.converse.voice import Voice
from codemaestro_jupyter.models.calls import Spent
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.plan.prompt import Moment
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.types import Answer, Fingerprint, RelPath, Tool, Turn

Earlier = tuple[tuple[str, str], ...]
"""Requests and answers of the conversation so far."""
NOTHING_MORE: Mapping[str, Any] = MappingProxyType({})


class Offline(Protocol):
    """Answers without a model."""

    def __call__(
        self, remark: str, asked: str = "", closing: str = "", data: Mapping[str, Any] = NOTHING_MORE
    ) -> Awaitable[tuple[Answer, Turn]]:
        """The answer, a remark before it; `asked` is what is asked for now, if not the request as it stands.

        `closing` is said in the end, in place of what a model would add; `data` is kept with the turn.
        """
        ...


def billed(info: ModelInfo, spent: Spent) -> dict[str, Any]:
    """What a model took for a turn, as the turn keeps it."""
    return {
        "model": info.name,
        "local": info.local,
        "tokens": spent.tokens,
        "estimated": spent.usage.estimated,
        "cached": spent.usage.cached,
        "dollars": spent.dollars,
    }


def receipt_of_stop(spents: Iterable[Spent]) -> str:
    """What a stopped turn took, with what was read and drafted for it: "*Stopped, 312 tokens billed.*"."""
    total = Spent()
    for spent in spents:
        total.include(spent)
    if not total.calls:
        return "*Stopped, nothing billed.*"
    tokens, _, more = str(total).partition(", ")
    return f"*Stopped, {tokens} billed, {more}.*" if more else f"*Stopped, {tokens} billed.*"


def alone(state: State, options: Iterable[Option]) -> dict[str, str]:
    """What is asked for, without a model, once an option is chosen and nothing else is to be asked, by its id."""
    found = {}
    for option in options:
        after, then = step(state, Answered(option.id))
        if any(isinstance(item, Think) for item in then):
            found[option.id] = context.in_words(after.clear)
    return found


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known of a turn at first; with a model, what its first prompt is made from if no answer changes that."""

    model: Model | None
    sources: Sources
    facts: Facts
    gathered: tuple[str, tuple[RelPath, ...], context.Front, Moment] | None = None
    """The text and the files it is about, the front and the moment."""


@dataclass
class Dialogue:
    """One turn on its way through the machine."""

    turn: Turn
    voice: Voice
    model: Model | None
    sources: Sources
    spent: Spent = field(default_factory=Spent)
    read: Spent = field(default_factory=Spent)
    """What reading for several drafts at once took."""
    state: State = field(default_factory=State)
    clear: Clear = field(default_factory=lambda: Clear(""))
    """What was thought about last: the machine forgets it when it is done."""
    tool: Tool = "brief"
    front: context.Front | None = None
    now: Moment | None = None
    settled: context.Front | None = None
    """The front that the model was last made ready for."""
    chosen: tuple[RelPath, ...] = ()
    """Files that the answers so far are about."""
    gathered: tuple[str, tuple[RelPath, ...], context.Front, Moment] | None = None
    """What the first prompt is made from (see `Begun`), until it is made."""
    option: str = ""
    recalled: Recalled | None = None
    """What the same cell proposed before, until it is shown again."""
    again: bool = False
    """Whether it was shown again."""
    answered: tuple[str, ...] = ()
    """Its questions and how they were answered, as it was said."""
    looks: Mapping[str, Fingerprint] = field(default_factory=dict)
    """What its plan rests on."""
    alone: str = ""
    """What is asked for in the end, in words for the answer that needs no model."""
    drafted: AnyDraft | None = None
    asked: int = 0
    asked_seconds: float = 0.0
    """How long its questions waited for the person."""
    narrowed: str = ""
    """What its prompt had no room for, within the budgets, in a sentence."""
    called: int = 0
    """How many of the person's tools it asked for."""
    decided: bool = False
    """Whether somebody said yes or no to its plan."""
    read_ahead: bool = False
    """Whether the model read anything for this turn before it was submitted."""
    ahead: float = 0.0
    """Seconds that reading ahead took which no prompt had to take again."""

    @property
    def not_read_again(self) -> float:
        """The same, where the server says that it knew something: only then was anything saved."""
        return self.ahead if self.spent.usage.cached else 0.0

    @property
    def useless(self) -> bool:
        """Whether its plan cannot be done, not even in part."""
        plan = self.drafted
        return plan is not None and bool(plan.problem) and not (plan.proposal is not None and plan.proposal.possible)

    def kept(self, info: ModelInfo) -> dict[str, Any]:
        """What a turn keeps of it, as it stands."""
        return {
            **billed(info, self.spent),
            "asked_seconds": round(self.asked_seconds, 3),
            **kept(
                self.clear, self.answered, self.drafted, again=self.again and not self.spent.calls, decided=self.decided
            ),
        }

    def waiting(self, info: ModelInfo) -> Turn:
        """The turn while its plan waits for a yes, as it is stored: a kernel may end meanwhile."""
        looks = {} if self.called else self.looks
        return replace(
            self.turn, answer=self.voice.markdown, tool=self.tool, first_output=self.voice.first, fingerprints=looks,
            data=self.kept(info),
        )  # fmt: skip

    def holds(self) -> bool:
        """Whether what it rests on is still as it was; while it asks nothing does, it looks again after the answer."""
        if self.state.phase == "confirming":
            return not self.called and self.sources.holds(self.looks)
        return self.state.phase != "thinking" or self.front is None or self.sources.holds(self.front.fingerprints)

    def shows_again(self, plan: Recalled, drafted: AnyDraft) -> AnyDraft:
        """A plan of before still can be done: say how it came about, and that it rests on the same."""
        self.again, self.looks, self.answered = True, plan.fingerprints, plan.answered
        for said in plan.answered:
            self.voice.say(said)
        return drafted
