"""What can be true of a call: the most that was sent and said, and what is believed of a server's own count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from codemaestro_jupyter.models.dialects import offered
from codemaestro_jupyter.models.protocol import Function, Message, Schema, Usage
from codemaestro_jupyter.models.tokens import estimate

SERVERS_OWN = 1_024
"""Tokens that a server may add to a prompt: its template, and how functions are asked for (Anthropic: up to 804)."""
OVERRUN = 1.3
"""How far an estimate may be above what a text really has (907 texts: +26 %): an answer is longer only beyond that."""
LOOK = 1_024
"""Characters after which a long answer is looked at anew."""


def sent(
    messages: Sequence[Message], functions: Sequence[Function] = (), schema: Schema | None = None
) -> list[Message]:
    """All that a model reads of a call, as messages: also calls that it made, functions, and the form of its answer."""
    called = "".join(call.name + call.arguments for message in messages for call in message.calls)
    beside = (called, _json(offered(functions)) if functions else "", _json(dict(schema)) if schema else "")
    return [*messages, *(Message("system", text) for text in beside if text)]


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
        self._length = 0
        self._look = int(granted * OVERRUN)  # a token has a character at least

    def hear(self, text: str) -> None:
        """One more piece."""
        self._texts.append(text)
        self._length += len(text)

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._texts)

    @property
    def over(self) -> bool:
        """Whether it is longer than granted beyond doubt: the server knows no limit, or does not keep to it."""
        if self._length <= self._look:
            return False
        self._look = self._length + LOOK
        return estimate(self.text) > self._granted * OVERRUN

    @property
    def most(self) -> int:
        """Tokens that it can have at most: what was granted, or its bytes where that was not kept to."""
        return max(self._granted, len(self.text.encode("utf8", "replace")))


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
