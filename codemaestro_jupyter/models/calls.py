"""One call of a model, from reservation to receipt: streamed, closed at once when nobody listens, always paid."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from codemaestro_jupyter.errors import ModelError
from codemaestro_jupyter.models.protocol import Chunk, Message, Model, Schema, Usage
from codemaestro_jupyter.models.purse import Purse, Reservation
from codemaestro_jupyter.models.tokens import estimate
from codemaestro_jupyter.types import TurnId

ANSWER_TOKENS = 2_048
"""Longest answer that is asked for: about four screenfuls."""
DEADLINE = 120.0
"""Seconds for a whole answer."""


class Work(Protocol):
    """Runs a plain function on a worker thread."""

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
        """Its result."""
        ...


@dataclass
class Spent:
    """What calls have taken so far; grows as they end."""

    usage: Usage = Usage()  # noqa: RUF009 - frozen
    dollars: float = 0.0
    calls: int = 0

    def add(self, usage: Usage, dollars: float) -> None:
        """One more call is over."""
        self.usage += usage
        self.dollars += dollars
        self.calls += 1

    @property
    def tokens(self) -> int:
        """Tokens sent and received."""
        return self.usage.prompt + self.usage.completion

    def __str__(self) -> str:
        parts = [f"{'about ' if self.usage.estimated else ''}{self.tokens:,} tokens"]
        if self.usage.cached:
            parts.append(f"{self.usage.cached:,} of them read ahead")
        if self.dollars:
            parts.append(f"${self.dollars:.4f}")
        return ", ".join(parts)


class Calls:
    """Calls within the budgets; on the loop, with what blocks on `work`."""

    def __init__(self, purse: Purse, work: Work) -> None:
        self._purse = purse
        self._work = work
        self.total = Spent()
        """Every call of this session."""

    async def stream(
        self,
        model: Model,
        purpose: str,
        messages: Sequence[Message],
        spent: Spent,
        *,
        turn: TurnId | None = None,
        schema: Schema | None = None,
        max_tokens: int = ANSWER_TOKENS,
        deadline: float = DEADLINE,
    ) -> AsyncGenerator[str, None]:
        """The answer's text as it comes; what it took is added to `spent` and the ledger, however it ends.

        Close it (`aclosing`) or cancel the task to stop: the connection closes at once, and what was billed until then
        is estimated, since no server says it. Raises `BudgetError` before anything is sent, and `ModelError`.
        """
        wanted = (purpose, model.info, messages, max_tokens, turn)
        reservation: Reservation = (
            self._purse.reserve(*wanted) if model.info.local else await self._work(self._purse.reserve, *wanted)
        )  # a local model costs nothing, so nothing needs to be looked up
        said: list[str] = []
        usage: Usage | None = None
        sent = False
        try:
            chunks: Any = model.stream(messages, schema=schema, max_tokens=reservation.max_tokens, deadline=deadline)
            async with aclosing(chunks) as stream:
                sent = True
                chunk: Chunk
                async for chunk in stream:
                    usage = chunk.usage or usage
                    if chunk.text:
                        said.append(chunk.text)
                        yield chunk.text
        except ModelError:
            sent = bool(said)  # refused or never answered: nothing is billed
            raise
        finally:
            if usage is None and sent:
                prompt = sum(estimate(message.content) for message in messages)
                usage = Usage(prompt, 0, estimate("".join(said)), estimated=True)
            self._settle(reservation, usage, spent)

    async def warm(self, model: Model, messages: Sequence[Message], spent: Spent) -> Usage:
        """Let the model read what will be sent; raises `BudgetError` and `ModelError`."""
        reservation: Reservation = await self._work(self._purse.reserve, "warm", model.info, messages, 0, None)
        usage: Usage | None = None
        try:
            usage = await model.warm(messages)
            return usage
        except asyncio.CancelledError:
            usage = Usage(sum(estimate(message.content) for message in messages), estimated=True)
            raise
        finally:
            self._settle(reservation, usage, spent)

    def _settle(self, reservation: Reservation, usage: Usage | None, spent: Spent) -> None:
        if usage is None:
            self._purse.release(reservation)
        else:  # prices were imported when it was reserved, so this is one short write
            dollars = self._purse.pay(reservation, usage)
            spent.add(usage, dollars)
            self.total.add(usage, dollars)
