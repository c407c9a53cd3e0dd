"""The picture of a session: plain JSON that panel, widgets and terminal only draw.

The kernel sends it whole when a screen opens and in parts afterwards: a part is a `SessionView` with the
top-level keys that changed, and replaces them. Only a whole picture holds `session`; it may come again at any time.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from codemaestro_jupyter.types import FailureKind, Stage, Tool

ChangeState = Literal["proposed", "applied", "undone", "discarded"]
ChangeAction = Literal["apply", "undo", "redo", "discard", "again", "fix", "take", "leave", "show"]
"""What a card is asked for; `take` and `leave`: these hunks are ticked, or not, from now on, on every screen; `show`:
their lines too, which a large card leaves out."""


class StageView(TypedDict):
    """One of the four stages and its bar; `progress` in [0, 1] over the whole, never backwards within a turn."""

    stage: Stage
    message: str
    progress: float


class FileView(TypedDict):
    """A predicted file."""

    path: str
    probability: float
    why: list[str]
    prepared: bool


class ToolView(TypedDict):
    """A likely tool."""

    tool: Tool
    probability: float
    argument: str


class PredictionView(TypedDict):
    """What the text typed so far leads us to expect."""

    seq: int
    source: str
    cell_id: str
    text_length: int
    files: list[FileView]
    words: list[str]
    """Completions to append to the text as it stands (ghost text), best first."""
    tools: list[ToolView]


class PreparationView(TypedDict):
    """One preparation under way, finished or used."""

    kind: str
    subject: str
    label: str
    state: Literal["queued", "running", "ready", "used", "cancelled", "failed"]
    version: int
    seconds: float


class OptionView(TypedDict):
    """One answer to an open question; `ready` once something is prepared for it."""

    id: str
    label: str
    probability: float
    ready: bool


class QuestionView(TypedDict):
    """An open clarification."""

    id: str
    turn: str
    stage: Stage
    text: str
    options: list[OptionView]


class ReceiptView(TypedDict):
    """What a turn owes to preparation, in counts and measured seconds."""

    prepared: int
    used: int
    wasted: int
    saved_seconds: float
    waited_seconds: float
    said: str
    """e.g. "I loaded auth files while you were typing"."""


class SpentView(TypedDict):
    """What models took for an answer: who answered, tokens sent and received, `cached` of them read ahead."""

    model: str
    local: bool
    tokens: int
    estimated: bool
    cached: int
    dollars: float


class TurnView(TypedDict):
    """One request and its answer so far."""

    id: str
    request: str
    markdown: str
    state: Literal["running", "done", "cancelled", "failed"]
    tool: str
    cell_id: str
    notebook_id: str
    started: float
    first_output: float
    finished: float
    asked_seconds: float
    """Of the time from `started` to `finished`, how long it waited for the person's answers."""
    receipt: ReceiptView | None
    spent: SpentView | None
    """None where no model answered."""
    rated: bool
    reused: bool
    """The answer of an earlier run, whose fingerprints still hold."""


class IndexProgressView(TypedDict):
    """How far the index is."""

    state: Literal["listing", "indexing", "ready", "failed"]
    done: int
    total: int


class FailureView(TypedDict):
    """The newest failure, for "why did it fail?"."""

    kind: FailureKind
    title: str
    cell_id: str


class LedgerView(TypedDict):
    """Sums over this session."""

    prepared: int
    used: int
    wasted: int
    saved_seconds: float
    tokens: int
    dollars: float


class ModelView(TypedDict):
    """A model that can be chosen; `local` runs on this machine, as far as a server tells that is down or loading."""

    name: str
    local: bool


class ConsentView(TypedDict):
    """Whether a provider may see what is not submitted: asked once, in plain words."""

    provider: str
    question: str


class NoticeView(TypedDict):
    """Something the person should know, with what to do next."""

    level: Literal["info", "warning", "error"]
    message: str
    hint: str


class HunkView(TypedDict):
    """One place that would change; `lines` begin with a blank, `-` or `+`."""

    id: str
    header: str
    lines: list[str]
    ticked: bool
    """Whether it would be applied now: as it was proposed, or as the person chose on any screen."""
    why: str
    """Why it was proposed without a tick; empty where it had one."""
    more: int
    """Lines that are not here, as the card is large; `show` brings them."""


class HunkLines(TypedDict):
    """Lines of a hunk that a large card left out."""

    id: str
    lines: list[str]


class FileChangeView(TypedDict):
    """One file or notebook that would change."""

    path: str
    old_path: str
    kind: Literal["changed", "created", "deleted", "moved"]
    live: bool
    """An open notebook: its cells change in the page, and saving it stays the person's."""
    blocked: str
    """Why it may not be changed; empty if it may. Apply is offered while no place of it is ticked."""
    hunks: list[HunkView]


class ChangeView(TypedDict):
    """A change of files and cells that a turn proposes, and what became of it."""

    turn: str
    title: str
    state: ChangeState
    busy: bool
    """It is being applied, undone, or made again."""
    applicable: bool
    """Whether Apply is offered for what is ticked."""
    steps: list[str]
    files: list[FileChangeView]
    notes: list[str]
    """What was corrected, and what to look at."""
    blocked: list[str]
    """Why files may not be changed of which places are ticked."""
    problem: str
    candidates: list[str]
    fixes: list[str]
    """What could be done about the problem, or about `message`, best first."""
    message: str
    """What the last attempt ran into, or what recovery did; nothing was changed by it."""
    transaction: str
    """What Undo names; empty before it was applied."""


class ChangePart(TypedDict):
    """What is new of a change that the screens have: a card may hold 10,000 hunks."""

    turn: str
    state: ChangeState
    busy: bool
    applicable: bool
    blocked: list[str]
    fixes: list[str]
    message: str
    transaction: str
    taken: list[str]
    """Hunks that are ticked by now."""
    left: list[str]
    """Hunks that are not any more."""
    lines: list[HunkLines]
    """Lines that were asked for."""


class SessionView(TypedDict, total=False):
    """The whole picture; a part holds only the keys that changed."""

    session: str
    root: str
    enabled: bool
    model: str
    """Empty when CodeMaestro works without one."""
    models: list[ModelView]
    """Models that can be chosen, once somebody asked which there are."""
    consent: ConsentView | None
    stage: StageView
    prediction: PredictionView
    suggestions: list[str]
    """What "I'm preparing solutions for:" lists."""
    preparations: list[PreparationView]
    question: QuestionView | None
    """The one that was asked last."""
    earlier_questions: list[QuestionView]
    """Others that are open still, of other turns, oldest first."""
    turns: list[TurnView]
    """Oldest first, bounded; a part may hold only turns that changed (matched by id)."""
    changes: list[ChangeView]
    """Oldest first, bounded; a part may hold only those that changed (matched by turn)."""
    changed: list[ChangePart]
    """In a part only: what is new of changes that the screens have (matched by turn)."""
    index: IndexProgressView
    failure: FailureView | None
    ledger: LedgerView
    notices: list[NoticeView]
    ask_rating: bool
    ask_session: bool
    """The session may be at its end: how was it? Its rating answers, and without a mark says: not now."""
