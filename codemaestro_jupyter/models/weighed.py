"""How many tokens a prompt has at most: no more than its bytes, and far fewer where a server has counted its beginning.

Prompts of a project begin alike, and every receipt says what one of them took: what a later prompt shares with it has
no more tokens than that. An estimate would be nearer and could be passed, so budgets do not rest on one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from codemaestro_jupyter.models.limits import SERVERS_OWN
from codemaestro_jupyter.models.protocol import Message, ModelInfo
from codemaestro_jupyter.models.slots import common

KEPT = 4
"""Prompts of one model that are remembered: what was read ahead, and the drafts and the answer that followed."""
MESSAGE_TOKENS = 16
"""What roles and separators add to each message, at most."""


class Weighed:
    """What the servers counted of the last prompts; any thread."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[tuple[str, int]]] = {}
        self._lock = threading.Lock()

    def learn(self, info: ModelInfo, everything: Sequence[Message], tokens: int) -> None:
        """A server counted a prompt."""
        text = _joined(everything)
        with self._lock:
            known = self._known.setdefault((info.base_url, info.name), [])
            known[:] = [item for item in known if not text.startswith(item[0])][: KEPT - 1]
            known.insert(0, (text, tokens))

    def most(self, info: ModelInfo, everything: Sequence[Message]) -> int:
        """Tokens that a prompt cannot have more of, what its server adds included."""
        text, own = _joined(everything), SERVERS_OWN + MESSAGE_TOKENS * len(everything)
        with self._lock:
            known = list(self._known.get((info.base_url, info.name), ()))
        least = size(text)
        for weighed, tokens in known:
            shared = common(weighed, text)
            least = min(least, min(tokens, size(text[:shared])) + size(text[shared:]))
        return least + own


def size(text: str) -> int:
    """UTF-8 bytes."""
    return len(text) if text.isascii() else len(text.encode("utf8", "replace"))


def _joined(everything: Sequence[Message]) -> str:
    return "\0".join(message.role + message.content for message in everything)
