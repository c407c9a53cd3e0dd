"""A request under way: its parts stream to whoever listens, in any thread, and it can be cancelled."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from codemaestro_jupyter.types import Answer, AnswerPart, CellId, NotebookId, Receipt, Turn, TurnId


class Pending:
    """One submitted request; `parts` and `result` block, so call them on any thread but the loop's.

    `result` raises `MaestroError` if the answer failed and `CancelledError` if it was cancelled.
    """

    def __init__(self, turn: TurnId, cancel: Callable[[TurnId], None]) -> None:
        self.turn = turn
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
                next_one = mine.get(timeout=timeout)
            except queue.Empty:
                raise TimeoutError(f"No part of the answer came within {timeout} s.") from None
            if next_one is None:
                return
            yield next_one

    def result(self, timeout: float | None = None) -> Answer:
        """The finished answer; raises `TimeoutError` after `timeout` seconds."""
        return self._future.result(timeout)

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
        request=request,
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
