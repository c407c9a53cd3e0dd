"""What can be true of a call: the most that was sent and said, and what is believed of a server's own count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from codemaestro_jupyter.models.dialects import offered, thinks_unseen
from codemaestro_jupyter.models.protocol import Function, Message, ModelInfo, Schema, Usage
from codemaestro_jupyter.models.tokens import estimate

SERVERS_OWN = 1_024
"""Tokens that a server may add to a prompt: its template, and how functions are asked for (Anthropic: up to 804)."""
OVERRUN = 1.3
"""How far an estimate may be above what a text really has (907 texts: +26 %): an answer is longer only beyond that."""
SET_ASIDE = 2
"""Times the output granted that money is set aside for: an estimate is up to 34 % too low (907 texts), so an answer of
a server that keeps to no limit has at most 1.3 / 0.66 times what was granted when it is closed."""
BYTES_A_TOKEN = 12
"""No answer of some length has more bytes a token: one that does is longer than the estimate says (endless blanks)."""
TAIL = 1_000
"""Characters without a blank after which a text is counted up to there, lest it is counted again and again."""


def sent(
    messages: Sequence[Message], functions: Sequence[Function] = (), schema: Schema | None = None
) -> list[Message]:
    """All that a model reads of a call, as messages: also calls that it made, functions, and the form of its answer.

    What stays the same stands first, as it does in what most servers read.
    """
    called = "".join(call.name + call.arguments for message in messages for call in message.calls)
    before = _json(offered(functions)) if functions else ""
    beside = (called, _json(dict(schema)) if schema else "")
    return [
        *(Message("system", text) for text in (before,) if text),
        *messages,
        *(Message("system", text) for text in beside if text),
    ]


def estimated(messages: Sequence[Message], functions: Sequence[Function] = (), schema: Schema | None = None) -> int:
    """About how many tokens a call's prompt has."""
    return sum(estimate(message.content) for message in sent(messages, functions, schema))


def most_read(everything: Sequence[Message]) -> int:
    """No prompt has more tokens than UTF-8 bytes, and what its server adds."""
    return SERVERS_OWN + sum(len(message.content.encode("utf8", "replace")) for message in everything)


class Heard:
    """What a model has said, thoughts and arguments included, against what it was granted."""

    def __init__(self, granted: int) -> None:
        self._granted = granted
        self._texts: list[str] = []
        self._bytes = self._counted = 0
        self._tail = ""
        """What is not counted yet: its last word may go on."""

    def hear(self, text: str) -> None:
        """One more piece."""
        self._texts.append(text)
        self._bytes += len(text.encode("utf8", "replace"))
        self._tail += text
        end = max(self._tail.rfind(" "), self._tail.rfind("\n"))
        whole = self._tail[: end + 1].rstrip() if len(self._tail) < TAIL else self._tail
        if whole:
            self._counted += estimate(whole)
            self._tail = self._tail[len(whole) :]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._texts)

    @property
    def over(self) -> bool:
        """Whether it is longer than granted beyond doubt: the server knows no limit, or does not keep to it."""
        if self._bytes <= self._granted * OVERRUN:  # a token has a byte at least
            return False
        if self._bytes > self._granted * BYTES_A_TOKEN:
            return True
        return self._counted + estimate(self._tail) > self._granted * OVERRUN

    @property
    def most(self) -> int:
        """Tokens that it can have at most: what was granted, or its bytes where that was not kept to."""
        return max(self._granted, self._bytes)

    @property
    def most_billed(self) -> int:
        """Tokens of what came until it was closed, at most: its bytes, and no more than money was set aside for."""
        return min(self._bytes, self._granted * (SET_ASIDE if self.over else 1))


def most_billed(info: ModelInfo, heard: Heard, granted: int) -> int:
    """Tokens that an answer which did not come to its end may have cost: all that was granted if it thinks unseen."""
    return max(heard.most_billed, granted) if thinks_unseen(info) else heard.most_billed


def believed(usage: Usage, prompt: int, completion: int) -> Usage:
    """What a server says that it took, but no more than can be; budgets rest on it."""
    if usage.prompt <= prompt and usage.completion <= completion:
        return usage
    read = min(usage.prompt, prompt)
    cached = min(usage.cached, read)
    written = min(usage.written, read - cached)
    return replace(
        usage, prompt=read, cached=cached, written=written, completion=min(usage.completion, completion), estimated=True
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
