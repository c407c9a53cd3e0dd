"""Several prompts at once: one reads first what all begin with, unless the model has just read nearly all of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from codemaestro_jupyter.converse.context import Front
from codemaestro_jupyter.converse.warming import FORGOTTEN_SECONDS, Warming
from codemaestro_jupyter.models.calls import Calls, Spent
from codemaestro_jupyter.models.protocol import Usage
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.plan.prompt import prefix
from codemaestro_jupyter.types import FileText, Fingerprint, RelPath, TurnId


class Reads:
    """Calls that note what is read ahead; each takes `seconds` on a clock of its own."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.turns: list[TurnId | None] = []
        self.seconds, self.now = seconds, 0.0

    async def warm(self, model: Any, messages: Any, spent: Spent, places: int, functions: Any, turn: Any) -> Usage:
        self.turns.append(turn)
        await asyncio.sleep(0)
        self.now += self.seconds
        return Usage(100)

    def use(self, spent: Spent) -> None:
        """What was read was used."""


def front(*texts: str) -> Front:
    files = [FileText(RelPath(f"{n}.py"), text, Fingerprint(str(n)), len(text)) for n, text in enumerate(texts)]
    return Front(prefix((), files), {}, ())


SHORT, LONG = "x = 1\n", "value = compute(value)\n" * 400


@pytest.mark.parametrize(
    ("before", "idle", "calls", "reads"),
    [
        (None, 0.0, 1, 0),
        (None, 0.0, 2, 1),
        (front(SHORT), 10.0, 2, 1),
        (front(LONG), 10.0, 2, 0),
        (front(LONG), FORGOTTEN_SECONDS + 1.0, 2, 1),
        (front(LONG), FORGOTTEN_SECONDS + 1.0, 1, 0),
    ],
)
def test_what_all_begin_with_is_read_once_unless_it_is_known(
    before: Front | None, idle: float, calls: int, reads: int
) -> None:
    async def main() -> list[TurnId | None]:
        now, noted, model = [1_000.0], Reads(), ScriptedModel([])
        nothing: Any = None
        warming = Warming(
            nothing, cast(Calls, noted), nothing, nothing, lambda: now[0], lambda info: True, lambda *each: True
        )
        if before is not None:
            await warming.settle(before, model)
        now[0] += idle
        asked = front(SHORT, LONG) if before == front(SHORT) else front(LONG, SHORT)
        await warming.settle(asked, model, calls, Spent(), TurnId("t"))
        return noted.turns

    assert asyncio.run(main()) == [TurnId("t")] * reads


def test_what_a_server_of_this_machine_read_is_not_relied_on_after_a_failure() -> None:
    class At(ScriptedModel):
        def __init__(self, base_url: str) -> None:
            super().__init__([])
            self._info = replace(self._info, base_url=base_url)

    async def main() -> list[float]:
        nothing: Any = None
        models = cast(Any, SimpleNamespace(doubt=lambda: None))
        warming = Warming(
            models, cast(Calls, Reads()), nothing, nothing, lambda: 0.0, lambda info: True, lambda *each: True
        )
        asked = [At("http://127.0.0.1:8080/v1"), At("https://models.example/v1")]
        for model in asked:
            await warming.settle(front(LONG), model)
        before = [warming.share_read(front(LONG), model) for model in asked]
        warming.doubt()
        return before + [warming.share_read(front(LONG), model) for model in asked]

    assert asyncio.run(main()) == [1.0, 1.0, 0.0, 1.0]


def warming_of(reads: Reads) -> Warming:
    nothing: Any = None
    return Warming(
        nothing, cast(Calls, reads), nothing, nothing, lambda: 1_000.0, lambda info: True, lambda *each: True,
        timer=lambda: reads.now,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("read", "sent", "saved"),
    [
        ([front(SHORT)], front(SHORT, LONG), 2.0),
        ([front(SHORT), front(SHORT, LONG)], front(SHORT, LONG), 4.0),
        ([front(LONG), front(SHORT, LONG)], front(SHORT, LONG), 2.0),
        ([front(LONG)], front(SHORT), 0.0),
        ([], front(SHORT), 0.0),
    ],
    ids=["its beginning", "bit by bit", "another one first", "another one", "nothing"],
)
def test_reading_ahead_saves_the_seconds_in_which_was_read_what_is_sent(
    read: list[Front], sent: Front, saved: float
) -> None:
    async def main() -> tuple[float, float]:
        reads, model = Reads(2.0), ScriptedModel([])
        warming = warming_of(reads)
        for each in read:
            await warming._warm(model, 1, each)
        return await warming.settle(sent, model), await warming.settle(sent, model)

    assert asyncio.run(main()) == (saved, 0.0), "and only once"


def test_what_is_still_being_read_is_waited_for_and_not_saved() -> None:
    async def main() -> float:
        reads, model = Reads(2.0), ScriptedModel([])
        warming = warming_of(reads)
        warming._task = cast(Any, asyncio.ensure_future(warming._warm(model, 1, front(SHORT))))
        await asyncio.sleep(0)
        return await warming.settle(front(SHORT), model)

    assert asyncio.run(main()) == 0.0
