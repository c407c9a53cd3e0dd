"""While somebody types, the model reads ahead what the request will begin with, so that its answer starts at once.

Sent again only when a likely file is not in it yet; files are added behind, so that what was read stays read. Nothing
goes to a model that is not on this machine unless the person switched that on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from codemaestro_jupyter.converse import context
from codemaestro_jupyter.errors import ModelError
from codemaestro_jupyter.models.calls import Calls, Spent, Work
from codemaestro_jupyter.models.protocol import Model
from codemaestro_jupyter.models.selection import Models
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.types import Prediction, RelPath

log = logging.getLogger(__name__)
FORGOTTEN_SECONDS = 240.0
"""What was read longer ago than this may be forgotten by then: providers promise five minutes."""
PAUSE_AFTER_FAILURE = 30.0


class Warming:
    """The prefix that the model has read; on the loop. `project()` asks the project without counting as a turn."""

    def __init__(
        self,
        settings: CodeMaestro,
        models: Models,
        calls: Calls,
        project: Callable[[], Sources],
        work: Work,
        clock: Callable[[], float],
        found: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._models = models
        self._calls = calls
        self._project = project
        self._work = work
        self._clock = clock
        self._found = found
        self._task: asyncio.Task[None] | None = None
        self._reading: context.Front | None = None
        self._next: tuple[RelPath, ...] | None = None
        self._model: Model | None = None
        self._when = self._failed = float("-inf")
        self.sent: context.Front | None = None
        """The front of the last prompt, read ahead or sent; the next one begins with its files."""
        self.spent = Spent()

    @property
    def busy(self) -> bool:
        """Whether something is looked for or read right now."""
        return self._task is not None and not self._task.done()

    def allowed(self, model: Model) -> bool:
        """Whether unsubmitted things may go to that model."""
        return model.info.local or bool(self._settings.remote_before_submit)

    def typed(self, prediction: Prediction) -> None:
        """The newest prediction: read ahead what is new in it."""
        if self._clock() - self._failed < PAUSE_AFTER_FAILURE or not prediction.text.strip():
            return
        paths = context.wanted(prediction)
        if self.busy:
            self._next = paths
        elif not self._models.settled or self._pays(paths):
            self._task = asyncio.ensure_future(self._read(paths))

    async def settle(self, front: context.Front) -> None:
        """A prompt with that front is about to be sent: what is being read ahead is waited for if it begins it."""
        task, reading = self._task, self._reading
        self._next = None
        if task is not None and not task.done():
            if reading is not None and front.prefix.text.startswith(reading.prefix.text):
                await asyncio.wait([task])
            else:
                task.cancel()
        self.sent, self._when, self._model = front, self._clock(), self._models.current

    def forget(self) -> None:
        """The model or the consent changed: nothing is read any more."""
        if self._task is not None:
            self._task.cancel()
        self.sent, self._next, self._failed = None, None, float("-inf")

    def _pays(self, paths: tuple[RelPath, ...]) -> bool:
        model = self._models.current
        if model is None or not self.allowed(model):
            return False
        if self.sent is None or model is not self._model or self._clock() - self._when > FORGOTTEN_SECONDS:
            return True
        return not set(paths) <= set(self.sent.prefix.files)

    async def _read(self, paths: tuple[RelPath, ...]) -> None:
        tried: set[tuple[RelPath, ...]] = set()
        try:
            if not self._models.settled:
                await self._work(self._models.look)
                self._found()
            while paths not in tried and self._pays(paths):
                tried.add(paths)  # a file that is too large stays new however often it is tried
                model: Any = self._models.current
                front = await self._work(context.front, self._project(), self.sent, paths, model.info.context_window)
                if self.sent is None or front.prefix.text != self.sent.prefix.text or model is not self._model:
                    self._reading = front
                    await self._calls.warm(model, front.prefix.messages, self.spent)
                self.sent, self._when, self._model = front, self._clock(), model
                paths, self._next = (self._next if self._next is not None else paths), None
        except ModelError as error:
            log.info("Reading ahead failed: %s", error)
            self._failed = self._clock()
        finally:
            self._reading = None
