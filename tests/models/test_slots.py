"""llama.cpp keeps what it read per slot: calls find the slot that knows them, as many are warmed as will be needed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from codemaestro_jupyter.experiment.prompt_cache import PromptCache
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.discovery import models_at
from codemaestro_jupyter.models.protocol import Message, ModelInfo
from codemaestro_jupyter.models.slots import Slots, common

FRONT = "the project. " * 60
AHEAD = [Message("user", FRONT, len(FRONT))]


def asked(number: int) -> list[Message]:
    return [Message("user", f"{FRONT}The request: {number}?", len(FRONT))]


@given(st.text(), st.text(), st.text())
def test_common_is_what_two_texts_begin_with(start: str, one: str, other: str) -> None:
    one, other = start + one, start + other
    length = common(one, other)
    assert one[:length] == other[:length]
    assert length >= len(start)
    assert one[length : length + 1] != other[length : length + 1] or length in (len(one), len(other))


def test_a_call_goes_to_the_free_slot_that_knows_most_of_it() -> None:
    slots = Slots(2)
    with slots.take("a b c") as first:
        pass
    with slots.take("a b d") as second:
        assert second == first
        with slots.take("a b e") as third:
            assert third != first
            with slots.take("a b f") as none:
                assert none is None
    assert slots.knows("a b d")
    with contextlib.suppress(ZeroDivisionError), slots.take("a b d"):
        raise ZeroDivisionError
    assert not slots.knows("a b d"), "who knows what a call read that failed"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("hello", marks={"total_slots": 3}, cache=PromptCache(slots=3)) as running:
        yield running


def at_once(server: ModelServer, calls: int, places: int) -> list[float]:
    """What part of each of several calls at once was read already, after a warm-up of so many places."""

    async def run() -> list[float]:
        model = OpenAICompatible(models_at(server.origin)[0])
        await model.warm(AHEAD, places)

        async def ask(number: int) -> float:
            chunks = [chunk async for chunk in model.stream(asked(number))]
            usage = chunks[-1].usage
            assert usage is not None
            return usage.cached / usage.prompt

        try:
            return sorted(await asyncio.gather(*(ask(number) for number in range(calls))))
        finally:
            await model.close()

    return asyncio.run(run())


def test_slots_are_found_and_one_warm_up_warms_one(server: ModelServer) -> None:
    server.speed = 50.0  # the calls overlap
    cold, warm = at_once(server, 2, places=1)
    assert cold < 0.1
    assert warm > 0.9


def test_every_call_at_once_finds_a_warm_slot(server: ModelServer) -> None:
    server.speed = 50.0
    assert min(at_once(server, 3, places=3)) > 0.9
    assert [call.body["id_slot"] for call in server.calls[:3]] == [0, 1, 2]
    assert {call.body["id_slot"] for call in server.calls[3:]} == {0, 1, 2}


def test_a_slot_that_knows_it_already_reads_nothing_again(server: ModelServer) -> None:
    async def run() -> None:
        model = OpenAICompatible(models_at(server.origin)[0])
        await model.warm(AHEAD, 2)
        await model.warm(AHEAD, 2)
        await model.close()

    asyncio.run(run())
    assert len(server.calls) == 3, "two slots, and one call to find out that it is still there"
    assert server.calls[-1].cached == server.calls[-1].prompt


def test_other_servers_are_told_of_no_slot() -> None:
    async def run(server: ModelServer) -> None:
        model = OpenAICompatible(ModelInfo(MODEL, "x", server.url, local=True))
        await model.warm(AHEAD, 3)
        await model.close()

    with ModelServer("hello") as server:
        asyncio.run(run(server))
        assert [call.body.get("id_slot") for call in server.calls] == [None]


def test_a_server_that_went_away_is_not_believed_to_know_anything() -> None:
    with ModelServer(marks={"total_slots": 3}, cache=PromptCache(slots=3)) as server:
        model = OpenAICompatible(models_at(server.origin)[0], retries=0)

        async def main() -> list[int]:
            await model.warm(AHEAD, 3)
            server.forget()
            server.behaviours = [Behaviour(drop=True)]
            with pytest.raises(ModelUnavailableError):
                await model.warm(AHEAD, 1)
            before = len(server.calls)
            await model.warm(AHEAD, 2)
            await model.close()
            return [call.cached for call in server.calls[before:]]

        assert asyncio.run(main()) == [0, 0]
