"""Servers that speak the protocol in their own way, or abuse it: what they mean is heard, what cannot be is refused."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codemaestro_jupyter.errors import ModelAnswerError, ModelError
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, Call, ModelServer
from codemaestro_jupyter.models import bounds
from codemaestro_jupyter.models.attempts import Attempts, limited, watched
from codemaestro_jupyter.models.dialects import unknown_option, without
from codemaestro_jupyter.models.failures import late
from codemaestro_jupyter.models.protocol import Chunk, ModelInfo, Usage

from .test_client import client, run
from .test_limits import SCHEMA, ask, calling


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("hello world") as running:
        yield running


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


def test_comments_that_keep_a_connection_alive_are_no_events(server: ModelServer) -> None:
    server.behaviours = [Behaviour(comments=True)]
    assert text(run(client(server))) == "hello world"


def test_what_a_model_thinks_is_billed_and_not_said(server: ModelServer) -> None:
    server.behaviours = [Behaviour(thinks="let me think", usage={})]
    chunks = run(client(server))
    assert text(chunks) == "hello world"
    assert "".join(chunk.unsaid for chunk in chunks) == "let me think"
    usage = chunks[-1].usage
    assert usage is not None
    assert (usage.completion, usage.estimated) == (5, True)
    assert "temperature" not in server.calls[0].body, "some models refuse it"


@pytest.mark.parametrize("option", ["max_tokens", "stream_options"])
def test_an_option_that_a_server_does_not_know_is_done_without_and_remembered(server: ModelServer, option: str) -> None:
    server.unknown = (option,)
    model = client(server)
    assert text(run(model, max_tokens=2)) == "hello wo"
    bodies = [call.body for call in server.calls]
    assert [option in body for body in bodies] == [True, False]
    assert bodies[1].get("max_completion_tokens", bodies[1].get("max_tokens")) == 2
    again = client(server, remembered=model._remembered)
    assert text(run(again)) == "hello world"
    assert len(server.calls) == 3


def test_another_refusal_is_none_of_an_option() -> None:
    options = {"max_tokens": 0, "stream_options": {}}
    assert unknown_option("max_tokens must be at least 16", options) == ""
    assert unknown_option("Unsupported parameter: 'max_completion_tokens'", options) == ""
    assert unknown_option("body.stream_options: Extra inputs are not permitted", options) == "stream_options"
    assert without(options, "max_tokens") == {"max_completion_tokens": 0, "stream_options": {}}
    assert without(options, "prompt_cache_key") == options


@pytest.mark.parametrize("finish", ["content_filter", "refusal"])
def test_an_answer_that_a_filter_ended_says_so_and_is_no_plan(server: ModelServer, tmp_path: Path, finish: str) -> None:
    server.behaviours = [Behaviour(finish=finish), Behaviour(reply="", finish=finish), Behaviour(finish=finish)]
    with calling(tmp_path) as (calls, _):
        assert ask(calls, server)[0] == "hello world\n\n*A filter of served ended the answer here.*"
        for options in ({}, {"schema": SCHEMA}):
            with pytest.raises(ModelAnswerError, match="A filter of served ended the answer"):
                ask(calls, server, **options)


def test_a_model_that_only_thinks_until_its_limit_has_said_nothing(server: ModelServer, tmp_path: Path) -> None:
    server.behaviours = [Behaviour(thinks="thinking hard " * 1_000)]
    with calling(tmp_path) as (calls, store):
        with pytest.raises(ModelAnswerError, match="used up 100 tokens before it said anything"):
            ask(calls, server, max_tokens=100)
        assert store.ledger.by("purpose")["answer"].received == 100, "and it is paid"


class Bomb(ModelServer):
    """Answers what unfolds to a thousand times its size, or never ends a line."""

    packed = True

    def answer(self, handler: Any, call: Call, behaviour: Behaviour) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        if self.packed:
            handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        try:
            for _ in range(1 if self.packed else 1_000):
                piece = b"data: " + b"x" * 1_000_000
                handler.wfile.write(gzip.compress(piece * 50) if self.packed else piece)
                call.sent += len(piece)
        except OSError:
            call.closed_by_client = 1.0


@pytest.mark.parametrize(("packed", "says"), [(True, "answered compressed, unasked"), (False, "does not end")])
def test_no_answer_fills_the_memory(packed: bool, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bomb, "packed", packed)
    with Bomb() as server:
        with pytest.raises(ModelAnswerError, match=says):
            run(client(server))
        assert server.calls[0].headers["accept-encoding"] == "identity"
        assert server.calls[0].sent < bounds.MOST_BYTES * 2
        assert len(server.calls) == 1, "not asked again"


WHOLE = {
    "choices": [{"message": {"role": "assistant", "content": "It is whole."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
}


def test_a_server_that_does_not_stream_answers_all_the_same(server: ModelServer) -> None:
    server.behaviours = [Behaviour(page=("application/json; charset=utf-8", json.dumps(WHOLE)))]
    first, last = run(client(server))
    assert (first.text, last.finish, last.usage) == ("It is whole.", "stop", Usage(9, 0, 3))


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("text/html", "<h1>Sign in</h1>", "answers with a web page, not as a model's server. Check `base_url`"),
        ("application/json", '{"error": {"message": "overloaded"}}', "failed: overloaded. Ask again"),
        ("application/json", '["?"]', "failed: ?. Ask again"),
        ("application/json", "7", "answered in a form that cannot be read. Ask again"),
        ("application/json", "", "answered in a form that cannot be read (JSONDecodeError)"),
    ],
)
def test_what_stands_in_place_of_an_answer_is_said(server: ModelServer, kind: str, text: str, says: str) -> None:
    server.behaviours = [Behaviour(page=(kind, text))]
    with pytest.raises(ModelError, match=re.escape(says)):
        run(client(server))


def test_who_waited_for_a_server_that_limits_requests_is_told_so() -> None:
    async def afford() -> None:
        """There is money enough."""

    async def main() -> list[bool]:
        attempts, seen = Attempts(afford), []
        with watched(attempts):
            for status in (429, 200):
                await attempts.begin(SimpleNamespace(extensions={}))
                seen.append(limited())
                attempts.answered(status)
                seen.append(limited())
        return seen

    assert asyncio.run(main()) == [False, True, False, False]
    info = ModelInfo(MODEL, "x", "https://models.example/v1", local=False)
    assert "is limiting requests to served" in str(late(info, 5.0, limited=True))
    assert "did not finish within 5 s" in str(late(info, 5.0))
