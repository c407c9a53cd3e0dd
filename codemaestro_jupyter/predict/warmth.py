"""Make ready in the background what the next question rests on, so that a keystroke does not wait for it.

When files come or go, or HEAD moves, in a project of 50,000 files, a new ground takes 0.4 s of computing. Meanwhile
questions are answered from the one before. If only contents changed the new ground is made on the way (1 ms).
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor

from codemaestro_jupyter.predict.ground import Ground
from codemaestro_jupyter.predict.predictor import Predictor
from codemaestro_jupyter.predict.project import ProjectView
from codemaestro_jupyter.types import LiveContext, Prediction

log = logging.getLogger(__name__)
LONGEST_REST = 1.0
"""Seconds between two grounds at most; as long as the last one took, so that half a core at most is busy with it."""


class WarmPredictor:
    """Predicts for one project from what is ready; any thread may ask.

    `newest` gives the project's newest view, on `pool` the grounds are made.
    """

    def __init__(self, predictor: Predictor, newest: Callable[[], ProjectView], pool: Executor) -> None:
        self._predictor = predictor
        self._grounds = predictor.grounds
        self._newest = newest
        self._pool = pool
        self._making = threading.Lock()
        self._state = threading.Lock()
        self._running = self._again = False
        self._closed = threading.Event()
        self._ready: Ground | None = None
        self._answered: Ground | None = None
        self.on_better: Callable[[], object] = lambda: None
        """Called, on any thread, when a newer ground is ready than the one that answered `predict` last."""

    @property
    def view(self) -> ProjectView | None:
        """The view that questions are answered from, once there is one."""
        return self._ready.view if self._ready else None

    @property
    def answered_newest(self) -> bool:
        """Whether `predict` answered last from the project as it is known now."""
        answered = self._answered
        return answered is not None and answered.view is self._newest()

    def predict(self, text: str, live: LiveContext, k: int = 3) -> Prediction:
        """As `Predictor.predict` for the newest view, or for the one before while that is being made ready."""

        def latest() -> Ground:
            self._answered = ground = self.ground()
            self._compare()  # a newer one may have come between the two
            return ground

        return self._predictor.predict_from(latest, text, live, k)

    def predict_now(self, text: str, live: LiveContext, k: int = 3) -> Prediction:
        """As `Predictor.predict` for the newest view, which is made ready first: for who can wait for it."""

        def newest() -> Ground:
            ready = self._ready
            if ready is not None and ready.view is self._newest():
                return ready
            with self._making:
                return self._make()

        return self._predictor.predict_from(newest, text, live, k)

    def ground(self) -> Ground:
        """The newest view's ground if it is there or quickly made, else the one before; the first is waited for."""
        ready, view = self._ready, self._newest()
        if ready is None:
            with self._making:  # perhaps it is being made: then it is there now
                return self._ready or self._make()
        if ready.view is view:
            return ready
        if self._grounds.is_quick(view):
            self._ready = ready = self._grounds.of(view)
        else:
            self.changed()
        return ready

    def changed(self) -> None:
        """There may be a newer view: make its ground in the background, once for all that come meanwhile."""
        if self._ready is not None and self._ready.view is self._newest():
            return
        with self._state:
            if self._running or self._closed.is_set():
                self._again = True
                return
            self._running, self._again = True, False
        with contextlib.suppress(RuntimeError):  # the pool ended between two lines
            self._pool.submit(self._work)

    def close(self) -> None:
        """Begin nothing more; what is being made ends by itself."""
        self._closed.set()

    def _work(self) -> None:
        while True:
            started = time.perf_counter()
            try:
                with self._making:
                    if not self._closed.is_set():
                        self._make()
            except Exception:
                log.exception("Getting ready failed")  # the ground before answers, and the next key tries again
            rest = time.perf_counter() - started
            with self._state:
                if not self._again or self._closed.is_set():
                    self._running = False
                    return
                self._again = False
            self._closed.wait(min(rest, LONGEST_REST))

    def _make(self) -> Ground:
        self._ready = ground = self._grounds.of(self._newest())
        self._compare()
        return ground

    def _compare(self) -> None:
        if self._answered is not None and self._answered is not self._ready:
            self.on_better()
