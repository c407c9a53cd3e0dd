"""The thin shell around economics: performs Start and Cancel, stores what is finished, and hands it to the answer.

Everything that decides is pure and elsewhere; here are the threads (`maestro-prepare`), the clock and the store.
"""

from __future__ import annotations

import contextlib
import logging
import time
from asyncio import TimerHandle
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import RLock
from typing import get_args

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.errors import MaestroError, StoreError
from codemaestro_jupyter.plan import offline
from codemaestro_jupyter.plan.exact import in_exact_form
from codemaestro_jupyter.plan.requests import classify
from codemaestro_jupyter.prepare.candidates import Known, Offered, candidates, offered
from codemaestro_jupyter.prepare.changing import Opened
from codemaestro_jupyter.prepare.direct import DirectSources, IndexFingerprint, predictor_of
from codemaestro_jupyter.prepare.economics import Allowance, Budget, Cancel, Candidate, Start, Underway, decide, wanted
from codemaestro_jupyter.prepare.jobs import Job, Maker
from codemaestro_jupyter.prepare.shelf import Shelf
from codemaestro_jupyter.prepare.sources import Prepared, PreparedSources
from codemaestro_jupyter.prepare.status import Asking, Progress, Status
from codemaestro_jupyter.prepare.uses import Uses
from codemaestro_jupyter.prepare.wordings import Wordings, newest
from codemaestro_jupyter.prepare.worker import Worker
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import LiveContext, Prediction, Preparation, PreparationKey, RelPath, Tool, Turn, TurnId
from codemaestro_jupyter.workspace.workspace import Workspace

log = logging.getLogger(__name__)
THREAD = "maestro-prepare"
BURST = 1.0
"""CPU seconds that may be spent at once when typing begins; after that only the share (`cpu_share`) flows in."""
DEBT = 1.0
"""While the person pauses this much more may be spent, to be made up for by what flows in later."""
RESERVE = 0.05
"""Cheap things (file reads) are prepared even in debt: at most this much a decision, and each only once a text."""
AGAIN_SECONDS = 0.25
"""When the budget was too small for something that pays, look again after this long."""
SETTLED_SECONDS = 0.3
"""A pause in typing: keys are 200 ms apart at 60 words a minute, and the front end gathers them for 150 ms."""
RESTED_SECONDS = 0.8
"""A pause that is none between two words (1.6 keys long, see experiment/typist.py), even of somebody slow."""
CELL_SECONDS = 0.1
"""After a cell began or ended, its output is on the way for about so long."""
PRUNE_EVERY = 200
TURNS = 4
"""Turns whose sources are kept until they are answered: a turn asks for them more than once."""


class Engine:
    """Prepares for the newest text. `update`, `set_busy`, `cancel_all` belong on the loop; the rest is for any thread.

    `on_change` is called (on any thread, no lock held) when `status()` may have changed, `on_settled` with what a turn
    used of what was prepared and what it did not, once it is answered. `predict` computes a prediction for an answer
    that asks for one; `timer` measures durations in seconds.
    """

    def __init__(
        self,
        workspace: Workspace,
        store: Store,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        background: Background,
        predict: Callable[[str, LiveContext], Prediction] | None = None,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.has_model: Callable[[], bool] = lambda: False
        self.on_settled: Callable[[tuple[Preparation, ...], tuple[Preparation, ...]], None] = lambda used, wasted: None
        self.opened: Callable[[], Opened] = Opened  # whoever knows the front end sets it
        self._workspace = workspace
        self._store = store
        self._settings = settings.values
        self._clock = clock
        self._timer = timer
        self._background = background
        self._predict_with = predict or predictor_of(workspace, self._settings)
        self._lock = RLock()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix=THREAD)
        self._worker = Worker(workspace.reader, self._size)
        self._index = IndexFingerprint(workspace)
        self._shelf = Shelf(lambda: self._settings.memory_limit * 1_000_000)
        self._maker = Maker(store, self._shelf, self._worker, clock, timer, lambda: self.opened())
        self._allowance = Allowance(BURST, timer(), BURST)
        self._prediction, self._live = Prediction(), LiveContext()
        self._jobs: dict[PreparationKey, Job] = {}
        self._ready: dict[PreparationKey, Preparation] = {}
        self._failed: set[PreparationKey] = set()
        self._mapped: dict[PreparationKey, Preparation] = {}
        self._asking: Asking | None = None
        self._offers: tuple[Offered, ...] = ()
        self._asked_for: set[PreparationKey] = set()
        self._asked = TurnId("")
        self._progress, self._wordings = Progress(), Wordings()
        self._turns: dict[TurnId, Prepared] = {}
        self._uses = Uses(store, clock)
        self._busy = self._closed = self._again = self._waiting = False
        self._stored = 0
        self._typed = timer()
        self._pauses: list[TimerHandle] = []
        self._forget = workspace.index.on_change(lambda: background.call(self._project_changed))
        self._pool.submit(self._warm)

    # -- on the loop --------------------------------------------------------------------------------

    def update(self, prediction: Prediction, live: LiveContext) -> None:
        """The newest prediction replaces the one before: start what pays now, cancel what no longer does."""
        with self._lock:
            if prediction.text != self._prediction.text:
                self._typed = self._timer()
                for timer in self._pauses:  # there was none: what is prepared in a pause is not looked for
                    timer.cancel()
                later = self._background.loop.call_later
                self._pauses = [later(pause, self._look_again) for pause in (SETTLED_SECONDS, RESTED_SECONDS)]
            self._prediction, self._live = prediction, live
            self._wordings.follow(prediction)
            self._advance()
        self.on_change()

    def set_busy(self, busy: bool) -> None:
        """The kernel runs a cell (or stopped): CPU is dearer meanwhile.

        What follows from that is decided a moment later: at once, the cell's first output would wait for it.
        """
        with self._lock:
            self._busy = busy
        self._workspace.index.stir()
        self._background.loop.call_later(CELL_SECONDS, self._look_again)

    def ask(self, turn: TurnId, asking: Asking | None, offers: Sequence[Offered] = ()) -> None:
        """A question of a turn is open: the parts that its answers are about are mapped.

        With None it is answered, and only what is offered still is gone on with.
        """
        with self._lock:
            if asking is None and not offers and not self._asked_for and self._asking is None:
                return  # nobody was asked
            if turn != self._asked:
                self._asked, self._mapped = turn, {}
            self._asking, self._offers = asking, tuple(offers)
            wanted_still = {offer.key for offer in offers}
            for key in (self._asked_for & self._jobs.keys()) - wanted_still:
                self._cancel(key)
            self._asked_for = wanted_still
            self._advance()
        self.on_change()

    def cancel_all(self) -> None:
        """Stop preparing: nothing under way is kept."""
        with self._lock:
            self._prediction = Prediction()
            for key in list(self._jobs):
                self._cancel(key)
        self.on_change()

    # -- any thread ---------------------------------------------------------------------------------

    def status(self) -> Status:
        """Stage and bar, what is or was prepared for this text, and the paths that are ready."""
        with self._lock:
            views = self._progress.views()
            ready = frozenset(key.subject for key in self._ready if key.kind == "file")
            return Status(self._progress.stage, views, ready, frozenset(key.subject for key in self._mapped))

    def forget(self, delete: Callable[[], int] = lambda: 0) -> int:
        """Stop preparing, keep nothing in memory, and `delete` what is stored; returns what that returns.

        What was just being stored is stored before it is deleted, what was not never is.
        """
        with self._lock, self._maker.storing:
            self._prediction = Prediction()
            for key in list(self._jobs):
                self._cancel(key)
            self._jobs, self._ready, self._failed, self._mapped = {}, {}, set(), {}
            self._asking, self._offers, self._asked_for = None, (), set()
            self._progress = Progress()
            self._shelf.clear()
            deleted = delete()
        self._workspace.reader.forget()
        self._worker.forget()
        self.on_change()
        return deleted

    def sources(self, turn: Turn, live: LiveContext, *, early: bool = True) -> PreparedSources:
        """What a turn asks the project through. With a new turn, preparing for the next one begins from nothing.

        `early` begins at once what the answer will look at and takes long.
        """
        with self._lock:
            prepared = self._turns.get(turn.id)
            if prepared is None:
                for key in self._jobs.keys() - newest(self._jobs, self._prediction).keys():
                    self._cancel(key)
                running = {key: job.future for key, job in self._jobs.items()}
                ready = newest(self._ready, self._prediction)
                prepared = Prepared(ready, running, begun=tuple(self._wordings.begun))
                self._wordings.clear()
                self._turns[turn.id] = prepared
                for job in self._jobs.values():
                    job.hurry()
                while len(self._turns) > TURNS:
                    del self._turns[next(iter(self._turns))]
                self._ready, self._failed = {}, set()
                self._asking, self._offers, self._asked_for = None, (), set()
                self._prediction = Prediction()  # what runs is waited for by the answer, not cancelled by its absence
                self._progress.new_turn(prepared.ready)
        direct = self._direct(live)
        tool = classify(turn.request).tool
        pool = self._pool if early else None
        return PreparedSources(direct, prepared, self._shelf.get, self._settle, turn.id, pool, self._timer, tool)

    async def close(self) -> None:
        """Stop everything; no thread and no process of ours survives."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._forget()
            self.on_change = lambda: None
            for key in list(self._jobs):
                self._cancel(key)

        def end() -> None:
            self.record()
            self._worker.close()
            self._pool.shutdown(wait=True, cancel_futures=True)

        await self._background.loop.run_in_executor(self._background.pool, end)

    # -- deciding and performing --------------------------------------------------------------------

    def _advance(self) -> None:
        if self._closed or not self._settings.enabled:
            return
        now = self._timer()
        self._allowance = self._allowance.at(now, self._settings.cpu_share)
        settled, rested = (now - self._typed >= pause for pause in (SETTLED_SECONDS, RESTED_SECONDS))
        if settled and self._prediction.command is not None:  # an earlier wording's budget is the newest's
            for key in self._jobs.keys() - newest(self._jobs, self._prediction).keys():
                self._cancel(key)
        known = self._known()
        found = candidates(self._prediction, self._live, known, settled=settled, rested=rested)
        found += offered(self._offers, known)
        running = [  # with no text, what runs is waited for by an answer
            Underway(job.key, now - job.began)
            for job in self._jobs.values()
            if self._prediction.text or job.key in self._asked_for
        ]
        options = {"dial": float(self._settings.dial), "contended": self._busy}
        budget = Budget(max(RESERVE, self._allowance.left + (DEBT if settled else 0.0)))
        ready = {**self._ready, **self._mapped}
        done = ready.keys() | self._failed
        for instruction in decide(found, running, done, budget, **options):  # type: ignore[arg-type]
            match instruction:
                case Start(candidate):
                    self._start(candidate)
                case Cancel(key):
                    self._cancel(key)
        chosen = wanted(found, **options)  # type: ignore[arg-type]
        self._progress.show(chosen, self._jobs.keys(), ready, self._failed, self._asking)
        open_ = [item for item in chosen if item.key not in done and item.key not in self._jobs]
        if open_ and not self._jobs and not self._again and min(item.seconds for item in open_) <= BURST:
            self._again = True
            self._background.call(lambda: self._background.loop.call_later(AGAIN_SECONDS, self._look_again))

    def _look_again(self) -> None:
        with self._lock:
            self._again = False
            self._advance()
        self.on_change()

    def _start(self, candidate: Candidate) -> None:
        self._allowance = self._allowance.spend(candidate.seconds)
        job = Job(candidate, self._timer(), self._prediction.text)
        self._wordings.note(candidate.key, 0.0)
        self._jobs[candidate.key] = job
        if candidate.key in self._asked_for and self._asked in self._turns:
            self._turns[self._asked].running[candidate.key] = job.future
            self._turns[self._asked].during.add(candidate.key)
        future = self._pool.submit(self._maker.make, job, self._direct(self._live), self._prediction)
        future.add_done_callback(lambda _: self._background.call(self._finished, job))

    def _cancel(self, key: PreparationKey) -> None:
        job = self._jobs.get(key)
        if job is not None and job.cancel():
            del self._jobs[key]
            self._wordings.note(key, took := self._timer() - job.began)
            self._allowance = self._allowance.spend(took - job.candidate.seconds)
            self._progress.cancelled(key)

    def _finished(self, job: Job) -> None:
        """On the loop: a job ended, one way or another."""
        with self._lock:
            if self._jobs.get(job.key) is not job:
                return  # cancelled
            del self._jobs[job.key]
            self._wordings.note(job.key, job.seconds)
            self._allowance = self._allowance.spend(job.seconds - job.candidate.seconds)
            result = job.future.result()
            if result is None:
                self._failed.add(job.key)
            elif job.key in self._asked_for:
                self._mapped[job.key] = result
            elif not any(job.future in turn.running.values() for turn in self._turns.values()):
                self._ready[job.key] = result
            self._stored += 1
            if self._stored % PRUNE_EVERY == 0:
                self._pool.submit(self._prune)
            self._advance()
        self.on_change()

    def _project_changed(self) -> None:
        """On the loop: files changed, so what is ready is looked at again (and remade where it is stale)."""
        if self._closed or self._waiting:
            return
        if self._workspace.index.progress().state != "ready":
            # While it grows everything would be stale all the time; what is used is checked before that anyway.
            self._waiting = True
            self._background.loop.call_later(AGAIN_SECONDS, self._project_waited)
            return
        with self._lock:
            self._ready, self._failed = {}, set()
            if self._prediction.text:
                self._advance()
        self.on_change()

    def _project_waited(self) -> None:
        self._waiting = False
        self._project_changed()

    def record(self) -> None:
        """Write down what answered turns used, for the next time: beside whoever reads the answer; blocks."""
        self._uses.record()
        self.on_change()

    def _settle(self, sources: PreparedSources, used: tuple[Preparation, ...], wasted: tuple[Preparation, ...]) -> None:
        """A turn is answered: what was used is in the picture now, and soon in the store."""
        with self._lock:
            self._turns.pop(sources.turn, None)
            self._progress.used(item.key for item in used)
            self._uses.note(sources.turn, used, wasted)
        self.on_settled(used, wasted)

    # -- what deciding needs to know ----------------------------------------------------------------

    def _known(self) -> Known:
        view = self._workspace.index.view()
        return Known(
            size=lambda path: self._size(RelPath(path)),
            spread=lambda name: view.field("names").df(name),
            places=lambda name: tuple(dict.fromkeys(symbol.path for symbol in view.definitions(name))),
            files=len(view.paths),
            estimate=self._store.costs.estimate,
            usefulness=self._store.learning.usefulness,
            repository=self._workspace.git.available,
            model=self.has_model() and not in_exact_form(self._prediction.text),
            rehearsed=tuple(key.subject.partition(":")[2] for key in (*self._ready, *self._jobs) if key.kind == "tool"),
            worked_out=self._wordings.begun,
            word=lambda word: len(view.uses(word)) > 0,
        )

    def _size(self, path: RelPath) -> float | None:
        view = self._workspace.index.view()
        place = view.position(path)
        return None if place is None else float(view.sizes[place])

    def _direct(self, live: LiveContext) -> DirectSources:
        return DirectSources(
            self._workspace, live, lambda text: self._predict_with(text, live), self._worker, self._index, self._timer,
            opened=lambda: self.opened(),
        )  # fmt: skip

    # -- in the background --------------------------------------------------------------------------

    def _warm(self) -> None:
        """What the first request would wait for: the child process (which reads git's history), code; old rows go."""
        try:
            if not self._settings.enabled:
                return
            self._worker.warm()
            for tool in get_args(Tool):
                offline.way_of(tool)  # imports what answers it
            self._prune()
        except (MaestroError, OSError):
            log.debug("Warming up failed", exc_info=True)

    def _prune(self) -> None:
        with contextlib.suppress(StoreError):
            self._store.prune(self._settings.retention_days, self._settings.retention_megabytes)
