"""Which models answer, if any: those the settings name, else one served on this machine, else none.

Two have names: `strong` answers and plans, `fast` drafts ahead of need; they are one unless a `fast_model` is set.
Looking for them asks ports of this machine and imports an SDK (half a second), so it happens on a worker, never on the
way of loading the extension or of a keystroke.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Literal

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.models import failures
from codemaestro_jupyter.models.addresses import fault, shown
from codemaestro_jupyter.models.discovery import describe, discover, models_at
from codemaestro_jupyter.models.making import make as make_client
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.settings import CodeMaestro

Name = Literal["strong", "fast"]
OFF = "off"
OPENAI = "https://api.openai.com/v1"
"""Where a model is looked for that is named without a server and that no server of this machine has."""
ANTHROPIC = "https://api.anthropic.com"
"""The same for a model whose name begins with `claude-`."""
NO_CHAT = ("embed", "rerank", "whisper", "tts", "moderation")
"""Models whose names hold one of these cannot answer; a server may list them first."""


class Models:
    """The chosen models of one session. `given` is used whatever the settings say, unless they say `off`.

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
        make: Callable[[ModelInfo], Model] = make_client,
    ) -> None:
        self._settings = settings
        self._given = given
        self._find, self._at, self._known, self._make = find, at, known, make
        self._lock = threading.Lock()
        self._looked: tuple[str, ...] | None = None
        self._models: dict[Name, Model] = {}
        self._outdated: list[Model] = []
        self.problem = ""
        """Why there is no model though one was asked for."""

    @property
    def off(self) -> bool:
        """Whether models are switched off."""
        return bool(self._settings.model.strip().lower() == OFF)

    @property
    def current(self) -> Model | None:
        """The model that answers, if one was found for the settings as they are; at once."""
        return self.named("strong")

    def named(self, name: Name) -> Model | None:
        """The model of that name, if it was found; at once."""
        if self.off:
            return None
        if self._given is not None:
            return self._given
        return self._models.get(name) if self._looked == self._wanted() else None

    @property
    def settled(self) -> bool:
        """Whether `current` is the last word: nothing needs to be looked for."""
        return self.off or self._given is not None or self._looked == self._wanted()

    def look(self) -> Model | None:
        """Find the models that the settings mean; blocks for up to a second, so call it on a worker."""
        with self._lock:
            if not self.settled:
                wanted = self._wanted()
                name, base_url, fast = wanted
                self.problem = ""
                self._outdated += dict.fromkeys(self._models.values())
                self._models = {}
                try:
                    self._choose(name, base_url, fast)
                except ModelUnavailableError as error:
                    self.problem = str(error)
                self._looked = wanted
            return self.current

    async def close(self) -> None:
        """Close every connection."""
        outdated, self._outdated = self._outdated, []
        for model in dict.fromkeys((*outdated, *self._models.values(), self._given)):
            if model is not None:
                await model.close()

    def require(self) -> Model:
        """The model; raises `ModelUnavailableError` saying what to do if there is none."""
        model = self.current
        if model is None:
            hint = "Start Ollama, LM Studio or llama.cpp, or set `model` and `base_url`."
            raise ModelUnavailableError(self.problem or "No model is switched on.", hint=hint)
        return model

    def _wanted(self) -> tuple[str, str, str]:
        values = self._settings
        return values.model.strip(), values.base_url.strip(), values.fast_model.strip()

    def _choose(self, name: str, base_url: str, fast: str) -> None:
        if base_url and fault(base_url) is not None:
            raise failures.no_address(base_url)
        found: tuple[ModelInfo, ...] = () if base_url and not fast else self._find()
        strong = self._strong(name, base_url, found)
        if strong is None:
            return
        self._models["strong"] = self._make(strong)
        self._models["fast"] = self._models["strong"]
        if fast and fast != strong.name:
            mine = next((info for info in found if info.name == fast), None)
            self._models["fast"] = self._make(mine or self._known(base_url or _home(fast), fast))

    def _strong(self, name: str, base_url: str, found: Sequence[ModelInfo]) -> ModelInfo | None:
        if base_url:
            if name:
                return self._known(base_url, name)
            best = _first_that_chats(self._at(base_url.rstrip("/").removesuffix("/v1")))
            if best is None:
                self.problem = f"{shown(base_url)} names no model; set `model`, too."
            return best
        if not name:
            return _first_that_chats([info for info in found if info.local])
        return next((info for info in found if info.name == name), None) or self._known(_home(name), name)


def _home(name: str) -> str:
    return ANTHROPIC if name.startswith("claude-") else OPENAI


def _first_that_chats(infos: Sequence[ModelInfo]) -> ModelInfo | None:
    return next((info for info in infos if not any(mark in info.name.lower() for mark in NO_CHAT)), None)
