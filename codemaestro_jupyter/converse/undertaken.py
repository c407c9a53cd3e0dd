"""The requests under way, by their turns; one that is sent again meanwhile goes on, it does not begin anew.

From any thread: the same cell may be run twice before the loop saw its first run.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import NamedTuple

from codemaestro_jupyter.converse.turns import Pending, begun
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.types import CellId, NotebookId, Turn, TurnId

Lend = Callable[[Callable[[], bool]], None]


class Sent(NamedTuple):
    """What makes two requests the same: the words, and where they stand."""

    request: str
    notebook: NotebookId
    cell: CellId


class Undertaken:
    """Every request that is not over. `cancel(turn)` stops one; `holds(turn)`: what it rests on is as it was."""

    def __init__(self, cancel: Callable[[TurnId], None], holds: Callable[[TurnId], bool]) -> None:
        self._cancel, self._holds = cancel, holds
        self._lock = threading.Lock()
        self._all: dict[TurnId, tuple[Sent, bool, Pending]] = {}

    def begin(self, sent: Sent, asks: bool, lend: Lend, now: float) -> tuple[Pending, Turn]:
        """A request begins; `asks` says whether somebody answers its questions, `lend` is what `Pending` takes."""
        pending = Pending(TurnId(uuid.uuid4().hex[:12]), self._cancel, lend)
        with self._lock:
            self._all[pending.turn] = sent, asks, pending
        return pending, begun(pending.turn, *sent, now)

    def end(self, turn: TurnId) -> None:
        """It is over."""
        with self._lock:
            self._all.pop(turn, None)

    def get(self, turn: TurnId) -> Pending | None:
        """The request of a turn, if it is under way."""
        with self._lock:
            found = self._all.get(turn)
        return found[2] if found else None

    def stop(self) -> None:
        """Nothing more is begun for any of them."""
        for pending in self._pending():
            pending.cancelled.set()

    def fail(self, error: MaestroError) -> None:
        """They end so, whoever waits for them."""
        for pending in self._pending():
            pending.finish(error=error)

    def again(self, sent: Sent, asks: bool, *, fresh: bool) -> Pending | None:
        """The same request, under way already and resting on what still is; another run of it is stopped."""
        with self._lock:
            alike = [each for each in self._all.values() if each[0] == sent and not each[2].cancelled.is_set()]
        for _, asked, pending in reversed(alike):
            if asked == asks and not fresh and not pending.done and self._holds(pending.turn):
                return pending
            self._cancel(pending.turn)
        return None

    def _pending(self) -> tuple[Pending, ...]:
        with self._lock:
            return tuple(pending for _, _, pending in self._all.values())
