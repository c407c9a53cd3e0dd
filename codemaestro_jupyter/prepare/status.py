"""What the engine shows: the stage with its bar, and each preparation with its state, in plain nouns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from codemaestro_jupyter.prepare.economics import Candidate
from codemaestro_jupyter.prepare.stages import IDLE, bar, stage_of
from codemaestro_jupyter.types import Preparation, PreparationKey, Stage
from codemaestro_jupyter.view import PreparationView, StageView

SHOWN = 24
LABELS = {
    "file": "{}",
    "cell": "the open notebook",
    "failure": "the last failure",
    "status": "what changed",
    "neighbours": "tests and modules of {}",
    "symbol": "{}: definition and uses",
    "tool": "what the answer looks up",
    "scope": "map of {}",
    "plan": "plan: {}",
    "change": "the change: {}",
}


@dataclass(frozen=True, slots=True)
class Status:
    """The engine's picture; `ready` are the paths whose content is prepared."""

    stage: StageView
    preparations: list[PreparationView]
    ready: frozenset[str]
    mapped: frozenset[str] = frozenset()
    """What is ready for the open question: parts of the project that are mapped, and `answer:` with a request."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """A plan that is being drafted for an answer, for the picture; `seconds` are estimated until it is finished."""

    answer: str
    state: str
    seconds: float

    @property
    def key(self) -> PreparationKey:
        """As a preparation."""
        return PreparationKey("plan", self.answer)


@dataclass(frozen=True, slots=True)
class Asking:
    """The stage of an open question, the plans that are drafted for its answers, and whether that is all."""

    stage: Stage
    drafts: tuple[Drafting, ...] = ()
    last: bool = False


class Progress:
    """The bar and the list of one turn; not thread-safe, its owner holds a lock."""

    def __init__(self) -> None:
        self.stage: StageView = IDLE
        self._asked: Stage | None = None
        """The stage of the question that is open."""
        self._views: dict[PreparationKey, PreparationView] = {}

    def views(self) -> list[PreparationView]:
        """The newest preparations of this turn, as they were first wanted."""
        return [PreparationView(**view) for view in list(self._views.values())[-SHOWN:]]

    def new_turn(self, prepared: Mapping[PreparationKey, Preparation]) -> None:
        """A request was submitted: its preparations stay visible until there are others; the bar begins anew."""
        self.stage = IDLE
        self._views = {key: view for key, view in self._views.items() if key in prepared}

    def show(
        self,
        wanted: Sequence[Candidate],
        running: Collection[PreparationKey],
        ready: Mapping[PreparationKey, Preparation],
        failed: Collection[PreparationKey],
        asking: Asking | None = None,
    ) -> None:
        """Take over the state of everything wanted, and move the bar by the cost of what is finished."""
        total = finished = 0.0
        stage = asking.stage if asking else None
        # what was ready before has nothing to say of the work that a question, or its first draft, begins
        begins = asking is not None and (
            asking.stage != self._asked or any(draft.key not in self._views for draft in asking.drafts)
        )
        self._asked = stage
        for candidate in wanted:
            key = candidate.key
            state = (
                "ready" if key in ready else "failed" if key in failed else "running" if key in running else "queued"
            )
            made = ready.get(key)
            self._set(key, state, made.version if made else 0, made.seconds if made else candidate.seconds)
            total += candidate.seconds
            finished += candidate.seconds if state in ("ready", "failed") else 0.0
            stage = stage or stage_of(key.kind)
        for draft in asking.drafts if asking else ():
            self._set(draft.key, draft.state, 0, draft.seconds)
            total += draft.seconds
            finished += draft.seconds if draft.state != "running" else 0.0
            stage = "IMPLEMENTATION"
        drafted = {draft.key for draft in asking.drafts} if asking else set()
        for key, view in list(self._views.items()):
            if key.kind == "plan" and view["state"] == "running" and key not in drafted:
                view["state"] = "cancelled"
            if view["state"] == "queued" and key not in running and total and not any(c.key == key for c in wanted):
                del self._views[key]
        if stage is not None:
            last = asking is None or asking.last or bool(asking.drafts)
            before = 0.0 if begins and self.stage["stage"] == "READY" else self.stage["progress"]
            self.stage = bar(stage, finished, total, before, last=last)

    def cancelled(self, key: PreparationKey) -> None:
        """It was cancelled."""
        if key in self._views:
            self._views[key]["state"] = "cancelled"

    def used(self, keys: Iterable[PreparationKey]) -> None:
        """Their content stands in the answer."""
        for key in keys:
            if key in self._views:
                self._views[key]["state"] = "used"

    def _set(self, key: PreparationKey, state: str, version: int, seconds: float) -> None:
        self._views[key] = PreparationView(
            kind=key.kind,
            subject=key.subject,
            label=label(key),
            state=state,  # type: ignore[typeddict-item]
            version=version,
            seconds=round(seconds, 4),
        )


def label(key: PreparationKey) -> str:
    """What a person calls it."""
    if key.kind == "history":
        what, _, name = key.subject.partition(":")
        return {"file": f"commits of {name}", "topic": "commits on the topic"}.get(what, "recent commits")
    return LABELS.get(key.kind, "{}").format(key.subject)
