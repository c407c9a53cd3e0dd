"""When a session has come to its end, so that it may be asked how it was: once, and never in the way.

A notebook has no moment at which somebody says goodbye, and when the kernel goes there is nobody left to ask. So it
counts as an end when after a few answers nothing has happened for a while, and when watching is switched off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.converse.session import Session
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.ratings import Ratings
from codemaestro_jupyter.types import Rating, TurnId
from codemaestro_jupyter.view import SessionView

ENOUGH = 3
"""Answers after which a pause may be the end: who asked one thing has no session to speak of."""
PAUSE = 300.0
"""Seconds without a key, a cell or a request that count as the end."""

Event = Literal["answered", "paused", "switched off", "requested", "rated"]


@dataclass(frozen=True, slots=True)
class End:
    """How near the end is; `asks` while the question stands on the screens, `over` once it need not be asked again."""

    answers: int = 0
    asks: bool = False
    over: bool = False

    @property
    def near(self) -> bool:
        """Whether a pause would be the end."""
        return self.answers >= ENOUGH and not self.over


def step(end: End, event: Event) -> End:
    """What an event makes of it."""
    match event:
        case "answered":
            return replace(end, answers=end.answers + 1)
        case "paused":
            return replace(end, asks=True, over=True) if end.near else end
        case "switched off":
            return replace(end, asks=True, over=True) if end.answers and not end.over else end
        case "requested":
            return replace(end, asks=False)  # it goes on: the question would be in the way
        case "rated":
            return replace(end, asks=False, over=True)
        case _:
            assert_never(event)


class Farewell:
    """Keeps ratings, and asks for that of the session at its end; everything on the loop."""

    def __init__(
        self,
        settings: CodeMaestro,
        session: Session,
        ratings: Ratings,
        background: Background,
        publish: Callable[[SessionView], None],
        pause: float = PAUSE,
    ) -> None:
        self._settings = settings
        self._session = session
        self._ratings = ratings
        self._background = background
        self._publish = publish
        self._pause = pause
        self._end = End()
        self._active = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def asks(self) -> bool:
        """Whether the session is to be rated now."""
        return self._end.asks and bool(self._settings.ask_rating)

    def happens(self, event: Event) -> None:
        """Something that brings the end nearer, or puts it off."""
        before, self._end = self.asks, step(self._end, event)
        self.active()
        if self.asks is not before:
            self._publish({"ask_session": self.asks})

    def active(self) -> None:
        """Somebody is there: typing, or running a cell."""
        self._active = self._background.loop.time()
        if self._end.near and self._timer is None:
            self._timer = self._background.loop.call_later(self._pause, self._look)

    def rate(self, turn: TurnId | None, rating: Rating) -> None:
        """How an answer, or without a turn the session, felt; a session's rating without a mark means: not now."""
        if turn is not None or rating != Rating():
            self._background.pool.submit(self._ratings.add, turn, rating)
        if turn is None:
            self.happens("rated")
        else:
            self._publish(self._session.rate(turn))

    def _look(self) -> None:
        self._timer = None
        left = self._active + self._pause - self._background.loop.time()
        if left > 0:
            self._timer = self._background.loop.call_later(left, self._look)
        else:
            self.happens("paused")
