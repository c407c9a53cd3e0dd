"""The loop thread leaves nothing behind."""

from __future__ import annotations

import asyncio
import threading

import pytest

from codemaestro_jupyter.background import Background


def maestro_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("maestro-")]


def test_work_runs_on_the_loop_and_close_cancels_what_is_left() -> None:
    background = Background()
    started, cancelled = threading.Event(), threading.Event()

    async def forever() -> None:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            cancelled.set()

    async def name() -> str:
        return threading.current_thread().name

    assert background.start(name()).result(5) == "maestro-loop"
    background.start(forever())
    assert started.wait(5)
    assert background.pool.submit(lambda: threading.current_thread().name).result(5).startswith("maestro-work")
    background.close()
    background.close()
    assert cancelled.is_set()
    assert background.closed
    assert maestro_threads() == []


def test_calls_after_close_are_dropped() -> None:
    background = Background()
    background.close()
    background.call(lambda: pytest.fail("ran after close"))


def test_a_call_from_the_loop_comes_after_those_before_it_and_wakes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    background = Background()
    order: list[str] = []

    def first() -> None:
        monkeypatch.setattr(background.loop, "call_soon_threadsafe", lambda *_: order.append("woken"))
        background.call(order.append, "second")
        background.call(order.append, "third")
        monkeypatch.undo()
        order.append("first")

    background.call(first)
    background.ask(lambda: None)
    background.ask(lambda: None)
    background.close()
    assert order == ["first", "second", "third"]


def test_what_is_late_fails_nothing_and_ends_with_the_loop() -> None:
    background, steps = Background(), list[str]()

    async def late() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            steps.append("ended")

    async def prompt() -> None:
        steps.append("done")

    assert not background.finish(late(), 0.05)
    assert background.finish(prompt(), 60)
    background.close()
    assert steps == ["done", "ended"]
