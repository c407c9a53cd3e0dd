"""`Sources` that answer from what was prepared where its fingerprints still hold, and from the project otherwise.

What was served, what had to be waited for and what was stale is counted, and becomes the turn's receipt.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any, TypeVar

from codemaestro_jupyter.plan.sources import GONE, Sources
from codemaestro_jupyter.plan.structure import Structure, structure_of
from codemaestro_jupyter.prepare.direct import DirectSources, MapQuestions
from codemaestro_jupyter.prepare.evidence import appears
from codemaestro_jupyter.prepare.kinds import COMMITS
from codemaestro_jupyter.prepare.payloads import noun, nouns, paths
from codemaestro_jupyter.prepare.wordings import same_command
from codemaestro_jupyter.types import (
    Answer,
    Commit,
    Failure,
    FileText,
    Fingerprint,
    GitStatus,
    Match,
    NotebookPicture,
    Preparation,
    PreparationKey,
    PreparationKind,
    Receipt,
    RelPath,
    Symbol,
    Tool,
    TurnId,
)
from codemaestro_jupyter.workspace.neighbours import Neighbours

T = TypeVar("T")
WAIT_SECONDS = 10.0
"""A preparation under way is waited for at most this long; then the work is done here."""
SLOW_LOOKS: Mapping[Tool, tuple[str, ...]] = {
    "brief": ("git:status",), "edit": ("git:status",), "test": ("git:status",), "history": ("git:status",),
    "failure": ("failure",),
}  # fmt: skip
"""What an answer of a tool surely looks at and takes long: begun at the moment of submit, beside the answer."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What there was at the moment of submit: finished preparations, and those under way."""

    ready: Mapping[PreparationKey, Preparation]
    running: dict[PreparationKey, Future[Preparation | None]]
    """Grows while questions are asked."""
    during: set[PreparationKey] = field(default_factory=set)
    """What was begun while questions were open."""
    begun: tuple[str, ...] = ()
    """Wordings of commands that were worked out, or begun."""
    served: dict[PreparationKey, Preparation] = field(default_factory=dict)
    """What the turn was answered from: it may ask through several `PreparedSources`, one after the other."""


class PreparedSources(DirectSources):
    """One turn's sources; used by the one thread that answers."""

    def __init__(
        self,
        direct: DirectSources,
        prepared: Prepared,
        shelf: Callable[[PreparationKey], Preparation | None],
        settle: Callable[[PreparedSources, tuple[Preparation, ...], tuple[Preparation, ...]], None],
        turn: TurnId,
        pool: Executor | None = None,
        timer: Callable[[], float] = time.perf_counter,
        tool: Tool = "explain",
    ) -> None:
        super().__init__(direct.workspace, direct.live, direct._predict, direct._elsewhere, direct._index, timer)
        self.turn = turn
        self._direct = direct
        self._prepared = prepared
        self._shelf = shelf
        self._settle = settle
        self._checked: dict[PreparationKey, Preparation | None] = {}
        self._served = prepared.served
        self._waited = 0.0
        self._receipt: Receipt | None = None
        self._extra: list[Preparation] = []
        self._lock = threading.Lock()
        self._looks: dict[str, Fingerprint] = {}
        self._heard: dict[tuple[str, str], list[tuple[Any, Preparation]]] = {}
        self._unheard: list[PreparationKey] | None = None
        self._early: dict[str, Future[Fingerprint | None]] = {}
        if pool is not None:
            self._early = {look: pool.submit(direct.fingerprint, look) for look in SLOW_LOOKS.get(tool, ())}

    # -- questions ----------------------------------------------------------------------------------

    def read(self, path: RelPath) -> FileText:
        found = self._get("file", path)
        if found is None:
            return self._timed("file", path, lambda: self._direct.read(path))
        content: Mapping[str, Any] = found.payload
        return FileText(
            path=path,
            text=content["text"],
            fingerprint=found.fingerprints[f"file:{path}"],
            size=content["size"],
            lossy=content["lossy"],
            redacted=content["redacted"],
        )

    def symbols(self, path: RelPath) -> tuple[Symbol, ...]:
        found = self._get("file", path)
        if found is None or found.payload["symbols"] is None:
            return self._timed("file", path, lambda: self._direct.symbols(path))
        return nouns(Symbol, found.payload["symbols"])

    def search(self, text: str, k: int = 20) -> tuple[Match, ...]:
        said = self._rehearsed("search", text, k)
        if said is None:
            return self._direct.search(text, k)
        return nouns(Match, said)

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        found = self._get("symbol", name, wait=False)  # the index says it in a millisecond
        said = found.payload["definitions"] if found else self._rehearsed("definitions", name, wait=False)
        if said is None:
            return self._timed("symbol", name, lambda: self._direct.definitions(name))
        return nouns(Symbol, said)

    def uses(self, name: str) -> tuple[Match, ...]:
        last = name.rpartition(".")[2]  # uses are looked up by the last part of a dotted name
        prepared = (key.subject for key in (*self._prepared.ready, *self._prepared.running) if key.kind == "symbol")
        subject = next((other for other in prepared if other.rpartition(".")[2] == last), name)
        found = self._get("symbol", subject)
        said = found.payload["uses"] if found else self._rehearsed("uses", name)
        if said is None:
            return self._timed("symbol", subject, lambda: self._direct.uses(name))
        return nouns(Match, said)

    def history(
        self, topic: str = "", paths: Iterable[RelPath] = (), since: float | None = None, limit: int = 20
    ) -> tuple[Commit, ...]:
        wanted = tuple(paths)
        subject = "" if topic or wanted else "recent"
        if topic and not wanted:
            subject = f"topic:{topic.strip()}"
        elif len(wanted) == 1 and not topic:
            subject = f"file:{wanted[0]}"
        found = self._get("history", subject) if subject else None
        if found is not None:
            commits = nouns(Commit, found.payload["commits"])
            kept = tuple(commit for commit in commits if since is None or commit.timestamp >= since)
            if len(kept) >= limit or len(kept) < len(commits) or len(commits) < COMMITS:
                return kept[:limit]  # else more may lie behind the last one
        said = self._rehearsed("history", topic, list(wanted), since, limit)
        if said is None:
            return self._timed("history", subject, lambda: self._direct.history(topic, wanted, since, limit))
        return nouns(Commit, said)

    def status(self) -> GitStatus:
        found = self._get("status", "working tree")
        said: Any = found.payload["status"] if found else self._rehearsed("status")
        if said is None:
            return self._timed("status", "working tree", self._direct.status)
        return noun(GitStatus, said)

    def diff(self, path: RelPath, commit: str = "") -> str:
        if commit:
            said = self._rehearsed("diff", path, commit)
            return self._direct.diff(path, commit) if said is None else str(said)
        found = self._get("status", "working tree")
        diffs: Any = found.payload["diffs"] if found is not None else {}
        said = diffs[path] if path in diffs else self._rehearsed("diff", path)
        return self._direct.diff(path) if said is None else str(said)

    def failures(self) -> tuple[Failure, ...]:
        found = self._get("failure", "last")
        said = found.payload["failures"] if found else self._rehearsed("failures")
        if said is None:
            return self._timed("failure", "last", self._direct.failures)
        return nouns(Failure, said)

    def notebook(self) -> NotebookPicture | None:
        notebook = self._direct.notebook()
        if notebook is not None:  # the picture itself is at hand; asking counts as using what was prepared of it
            self._get("cell", str(notebook.path or notebook.id))
        return notebook

    def neighbours(self, path: RelPath) -> Neighbours:
        found = self._get("neighbours", path, wait=False)
        said: Any = found.payload if found else self._rehearsed("neighbours", path, wait=False)
        if said is None:
            return self._timed("neighbours", path, lambda: self._direct.neighbours(path))
        return Neighbours(paths(said["tests"]), paths(said["modules"]))

    def change(self, sentence: str) -> Mapping[str, Any] | None:
        """The proposal of a command as it was prepared (`edit.kept`), if nothing has changed since.

        Where another wording of it was, this one is worked out beside it now.
        """
        found = self._get("change", sentence)
        if found is not None:
            return found.payload
        if any(same_command(earlier, sentence) for earlier in self._prepared.begun):
            return self._direct.change(sentence)  # its files are understood there by now
        return None

    def structure(self, about: str) -> Structure:
        """The map of a part of the project."""
        found = self._get("scope", about)
        if found is None:
            return self._timed("scope", about, lambda: structure_of(MapQuestions(self._direct), about))
        return noun(Structure, found.payload)

    def fingerprint(self, resource: str) -> Fingerprint | None:
        early = self._early.pop(resource, None)
        if early is not None and not early.cancel():  # it runs or is finished; one still queued is done here sooner
            with contextlib.suppress(CancelledError, FutureTimeoutError):
                return early.result(WAIT_SECONDS)
        return self._direct.fingerprint(resource)

    # -- what the turn owes to preparation ------------------------------------------------------------

    def also(self, prepared: Iterable[Preparation], waited: float = 0.0) -> None:
        """What else was prepared for this turn (drafted plans, a prefix that was read ahead), and waited for then."""
        self._extra += prepared
        self._waited += waited

    def receipt(self, answer: Answer) -> Receipt:
        """Count what was prepared, used and wasted, and record it; the same receipt if asked again."""
        with self._lock:
            if self._receipt is None:
                extra = {item.key: item for item in self._extra}
                used = tuple(item for item in {**self._served, **extra}.values() if appears(item, answer))
                keys = {item.key for item in used}
                # What was prepared on purpose for this text, and what else was of use (from a rehearsal or before).
                begun = [self._prepared.running[key] for key in self._prepared.during]
                during = [item for future in begun if future.done() and (item := future.result()) is not None]
                every = {**self._prepared.ready, **{item.key: item for item in (*during, *used)}, **extra}
                wasted = tuple(item for item in every.values() if item.key not in keys)
                self._receipt = Receipt(
                    prepared=len(every),
                    used=len(used),
                    wasted=len(wasted),
                    prepared_seconds=sum(item.seconds for item in used),
                    waited_seconds=self._waited,
                    used_keys=tuple(item.key for item in used),
                )
                self._settle(self, used, wasted)
        return self._receipt

    def _get(self, kind: PreparationKind, subject: str, *, wait: bool = True) -> Preparation | None:
        """The preparation if there is one and it still holds; one under way is waited for, and that is counted.

        With `wait` False it is not: for what takes less than waiting would.
        """
        key = PreparationKey(kind, subject)
        if not wait and key not in self._checked and not self._is_there(key):
            return None
        if key not in self._checked:
            began = self._timer()
            found = self._prepared.ready.get(key) or self._awaited(key) or self._shelf(key)
            if key in self._prepared.running:
                self._waited += self._timer() - began
            if found is not None and not self._direct_holds(found, found.fingerprints):
                found = None
            self._checked[key] = found
        found = self._checked[key]
        if found is not None:
            self._served[key] = found
        return found

    def _is_there(self, key: PreparationKey) -> bool:
        future = self._prepared.running.get(key)
        return future is None or future.done()

    def _rehearsed(self, question: str, *arguments: object, wait: bool = True) -> Any:
        """What a rehearsal of this answer (or of one to an earlier wording) found, if it still holds; else None."""
        self._hear(wait)
        for record, item in self._heard.get((question, repr(list(arguments))), ()):
            if self._direct_holds(item, record["from"]):
                self._served[item.key] = item
                return record["said"]
        return None

    def _hear(self, wait: bool) -> None:
        """List what the rehearsals asked, the newest first; those under way only with `wait`, which waits for them."""
        if self._unheard is None:
            self._unheard = [key for key in self._prepared.running if key.kind == "tool"]
            ready = (item for item in self._prepared.ready.values() if item.key.kind == "tool")
            for item in sorted(ready, key=lambda item: -item.created):
                self._note(item, first=False)
        began = self._timer()
        now = [key for key in self._unheard if wait or self._is_there(key)]
        for key in now:
            self._unheard.remove(key)
            if (found := self._awaited(key)) is not None:
                self._note(found, first=True)
        if now:
            self._waited += self._timer() - began

    def _note(self, item: Preparation, *, first: bool) -> None:
        asked: Any = item.payload["asked"]
        for record in asked:
            known = self._heard.setdefault((record["ask"], repr(record["with"])), [])
            known.insert(0 if first else len(known), (record, item))

    def _direct_holds(self, item: Preparation, resources: Iterable[str]) -> bool:
        for resource in resources:
            if resource not in self._looks:
                self._looks[resource] = self.fingerprint(resource) or GONE
            if self._looks[resource] != item.fingerprints.get(resource):
                return False
        return True

    def _awaited(self, key: PreparationKey) -> Preparation | None:
        future = self._prepared.running.get(key)
        if future is None:
            return None
        try:
            return future.result(WAIT_SECONDS)
        except (CancelledError, FutureTimeoutError):
            return None

    def _timed(self, kind: str, subject: str, work: Callable[[], T]) -> T:
        """Do the work now; if it had been prepared in vain, the time it takes was not saved."""
        stale = any(key.kind == kind and key.subject == subject for key in self._prepared.ready)
        began = self._timer()
        try:
            return work()
        finally:
            if stale:
                self._waited += self._timer() - began


def structure_from(sources: Sources, about: str) -> Structure:
    """The map of a part of the project, as a turn's sources have it."""
    assert isinstance(sources, PreparedSources)
    return sources.structure(about)
