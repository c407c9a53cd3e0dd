"""What a call set aside is given back or paid, however the call ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.errors import DiskError
from codemaestro_jupyter.models.calls import Calls, Spent
from codemaestro_jupyter.models.protocol import Message
from codemaestro_jupyter.models.purse import BudgetError, Purse
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store

PROMPT = (Message("user", "say hello"),)


def test_what_was_set_aside_for_a_call_that_was_stopped_before_it_began_is_free_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "maestro.db")
    ledger = store.ledger
    calls_made, may_go_on = threading.Event(), threading.Event()

    async def work(function: Callable[..., Any], *arguments: Any) -> Any:
        def run() -> Any:
            calls_made.set()
            may_go_on.wait(30)
            return function(*arguments)

        return await asyncio.get_running_loop().run_in_executor(None, run)

    async def main() -> None:
        calls = Calls(Purse(ledger, CodeMaestro(), lambda: 1.0), work)
        model = ScriptedModel(["hello"], local=False)
        for begin in (
            lambda: anext(calls.stream(model, "answer", PROMPT, Spent())),
            lambda: calls.warm(model, PROMPT, Spent()),
        ):
            calls_made.clear()
            may_go_on.clear()
            task = asyncio.ensure_future(begin())
            await asyncio.to_thread(calls_made.wait, 30)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            may_go_on.set()
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})  # type: ignore[operator]
        assert model.calls == model.warmed == []

    asyncio.run(main())
    assert ledger.held() == 0.0
    assert ledger.since(0.0).calls == 0
    store.close()


def test_a_ledger_that_cannot_be_written_lets_no_money_be_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "maestro.db")

    def full(*_: Any) -> int:
        raise DiskError("The disk is full.")

    async def work(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    async def main() -> None:
        calls = Calls(Purse(store.ledger, CodeMaestro(), lambda: 1.0), work)
        costs, free = ScriptedModel(["hello"], local=False), ScriptedModel(["hello"])
        with pytest.raises(BudgetError, match=r"cannot be written down.*The disk is full"):
            await anext(calls.stream(costs, "answer", PROMPT, Spent()))
        assert costs.calls == []
        async with aclosing(calls.stream(free, "answer", PROMPT, Spent())) as stream:
            assert await anext(stream) == "hello"

    monkeypatch.setattr(store.ledger, "hold", full)
    asyncio.run(main())
    store.close()
