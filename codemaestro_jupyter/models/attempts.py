"""What became of each sending of a call: one that was sent and not answered may have been billed all the same.

The SDKs send again by themselves (dropped connections, 429, 5xx). A refusal costs nothing; a prompt whose answer never
came may have been read, so it is sent again only once its price was set aside once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

LIMITED = 429
"""The HTTP status that asks to come again later."""
REFUSED = 300
"""From this HTTP status on nothing was done, and nothing is billed."""
SENT = "send_request_headers.started"
"""The end of the name of the event with which the HTTP clients begin to send (httpcore's trace extension)."""


class Attempts:
    """The sendings of one call; on the loop. `afford()` sets aside what one more may cost, or raises `BudgetError`."""

    def __init__(self, afford: Callable[[], Awaitable[None]]) -> None:
        self._afford = afford
        self._open = False
        self.limited = False
        """Whether the last sending was asked to come again later."""
        self.known = False
        """Whether anything was heard of them: a model that speaks no HTTP says nothing."""

    @property
    def may_be_billed(self) -> bool:
        """Whether the last sending was taken, or may have been."""
        return self._open

    async def begin(self, request: Any) -> None:
        """A hook of the HTTP client: it is about to send."""
        self.known = True
        if self._open:
            await self._afford()
        self._open = self.limited = False
        request.extensions["trace"] = self._traced

    def answered(self, status: int) -> None:
        """A status came back."""
        self._open, self.limited = status < REFUSED, status == LIMITED

    async def _traced(self, name: str, _: object) -> None:
        self._open = self._open or name.endswith(SENT)


_CURRENT: ContextVar[Attempts | None] = ContextVar("attempts", default=None)


@contextmanager
def watched(attempts: Attempts) -> Iterator[None]:
    """Whatever is sent within is an attempt of that call; nothing may be yielded within."""
    token = _CURRENT.set(attempts)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def limited() -> bool:
    """Whether the call that is made here was last asked to come again later."""
    attempts = _CURRENT.get()
    return attempts is not None and attempts.limited


async def sending(request: Any) -> None:
    """The hook of a client for requests."""
    if (attempts := _CURRENT.get()) is not None:
        await attempts.begin(request)


async def answered(response: Any) -> None:
    """The hook of a client for responses."""
    if (attempts := _CURRENT.get()) is not None:
        attempts.answered(response.status_code)
