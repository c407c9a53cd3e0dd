"""Where a person decides about models: which there are, which one answers, and what it may see before a request."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.dialogue import Dialogue
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.view import ModelView


class ModelDesk:
    """For every door, from any thread but the loop's."""

    def __init__(self, settings: Settings, dialogue: Dialogue, background: Background) -> None:
        self._settings, self._dialogue, self._background = settings, dialogue, background
        self._offering = threading.Lock()

    def attend(self, somebody: bool) -> None:
        """Whether somebody is there to be asked; where nobody is, nothing counts as asked."""
        self._dialogue.permission.attended = somebody

    def foresee(self) -> None:
        """Show which model will answer, from now on, as soon as it is known: before anything is asked of it."""
        self._dialogue.foreseen.look()

    def offer(self) -> Future[list[ModelView]]:
        """Show which models can be chosen, as soon as they are found."""
        return self._background.pool.submit(self._offer)

    def _offer(self) -> list[ModelView]:
        with self._offering:  # one after the other, lest what a slow server said earlier is shown last
            return self._dialogue.offer()

    def pick(self, name: str) -> None:
        """Let this model answer from now on (`off`: none). Raises `OptionError` if the machine's policy fixes it."""
        self._settings.set("model", name)
        self.offer()

    def consent(self, allowed: bool, provider: str = "") -> str:
        """Whether a provider (that of the model, if none is named) may see what is not submitted; returns which one."""
        return self._dialogue.allow(allowed, provider)
