"""Anthropic's own API over real HTTP: cache control, reading ahead with no output, streams, schemas, failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest

from codemaestro_jupyter.errors import ModelAnswerError, ModelError, ModelUnavailableError
from codemaestro_jupyter.experiment.anthropic_server import AnthropicServer
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour
from codemaestro_jupyter.models.anthropic import Anthropic
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.making import make, speaks_anthropic
from codemaestro_jupyter.models.protocol import Chunk, Message, ModelInfo

FRONT = "the project. " * 60
AHEAD = [Message("system", "rules", 5), Message("user", FRONT, len(FRONT))]
ASKED = [Message("system", "rules", 5), Message("user", FRONT + "The request: why?", len(FRONT))]


@pytest.fixture
def server() -> Iterator[AnthropicServer]:
    with AnthropicServer("hello world") as running:
        yield running


def client(server: AnthropicServer, **options: Any) -> Anthropic:
    return Anthropic(ModelInfo(MODEL, "anthropic", server.url, local=False), **{"key": "k-1", **options})


def run(model: Anthropic, warm: bool = False, **options: Any) -> list[Chunk]:
    async def collect() -> list[Chunk]:
        try:
            if warm:
                await model.warm(AHEAD)
            return [chunk async for chunk in model.stream(ASKED, **options)]
        finally:
            await model.close()

    return asyncio.run(collect())


@pytest.mark.parametrize(
    "said", [{"input_tokens": -50_000}, {"output_tokens": -9_000}, {"input_tokens": "x"}, {"input_tokens": 0}]
)
def test_a_server_that_does_not_say_what_it_took_is_not_believed(server: AnthropicServer, said: dict[str, Any]) -> None:
    nothing = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    server.behaviours = [Behaviour(usage={**nothing, "input_tokens": 12, **said})]
    usage = run(client(server))[-1].usage
    assert usage is not None
    assert usage.estimated
    assert min(usage.prompt, usage.completion) > 0


def test_what_is_for_this_machine_goes_through_no_proxy(
    server: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with AnthropicServer("from elsewhere") as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        assert "".join(chunk.text for chunk in run(client(server))) == "hello world"
        assert proxy.calls == []


def test_what_was_read_ahead_is_found_at_its_mark_and_counted(server: AnthropicServer) -> None:
    chunks = run(client(server), warm=True)
    assert "".join(chunk.text for chunk in chunks) == "hello world"
    ahead, asked = server.calls
    assert ahead.body["max_tokens"] == 0
    assert any(value.endswith("k-1") for value in ahead.headers.values())
    assert asked.body["system"] == [{"type": "text", "text": "rules", "cache_control": {"type": "ephemeral"}}]
    assert asked.body["messages"][0]["content"] == [
        {"type": "text", "text": FRONT, "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "The request: why?"},
    ]
    usage = chunks[-1].usage
    assert usage is not None
    assert (usage.prompt, usage.cached, usage.written) == (asked.prompt, asked.cached, asked.prompt - asked.cached)
    assert usage.cached > usage.prompt * 0.9
    assert (usage.completion, chunks[-1].finish) == (3, "end_turn")


def test_the_least_output_is_found_out_once(server: AnthropicServer) -> None:
    async def twice(model: Anthropic) -> None:
        await model.warm(AHEAD)
        await model.warm(AHEAD)
        await model.close()

    server.least_output = 1
    asyncio.run(twice(client(server)))
    assert [call.body["max_tokens"] for call in server.calls] == [0, 1, 1]


def test_a_schema_is_sent_and_left_out_where_the_model_knows_none(server: AnthropicServer) -> None:
    schema = {"type": "object", "properties": {}}
    run(client(server), schema=schema)
    assert server.calls[0].body["output_config"]["format"] == {"type": "json_schema", "schema": schema}
    server.takes_schema = False
    run(client(server), schema=schema)
    assert "output_config" not in server.calls[-1].body


@pytest.mark.parametrize(
    ("behaviours", "error", "says"),
    [
        ([Behaviour(status=401)], ModelUnavailableError, "refused the key"),
        ([Behaviour(status=404)], ModelUnavailableError, "no model"),
        ([Behaviour(status=400)], ModelAnswerError, "told to answer 400"),
        ([Behaviour(status=429)], ModelUnavailableError, "limiting"),
        ([Behaviour(status=500)], ModelUnavailableError, "500"),
        ([Behaviour(drop=True)], ModelUnavailableError, "does not answer"),
        ([Behaviour(cut_after=1)], ModelAnswerError, "cut off"),
        ([Behaviour(page=("text/html", "<h1>Sign in</h1>"))], ModelUnavailableError, "answers with a web page"),
        (
            [Behaviour(page=("application/json", '{"error": {"message": "busy"}}'))],
            ModelUnavailableError,
            "failed: busy",
        ),
    ],
)
def test_failures_say_what_to_do(
    server: AnthropicServer, behaviours: list[Behaviour], error: type[ModelError], says: str
) -> None:
    server.behaviours = behaviours
    with pytest.raises(error, match=says) as caught:
        run(client(server, retries=0))
    assert caught.value.hint
    assert "k-1" not in str(caught.value)


def test_nobody_waits_long_for_a_server_that_limits_requests(server: AnthropicServer) -> None:
    server.behaviours = [Behaviour(status=429, retry_after=600.0)]
    with pytest.raises(ModelUnavailableError, match="Ask again in 600 s"):
        run(client(server))
    assert len(server.calls) == 1


def test_an_error_within_an_answer_is_said_as_it_was(server: AnthropicServer) -> None:
    server.behaviours = [
        Behaviour(events=({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}},))
    ]
    with pytest.raises(ModelUnavailableError, match="broke off: busy"):
        run(client(server))


def test_what_may_pass_is_retried_and_a_deadline_ends_it(server: AnthropicServer) -> None:
    server.behaviours = [Behaviour(status=500), Behaviour(status=429, retry_after=0.01)]
    assert "".join(chunk.text for chunk in run(client(server))) == "hello world"
    server.reply, server.speed = "x" * 4000, 100.0
    with pytest.raises(ModelUnavailableError, match="did not finish"):
        run(client(server), deadline=0.3)


def test_without_a_key_nothing_is_called(server: AnthropicServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CODEMAESTRO_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelUnavailableError, match="no key"):
        run(client(server, key=None))
    assert server.calls == []


def test_leaving_early_closes_the_stream(server: AnthropicServer) -> None:
    server.reply, server.speed = "x" * 40_000, 500.0

    async def leave() -> None:
        model = client(server)
        async with aclosing(model.stream(ASKED, max_tokens=10_000)) as chunks:  # type: ignore[type-var]
            async for _ in chunks:
                break
        await model.close()

    asyncio.run(leave())
    deadline = time.monotonic() + 10
    while not server.calls[0].closed_by_client and time.monotonic() < deadline:
        time.sleep(0.005)
    assert 0 < server.calls[0].sent < 10_000
    assert server.calls[0].closed_by_client


def test_the_address_tells_which_api_is_spoken() -> None:
    assert [
        speaks_anthropic(url)
        for url in ("https://api.anthropic.com", "https://api.anthropic.com/v1", "https://x.example/anthropic/")
    ] == [True] * 3
    assert not speaks_anthropic("https://api.openai.com/v1")
    made = [make(ModelInfo("m", "x", url, local=False)) for url in ("https://api.anthropic.com", "http://h/v1")]
    assert [type(model) for model in made] == [Anthropic, OpenAICompatible]


def test_a_server_of_the_local_network_is_asked_without_a_key(
    server: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEMAESTRO_API_KEY", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "of another server")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "of another server")
    monkeypatch.setattr("codemaestro_jupyter.models.anthropic.is_loopback", lambda url: False)
    assert run(client(server, key=None))
    sent = server.calls[0].headers
    assert (sent.get("x-api-key"), sent.get("authorization")) == (None, None)
