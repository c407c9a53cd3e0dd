"""What a drafted plan saved: the time that drafting took, less what the person waited for it after choosing it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, cast

import pytest

from codemaestro_jupyter.models.calls import Calls, Spent
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.prepare.drafts import Drafts
from codemaestro_jupyter.prepare.extra import of_prefix
from codemaestro_jupyter.types import FileText, Fingerprint, LiveContext, Preparation, PreparationKey, RelPath, TurnId

from .test_using import House, answer, turn

TURN = TurnId("t1")
ANSWER = '{"summary": "Nothing has to change.", "steps": []}'


class Slow:
    """Calls whose answer comes when it is told to."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()

    async def stream(self, *_: Any, **__: Any) -> AsyncGenerator[str, None]:
        await self.may_answer.wait()
        yield ANSWER


async def worked(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


@pytest.mark.parametrize(("chosen_at", "waited"), [(2.0, 5.0), (9.0, 0.0)], ids=["under way", "there"])
def test_a_draft_that_was_chosen_before_it_was_there_was_waited_for(chosen_at: float, waited: float) -> None:
    async def choose() -> None:
        clock, calls = [0.0], Slow()
        drafts = Drafts(cast(Calls, calls), cast(Any, None), cast(Any, worked), lambda: clock[0])
        drafts.begin("small", "Small", ScriptedModel([]), [], "change it", TURN, {})
        await asyncio.sleep(0)
        if chosen_at < 7.0:
            clock[0] = chosen_at
            taking = asyncio.ensure_future(drafts.take(TURN, "small", Spent()))
            await asyncio.sleep(0)
        clock[0] = 7.0
        calls.may_answer.set()
        if chosen_at >= 7.0:
            while drafts.made(TURN) == ():
                await asyncio.sleep(0)
            clock[0] = chosen_at
            taking = asyncio.ensure_future(drafts.take(TURN, "small", Spent()))
        assert await taking is not None
        [(label, made, chosen)] = drafts.made(TURN)
        assert (label, chosen, made.seconds, made.waited) == ("Small", True, 7.0, waited)

    asyncio.run(choose())


def test_what_was_waited_for_is_not_called_saved(house: House) -> None:
    sources = house.engine.sources(turn(), LiveContext())
    payload = {"summary": "It lasts longer.", "plan": {}, "lines": [], "problem": "", "chosen": True, "common": 0}
    plan = Preparation(PreparationKey("plan", "small"), "IMPLEMENTATION", 0, {}, payload, 7.0, 0, 0.0)
    sources.also([plan], 5.0)
    receipt = sources.receipt(answer("It lasts longer."))
    assert (receipt.prepared_seconds, receipt.waited_seconds, receipt.saved_seconds) == (7.0, 5.0, 2.0)


def test_of_what_a_model_read_ahead_only_the_files_count_that_the_answer_names() -> None:
    files = [
        FileText(RelPath(name), "x" * size, Fingerprint(name), size) for name, size in (("a.py", 100), ("b.py", 300))
    ]
    for said, saved in (("See `a.py`.", 2.0), ("See `a.py` and `b.py`.", 8.0), ("Who knows?", 0.0)):
        [prefix] = of_prefix("model", files, 8.0, said, 0.0)
        assert prefix.seconds == saved
    assert of_prefix("model", [], 8.0, "See `a.py`.", 0.0) == []
