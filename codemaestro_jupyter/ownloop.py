"""The event loop that a person's own coroutine tools belong to: their clients are bound to it, so they run only there.

In a notebook it is the kernel's. While a cell of ours holds the kernel's thread, that cell runs the loop from within:
the one use of nest-asyncio, applied on first need. Where a program has no loop of its own, a thread has one for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from codemaestro_jupyter.background import Background

NAME = "maestro-tools"
LOOK = 0.02
"""Seconds between two looks at whether the cell that waits may go on."""


class Job:
    """One coroutine of a person on its way; `began` says that it was reached, `future` what came of it."""

    def __init__(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._make = make
        self._task: asyncio.Task[Any] | None = None
        self.began = threading.Event()
        self.future: Future[Any] = Future()

    def begin(self) -> None:
        """On the person's loop."""
        self.began.set()
        if self.future.cancelled():
            return
        self._task = asyncio.ensure_future(self._make())
        self._task.add_done_callback(self._ended)

    def stop(self) -> None:
        """On the person's loop: end it, if it has not ended."""
        if self._task is not None:
            self._task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self.future.cancel()
        elif not self.future.cancelled() and (error := task.exception()) is not None:
            self.future.set_exception(error)
        elif not self.future.cancelled():
            self.future.set_result(task.result())


class OwnLoop:
    """Runs a person's coroutines on the loop that was running in their thread when `meet` was called there."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._private: Background | None = None
        self._lock = threading.Lock()
        self._jobs: set[Job] = set()
        self.nested = False
        """Whether the loop was patched to run from within."""

    def meet(self) -> None:
        """Remember the loop of the calling thread, if one runs there and none is known."""
        if self._loop is None:
            try:
                self._loop = asyncio.get_running_loop()
            except RuntimeError:
                return
            self._thread = threading.current_thread()

    def start(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> Job:
        """Run the coroutine that `make` gives, from any thread; it is made on the loop."""
        job = Job(make)
        with self._lock:
            self._jobs.add(job)
        job.future.add_done_callback(lambda _: self._forget(job))
        self._call(job.begin)
        return job

    def stop(self, job: Job) -> None:
        """End a job that nobody waits for any more."""
        job.future.cancel()
        self._call(job.stop)

    def lend(self, over: Callable[[], bool]) -> None:
        """Let jobs run while the calling thread, which holds their loop, waits: until none is left, or `over()`.

        Does nothing on any other thread, and at once where there are none.
        """
        if threading.current_thread() is not self._thread or not self._waiting():
            return
        loop = self._loop
        assert loop is not None
        _make_nestable(loop)
        self.nested = True

        async def look() -> None:
            while self._waiting() and not over():
                await asyncio.sleep(LOOK)

        loop.run_until_complete(look())

    def close(self) -> None:
        """End what still runs, and the thread, if there was need for one."""
        with self._lock:
            jobs, private = list(self._jobs), self._private
        for job in jobs:
            self.stop(job)
        if private is not None:
            private.close()

    def _waiting(self) -> bool:
        with self._lock:
            return bool(self._jobs)

    def _forget(self, job: Job) -> None:
        with self._lock:
            self._jobs.discard(job)

    def _call(self, function: Callable[[], None]) -> None:
        loop = self._loop
        if loop is None:
            with self._lock:
                if self._private is None:
                    self._private = Background(NAME, workers=1)
            self._private.call(function)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(function)


def _make_nestable(loop: asyncio.AbstractEventLoop) -> None:
    """Allow `run_until_complete` on a loop that runs already, and leave `asyncio.run` as it was.

    The `run` that nest-asyncio 1.6 puts there lacks `loop_factory`. The rest of the patch cannot be undone.
    """
    import nest_asyncio

    run = asyncio.run
    try:
        nest_asyncio.apply(loop)
    finally:
        asyncio.run = run
