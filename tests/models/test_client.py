"""The client over real HTTP to a server that is slow, flaky or wrong on request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest

from codemaestro_jupyter.errors import ModelAnswerError, ModelError, ModelUnavailableError
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.discovery import describe, is_loopback, models_at
from codemaestro_jupyter.models.protocol import Chunk, Message, ModelInfo, Usage

PROMPT = [Message("system", "rules"), Message("user", "say hello")]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("hello world") as running:
        yield running


def client(server: ModelServer, **options: Any) -> OpenAICompatible:
    return OpenAICompatible(ModelInfo(MODEL, "test", server.url, local=True), **options)


def run(model: OpenAICompatible, prompt: list[Message] = PROMPT, **options: Any) -> list[Chunk]:
    async def collect() -> list[Chunk]:
        try:
            return [chunk async for chunk in model.stream(prompt, **options)]
        finally:
            await model.close()

    return asyncio.run(collect())


def test_the_answer_streams_and_ends_with_its_usage(server: ModelServer) -> None:
    chunks = run(client(server))
    assert "".join(chunk.text for chunk in chunks) == "hello world"
    assert len(chunks) > 2
    assert chunks[-1] == Chunk(usage=Usage(server.calls[0].prompt, 0, 3), finish="stop")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"prompt_tokens": None, "completion_tokens": None},
        {"prompt_tokens": "12", "completion_tokens": "x"},
        {"prompt_tokens": -50_000, "completion_tokens": 3},
        {"prompt_tokens": 12, "completion_tokens": -9_000},
        {"prompt_tokens": True, "completion_tokens": 3},
        {"prompt_tokens": 0, "completion_tokens": 0},
    ],
)
def test_a_server_that_does_not_say_what_it_took_is_not_believed(server: ModelServer, said: dict[str, Any]) -> None:
    """Negative tokens would be money that comes back, and pass every budget."""
    server.behaviours = [Behaviour(usage=said)]
    usage = run(client(server))[-1].usage
    assert usage is not None
    assert usage.estimated
    assert min(usage.prompt, usage.completion) > 0


def test_no_more_was_read_before_than_was_read(server: ModelServer) -> None:
    details = {"cached_tokens": 1_000, "cache_write_tokens": -3}
    server.behaviours = [
        Behaviour(usage={"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": details})
    ]
    assert run(client(server))[-1].usage == Usage(12, 12, 3)


def test_what_is_for_this_machine_goes_through_no_proxy(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with ModelServer("from elsewhere") as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        assert "".join(chunk.text for chunk in run(client(server))) == "hello world"
        assert proxy.calls == []


def test_a_server_of_this_machine_sends_nobody_on_to_another_one(server: ModelServer) -> None:
    with ModelServer("from elsewhere") as other:
        server.behaviours = [Behaviour(status=307, location=f"{other.url}/chat/completions")]
        with pytest.raises(ModelError):
            run(client(server))
        assert other.calls == []


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.7.7"])
def test_a_key_and_a_prompt_are_sent_on_nowhere(
    server: ModelServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemaestro_jupyter.models.client.is_loopback", lambda url: address == "127.0.0.1")
    with ModelServer("from elsewhere") as other:
        server.behaviours = [Behaviour(status=307, location=f"{other.url}/chat/completions")]
        with pytest.raises(ModelUnavailableError, match=rf"sends on to {other.url}/chat/completions; nothing was sent"):
            run(client(server, key="k-1"))
        assert other.calls == []


def test_a_server_of_the_local_network_is_asked_without_a_key(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CODEMAESTRO_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "of another server")
    monkeypatch.setattr("codemaestro_jupyter.models.client.is_loopback", lambda url: False)
    server.behaviours = [Behaviour(), Behaviour(status=401)]
    near = OpenAICompatible(ModelInfo(MODEL, "test", server.url, local=False))
    assert run(near)
    assert "authorization" not in server.calls[0].headers
    near = OpenAICompatible(ModelInfo(MODEL, "test", server.url, local=False))
    with pytest.raises(ModelUnavailableError, match=r"wants a key\. Set CODEMAESTRO_API_KEY"):
        run(near)


def test_a_second_call_finds_its_prefix_cached(server: ModelServer) -> None:
    run(client(server))
    usage = run(client(server), [*PROMPT, Message("user", "again")])[-1].usage
    assert usage is not None
    assert usage.cached == server.calls[0].prompt


@pytest.mark.parametrize(
    "behaviour", [Behaviour(status=500), Behaviour(status=429, retry_after=0.01), Behaviour(drop=True)]
)
def test_what_may_pass_is_retried(server: ModelServer, behaviour: Behaviour) -> None:
    server.behaviours.append(behaviour)
    assert "".join(chunk.text for chunk in run(client(server))) == "hello world"
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (401, ModelUnavailableError, "key"),
        (404, ModelUnavailableError, "no model"),
        (429, ModelUnavailableError, "limiting"),
        (500, ModelUnavailableError, "500"),
        (400, ModelAnswerError, "told to answer 400"),
    ],
)
def test_failures_say_what_to_do(server: ModelServer, status: int, error: type[ModelError], says: str) -> None:
    server.behaviours += [Behaviour(status=status)]
    with pytest.raises(error, match=says) as caught:
        run(client(server, retries=0))
    assert caught.value.hint


def test_a_server_that_is_down_is_named() -> None:
    with ModelServer() as server:
        gone = client(server, retries=0)
    with pytest.raises(ModelUnavailableError, match="does not answer"):
        run(gone)


def test_nothing_is_opened_anew_once_it_is_closed(server: ModelServer) -> None:
    async def late(model: OpenAICompatible) -> None:
        await model.close()
        await model.warm(PROMPT)

    with pytest.raises(ModelUnavailableError, match="is closed"):
        asyncio.run(late(client(server)))
    assert server.calls == []


def test_a_cut_stream_is_an_error_and_not_half_an_answer(server: ModelServer) -> None:
    server.behaviours.append(Behaviour(cut_after=1))
    with pytest.raises(ModelAnswerError):
        run(client(server))


def test_an_endless_answer_ends_at_the_deadline() -> None:
    with ModelServer("x" * 4000, speed=100) as server, pytest.raises(ModelUnavailableError, match="did not finish"):
        run(client(server), deadline=0.2)


def test_a_remote_server_without_a_key_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEMAESTRO_API_KEY", raising=False)
    remote = OpenAICompatible(ModelInfo(MODEL, "test", "https://models.invalid/v1", local=False))
    with pytest.raises(ModelUnavailableError, match="no key") as caught:
        run(remote)
    assert "CODEMAESTRO_API_KEY" in caught.value.hint


def test_a_cloud_model_behind_a_local_port_needs_no_key(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEMAESTRO_API_KEY", raising=False)
    cloud = OpenAICompatible(ModelInfo(MODEL, "test", server.url, local=False))
    assert run(cloud)
    assert len(server.calls) == 1


def test_a_schema_is_sent_and_left_out_where_the_server_knows_none(server: ModelServer) -> None:
    run(client(server), schema=SCHEMA)
    assert server.calls[0].body["response_format"]["json_schema"]["schema"] == SCHEMA
    server.takes_schema = False
    model = client(server)
    assert "".join(chunk.text for chunk in run(model, schema=SCHEMA)) == "hello world"
    assert "response_format" not in server.calls[-1].body


def test_leaving_early_closes_the_stream() -> None:
    async def leave(server: ModelServer) -> None:
        model = client(server)
        async with aclosing(model.stream(PROMPT)) as chunks:  # type: ignore[type-var]
            async for _ in chunks:
                break
        await model.close()

    with ModelServer("x" * 40_000, speed=500) as server:
        asyncio.run(leave(server))
        deadline = time.monotonic() + 10
        while not server.calls[0].closed_by_client and time.monotonic() < deadline:
            time.sleep(0.005)
        assert server.calls[0].closed_by_client
        assert server.calls[0].sent < 10_000


def test_cancelling_the_task_closes_the_stream() -> None:
    async def cancel(server: ModelServer) -> None:
        model = client(server)
        started = asyncio.Event()

        async def read() -> None:
            async for _ in model.stream(PROMPT):
                started.set()

        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await model.close()

    with ModelServer("x" * 40_000, speed=500) as server:
        asyncio.run(cancel(server))
        deadline = time.monotonic() + 10
        while not server.calls[0].closed_by_client and time.monotonic() < deadline:
            time.sleep(0.005)
        assert server.calls[0].closed_by_client


@pytest.mark.parametrize("least", [0, 1, 16])
def test_warming_finds_the_least_output_once(least: int) -> None:
    async def warm_twice(model: OpenAICompatible) -> list[Usage]:
        try:
            return [await model.warm(PROMPT), await model.warm(PROMPT)]
        finally:
            await model.close()

    with ModelServer(least_output=least) as server:
        first, second = asyncio.run(warm_twice(client(server)))
        assert (first.cached, second.cached) == (0, first.prompt)
        assert server.calls[-1].body["max_tokens"] == least
        assert len(server.calls) == (0, 1, 16).index(least) + 2


def test_only_a_recognised_server_on_loopback_is_local(server: ModelServer) -> None:
    assert models_at(server.origin) == (ModelInfo(MODEL, "llamacpp", server.url, local=True, slots=1),)
    server.marks = {"something": "else"}
    assert [info.local for info in models_at(server.origin)] == [False]
    assert describe(server.url, MODEL).local is False
    assert describe("https://api.example.com/v1", "m") == ModelInfo(
        "m", "api.example.com", "https://api.example.com/v1", local=False
    )


def test_a_cloud_model_behind_a_local_port_is_remote() -> None:
    with ModelServer() as server:
        from codemaestro_jupyter.models import discovery

        answer = {"models": [{"name": MODEL, "remote_host": "https://elsewhere"}]}
        assert discovery._remote_names(answer) == {MODEL}
        assert discovery.ask(server.origin + "/nothing") == {}


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:1/v1", True),
        ("http://127.0.0.2:1", True),
        ("http://[::1]:1/", True),
        ("http://192.168.1.5/v1", False),
        ("http://localhost.example.com", False),
        ("nonsense", False),
    ],
)
def test_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
