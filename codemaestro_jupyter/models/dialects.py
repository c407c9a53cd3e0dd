"""How each provider is told where the part of a prompt ends that stays the same, and how long an answer may be.

Measured, and read in the docs of OpenAI, Anthropic, OpenRouter, llama.cpp, vLLM and Ollama (2026): most servers keep
what they read, by themselves, from the first byte on. OpenAI from GPT-5.6 finds a prefix again only at a breakpoint,
Anthropic, and what OpenRouter passes on to it, only at a `cache_control`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from codemaestro_jupyter.models.protocol import Function, FunctionCall, Message, ModelInfo

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


UNSEEN = {
    OPENAI_HOST: re.compile(r"o\d|gpt-[5-9]|codex"),
    "generativelanguage.googleapis.com": re.compile(r"(?:models/)?gemini-(?:2\.[5-9]|[3-9])"),
    "api.x.ai": re.compile(r"grok-(?:[4-9]|3-mini)"),
    OPENROUTER_HOST: re.compile(
        r"openai/(?:o\d|gpt-[5-9])|x-ai/grok-(?:[4-9]|3-mini)|google/gemini-(?:2\.[5-9]|[3-9])"
    ),
}
"""Models whose thoughts are billed and not streamed, by the host that serves them."""


def thinks_unseen(info: ModelInfo) -> bool:
    """Whether a model is known to think without streaming what: nobody can tell what a part of its answer cost."""
    host = urlsplit(info.base_url).hostname or ""
    unseen = UNSEEN.get(host)
    if host.endswith((".openai.azure.com", ".cognitiveservices.azure.com")):  # a name of a deployment tells nothing
        return True
    return unseen is not None and unseen.match(info.name) is not None


def wire(messages: Sequence[Message], mark: Mark = "") -> list[dict[str, Any]]:
    """The messages as they are sent: plain texts, or with a mark behind each part that stays."""
    return [_sent(message, mark) for message in messages]


def _sent(message: Message, mark: Mark) -> dict[str, Any]:
    content: Any = parts(message, mark) if mark and message.stable else message.content
    if message.answers:
        return {"role": "tool", "tool_call_id": message.answers, "content": content}
    if not message.calls:
        return {"role": message.role, "content": content}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
        for call in message.calls
    ]
    return {"role": message.role, "content": content or None, "tool_calls": calls}


def offered(functions: Sequence[Function]) -> dict[str, Any]:
    """Options that offer functions; none without any."""
    tools = [
        {"type": "function", "function": {
            "name": each.name, "description": each.description, "parameters": dict(each.parameters),
        }}
        for each in functions
    ]  # fmt: skip
    return {"tools": tools} if tools else {}


def counted(value: object) -> int | None:
    """A number of tokens that a server says, if it is one: budgets rest on it, and a negative one gave money back."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


INSTEAD = {"stream_options": "", "prompt_cache_key": "", "max_tokens": "max_completion_tokens"}
"""Options that a server may not know, and what takes their place there."""
UNKNOWN = re.compile(
    r"unsupported|not supported|unknown|unrecognized|unexpected|not permitted|not allowed", re.IGNORECASE
)


def unknown_option(refusal: str, options: Iterable[str]) -> str:
    """Which of the options a server says that it does not know, if that one can be done without."""
    found = (name for name in INSTEAD if name in options and re.search(rf"\b{name}\b", refusal))
    return next(found, "") if UNKNOWN.search(refusal) else ""


def without(options: dict[str, Any], name: str) -> dict[str, Any]:
    """The options for a server that does not know one of them."""
    if name not in options:
        return options
    instead = {INSTEAD[name]: options[name]} if INSTEAD[name] else {}
    return {key: value for key, value in options.items() if key != name} | instead


class CallsHeard:
    """Puts the calls of a streamed answer together: their names and arguments come in pieces."""

    def __init__(self) -> None:
        self._heard: dict[int, list[str]] = {}
        self._at = -1

    def hear(self, pieces: Iterable[Any]) -> None:
        """Pieces of one event; some servers number every call 0, and tell them apart by their ids only."""
        for piece in pieces:
            known = self._heard.get(self._at)
            named = piece.function.name if piece.function is not None else None
            if known is None or piece.index > self._at or (piece.id and known[0] and piece.id != known[0]):
                self._at = max(self._at + 1, piece.index or 0)
                known = self._heard[self._at] = ["", "", ""]
            known[0] = known[0] or piece.id or ""
            known[1] = known[1] or named or ""
            known[2] += (piece.function.arguments or "") if piece.function is not None else ""

    def calls(self) -> tuple[FunctionCall, ...]:
        """Every call, in order; one without an id gets one of ours."""
        return tuple(
            FunctionCall(found[0] or f"call_{number}", found[1], found[2])
            for number, found in enumerate(self._heard.values(), 1)
        )


def parts(message: Message, mark: Mark) -> list[dict[str, Any]]:
    """A message in one or two parts, the first one marked as what stays."""
    stays = {"type": "text", "text": message.content[: message.stable], mark: MARKS[mark]}
    rest = message.content[message.stable :]
    return [stays, {"type": "text", "text": rest}] if rest else [stays]
