"""A request under way: its parts stream to whoever listens, in any thread, and it can be cancelled."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TypeVar

from codemaestro_jupyter.store.text import storable
from codemaestro_jupyter.types import Answer, AnswerPart, CellId, NotebookId, Receipt, Turn, TurnId

T = TypeVar("T")
LEND_EVERY = 0.05
"""Seconds between two looks at whether a tool needs the waiting thread's loop."""


class Pending:
    """One submitted request; `parts` and `result` block, so call them on any thread but the loop's.

    `result` raises `MaestroError` if the answer failed and `CancelledError` if it was cancelled.
    """

    def __init__(
        self,
        turn: TurnId,
        cancel: Callable[[TurnId], None],
        lend: Callable[[Callable[[], bool]], None] | None = None,
    ) -> None:
        self.turn = turn
        self._lend = lend
        self.reused = False
        """The answer of an earlier run was shown, because what it was made from has not changed."""
        self.cancelled = threading.Event()
        self._cancel = cancel
        self._future: Future[Answer] = Future()
        self._future.set_running_or_notify_cancel()
        self._lock = threading.Lock()
        self._over = False
        self._said: list[AnswerPart] = []
        self._listeners: list[queue.SimpleQueue[AnswerPart | None]] = []

    @property
    def done(self) -> bool:
        """Whether the answer is finished, failed or cancelled."""
        return self._future.done()

    @property
    def began(self) -> bool:
        """Whether anything was said yet."""
        return bool(self._said)

    def parts(self, timeout: float | None = None) -> Iterator[AnswerPart]:
        """Every part from the first on, as it comes; `timeout` is the longest wait for one part, in seconds.

        Raises `TimeoutError` if that passes.
        """
        mine: queue.SimpleQueue[AnswerPart | None] = queue.SimpleQueue()
        with self._lock:
            for part in self._said:
                mine.put(part)
            if self._over:
                mine.put(None)
            else:
                self._listeners.append(mine)
        while True:
            try:
                next_one = self._patiently(lambda seconds: mine.get(timeout=seconds), lambda: not mine.empty(), timeout)
            except queue.Empty:
                raise TimeoutError(f"No part of the answer came within {timeout} s.") from None
            if next_one is None:
                return
            yield next_one

    def result(self, timeout: float | None = None) -> Answer:
        """The finished answer; raises `TimeoutError` after `timeout` seconds."""
        return self._patiently(self._future.result, self._future.done, timeout)

    def _patiently(self, wait: Callable[[float | None], T], over: Callable[[], bool], timeout: float | None) -> T:
        """Wait, and now and then lend this thread to the person's own tools, whose loop it may be holding."""
        if self._lend is None:
            return wait(timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LEND_EVERY if deadline is None else min(LEND_EVERY, deadline - time.monotonic())
            try:
                return wait(max(0.0, left))
            except (queue.Empty, FutureTimeout):
                if over():
                    return wait(0.0)  # it came, or it is the answer itself that took too long
                if deadline is not None and time.monotonic() >= deadline:
                    raise
                self._lend(over)

    def cancel(self) -> None:
        """Stop working on it; parts that came stay."""
        self._cancel(self.turn)

    def add_done_callback(self, callback: Callable[[Pending], None]) -> None:
        """Call `callback(self)` once it is over, on the loop's thread; at once if it is over already."""
        self._future.add_done_callback(lambda _: callback(self))

    # -- for Maestro, which produces the answer ------------------------------------------------------

    def say(self, part: AnswerPart) -> None:
        """Pass a part on to everybody who listens."""
        with self._lock:
            self._said.append(part)
            for listener in self._listeners:
                listener.put(part)

    def finish(self, answer: Answer | None = None, error: BaseException | None = None) -> None:
        """End it with an answer or an error; later calls change nothing."""
        with self._lock:
            if self._over:
                return
            self._over = True
            listeners, self._listeners = self._listeners, []
        if answer is not None:  # outside the lock: done callbacks may call back into this object
            self._future.set_result(answer)
        else:
            self._future.set_exception(error or RuntimeError("no answer and no error"))
        for listener in listeners:
            listener.put(None)


def begun(turn: TurnId, request: str, notebook: NotebookId, cell: CellId, now: float) -> Turn:
    """A turn as it stands when its request was submitted."""
    return Turn(
        id=turn,
        request=storable(request),
        answer="",
        tool="brief",
        notebook_id=notebook,
        cell_id=cell,
        started=now,
        first_output=0.0,
        finished=0.0,
        receipt=Receipt(),
        state="running",
    )
