"""The project as it stands, with what only a live session knows: `Sources` over a `Workspace`, nothing prepared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from codemaestro_jupyter.types import (
    BranchWork,
    Commit,
    Failure,
    FileText,
    Fingerprint,
    GitStatus,
    LiveContext,
    Match,
    NotebookPicture,
    Prediction,
    RelPath,
    Symbol,
    Variable,
)
from codemaestro_jupyter.workspace.neighbours import Neighbours
from codemaestro_jupyter.workspace.workspace import Workspace


class WorkspaceSources:
    """Asks the workspace each time; `live` is the session as it was when the request was submitted.

    `predict` is handed in, since prediction is another verb. Raises nothing but `read`'s `PathError`.
    """

    def __init__(self, workspace: Workspace, live: LiveContext, predict: Callable[[str], Prediction]) -> None:
        self.workspace = workspace
        self.live = live
        self._predict = predict

    def files(self) -> tuple[RelPath, ...]:
        return self.workspace.files()

    def read(self, path: RelPath) -> FileText:
        return self.workspace.read(path)

    def symbols(self, path: RelPath) -> tuple[Symbol, ...]:
        return self.workspace.symbols(path)

    def search(self, text: str, k: int = 20) -> tuple[Match, ...]:
        return self.workspace.search(text, k)

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        return self.workspace.definitions(name)

    def too_large(self) -> tuple[RelPath, ...]:
        return self.workspace.too_large()

    def uses(self, name: str) -> tuple[Match, ...]:
        return self.workspace.uses(name)

    def below(self, name: str) -> tuple[Symbol, ...]:
        return self.workspace.below(name)

    def history(
        self, topic: str = "", paths: Iterable[RelPath] = (), since: float | None = None, limit: int = 20
    ) -> tuple[Commit, ...]:
        return self.workspace.history(topic, paths, since, limit)

    def status(self) -> GitStatus:
        return self.workspace.status()

    def diff(self, path: RelPath, commit: str = "") -> str:
        return self.workspace.diff(path, commit)

    def branch(self) -> BranchWork | None:
        return self.workspace.branch()

    def failures(self) -> tuple[Failure, ...]:
        return self.workspace.failures(self.live.failures)

    def notebook(self) -> NotebookPicture | None:
        return self.live.notebook

    def variables(self) -> tuple[Variable, ...]:
        return self.live.variables

    def neighbours(self, path: RelPath) -> Neighbours:
        return self.workspace.neighbours(path)

    def predict(self, text: str) -> Prediction:
        return self._predict(text)

    def fingerprint(self, resource: str) -> Fingerprint | None:
        known: dict[str, Callable[[], object]] = {
            "failure": self.failures,
            "variables": self.variables,
            "notebook": self.notebook,
            "cells": self._cells,
        }
        if resource in known:
            return Fingerprint(
                "sha256:" + hashlib.sha256(repr(known[resource]()).encode("utf8", "replace")).hexdigest()
            )
        return self.workspace.fingerprint(resource)

    def _cells(self) -> object:
        """What stands in the cells: not which of them is active, which changes whenever one is run."""
        return [(cell.id, cell.kind, cell.source) for cell in self.live.notebook.cells] if self.live.notebook else []

    def holds(self, fingerprints: Mapping[str, Fingerprint]) -> bool:
        return all(self.fingerprint(resource) == value for resource, value in fingerprints.items())
