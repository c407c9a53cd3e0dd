"""One asyncio loop in one thread: everything that waits lives there, the person's own loop is never touched."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
LOOP_NAME = "maestro-loop"
WORKER_NAME = "maestro-work"
WORKERS = 3
"""Threads for computing and blocking reads: one for predicting, one for an answer, one spare."""


class Background:
    """The thread `maestro-loop` with its asyncio loop, and a few threads for what computes.

    Complete after construction; `close()` cancels every task and joins every thread.
    """

    def __init__(self, name: str = LOOP_NAME, workers: int = WORKERS) -> None:
        self.loop = asyncio.new_event_loop()
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix=WORKER_NAME)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self.loop.is_closed() or not self._thread.is_alive()

    @property
    def here(self) -> bool:
        """Whether the caller runs on the loop's own thread."""
        return threading.current_thread() is self._thread

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Run a function on the loop soon, from any thread; silently dropped once closed."""
        try:
            if self.here:  # without waking the loop, which runs
                self.loop.call_soon(function, *arguments)
            else:
                self.loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop closed between two keystrokes
            if not self.loop.is_closed():
                raise

    def ask(self, function: Callable[[], T], timeout: float = 5.0) -> T:
        """What a function returns on the loop, from any thread; directly once closed, when nothing runs beside it.

        Raises `TimeoutError` after `timeout` seconds.
        """
        if self.here or self.closed:
            return function()

        async def on_loop() -> T:
            return function()

        return self.start(on_loop()).result(timeout)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the loop from any thread; the future may be waited for on any other thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def finish(self, coroutine: Coroutine[Any, Any, None], timeout: float = 5.0) -> bool:
        """Run a coroutine to its end, on any thread but the loop's; whether it came to it in so many seconds.

        What is late, a worker on a machine that is busy otherwise, goes on until `close`.
        """
        running = self.start(coroutine)
        with contextlib.suppress(TimeoutError):
            running.result(timeout)
        return running.done()

    def close(self, timeout: float = 5.0) -> None:
        """Cancel all tasks, stop the loop and join the threads, within `timeout` seconds; may be called twice."""
        if self.loop.is_closed():
            return
        self.call(self.loop.stop)
        self._thread.join(timeout)
        self.pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            tasks = asyncio.all_tasks(self.loop)
            for task in tasks:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()
