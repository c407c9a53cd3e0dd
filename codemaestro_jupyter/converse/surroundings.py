"""What the conversation may use of the rest of the house, handed in as one value and one narrow protocol."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from codemaestro_jupyter.converse.plans import AnyDraft
from codemaestro_jupyter.models.calls import Spent, Work
from codemaestro_jupyter.models.protocol import Message, Model
from codemaestro_jupyter.plan.draft import Draft
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.plan.structure import Structure
from codemaestro_jupyter.tools import Tools
from codemaestro_jupyter.types import Answer, Failure, FileText, Fingerprint, Prediction, Stage, Symbol, Turn, TurnId
from codemaestro_jupyter.view import SessionView

MAP_SECONDS = 1.0
"""A draft waits at most this long for the maps it is told."""
First = Callable[[Spent, Sequence[Message]], Awaitable[str]]
"""Asks a model for a plan, in another way than without any help: what it takes is added to what was spent."""


class Drafter(Protocol):
    """Drafts plans ahead of their choice (see prepare/drafts.py)."""

    on_change: Callable[[], None]

    def made(self, turn: TurnId) -> Sequence[tuple[str, AnyDraft, bool]]:
        """Every plan that was drafted ahead in a turn, by the answer it is for, and whether that was chosen."""
        ...

    def forget(self, turn: TurnId) -> None:
        """The turn is over."""
        ...

    def ready(self, turn: TurnId) -> frozenset[str]:
        """Options whose plan is there."""
        ...

    def begun(self, turn: TurnId) -> frozenset[str]:
        """Options for which a plan is drafted, or was."""
        ...

    def begin(
        self, option: str, label: str, model: Model, messages: Sequence[Message], request: str, turn: TurnId,
        fingerprints: Mapping[str, Fingerprint],
    ) -> None:  # fmt: skip
        """Draft for an option."""
        ...

    def keep(self, turn: TurnId, option: str = "") -> None:
        """Cancel the others."""
        ...

    async def end(self, turn: TurnId) -> Spent:
        """Close every draft's call; what was billed for plans that nobody was given."""
        ...

    async def take(self, turn: TurnId, option: str, spent: Spent) -> AnyDraft | None:
        """The plan of an option; what drafting it took is added to `spent`, however it ended."""
        ...

    def spoil(self, turn: TurnId, option: str) -> None:
        """What was taken does not hold any more: it is of no use."""
        ...

    async def again(self, draft: Draft, fingerprints: Mapping[str, Fingerprint]) -> AnyDraft:
        """A plan that was drafted before, worked out on the files as they are."""
        ...

    async def make(
        self, model: Model, messages: Sequence[Message], request: str, turn: TurnId,
        fingerprints: Mapping[str, Fingerprint], spent: Spent, *, first: First | None = None,
    ) -> AnyDraft:  # fmt: skip
        """Draft a plan now; `first` asks for it the first time. What it takes is added to `spent`."""
        ...


class Typed(Protocol):
    """What is known of the text that is being typed."""

    @property
    def expected(self) -> Prediction:
        """What was predicted for it, from the project as it is known now; any thread."""
        ...

    def suggestions(self) -> list[str]:
        """What is being prepared for it, as the screens name it; nothing once it is asked."""
        ...

    def answered(self) -> None:
        """It was the answer to a question, if it was anything."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the conversation may use of the rest; what does not say "at once" is for a worker."""

    work: Work
    publish: Callable[[SessionView], None]
    asking: Callable[[TurnId, Stage | None, Mapping[str, float], Mapping[str, float]], None]
    """A question of that stage is open (None: it is answered), about these parts of the project, and answers to these
    requests may follow without a model; at once."""
    mapped: Callable[[], frozenset[str]]
    """Parts whose maps are ready, and `answer:` with requests whose answers are rehearsed; at once."""
    structure: Callable[[Sources, str], Structure]
    """The map of a part."""
    similar: Callable[[str], tuple[Symbol, ...]]
    """What the project defines under names that begin like this."""
    typed: Typed
    """What was typed last; at once."""
    raised: Callable[[], tuple[Failure, ...]]
    """What the kernel raised last; at once."""
    sources: Callable[[Turn], Sources]
    keep: Callable[
        [Turn, Answer, Sources, Sequence[tuple[str, AnyDraft, bool]], tuple[tuple[FileText, ...], float]], Turn
    ]
    """Store a turn that is answered, with what preparing brought it: what its sources served, drafts, and files that
    were read ahead, with the seconds that this saved."""
    waits: Callable[[Turn], None]
    """A turn's plan waits for a yes: it is stored as it stands; at once."""
    apply: Callable[[TurnId], str]
    """Apply what a turn proposes; what was done, in Markdown."""
    left: Callable[[TurnId], None]
    """What a turn proposes is not wanted; raises `InputError` where nothing of it is on the screen."""
    drafting: Callable[[], None]
    """A plan will be drafted: what verifying it needs may be loaded meanwhile; at once."""
    shown: Callable[[TurnId, Any], None]
    """A turn proposes a change, which is on the screen and can be applied; at once."""
    worth: Callable[[float, Sequence[Message], float], bool]
    """Whether drafting for an answer of that probability pays, if that share of the prompt was read before."""
    tools: Tools
    """The person's own functions that a model may ask for."""
    earlier: Callable[[TurnId], tuple[tuple[str, str], ...]]
    """Requests and answers before a turn; at once."""


async def waited_for(around: Surroundings, parts: tuple[str, ...]) -> None:
    """Wait a little for the maps that a draft is told: they take much less than the draft."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(MAP_SECONDS):
            while not around.mapped().issuperset(parts):
                await asyncio.sleep(0.02)
