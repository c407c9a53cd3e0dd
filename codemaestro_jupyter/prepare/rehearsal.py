"""Rehearse the answer to a text as it stands, and keep what it looked up: at submit the same questions are answered.

Which files, lines and commits an answer needs is the plan's business (`plan/offline.py`); asking it is surer than
guessing, and costs what the answer costs. The words of the rehearsed answer are thrown away: only facts are kept, each
with the resources it came from, so that one changed file does not spoil the rest.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan import offline
from codemaestro_jupyter.plan.sources import Neighbours
from codemaestro_jupyter.prepare.boundary import Allowed
from codemaestro_jupyter.prepare.payloads import plain
from codemaestro_jupyter.prepare.tokens import estimate_tokens
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

T = TypeVar("T")
MOST_SECONDS = 2.0
"""A rehearsal that takes longer hands over what it has: in a large project a part of the work is better than none."""
MOST_TEXT = 3_000_000
"""Characters of files that one rehearsal keeps."""


def rehearse(allowed: Allowed, text: str) -> dict[str, Any]:
    """Answer `text` without a word of it being kept.

    Returns `whole` (False if it ended before its time), `asked` (question, arguments, result, resources), `seconds`
    (that the questions took, without those for files), and `files` (path -> payload of the kind `file`, and the
    `seconds` that it took).
    """
    recorder = Recorder(allowed)
    whole = False
    with contextlib.suppress(_EnoughError):
        for _ in offline.answer(text, recorder, now=allowed.now()):
            pass
        whole = True
    return {"whole": whole, "asked": recorder.asked, "seconds": recorder.seconds, "files": recorder.texts}


class _EnoughError(Exception):
    """Somebody waits, or it took long enough: what was found so far is handed over."""


def file_payload(text: FileText, symbols: tuple[Symbol, ...] | None) -> dict[str, Any]:
    """A file as the kind `file` keeps it; `symbols` None where nobody asked for them yet."""
    return {
        "text": text.text,
        "size": text.size,
        "lossy": text.lossy,
        "redacted": text.redacted,
        "tokens": estimate_tokens(text.text),
        "symbols": None if symbols is None else plain(symbols),
    }


class Recorder:
    """`Sources` over what a preparation may ask, each question asked once and written down."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._known: dict[tuple[str, tuple[object, ...]], Any] = {}
        self._began = allowed.now()
        self._text = 0
        self.seconds = 0.0
        self.asked: list[dict[str, Any]] = []
        self.texts: dict[str, dict[str, Any]] = {}

    def read(self, path: RelPath) -> FileText:
        began = self._allowed.now()
        found = self._once("read", (path,), lambda: self._allowed.read(path), keep=False)
        self._keep(found, None, self._allowed.now() - began)
        return found

    def symbols(self, path: RelPath) -> tuple[Symbol, ...]:
        began = self._allowed.now()
        try:
            text, symbols = self._once("symbols", (path,), lambda: self._allowed.outline(path), keep=False)
        except PathError:
            return ()
        self._keep(text, symbols, self._allowed.now() - began)
        return symbols

    def search(self, text: str, k: int = 20) -> tuple[Match, ...]:
        return self._once("search", (text, k), lambda: self._allowed.search(text, k))

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        return self._once("definitions", (name,), lambda: self._allowed.definitions(name))

    def uses(self, name: str) -> tuple[Match, ...]:
        return self._once("uses", (name,), lambda: self._allowed.uses(name))

    def below(self, name: str) -> tuple[Symbol, ...]:
        return self._once("below", (name,), lambda: self._allowed.below(name))

    def too_large(self) -> tuple[RelPath, ...]:
        return self._allowed.too_large()

    def neighbours(self, path: RelPath) -> Neighbours:
        return self._once("neighbours", (path,), lambda: self._allowed.neighbours(path))

    def history(
        self, topic: str = "", paths: Iterable[RelPath] = (), since: float | None = None, limit: int = 20
    ) -> tuple[Commit, ...]:
        wanted = tuple(paths)
        return self._once(
            "history", (topic, wanted, since, limit), lambda: self._allowed.history(topic, wanted, limit, since)
        )

    def status(self) -> GitStatus:
        return self._once("status", (), self._allowed.status)

    def diff(self, path: RelPath, commit: str = "") -> str:
        return self._once("diff", (path, commit) if commit else (path,), lambda: self._allowed.diff(path, commit))

    def branch(self) -> BranchWork | None:
        return self._allowed.branch()

    def failures(self) -> tuple[Failure, ...]:
        return self._once("failures", (), self._allowed.failures)

    # What a session has at hand is asked again, not kept.

    def files(self) -> tuple[RelPath, ...]:
        return self._allowed.files()

    def notebook(self) -> NotebookPicture | None:
        return self._allowed.notebook()

    def variables(self) -> tuple[Variable, ...]:
        return self._allowed.variables()

    def predict(self, text: str) -> Prediction:
        return self._allowed.predict(text)

    def fingerprint(self, resource: str) -> Fingerprint | None:
        return self._allowed.fingerprint(resource)

    def holds(self, fingerprints: Mapping[str, Fingerprint]) -> bool:
        return all(self.fingerprint(resource) == value for resource, value in fingerprints.items())

    def _once(self, question: str, arguments: tuple[object, ...], ask: Callable[[], T], *, keep: bool = True) -> T:
        key = (question, arguments)
        if key not in self._known:
            began = self._allowed.now()
            if self._allowed.enough() or began - self._began > MOST_SECONDS:
                raise _EnoughError
            self._known[key] = found = ask()
            if keep:
                self.seconds += max(0.0, self._allowed.now() - began)
                record = {"ask": question, "with": list(plain(arguments)), "said": said(found)}
                self.asked.append({**record, "from": resources(question, arguments, found)})
        answer: T = self._known[key]
        return answer

    def _keep(self, text: FileText, symbols: tuple[Symbol, ...] | None, seconds: float) -> None:
        known = self.texts.get(text.path)
        if known is None:
            self._text += len(text.text)
            if self._text <= MOST_TEXT:
                self.texts[text.path] = {**file_payload(text, symbols), "seconds": max(0.0, seconds)}
        elif symbols is not None and known["symbols"] is None:
            known["symbols"] = plain(symbols)
            known["seconds"] += max(0.0, seconds)


def said(found: Any) -> Any:
    """An answer as JSON-able values."""
    if isinstance(found, Neighbours):
        return {"tests": list(found.tests), "modules": list(found.modules)}
    return plain(found)


def resources(question: str, arguments: tuple[object, ...], found: Any) -> list[str]:
    """What an answer depends on; `Allowed` has noted the fingerprint of each."""
    match question:
        case "search" | "uses" | "definitions":
            return ["index", *sorted({f"file:{item.path}" for item in found})]
        case "neighbours":
            return ["index"]
        case "history":
            return ["git:head"]
        case "diff":
            return ["git:head", f"file:{arguments[0]}"] if len(arguments) == 1 else ["git:head"]
        case "status":
            return ["git:status"]
        case _:
            return ["failure"]
