"""A server whose slots each keep what they read: send a call to the free slot that knows most of its prompt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class Slots:
    """What each slot read last, and which are taken; on the loop."""

    def __init__(self, count: int) -> None:
        self._read = [""] * count
        self._taken = [False] * count

    @contextlib.contextmanager
    def take(self, prompt: str) -> Iterator[int | None]:
        """A slot for a call: the free one that shares most with the prompt; None where all are taken."""
        chosen = self.best(prompt)
        if chosen is None:
            yield None
            return
        self._taken[chosen] = True
        self._read[chosen] = ""  # until it is sure to have read all of it
        try:
            yield chosen
            self._read[chosen] = prompt
        finally:
            self._taken[chosen] = False

    def forget(self) -> None:
        """The server went away: whoever comes back in its place has read nothing."""
        self._read = [""] * len(self._read)

    def best(self, prompt: str) -> int | None:
        """The free slot that knows most of a prompt; of equals the one that would forget least."""
        free = [number for number, taken in enumerate(self._taken) if not taken]
        return max(free, key=lambda number: (self.shared(number, prompt), -len(self._read[number])), default=None)

    def knows(self, prompt: str) -> bool:
        """Whether a free slot has read all of a prompt."""
        return any(not taken and read.startswith(prompt) for read, taken in zip(self._read, self._taken, strict=True))

    def shared(self, number: int, prompt: str) -> int:
        """Characters that a slot's last prompt and this one begin with alike."""
        return common(self._read[number], prompt)


def common(one: str, other: str) -> int:
    """How many characters two texts begin with alike; by halving, since prompts are long."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
