"""How much of a server's answer is read: one that never ends, or unfolds to gigabytes, must not fill the memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from codemaestro_jupyter.models import failures
from codemaestro_jupyter.models.protocol import ModelInfo

MOST_BYTES = 16 * 1024 * 1024
"""Of one response: an event is some 300 bytes a token, so this is 25 times the longest answer that is asked for."""
PLAIN = ("", "identity")
STREAM = "AsyncByteStream"


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
