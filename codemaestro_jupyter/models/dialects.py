"""How each provider is told where the part of a prompt ends that stays the same, and how long an answer may be.

Measured, and read in the docs of OpenAI, Anthropic, OpenRouter, llama.cpp, vLLM and Ollama (2026): most servers keep
what they read, by themselves, from the first byte on. OpenAI from GPT-5.6 finds a prefix again only at a breakpoint,
Anthropic, and what OpenRouter passes on to it, only at a `cache_control`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from codemaestro_jupyter.models.protocol import Message, ModelInfo

Mark = Literal["", "prompt_cache_breakpoint", "cache_control"]
MARKS: dict[Mark, dict[str, str]] = {
    "": {},
    "prompt_cache_breakpoint": {"mode": "explicit"},
    "cache_control": {"type": "ephemeral"},
}
OPENAI_HOST, OPENROUTER_HOST = "api.openai.com", "openrouter.ai"
GPT = re.compile(r"gpt-(\d+)(?:\.(\d+))?")
FIRST_WITH_BREAKPOINTS = (5, 6)
LEAST_OUTPUTS = (0, 1, 16)
"""What a server may accept as the least output of a warm-up call, tried once each in this order."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one provider understands of what the OpenAI protocol leaves open."""

    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    mark: Mark = ""
    cache_key: bool = False
    """Whether it takes a `prompt_cache_key`: calls with the same one go where the prefix is kept."""


def dialect(info: ModelInfo) -> Dialect:
    """The dialect of a model's server; the plainest where the server is not known."""
    host = urlsplit(info.base_url).hostname or ""
    if host == OPENAI_HOST:
        found = GPT.match(info.name)
        version = (int(found[1]), int(found[2] or 0)) if found else (0, 0)
        marked = version >= FIRST_WITH_BREAKPOINTS
        return Dialect("max_completion_tokens", "prompt_cache_breakpoint" if marked else "", True)
    if host == OPENROUTER_HOST and info.name.startswith("anthropic/"):
        return Dialect(mark="cache_control")
    return Dialect()


def wire(messages: Sequence[Message], mark: Mark = "") -> list[dict[str, Any]]:
    """The messages as they are sent: plain texts, or with a mark behind each part that stays."""
    return [
        {"role": message.role, "content": parts(message, mark) if mark and message.stable else message.content}
        for message in messages
    ]


def parts(message: Message, mark: Mark) -> list[dict[str, Any]]:
    """A message in one or two parts, the first one marked as what stays."""
    stays = {"type": "text", "text": message.content[: message.stable], mark: MARKS[mark]}
    rest = message.content[message.stable :]
    return [stays, {"type": "text", "text": rest}] if rest else [stays]
