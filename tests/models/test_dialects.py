"""Each provider is told in its own way where the stable front of a prompt ends, and finds what it kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.experiment.prompt_cache import PromptCache
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.dialects import Dialect, dialect, wire
from codemaestro_jupyter.models.protocol import Message, ModelInfo, Usage
from codemaestro_jupyter.models.remembered import Forgetful

FRONT = "the project. " * 60
AHEAD = [Message("system", "rules", 5), Message("user", FRONT, len(FRONT))]
ASKED = [Message("system", "rules", 5), Message("user", FRONT + "The request: why?", len(FRONT))]
OPENAI = "https://api.openai.com/v1"


def remote(name: str, base_url: str) -> ModelInfo:
    return ModelInfo(name, "x", base_url, local=False)


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (remote("gpt-5.6-sol", OPENAI), Dialect("max_completion_tokens", "prompt_cache_breakpoint", True)),
        (remote("gpt-6", OPENAI), Dialect("max_completion_tokens", "prompt_cache_breakpoint", True)),
        (remote("gpt-5.5", OPENAI), Dialect("max_completion_tokens", "", True)),
        (remote("gpt-4o-mini", OPENAI), Dialect("max_completion_tokens", "", True)),
        (remote("o4-mini", OPENAI), Dialect("max_completion_tokens", "", True)),
        (remote("anthropic/claude-x", "https://openrouter.ai/api/v1"), Dialect(mark="cache_control")),
        (remote("openai/gpt-5.6", "https://openrouter.ai/api/v1"), Dialect()),
        (remote("gpt-5.6", "https://api.openai.com.example/v1"), Dialect()),
        (ModelInfo("qwen", "ollama", "http://127.0.0.1:11434/v1", local=True), Dialect()),
    ],
)
def test_the_address_and_the_name_tell_the_dialect(info: ModelInfo, expected: Dialect) -> None:
    assert dialect(info) == expected


def test_a_mark_stands_where_the_stable_part_ends() -> None:
    assert wire([Message("user", "stay go", 4), Message("user", "new")], "cache_control") == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "stay", "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": " go"},
            ],
        },
        {"role": "user", "content": "new"},
    ]
    assert wire([Message("user", "stay go", 4)]) == [{"role": "user", "content": "stay go"}]


@pytest.fixture
def marked() -> Iterator[ModelServer]:
    """As OpenAI from GPT-5.6 on: nothing is found again but at a breakpoint."""
    with ModelServer("hello", cache=PromptCache("marked")) as server:
        yield server


def warmed_then_asked(server: ModelServer, **options: Any) -> Usage:
    async def both() -> Usage:
        model = OpenAICompatible(ModelInfo(MODEL, "x", server.url, local=True), **options)
        await model.warm(AHEAD)
        chunks = [chunk async for chunk in model.stream(ASKED, max_tokens=8)]
        await model.close()
        assert chunks[-1].usage is not None
        return chunks[-1].usage

    return asyncio.run(both())


def test_a_breakpoint_makes_what_was_read_ahead_count(marked: ModelServer) -> None:
    speaks = Dialect("max_completion_tokens", "prompt_cache_breakpoint", True)
    usage = warmed_then_asked(marked, speaks=speaks, cache_key="project")
    assert usage.cached > usage.prompt * 0.9
    ahead, asked = (call.body for call in marked.calls)
    assert ahead["messages"][1]["content"] == asked["messages"][1]["content"][:1]
    assert asked["messages"][1]["content"][0]["prompt_cache_breakpoint"] == {"mode": "explicit"}
    assert ahead["prompt_cache_key"] == asked["prompt_cache_key"] == "project"
    assert asked["max_completion_tokens"] == 8
    assert "max_tokens" not in asked


def test_without_a_breakpoint_that_server_finds_nothing(marked: ModelServer) -> None:
    assert warmed_then_asked(marked, speaks=Dialect("max_completion_tokens", "", True)).cached == 0


def test_a_plain_server_gets_plain_texts_and_no_key(marked: ModelServer) -> None:
    warmed_then_asked(marked, cache_key="project")
    for call in marked.calls:
        assert "prompt_cache_key" not in call.body
        assert all(isinstance(message["content"], str) for message in call.body["messages"])


def test_what_a_server_accepts_is_asked_once_in_all_sessions() -> None:
    remembered = Forgetful()
    with ModelServer("{}", least_output=16, takes_schema=False) as server:
        info = ModelInfo(MODEL, "x", server.url, local=True)

        async def session() -> None:
            model = OpenAICompatible(info, remembered=remembered)
            await model.warm(AHEAD)
            assert [chunk async for chunk in model.stream(ASKED, schema={"type": "object"})]
            await model.close()

        asyncio.run(session())
        first = len(server.calls)
        asyncio.run(session())
        assert first == 5, "0, 1 and 16 tokens; with the schema and without"
        assert len(server.calls) == first + 2
        server.least_output = 0
        asyncio.run(session())
        assert server.calls[-2].body["max_tokens"] == 16, "what was found out stays"
