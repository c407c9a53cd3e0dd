"""The project as it stands, as a turn or a preparation asks it: what would hold the interpreter is asked in the child.

Nothing here is prepared; `sources.py` puts that in front.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan.sources import GONE
from codemaestro_jupyter.plan.workspace_sources import WorkspaceSources
from codemaestro_jupyter.prepare.boundary import Outliner
from codemaestro_jupyter.prepare.changing import Opened
from codemaestro_jupyter.prepare.payloads import nouns
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.types import (
    Commit,
    Failure,
    FileText,
    Fingerprint,
    GitStatus,
    LiveContext,
    Match,
    Prediction,
    RelPath,
    Symbol,
)
from codemaestro_jupyter.workspace.workspace import Workspace

T = TypeVar("T")
RECENT_SECONDS = 0.5
"""An answer asks for the working tree (30 ms of git) and for its fingerprint: within this time that is one look."""


class IndexFingerprint:
    """The fingerprint of the index, computed once for each of its views (50,000 files: 40 ms)."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: tuple[object, Fingerprint | None] = (None, None)

    def __call__(self) -> Fingerprint | None:
        """What the index looks like now."""
        view = self._workspace.index.view()
        if self._known[0] is not view:
            self._known = (view, self._workspace.fingerprint("index"))
        return self._known[1]


class Elsewhere(Outliner, Protocol):
    """What reads files without stalling the caller's interpreter."""

    def look(
        self, question: Literal["search", "uses", "history"], arguments: tuple[Any, ...], index: Path | None
    ) -> Any:
        """What a question that reads much is answered with, as JSON; None if it has to be asked here."""
        ...

    def change_now(self, sentence: str, notebooks: Opened) -> Mapping[str, Any] | None:
        """What a command would change, for somebody who waits; None if it has to be worked out here."""
        ...


class DirectSources(WorkspaceSources):
    """The project as it stands; what would hold the interpreter is asked in the child process."""

    def __init__(
        self,
        workspace: Workspace,
        live: LiveContext,
        predict: Callable[[str], Prediction],
        elsewhere: Elsewhere,
        index: Callable[[], Fingerprint | None],
        timer: Callable[[], float] = time.perf_counter,
        *,
        opened: Callable[[], Opened] = Opened,
    ) -> None:
        super().__init__(workspace, live, predict)
        self._opened = opened
        self._elsewhere = elsewhere
        self._index = index
        self._timer = timer
        self._looked: dict[str, tuple[float, Any]] = {}

    def symbols(self, path: RelPath) -> tuple[Symbol, ...]:
        try:
            return self._elsewhere.outline(path)[1]
        except PathError:
            return ()

    def search(self, text: str, k: int = 20) -> tuple[Match, ...]:
        said = self._elsewhere.look("search", (text, k), self.workspace.index.path)
        return super().search(text, k) if said is None else nouns(Match, said)

    def uses(self, name: str) -> tuple[Match, ...]:
        said = self._elsewhere.look("uses", (name,), self.workspace.index.path)
        return super().uses(name) if said is None else nouns(Match, said)

    def history(
        self, topic: str = "", paths: Iterable[RelPath] = (), since: float | None = None, limit: int = 20
    ) -> tuple[Commit, ...]:
        wanted = tuple(paths)
        said = self._elsewhere.look("history", (topic, wanted, since, limit), self.workspace.index.path)
        return super().history(topic, wanted, since, limit) if said is None else nouns(Commit, said)

    def change(self, sentence: str) -> Mapping[str, Any] | None:
        """What a command would change, worked out in the child process; None if it cannot."""
        return self._elsewhere.change_now(sentence, self._opened())

    def status(self) -> GitStatus:
        return self._recent("status", super().status)

    def failures(self) -> tuple[Failure, ...]:
        return self._recent("failures", super().failures)

    def fingerprint(self, resource: str) -> Fingerprint | None:
        if resource == "git:status":
            return self.workspace.looks_of(self.status())
        if resource == "notebooks":
            return self._opened().looks()
        return self._index() if resource == "index" else super().fingerprint(resource)

    def _recent(self, what: str, look: Callable[[], T]) -> T:
        """What was seen a moment ago, else a new look."""
        when, seen = self._looked.get(what, (0.0, None))
        if seen is None or self._timer() - when > RECENT_SECONDS:
            seen = look()
            self._looked[what] = self._timer(), seen
        found: T = seen
        return found

    def holds(self, fingerprints: Mapping[str, Fingerprint]) -> bool:
        return all((self.fingerprint(resource) or GONE) == value for resource, value in fingerprints.items())


class MapQuestions:
    """The questions of a map, asked for an answer."""

    def __init__(self, sources: DirectSources) -> None:
        self.files, self.neighbours = sources.files, sources.neighbours
        self._sources = sources

    def sketch(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        return self._sources.workspace.sketch(path)

    def enough(self) -> bool:
        return False


def predictor_of(workspace: Workspace, settings: CodeMaestro) -> Callable[[str, LiveContext], Prediction]:
    """Predictions from a project's index."""
    from codemaestro_jupyter.predict import Predictor

    predictor = Predictor()

    def predict(text: str, live: LiveContext) -> Prediction:
        return predictor.predict(text, workspace.index.view(), live, k=settings.likely_files)

    return predict
