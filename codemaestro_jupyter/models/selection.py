"""Which model answers, if any: the one the settings name, else one served on this machine, else none.

Looking for one asks ports of this machine and imports the SDK (half a second), so it happens on a worker, never on
the way of loading the extension or of a keystroke.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.discovery import describe, discover, models_at
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.settings import CodeMaestro

OFF = "off"
OPENAI = "https://api.openai.com/v1"
"""Where a model is looked for that is named without a server and that no server of this machine has."""
NO_CHAT = ("embed", "rerank", "whisper", "tts", "moderation")
"""Models whose names hold one of these cannot answer; a server may list them first."""


class Models:
    """The chosen model of one session. `given` is used whatever the settings say, unless they say `off`.

    `find`, `at` and `known` look for servers and models; they block, and nothing else here does.
    """

    def __init__(
        self,
        settings: CodeMaestro,
        given: Model | None = None,
        *,
        find: Callable[[], tuple[ModelInfo, ...]] = discover,
        at: Callable[[str], tuple[ModelInfo, ...]] = models_at,
        known: Callable[[str, str], ModelInfo] = describe,
        make: Callable[[ModelInfo], Model] = OpenAICompatible,
    ) -> None:
        self._settings = settings
        self._given = given
        self._find, self._at, self._known, self._make = find, at, known, make
        self._lock = threading.Lock()
        self._looked: tuple[str, str] | None = None
        self._model: Model | None = None
        self._outdated: list[Model] = []
        self.problem = ""
        """Why there is no model though one was asked for."""

    @property
    def off(self) -> bool:
        """Whether models are switched off."""
        return bool(self._settings.model.strip().lower() == OFF)

    @property
    def current(self) -> Model | None:
        """The model, if one was found for the settings as they are; at once."""
        if self.off:
            return None
        return self._given or (self._model if self._looked == self._wanted() else None)

    @property
    def settled(self) -> bool:
        """Whether `current` is the last word: nothing needs to be looked for."""
        return self.off or self._given is not None or self._looked == self._wanted()

    def look(self) -> Model | None:
        """Find the model that the settings mean; blocks for up to a second, so call it on a worker."""
        with self._lock:
            if not self.settled:
                wanted = self._wanted()
                self.problem = ""
                info = self._choose(*wanted)
                if self._model is not None:
                    self._outdated.append(self._model)
                self._model = self._make(info) if info else None
                if info is not None:
                    importlib.import_module("openai")  # here, and not on the loop at the first call
                self._looked = wanted
            return self.current

    async def close(self) -> None:
        """Close every connection."""
        outdated, self._outdated = self._outdated, []
        for model in (*outdated, self._model, self._given):
            if model is not None:
                await model.close()

    def _wanted(self) -> tuple[str, str]:
        return self._settings.model.strip(), self._settings.base_url.strip()

    def _choose(self, name: str, base_url: str) -> ModelInfo | None:
        if base_url:
            if name:
                return self._known(base_url, name)
            listed = self._at(base_url.rstrip("/").removesuffix("/v1"))
            best = _first_that_chats(listed)
            if best is None:
                self.problem = f"{base_url} names no model; set `model`, too."
            return best
        found = self._find()
        if not name:
            return _first_that_chats([info for info in found if info.local])
        return next((info for info in found if info.name == name), None) or self._known(OPENAI, name)

    def require(self) -> Model:
        """The model; raises `ModelUnavailableError` saying what to do if there is none."""
        model = self.current
        if model is None:
            hint = "Start Ollama, LM Studio or llama.cpp, or set `model` and `base_url`."
            raise ModelUnavailableError(self.problem or "No model is switched on.", hint=hint)
        return model


def _first_that_chats(infos: list[ModelInfo] | tuple[ModelInfo, ...]) -> ModelInfo | None:
    return next((info for info in infos if not any(mark in info.name.lower() for mark in NO_CHAT)), None)
