"""What the events of an answer hold, whichever way its server has: text, thoughts, and what it says that it took."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

from codemaestro_jupyter.models import failures
from codemaestro_jupyter.models.dialects import counted
from codemaestro_jupyter.models.protocol import Chunk, ModelInfo, Usage
from codemaestro_jupyter.models.thoughts import Piece


async def events_of(stream: Any, info: ModelInfo, key: str = "") -> AsyncGenerator[Any, None]:
    """The events of a response; leaving early closes the connection, so that the server stops working for nobody.

    A server that does not stream answers at once, and that is one event. Raises `ModelError` where there is an error in
    place of the answer (`key` is never said), or a page for people.
    """
    try:
        if (body := await whole_body(stream.response, info)) is not None:
            yield _whole(body, info, key)
            return
        async for event in stream:
            yield event
    finally:
        await stream.close()


async def whole_body(response: Any, info: ModelInfo) -> Any:
    """The JSON of a response that is no stream, else None. Raises `ModelError` if it is a page for people."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        raise failures.no_server(info)
    return json.loads(await response.aread()) if kind == "application/json" else None


def _whole(body: Any, info: ModelInfo, key: str) -> Any:
    """A whole answer as the one event of a stream."""
    from openai.types.chat import ChatCompletionChunk  # imported long since: its client asked

    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(choices, list):
        raise failures.instead(info, body, key)
    deltas = [{**choice, "delta": choice.get("message")} for choice in choices if isinstance(choice, dict)]
    return ChatCompletionChunk.construct(**{**body, "choices": deltas})


def chunk_of(piece: Piece) -> Chunk:
    """A piece of an answer's text, as what is said or thought."""
    return Chunk("" if piece.thought else piece.text, unsaid=piece.text if piece.thought else "", turned=piece.turned)


def usage_of(event: Any) -> Usage | None:
    """What an answer of the server says that it took, if it does so in numbers that can be: budgets rest on them."""
    found = getattr(event, "usage", None)
    prompt = counted(getattr(found, "prompt_tokens", None))
    completion = counted(getattr(found, "completion_tokens", None))
    if not prompt or completion is None:
        return None
    # xAI and Gemini count what a model thinks in the total only
    completion = max(completion, (counted(getattr(found, "total_tokens", None)) or 0) - prompt)
    cached, written = cached_and_written(found)
    cached = min(prompt, cached)
    return Usage(prompt, cached, completion, written=min(prompt - cached, written))


def cached_and_written(usage: Any) -> tuple[int, int]:
    """Tokens that a server had read before, and that it keeps from now on, wherever it says so.

    In the details: OpenAI, Azure, OpenRouter, Gemini, vLLM, llama.cpp; beside them: DeepSeek, Moonshot and Together.
    """
    details = getattr(usage, "prompt_tokens_details", None)
    beside = (getattr(usage, name, None) for name in ("prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens"))
    said = (counted(number) for number in (getattr(details, "cached_tokens", None), *beside))
    return max((number for number in said if number), default=0), counted(
        getattr(details, "cache_write_tokens", None)
    ) or 0


def spoken(delta: Any) -> tuple[str, str]:
    """What a piece of an answer says, and what it holds that is billed and not said: thoughts, arguments of calls.

    Thoughts have a field of their own with DeepSeek, vLLM, llama.cpp, Ollama and OpenRouter; Mistral sends parts.
    """
    said, thought = _parts(delta.content)
    field = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
    pieces = [piece.function.arguments for piece in delta.tool_calls or () if piece.function is not None]
    return said, thought + "".join(text for text in (field, *pieces) if isinstance(text, str))


def _parts(content: Any) -> tuple[str, str]:
    if isinstance(content, str):
        return content, ""
    said = thought = ""
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and part.get("type") == "thinking":
            within = part.get("thinking")
            thought += within if isinstance(within, str) else "".join(_parts(within))
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            said += part["text"]
    return said, thought
