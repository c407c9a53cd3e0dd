"""One preparation on its way: made on a worker thread, kept only if it was not cancelled before it was finished."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from codemaestro_jupyter.errors import MaestroError, StoreError
from codemaestro_jupyter.prepare.boundary import Allowed, StoppedError, made_from
from codemaestro_jupyter.prepare.changing import Opened, stored
from codemaestro_jupyter.prepare.direct import DirectSources
from codemaestro_jupyter.prepare.economics import Candidate
from codemaestro_jupyter.prepare.kinds import KINDS, tokens_of
from codemaestro_jupyter.prepare.shelf import Shelf
from codemaestro_jupyter.prepare.stages import stage_of
from codemaestro_jupyter.prepare.worker import NOTHING_OPEN, Made, Worker
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import Fingerprint, Prediction, Preparation, PreparationKey
from codemaestro_jupyter.workspace.secrets import redact

log = logging.getLogger(__name__)
LONGEST_REQUEST = 300


class Job:
    """A preparation under way; `future` has its result, None if it was cancelled or failed."""

    def __init__(self, candidate: Candidate, began: float, request: str) -> None:
        self.candidate = candidate
        self.began = began
        self.request = request
        self.seconds = candidate.seconds
        """Estimated until it is finished, then measured: its share of the budget."""
        self.worked: float | None = None
        self.future: Future[Preparation | None] = Future()
        self.hurried = threading.Event()
        """Somebody waits for it: what can be handed over in part should be."""
        self._lock = threading.Lock()
        self._state = "running"
        self._listener: Callable[[str], None] = lambda what: None

    @property
    def key(self) -> PreparationKey:
        """What is prepared."""
        return self.candidate.key

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._state == "cancelled"

    def cancel(self) -> bool:
        """Nothing of it will be kept; False if it is finished already."""
        with self._lock:
            if self._state == "running":
                self._state = "cancelled"
            cancelled = self._state == "cancelled"
        if cancelled and not self.future.done():
            self._listener("cancel")
            self.future.set_result(None)
        return cancelled

    def hurry(self) -> None:
        """Somebody waits for it now."""
        self.hurried.set()
        self._listener("hurry")

    def tell(self, listener: Callable[[str], None]) -> None:
        """Call `listener("cancel" or "hurry")` when that happens; at once if it has."""
        self._listener = listener
        if self.cancelled():
            listener("cancel")
        elif self.hurried.is_set():
            listener("hurry")

    def finish(self) -> bool:
        """From here on it cannot be cancelled; False if it was. Only what passes here reaches the store."""
        with self._lock:
            if self._state == "running":
                self._state = "finished"
            return self._state == "finished"

    def resolve(self, result: Preparation | None) -> None:
        """Set the result, unless cancelling has."""
        if self.finish():
            self.future.set_result(result)


def is_whole(preparation: Preparation) -> bool:
    """False for a file whose definitions nobody asked for yet, and for a rehearsal that ended early."""
    if preparation.key.kind == "file":
        return preparation.payload["symbols"] is not None
    return bool(preparation.payload.get("whole", True))


def as_stored(preparation: Preparation) -> Preparation:
    """What the store gets: of a change no line."""
    if preparation.key.kind != "change":
        return preparation
    return replace(preparation, payload=stored(preparation.payload))


class Maker:
    """Performs jobs: takes what still holds from shelf or store, else makes and stores the next version."""

    def __init__(
        self,
        store: Store,
        shelf: Shelf,
        worker: Worker,
        clock: Callable[[], float],
        timer: Callable[[], float],
        opened: Callable[[], Opened] = Opened,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._worker = worker
        self._clock = clock
        self._timer = timer
        self._opened = opened
        self.storing = threading.Lock()
        """Held from the moment a job cannot be cancelled any more until its result is stored."""

    def make(self, job: Job, sources: DirectSources, prediction: Prediction) -> None:
        """Perform one job on this thread, or wait on it for the child process that does; never raises."""
        began = self._timer()
        result: Preparation | None = None
        try:
            if not job.cancelled():
                result = self._reusable(job, sources) or self._new(job, sources, prediction)
        except StoppedError:
            pass
        except MaestroError as error:  # the file went away, or is none that may be read: nothing to prepare
            log.debug("%s: %s", job.key, error)
        except Exception:
            log.exception("Preparing %s failed", job.key)
        finally:
            took = self._timer() - began
            job.seconds = took if job.worked is None else min(took, job.worked)
            job.resolve(result)

    def _reusable(self, job: Job, sources: DirectSources) -> Preparation | None:
        found = self._shelf.get(job.key)
        if found is None:
            try:
                found = self._store.preparations.latest(job.key)
            except StoreError:
                return None
        if found is None or not is_whole(found):
            return None
        if not sources.holds(found.fingerprints):
            return None
        with self.storing:
            if not job.finish():
                return None
            self._shelf.put(found)
        return found

    def _new(self, job: Job, sources: DirectSources, prediction: Prediction) -> Preparation | None:
        made = self._in_child(job, sources, prediction) or self._here(job, sources)
        job.worked = made.work
        with self.storing:
            return self._keep(job, made) if job.finish() else None

    def _keep(self, job: Job, made: Made) -> Preparation:
        try:
            self._store.costs.observe(job.key.kind, job.candidate.size, made.work)
        except StoreError as error:
            log.warning("%s", error)
        files = made.payload.pop("files", {})
        seconds = made.payload.pop("seconds", made.seconds)  # a rehearsal: what only its words took is not saved
        for path, content in files.items():
            self._file(job, path, content, made.fingerprints[f"file:{path}"])
        return self._put(job, job.key, made.fingerprints, made.payload, seconds)

    def _in_child(self, job: Job, sources: DirectSources, prediction: Prediction) -> Made | None:
        """What the child process makes of it; None if it is not for it, or it cannot."""
        if not job.candidate.aside:
            return None
        try:
            index, notebooks = sources.workspace.index.path, NOTHING_OPEN
            if job.key.kind == "change":
                notebooks = self._opened()
            return self._worker.make(job.key, sources.live, prediction, index, job, notebooks)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.debug("%s is made here: %s", job.key, error)
            return None

    def _here(self, job: Job, sources: DirectSources) -> Made:
        began = self._timer()
        allowed = Allowed(sources, self._worker, job.cancelled, self._clock, job.hurried.is_set)
        payload = KINDS[job.key.kind](allowed, job.key.subject)
        seconds = self._timer() - began
        return Made(payload, made_from(allowed), seconds, seconds)

    def _file(self, job: Job, path: str, content: dict[str, Any], looks: Fingerprint) -> None:
        """Keep a file that was read on the way as a preparation of its own, unless it is here as it is."""
        key = PreparationKey("file", path)
        seconds = content.pop("seconds")
        known = self._shelf.get(key)
        same = known is not None and known.fingerprints.get(f"file:{path}") == looks
        if known is not None and same and (known.payload["symbols"] is not None or content["symbols"] is None):
            return
        self._put(job, key, {f"file:{path}": looks}, content, seconds)

    def _put(
        self,
        job: Job,
        key: PreparationKey,
        prints: Mapping[str, Fingerprint],
        payload: Mapping[str, Any],
        seconds: float,
    ) -> Preparation:
        preparation = Preparation(
            key=key,
            stage=stage_of(key.kind),
            version=0,
            fingerprints=prints,
            payload=payload,
            seconds=seconds,
            tokens=tokens_of(payload),
            created=self._clock(),
            request=redact(job.request)[0][:LONGEST_REQUEST],
        )
        try:
            kept = self._store.preparations.put(as_stored(preparation))
            preparation = replace(preparation, id=kept.id, version=kept.version)
        except StoreError as error:  # it can be used all the same
            log.warning("%s", error)
        self._shelf.put(preparation)
        return preparation
