"""What an answer may rest on: one narrow way to ask the project, whoever answers.

`WorkspaceSources` reads the project as it stands, `prepare` answers from what it prepared where that still
holds, and `ScriptedSources` is the double for tests. Whatever comes out of here is already free of secrets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

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
from codemaestro_jupyter.workspace.neighbours import Neighbours

__all__ = ["Neighbours", "Sources"]

GONE = Fingerprint("none")
"""Fingerprint of what is not there; that it is still not there has to hold too."""


class Sources(Protocol):
    """Read-only questions about one project; every answer is deterministic while the fingerprints hold.

    Nothing found is an empty answer, never an error; only `read` raises, `PathError`, for a path that is missing,
    ignored, secret, binary, too large or outside the root.
    """

    def files(self) -> tuple[RelPath, ...]:
        """Every file that may be shown, sorted."""
        ...

    def read(self, path: RelPath) -> FileText:
        """One file's text (a notebook: the sources of its cells), secrets withheld; raises `PathError`."""
        ...

    def symbols(self, path: RelPath) -> tuple[Symbol, ...]:
        """The definitions in one file, by line."""
        ...

    def search(self, text: str, k: int = 20) -> tuple[Match, ...]:
        """At most `k` lines that fit the words of `text` best, best first."""
        ...

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        """Where `name` (plain or dotted, e.g. `Client.get`) is defined; exact spelling first, then ignoring case."""
        ...

    def too_large(self) -> tuple[RelPath, ...]:
        """Python files that are not read for their size, so that what they define is unknown."""
        ...

    def uses(self, name: str) -> tuple[Match, ...]:
        """Lines in which the identifier `name` stands, its definitions excepted; by path and line."""
        ...

    def below(self, name: str) -> tuple[Symbol, ...]:
        """Classes whose head holds a name: those that may derive from it."""
        ...

    def history(
        self, topic: str = "", paths: Iterable[RelPath] = (), since: float | None = None, limit: int = 20
    ) -> tuple[Commit, ...]:
        """At most `limit` ancestors of HEAD, newest first; with a topic the best fitting ones, best first.

        `paths` keeps the commits that touched one of them (a folder stands for what is in it); `since` is in
        seconds since the epoch.
        """
        ...

    def status(self) -> GitStatus:
        """The working tree against HEAD."""
        ...

    def diff(self, path: RelPath, commit: str = "") -> str:
        """The unified diff of one changed file against HEAD, or what an ancestor of HEAD changed in it.

        Secrets are withheld; empty without a change.
        """
        ...

    def branch(self) -> BranchWork | None:
        """What the current branch has of its own since it left another one; None where there is no such pair."""
        ...

    def failures(self) -> tuple[Failure, ...]:
        """What went wrong, newest first: the kernel's last traceback, pytest's last failures, log tails."""
        ...

    def notebook(self) -> NotebookPicture | None:
        """The notebook that is open, as it was last seen."""
        ...

    def variables(self) -> tuple[Variable, ...]:
        """The kernel's variables as last seen, without values."""
        ...

    def neighbours(self, path: RelPath) -> Neighbours:
        """Tests that cover a file, and modules it imports or is imported by."""
        ...

    def predict(self, text: str) -> Prediction:
        """The files that a request will probably touch."""
        ...

    def fingerprint(self, resource: str) -> Fingerprint | None:
        """What a resource looks like now; None if there is none (any more).

        Resources: `file:<path>`, `git:head`, `git:status`, `index` (every path and its size and time), `failure`,
        `variables`, `notebook`. Anything else is None, so what rests on it (`clock`) never holds.
        """
        ...

    def holds(self, fingerprints: Mapping[str, Fingerprint]) -> bool:
        """Whether every one of them is still what it was."""
        ...
