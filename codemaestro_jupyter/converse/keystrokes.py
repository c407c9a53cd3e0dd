"""Follow what somebody types: the newest text is predicted from, and again when the project is known better.

Lives on Maestro's loop; only `typed` may be called from any thread.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.converse.observe import observe
from codemaestro_jupyter.converse.session import Session
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.types import LiveContext, Prediction, TypingEvent

AGAIN_AFTER = 0.3
"""Seconds in which the changes of a project are gathered before a text at rest is looked at again."""
QUICK = 0.003
"""Seconds of computing up to which a prediction is made on the loop. A worker would be two hand-overs of the
interpreter away, each of which takes 5 ms beside a cell of pure Python (`sys.getswitchinterval`)."""


class Keystrokes:
    """Predicts for the newest keystroke; those that come meanwhile replace each other.

    `predict(text, live, k)` runs on a worker, or on the loop where the last one was quick; `predicted(prediction)` and
    `failed(error)` on the loop. What is `heavy(text)` is always left to a worker. `timer` gives the seconds that the
    calling thread computed.
    """

    def __init__(
        self,
        settings: CodeMaestro,
        session: Session,
        background: Background,
        predict: Callable[[str, LiveContext, int], Prediction],
        predicted: Callable[[Prediction], object],
        failed: Callable[[MaestroError], object],
        heavy: Callable[[str], bool] = lambda _: False,
        timer: Callable[[], float] = time.thread_time,
    ) -> None:
        self._settings = settings
        self._session = session
        self._background = background
        self._predict = predict
        self._predicted = predicted
        self._failed = failed
        self._heavy = heavy
        self._timer = timer
        self._seconds = float("inf")
        self._newest: deque[TypingEvent] = deque(maxlen=1)  # a newer keystroke replaces an older one, atomically
        self._looked_at: TypingEvent | None = None
        self._at_rest: TypingEvent | None = None
        self._asked: tuple[TypingEvent, ...] = ()
        self._predicting = False
        self._again: asyncio.TimerHandle | None = None

    def typed(self, event: TypingEvent) -> None:
        """A keystroke, from any thread."""
        self._newest.append(event)
        self._background.call(self._begin)

    def submitted(self, request: str) -> None:
        """What was typed is asked now: a prediction that is still on its way, or a better one, would come too late.

        Nobody hears of it: what is prepared for it then would only compete with the answer.
        """
        self._at_rest = None
        coming = (*self._newest, *((self._looked_at,) if self._looked_at is not None else ()))
        self._asked = tuple(event for event in coming if observe(event).text.strip() == request.strip())

    def answered(self) -> None:
        """What was typed answered a question: a prediction that is still on its way would come too late."""
        self._at_rest = None
        self._asked = (*self._newest, *((self._looked_at,) if self._looked_at is not None else ()))

    def drop(self) -> None:
        """Forget what was typed and not yet looked at."""
        self._newest.clear()
        self._at_rest = None

    def known_better(self) -> None:
        """The project is known better than when the newest text was predicted from: soon look at it again."""
        if self._again is None:
            self._again = self._background.loop.call_later(AGAIN_AFTER, self._look_again)

    def _look_again(self) -> None:
        self._again = None
        if self._predicting:  # perhaps from what was known before
            self.known_better()
        elif self._at_rest is not None and not self._newest:
            self._newest.append(self._at_rest)
            self._begin()

    def _begin(self) -> None:
        if self._predicting or (event := self._next()) is None:
            return
        if self._seconds > QUICK or self._heavy(event.text):
            self._predicting = True
            asyncio.ensure_future(self._follow(event))  # noqa: RUF006 - ends with _predicting, and close() cancels it
            return
        try:
            self._arrived(self._look(event), event)
        except MaestroError as error:
            self._failed(error)

    async def _follow(self, following: TypingEvent | None) -> None:
        loop, pool = self._background.loop, self._background.pool
        try:
            while (event := following) is not None:
                self._arrived(await loop.run_in_executor(pool, self._look, event), event)
                following = self._next()
        except MaestroError as error:
            self._failed(error)
        finally:
            self._predicting = False

    def _next(self) -> TypingEvent | None:
        """The newest keystroke, if it is to be predicted from."""
        if not self._newest:
            return None
        event = self._newest.pop()
        if observe(event).kind == "code" and not self._settings.observe_code_cells:
            return None
        self._session.type(event)
        self._at_rest = event if not any(event is asked for asked in self._asked) else None
        self._looked_at = event
        return event

    def _arrived(self, prediction: Prediction, event: TypingEvent) -> None:
        asked = any(event is asked for asked in self._asked)
        self._session.predict(prediction, event, asked=asked)
        if not asked:
            self._predicted(prediction)

    def _look(self, event: TypingEvent) -> Prediction:
        text = observe(event).text
        if len(text.strip()) <= self._settings.minimum_characters:
            return Prediction(text=text, seq=event.seq)
        began = self._timer()
        prediction = self._predict(text, self._session.live, self._settings.likely_files)
        self._seconds = self._timer() - began
        return replace(prediction, seq=event.seq)
