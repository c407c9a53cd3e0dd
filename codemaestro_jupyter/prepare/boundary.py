"""The one list of what a preparation may do: ask the project's read-only questions, and nothing else.

Enforced by construction: a preparation is a function of an `Allowed`, which has these questions and no more, opens
nothing and starts nothing itself. What stands behind the questions keeps its own promises: `workspace.reader` never
leaves the root, shows no secret and follows no link out; `workspace.guest` runs git so that not even git's own side
effects (index refresh, locks, hooks, fsmonitor, filters, textconv) happen. `prepare.child` makes most of them in a
process of its own, through the same `Allowed`.

Each answer's fingerprints are noted on the way, so no preparation can forget what it was made from; and each question
is a point at which a cancelled preparation ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, Protocol

from codemaestro_jupyter.errors import BoundaryError
from codemaestro_jupyter.plan.sources import GONE, Neighbours, Sources
from codemaestro_jupyter.types import (
    BranchWork,
    Commit,
    Failure,
    FileText,
    Fingerprint,
    GitStatus,
    Match,
    NotebookPicture,
    Prediction,
    RelPath,
    Symbol,
    Variable,
)

ALLOWED: Mapping[str, str] = {
    "files": "list the files of the index",
    "read": "read a text file under the root, secrets withheld",
    "outline": "read a text file and list its definitions (large files: in the child process)",
    "sketch": "read a text file, and ask the index for its definitions if it knows the file as it is",
    "search": "search the index and the lines of the files it names",
    "definitions": "ask the index where a name is defined",
    "below": "ask the index for the classes whose head holds a name",
    "too_large": "ask git, as a guest, which Python files are left alone for their size",
    "uses": "ask the index where a name is used, and read those lines",
    "neighbours": "ask the index which tests and modules go with a file",
    "history": "ask git, as a guest, for HEAD's ancestors",
    "status": "ask git, as a guest, what differs from HEAD",
    "diff": "ask git, as a guest, how one file differs from HEAD, or what a commit changed in it",
    "branch": "ask git, as a guest, what the current branch has of its own",
    "failures": "read the last traceback, pytest's last failures and log tails",
    "notebook": "look at the picture of the open notebook",
    "variables": "look at the picture of the kernel's variables",
    "predict": "ask the predictor, which reads the index",
    "change": "work a command out in memory on the files as they are; none while a change is half-done",
    "fingerprint": "see whether a resource changed",
    "now": "know what time it is",
    "enough": "know that somebody waits for what there is by now",
}


DRAFTING: Mapping[str, str] = {
    "model": "ask the model that is switched on, within the budgets, and close the call of a rejected answer at once",
    "blueprint": "work a plan out on a blueprint in memory; nothing of it is written before a person applies it",
    "review": "scan the new lines, with `ruff` reading the text from its standard input: no configuration, no cache",
    "trial": "only with `run_tests_in_copy`: the tests that apply, in a copy, in a process that reaches nothing else",
}
"""What drafting a plan for an offered answer may do beyond that (drafts.py, review.py)."""


class StoppedError(Exception):
    """The preparation was cancelled: raised at its next question, never shown to a person."""


class Outliner(Protocol):
    """Reads files and understands them without stalling the caller's interpreter."""

    def outline(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """The file and its definitions; raises `PathError`."""
        ...

    def change(self, sentence: str, stopped: Callable[[], bool]) -> dict[str, Any]:
        """What a command would change, as `edit.kept` has it; ends soon after `stopped()` is true.

        Raises `EditError` if it cannot be worked out ahead, `StoppedError`.
        """
        ...

    def sketch(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """The same as `outline`, docstrings perhaps left out, but sooner."""
        ...


class Allowed:
    """What a preparation gets. Anything outside `ALLOWED` raises `BoundaryError`."""

    __slots__ = ("_clock", "_hurried", "_made_from", "_outliner", "_sources", "_stopped")
    _sources: Sources
    _outliner: Outliner
    _stopped: Callable[[], bool]
    _made_from: dict[str, Fingerprint]
    _clock: Callable[[], float]
    _hurried: Callable[[], bool]

    def __init__(
        self,
        sources: Sources,
        outliner: Outliner,
        stopped: Callable[[], bool],
        clock: Callable[[], float] = time.time,
        hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        parts = {"sources": sources, "outliner": outliner, "stopped": stopped, "made_from": {}, "clock": clock}
        parts["hurried"] = hurried
        for name, value in parts.items():
            object.__setattr__(self, f"_{name}", value)

    def __getattr__(self, name: str) -> NoReturn:
        raise BoundaryError(f"A preparation may not use {name!r}.", hint=f"It may: {', '.join(ALLOWED)}.")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise BoundaryError(f"A preparation may not set {name!r}.", hint="It returns what it has to say.")

    __delattr__ = __getattr__

    def files(self) -> tuple[RelPath, ...]:
        """Every file that may be shown."""
        self._enter("index")
        return self._sources.files()

    def read(self, path: RelPath) -> FileText:
        """One file's text; raises `PathError`."""
        self._enter()
        text = self._sources.read(path)
        self._made_from[f"file:{path}"] = text.fingerprint
        return text

    def outline(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """One file's text and its definitions; raises `PathError`."""
        self._enter()
        text, symbols = self._outliner.outline(path)
        self._made_from[f"file:{path}"] = text.fingerprint
        return text, symbols

    def sketch(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """One file's text and its definitions, docstrings perhaps left out; raises `PathError`."""
        self._enter()
        text, symbols = self._outliner.sketch(path)
        self._made_from[f"file:{path}"] = text.fingerprint
        return text, symbols

    def search(self, text: str, k: int) -> tuple[Match, ...]:
        """At most `k` lines that fit the words of `text` best."""
        self._enter("index")
        found = self._sources.search(text, k)
        self._came_from(match.path for match in found)
        return found

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        """Where `name` is defined."""
        self._enter("index")
        found = self._sources.definitions(name)
        self._came_from(symbol.path for symbol in found)
        return found

    def uses(self, name: str) -> tuple[Match, ...]:
        """Lines in which `name` stands, its definitions excepted."""
        self._enter("index")
        found = self._sources.uses(name)
        self._came_from(match.path for match in found)
        return found

    def below(self, name: str) -> tuple[Symbol, ...]:
        """Classes whose head holds `name`."""
        self._enter("index")
        found = self._sources.below(name)
        self._came_from(symbol.path for symbol in found)
        return found

    def too_large(self) -> tuple[RelPath, ...]:
        """Python files that are left alone for their size."""
        self._enter("index")
        return self._sources.too_large()

    def neighbours(self, path: RelPath) -> Neighbours:
        """Tests that cover a file, and modules it imports or is imported by."""
        self._enter("index")
        return self._sources.neighbours(path)

    def history(
        self, topic: str, paths: tuple[RelPath, ...], limit: int, since: float | None = None
    ) -> tuple[Commit, ...]:
        """At most `limit` of HEAD's ancestors."""
        self._enter("git:head")
        return self._sources.history(topic, paths, since, limit)

    def status(self) -> GitStatus:
        """The working tree against HEAD."""
        self._enter("git:status")
        return self._sources.status()

    def diff(self, path: RelPath, commit: str = "") -> str:
        """How one file differs from HEAD, or what a commit changed in it."""
        self._enter("git:head", *(() if commit else (f"file:{path}",)))
        return self._sources.diff(path, commit)

    def branch(self) -> BranchWork | None:
        """What the current branch has of its own."""
        self._enter("git:head")
        return self._sources.branch()

    def failures(self) -> tuple[Failure, ...]:
        """What went wrong, newest first."""
        self._enter("failure")
        return self._sources.failures()

    def notebook(self) -> NotebookPicture | None:
        """The open notebook as last seen."""
        self._enter("notebook")
        return self._sources.notebook()

    def variables(self) -> tuple[Variable, ...]:
        """The kernel's variables as last seen."""
        self._enter("variables")
        return self._sources.variables()

    def predict(self, text: str) -> Prediction:
        """The files that a request will probably touch."""
        self._enter("index")
        return self._sources.predict(text)

    def change(self, sentence: str) -> dict[str, Any]:
        """What a command would change; raises `EditError` if it cannot be worked out ahead."""
        self._enter("project", "notebooks")
        return self._outliner.change(sentence, self._stopped)

    def fingerprint(self, resource: str) -> Fingerprint | None:
        """What a resource looks like."""
        self._enter(resource)
        found = self._made_from[resource]
        return None if found == GONE else found

    def now(self) -> float:
        """Seconds since the epoch."""
        self._enter()
        return self._clock()

    def enough(self) -> bool:
        """Whether what there is by now should be handed over."""
        self._enter()
        return self._hurried()

    def _enter(self, *resources: str) -> None:
        """End here if cancelled; note what the answer will depend on *before* asking, so that a change during the
        question makes the result stale instead of silently old."""
        if self._stopped():
            raise StoppedError
        for resource in resources:
            if resource not in self._made_from:
                self._made_from[resource] = self._sources.fingerprint(resource) or GONE

    def _came_from(self, paths: Iterable[RelPath]) -> None:
        for path in paths:
            self._enter(f"file:{path}")


def made_from(allowed: Allowed) -> dict[str, Fingerprint]:
    """Everything that the answers so far depend on."""
    return dict(allowed._made_from)
