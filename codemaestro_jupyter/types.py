"""The nouns that every room speaks: frozen values without behaviour of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NewType

CellId = NewType("CellId", str)
NotebookId = NewType("NotebookId", str)
"""Path of a notebook relative to the root, or any stable name the front end has for it."""
TurnId = NewType("TurnId", str)
PreparationId = NewType("PreparationId", int)
RelPath = NewType("RelPath", str)
"""POSIX path relative to the project root, never starting with `/` or containing `..`."""
Fingerprint = NewType("Fingerprint", str)
"""What a value was made from: `sha256:…` of bytes, `git:<head>`, `size-mtime:…`. Equal means unchanged."""

Source = Literal["cell", "chat"]
Stage = Literal["INTENT", "SCOPE", "IMPLEMENTATION", "READY"]
SymbolKind = Literal["function", "class", "method", "constant", "variable", "heading", "other"]
FailureKind = Literal["traceback", "pytest", "log"]
PreparationKind = Literal[
    "file", "cell", "failure", "status", "history", "neighbours", "symbol", "tool", "scope", "plan", "prefix", "change"
]
Tool = Literal["read", "find", "explain", "history", "failure", "brief", "edit", "test"]


# -- what the person does ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypingEvent:
    """The wire message `user_typing` (spec S1); `seq` orders events of one front end, newest wins."""

    source: Source
    notebook_id: NotebookId
    cell_id: CellId
    seq: int
    text: str
    cursor: int
    timestamp: float
    """Seconds since the epoch, the front end's clock."""


@dataclass(frozen=True, slots=True)
class Rating:
    """How an answer felt, 1-5 each; None where the person did not say."""

    fast: int | None = None
    smooth: int | None = None
    anticipated: int | None = None


# -- the project as it stands -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileText:
    """One text file as read; notebooks as the sources of their cells."""

    path: RelPath
    text: str
    fingerprint: Fingerprint
    size: int
    """Bytes on disk."""
    lossy: bool = False
    """Some bytes were not valid UTF-8 and were replaced."""
    redacted: int = 0
    """Number of lines withheld because they look like secrets."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named definition, `line` and `end_line` counted from 1 (both inclusive)."""

    name: str
    kind: SymbolKind
    path: RelPath
    line: int
    end_line: int
    qualified: str = ""
    """Dotted name inside the file, e.g. `Client.get`."""
    signature: str = ""
    docstring: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """One line of a file that matters, `line` counted from 1."""

    path: RelPath
    line: int
    text: str
    kind: Literal["definition", "use", "text"] = "text"


@dataclass(frozen=True, slots=True)
class Commit:
    """One ancestor of HEAD; `files` are the paths it changed, as named then."""

    sha: str
    timestamp: float
    author: str
    subject: str
    files: tuple[RelPath, ...]


@dataclass(frozen=True, slots=True)
class GitStatus:
    """The working tree against HEAD; `branch` is empty when detached, everything empty without git."""

    branch: str = ""
    head: str = ""
    changed: tuple[RelPath, ...] = ()
    untracked: tuple[RelPath, ...] = ()
    conflicts: tuple[RelPath, ...] = ()
    """Those of the changed files that a merge left with both sides in them."""
    underway: str = ""
    """What git is in the middle of: `rebase`, `merge`, `cherry-pick`, `revert` or `bisect`."""
    known: bool = True
    """False where git did not answer: the repository is damaged, or too large for the time there is."""


@dataclass(frozen=True, slots=True)
class BranchWork:
    """What the current branch has of its own, since it left another one; `files` with lines added and removed."""

    base: str
    fork: str
    """The commit id that both have last in common."""
    commits: tuple[Commit, ...] = ()
    files: tuple[tuple[RelPath, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One notebook cell as the front end or the file has it."""

    id: CellId
    kind: Literal["code", "markdown", "raw"]
    source: str


@dataclass(frozen=True, slots=True)
class NotebookPicture:
    """An open notebook: its path and cells, and which cell is active."""

    id: NotebookId
    path: RelPath | None
    cells: tuple[Cell, ...] = ()
    active: CellId | None = None
    file: str = ""
    """Where it lies outside of the project, if that is known."""
    formerly: NotebookId = NotebookId("")
    """How the page called it until it was renamed just now; empty for no change."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A kernel variable without its value: type, and shape, columns, dtypes where its class is known."""

    name: str
    type: str
    shape: tuple[int, ...] | None = None
    columns: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    module: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a traceback; `path` is None for code outside the root (or a cell: see `cell`)."""

    path: RelPath | None
    line: int
    function: str
    text: str = ""
    cell: CellId | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that went wrong, newest first wherever several are listed."""

    kind: FailureKind
    title: str
    """e.g. `KeyError: 'user_id'`."""
    detail: str
    frames: tuple[Frame, ...] = ()
    when: float = 0.0
    source: str = ""
    """Where we know it from: `kernel`, `.pytest_cache/v/cache/lastfailed`, a log's path."""
    before: tuple[Frame, ...] = ()
    """Frames of the exceptions that it came of, innermost last."""


# -- what is expected next --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LikelyFile:
    """A file the request will probably touch; `probability` in [0, 1] is calibrated."""

    path: RelPath
    probability: float
    why: tuple[str, ...] = ()
    """Reasons a person understands, strongest first."""


@dataclass(frozen=True, slots=True)
class LikelyWord:
    """What the person may type next: `completion` is appended to the text as it stands."""

    word: str
    completion: str
    probability: float


@dataclass(frozen=True, slots=True)
class LikelyTool:
    """What the request will probably need done."""

    tool: Tool
    probability: float
    argument: str = ""
    """The symbol, path or topic it would be called with, where the text shows one."""


@dataclass(frozen=True, slots=True)
class LikelyAnswer:
    """An answer the person may give to an open question."""

    answer: str
    probability: float


@dataclass(frozen=True, slots=True)
class LikelyCommand:
    """A command that can be worked out without a model, or the beginning of one."""

    sentence: str = ""
    """What would be proposed; empty while it is not said whole, or names what is not there."""
    goes_on: bool = False
    """Whether it ends in a name of the person's own, which may still grow."""
    size: float = 0.0
    """Bytes of the files that have to be understood for it, about."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one half-typed text leads us to expect; empty below the minimum number of characters."""

    text: str = ""
    seq: int = 0
    files: tuple[LikelyFile, ...] = ()
    words: tuple[LikelyWord, ...] = ()
    tools: tuple[LikelyTool, ...] = ()
    answers: tuple[LikelyAnswer, ...] = ()
    milliseconds: float = 0.0
    command: LikelyCommand | None = None
    """Where the text is, or begins, a change that needs no model."""
    others: tuple[LikelyFile, ...] = ()
    """Files that are less likely than `files`, likeliest first: which parts of the project the text may mean."""


@dataclass(frozen=True, slots=True)
class LiveContext:
    """What only a live session knows; every field may be empty."""

    notebook: NotebookPicture | None = None
    source: Source = "chat"
    cell_text: str = ""
    variables: tuple[Variable, ...] = ()
    failures: tuple[Failure, ...] = ()
    recent_files: tuple[RelPath, ...] = ()
    """Files prepared, shown or edited earlier in the conversation, newest first."""
    accepted: Mapping[RelPath, float] = field(default_factory=dict)
    """Past predictions that were used: path -> decayed count."""
    rejected: Mapping[RelPath, float] = field(default_factory=dict)
    """Past predictions that were dismissed or never used: path -> decayed count."""
    recent_requests: tuple[str, ...] = ()


# -- work done ahead of need ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PreparationKey:
    """Which thing is prepared: a file by path, a symbol by name, a topic by text."""

    kind: PreparationKind
    subject: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """One finished piece of work; `version` grows by one each time the same key is remade."""

    key: PreparationKey
    stage: Stage
    version: int
    fingerprints: Mapping[str, Fingerprint]
    """Resource (`file:src/a.py`, `git:head`, `git:status`, …) -> what it was when this was made."""
    payload: Mapping[str, object]
    """JSON-able content."""
    seconds: float
    """Measured time it took."""
    tokens: int
    created: float
    id: PreparationId = PreparationId(0)
    used: float | None = None
    turn: TurnId | None = None
    request: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a turn owes to preparation; all times in seconds, measured."""

    prepared: int = 0
    used: int = 0
    wasted: int = 0
    prepared_seconds: float = 0.0
    """Sum of the measured times of the preparations used."""
    waited_seconds: float = 0.0
    """Residual wait after submit for preparations still under way or remade."""
    used_keys: tuple[PreparationKey, ...] = ()

    @property
    def saved_seconds(self) -> float:
        """Measured preparation time of what was used minus the residual wait, never below zero."""
        return max(0.0, self.prepared_seconds - self.waited_seconds)


# -- answers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A piece of an answer as it streams: Markdown that can be appended to what came before."""

    markdown: str
    sources: tuple[str, ...] = ()
    """What it rests on: `src/a.py:10-20`, `commit 1a2b3c4`, `traceback`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer."""

    request: str
    tool: Tool
    markdown: str
    sources: tuple[str, ...]
    files: tuple[RelPath, ...]
    fingerprints: Mapping[str, Fingerprint]
    data: Mapping[str, object] = field(default_factory=dict)
    """The same facts for `-f json`."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One request and what came of it, as stored."""

    id: TurnId
    request: str
    answer: str
    tool: Tool
    notebook_id: NotebookId
    cell_id: CellId
    started: float
    first_output: float
    finished: float
    receipt: Receipt
    state: Literal["running", "done", "cancelled", "failed"] = "done"
    rating: Rating = Rating()
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict)
    """What the answer was made from: running the same cell again reuses it while these hold."""
    files: tuple[RelPath, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)
