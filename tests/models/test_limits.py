"""What a server says that it took is believed as far as it can be true, and an answer ends where it was granted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import ModelAnswerError
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from codemaestro_jupyter.models.calls import Calls, Spent
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.limits import (
    BYTES_A_TOKEN,
    OVERRUN,
    SERVERS_OWN,
    SET_ASIDE,
    Heard,
    believed,
    most_billed,
    most_read,
    sent,
)
from codemaestro_jupyter.models.protocol import Function, FunctionCall, Message, ModelInfo, Usage
from codemaestro_jupyter.models.purse import Purse
from codemaestro_jupyter.models.tokens import estimate
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store

PROMPT = (Message("user", "say hello"),)
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
PRICE = Function("price", "What it costs.", {"type": "object", "properties": {}})
counts = st.integers(0, 10**30)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("hello world") as running:
        yield running


@contextmanager
def calling(place: Path, **settings: Any) -> Iterator[tuple[Calls, Store]]:
    async def work(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    store = Store(place / "maestro.db")
    worker: Callable[..., Awaitable[Any]] = work
    yield Calls(Purse(store.ledger, CodeMaestro(**settings), lambda: 1.0), worker), store
    store.close()


def ask(calls: Calls, server: ModelServer, **options: Any) -> tuple[str, Spent]:
    async def main() -> tuple[str, Spent]:
        spent = Spent()
        model = OpenAICompatible(ModelInfo(MODEL, "test", server.url, local=False), key="k-1")
        try:
            return "".join([text async for text in calls.stream(model, "answer", PROMPT, spent, **options)]), spent
        finally:
            await model.close()

    return asyncio.run(main())


@pytest.mark.parametrize(
    "said", [{"prompt_tokens": 10**12, "completion_tokens": 3}, {"prompt_tokens": 9, "completion_tokens": 10**40}]
)
def test_more_than_can_be_is_not_believed_and_said(server: ModelServer, tmp_path: Path, said: dict[str, Any]) -> None:
    server.behaviours = [Behaviour(usage=said)]
    with calling(tmp_path) as (calls, store):
        text, spent = ask(calls, server)
        most = f"{spent.usage.prompt + spent.usage.completion:,}"
        assert text == f"hello world\n\n*served claims more tokens than this can take: {most} are counted.*"
        assert spent.usage.estimated
        assert spent.usage.prompt <= most_read(PROMPT)
        assert spent.usage.completion <= 2_048
        assert str(spent).startswith("about ")
        assert store.ledger.since(0.0).dollars <= 0.25
        assert ask(calls, server)[0] == "hello world", "the day's budget is not used up by a number"


def test_what_is_read_ahead_is_believed_as_far_as_it_can_be(server: ModelServer, tmp_path: Path) -> None:
    async def main(calls: Calls) -> Usage:
        model = OpenAICompatible(ModelInfo(MODEL, "test", server.url, local=False), key="k-1")
        try:
            return await calls.warm(model, PROMPT, Spent(), functions=(PRICE,))
        finally:
            await model.close()

    server.behaviours = [Behaviour(usage={"prompt_tokens": 10**12, "completion_tokens": 10**12})]
    with calling(tmp_path) as (calls, _):
        assert asyncio.run(main(calls)) == Usage(most_read(sent(PROMPT, (PRICE,))), 0, 16, estimated=True)


def test_a_server_that_knows_no_limit_is_closed_once_it_is_passed(server: ModelServer, tmp_path: Path) -> None:
    server.keeps_limit, server.reply = False, "word " * 20_000
    with calling(tmp_path, turn_budget=1.0) as (calls, store):
        text, spent = ask(calls, server, max_tokens=500)
        assert text.endswith("\n\n*The answer was cut off here, at 500 tokens.*")
        assert 500 < spent.usage.completion <= 500 * OVERRUN + 4, "closed at the piece that passed it"
        with pytest.raises(ModelAnswerError, match="within 500 tokens"):
            ask(calls, server, max_tokens=500, schema=SCHEMA)
        server.behaviours = [Behaviour(thinks="hm, so " * 20_000)]
        with pytest.raises(ModelAnswerError, match="used up 500 tokens before it said anything"):
            ask(calls, server, max_tokens=500)
        assert 3 * 500 < store.ledger.since(0.0).received <= 3 * (500 * OVERRUN + 4)


def test_a_form_and_functions_are_set_aside_for_as_well(server: ModelServer, tmp_path: Path) -> None:
    with calling(tmp_path) as (calls, store):
        held: list[float] = []
        server.reply = lambda messages: held.append(store.ledger.held()) or "hello"  # type: ignore[func-returns-value]
        long = {**SCHEMA, "description": "word " * 1_000}
        for options in ({}, {"functions": (PRICE,)}, {"schema": long}):
            ask(calls, server, max_tokens=64, **options)
    plain, with_function, with_form = held
    assert plain < with_function < with_form
    assert with_form - plain > 1_000 * 15e-6


def test_all_that_is_read_is_counted() -> None:
    made = Message("assistant", "", calls=(FunctionCall("1", "price", '{"item": "é"}'),))
    texts = [message.content for message in sent([*PROMPT, made], (PRICE,), SCHEMA)]
    assert '"What it costs."' in texts[0]
    assert texts[1:4] == ["say hello", "", 'price{"item": "é"}']
    assert '"integer"' in texts[4]
    assert most_read([Message("user", "é")]) == SERVERS_OWN + 2


@given(counts, counts, counts, counts, st.integers(0, 10**6), st.integers(0, 10**6))
def test_nothing_believed_is_more_than_can_be(
    prompt: int, cached: int, written: int, completion: int, most: int, limit: int
) -> None:
    said = Usage(prompt, cached, completion, written=written)
    told = believed(said, most, limit)
    assert (told.prompt, told.completion) == (min(prompt, most), min(completion, limit))
    assert told.estimated == (told != said)
    assert believed(told, most, limit) == told
    if told != said:
        assert told.cached + told.written <= told.prompt


@given(st.lists(st.text(max_size=40), max_size=60), st.integers(1, 60))
def test_an_answer_is_over_only_beyond_doubt(pieces: list[str], granted: int) -> None:
    heard = Heard(granted)
    for piece in pieces:
        heard.hear(piece)
        size = len(heard.text.encode("utf8", "replace"))
        assert heard.over == (size > granted * BYTES_A_TOKEN or estimate(heard.text) > granted * OVERRUN)
        assert heard.most_billed <= min(size, granted * SET_ASIDE)
    assert heard.most >= max(granted, estimate(heard.text))


def test_endless_blanks_are_an_answer_that_does_not_end() -> None:
    heard = Heard(10)
    while not heard.over:
        heard.hear(" ")
    assert len(heard.text) == 10 * BYTES_A_TOKEN + 1


def test_a_model_that_thinks_unseen_may_have_cost_all_that_was_granted() -> None:
    def info(name: str, base_url: str) -> ModelInfo:
        return ModelInfo(name, "x", base_url, local=False)

    heard = Heard(500)
    heard.hear("so far")
    openai, azure = "https://api.openai.com/v1", "https://mine.openai.azure.com/openai/v1"
    told = [("gpt-5.6", openai), ("o3", openai), ("any", azure), ("gpt-4o", openai), ("qwen3", "http://127.0.0.1:1/v1")]
    assert [most_billed(info(*each), heard, 500) for each in told] == [500, 500, 500, 6, 6]
