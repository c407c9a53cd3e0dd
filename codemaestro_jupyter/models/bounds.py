"""Where an HTTP client of ours may go, and how much of an answer it reads: none may fill the memory without end."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from codemaestro_jupyter.models import attempts, failures
from codemaestro_jupyter.models.discovery import is_loopback
from codemaestro_jupyter.models.protocol import ModelInfo

MOST_BYTES = 16 * 1024 * 1024
"""Of one response: an event is some 300 bytes a token, so this is 25 times the longest answer that is asked for."""
LONGEST_WAIT = 20.0
"""Seconds that a server may ask to wait before the same is sent again by itself."""
PLAIN = ("", "identity")
STREAM = "AsyncByteStream"
OF_ACCOUNTS = {"openai": ("OpenAI-Organization", "OpenAI-Project")}
"""Headers that say whose account it is."""


def http_bounds(info: ModelInfo) -> dict[str, Any]:
    """The options of an SDK's HTTP client: what is for this machine no proxy sees, nobody is sent on, nor is a key."""
    return {
        "trust_env": not is_loopback(info.base_url),
        "follow_redirects": False,
        "headers": {"Accept-Encoding": "identity"},
        "event_hooks": {"request": [attempts.sending], "response": [attempts.answered, not_for_long, bounded(info)]},
    }


def not_for(base_url: str, sdk: str, omit: Callable[[], object]) -> dict[str, Any]:
    """Headers that an SDK takes from the environment and that are meant for another server than this one: left out.

    They are for its maker's own server, or for the one that is set beside them.
    """
    theirs = os.environ.get(f"{sdk.upper()}_BASE_URL", "").rstrip("/")
    if urlsplit(base_url).hostname == f"api.{sdk}.com" or theirs == base_url.rstrip("/"):
        return {}
    lines = os.environ.get(f"{sdk.upper()}_CUSTOM_HEADERS", "").splitlines()
    names = [name.strip() for name, colon, _ in (line.partition(":") for line in lines) if colon]
    return {name: omit() for name in (*OF_ACCOUNTS.get(sdk, ()), *names)}


async def not_for_long(response: Any) -> None:
    """A hook: nobody is made to wait long for a server that limits requests; what needs no model is there at once."""
    if failures.asked_to_wait(response.headers) > LONGEST_WAIT:
        response.headers["x-should-retry"] = "false"  # obeyed by the SDKs


def bounded(info: ModelInfo) -> Callable[[Any], Awaitable[None]]:
    """A hook: a response is read as far as an answer can reach, and one that is compressed, unasked, not at all."""

    async def hook(response: Any) -> None:
        whole = response.stream
        packed = response.headers.get("content-encoding", "").lower() not in PLAIN

        async def pieces(_: object) -> AsyncIterator[bytes]:
            if packed:
                raise failures.packed(info)
            read = 0
            async for piece in whole:
                read += len(piece)
                if read > MOST_BYTES:
                    raise failures.endless(info)
                yield piece

        async def close(_: object) -> None:
            await whole.aclose()

        # the SDKs bring HTTP clients of their own, each with its class of streams
        kind = next(base for base in type(whole).__mro__ if base.__name__ == STREAM)
        response.stream = type("Bounded", (kind,), {"__aiter__": pieces, "aclose": close})()

    return hook
