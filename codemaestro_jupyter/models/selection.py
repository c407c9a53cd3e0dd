"""Which models answer, if any: those the settings name, else one served on this machine, else none.

Two have names: `strong` answers and plans, `fast` drafts ahead of need; they are one unless a `fast_model` is set.
Looking for them asks ports of this machine and imports an SDK (half a second), so it happens on a worker, never on the
way of loading the extension or of a keystroke.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.models import failures
from codemaestro_jupyter.models.addresses import fault, shown
from codemaestro_jupyter.models.discovery import PATIENCE, PATIENT, SILENT, describe, discover, is_loopback, seen_as_set
from codemaestro_jupyter.models.making import make as make_client
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.settings import CodeMaestro

Name = Literal["strong", "fast"]
Wanted = tuple[str, str, str]
"""The settings `model`, `base_url` and `fast_model`."""
OFF = "off"
OPENAI = "https://api.openai.com/v1"
"""Where a model is looked for that is named without a server and that no server of this machine has."""
ANTHROPIC = "https://api.anthropic.com"
"""The same for a model whose name begins with `claude-`."""
AGAIN, LATER = 5.0, 60.0
"""Seconds after which a server that was down or loading is looked at again; and where none was found at all."""
PAUSES = 6
"""Times that looking took until it is looked again: a server that never answers is not always asked."""
NO_CHAT = ("embed", "rerank", "whisper", "tts", "moderation")
"""Models whose names hold one of these cannot answer; a server may list them first."""


@dataclass
class Look:
    """What looking for models brings."""

    infos: dict[Name, ModelInfo] = field(default_factory=dict)
    problem: str = ""
    again: float = float("inf")
    """Seconds after which it is looked again."""

    @property
    def doubtful(self) -> bool:
        """Whether somebody who is more patient may find more: a server did not answer in time."""
        return not self.infos or any(info.waits == SILENT for info in self.infos.values())


class Models:
    """The chosen models of one session. `given` is used whatever the settings say, unless they say `off`.

    `find`, `at` and `known` look for servers and models; they block, and nothing else here does.
    """

    def __init__(
        self,
        settings: CodeMaestro,
        given: Model | None = None,
        *,
        find: Callable[[float], tuple[ModelInfo, ...]] = discover,
        at: Callable[[str, float], tuple[ModelInfo, ...]] = seen_as_set,
        known: Callable[[str, str, float], ModelInfo] = describe,
        make: Callable[[ModelInfo], Model] = make_client,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._given = given
        self._find, self._at, self._known, self._make = find, at, known, make
        self._clock = clock
        self._lock = threading.Lock()
        self._looked: Wanted | None = None
        self._looks, self._doubtful = 0, False
        self._again = float("inf")
        """When what was found is looked at again."""
        self._infos: dict[Name, ModelInfo] = {}
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
        return self._models.get(name) if self._looked == self.wanted else None

    @property
    def settled(self) -> bool:
        """Whether `current` is the last word: nothing needs to be looked for."""
        if self.off or self._given is not None:
            return True
        return self._looked == self.wanted and self._clock() < self._again

    @property
    def wanted(self) -> Wanted:
        """What the settings say: the model, its server, the one that drafts."""
        values = self._settings
        return values.model.strip(), values.base_url.strip(), values.fast_model.strip()

    @property
    def looked(self) -> bool:
        """Whether what the settings mean was looked for, whatever came of it."""
        return self.off or self._given is not None or self._looked == self.wanted

    def foresee(self, wanted: Wanted) -> str:
        """The name of the model that `look` would find, with no client made; empty for none. Blocks as it does."""
        name, base_url, _ = wanted
        if name:
            return "" if name.lower() == OFF else name
        if base_url and fault(base_url) is not None:
            return ""
        scratch = Models(self._settings, find=self._find, at=self._at, known=self._known)  # what it finds is not used
        found = scratch._strong(Look(), name, base_url, () if base_url else self._find(PATIENT), PATIENT)
        return found.name if found is not None else ""

    def doubt(self) -> None:
        """A call failed: who serves a model on this machine is looked at again, lest it is somebody else by now."""
        if any(is_loopback(info.base_url) for info in self._infos.values()):
            self._again = self._clock()

    def look(self, *, patient: bool = False) -> Model | None:
        """Find the models that the settings mean; blocks for up to a second, so call it on a worker.

        Who is `patient` gives a server that is busy, and so did not answer, more time for that: nobody may wait for
        him, and nobody does; whoever is in a hurry looks beside him.
        """
        for patience in (PATIENCE, PATIENT) if patient else (PATIENCE,):
            with self._lock:
                if self.settled and not (patience > PATIENCE and self._doubtful):
                    break
                wanted, before = self.wanted, self._looks
            look, began = Look(), self._clock()
            try:
                look.infos = self._chosen(look, *wanted, patience)
            except ModelUnavailableError as error:
                look.problem = str(error)
            look.again = max(look.again, PAUSES * (self._clock() - began))
            with self._lock:
                if wanted == self.wanted and not (look.doubtful and self._looks != before):
                    self._settle(look)
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

    def _settle(self, look: Look) -> None:
        self._looks, self._doubtful = self._looks + 1, look.doubtful
        self.problem = look.problem
        self._again = self._clock() + look.again
        try:
            self._take(look.infos)
        except ModelUnavailableError as error:
            self._take({})
            self.problem = str(error)
        self._looked = self.wanted

    def _take(self, infos: dict[Name, ModelInfo]) -> None:
        """Make the clients of these models; who is as it was keeps its client, and what it has read."""
        made = {info: model for name, model in self._models.items() if (info := self._infos[name]) in infos.values()}
        for info in infos.values():
            if info not in made:
                made[info] = self._make(info)
        kept = {name: made[info] for name, info in infos.items()}
        self._outdated += [model for model in dict.fromkeys(self._models.values()) if model not in kept.values()]
        self._infos, self._models = infos, kept

    def _chosen(self, look: Look, name: str, base_url: str, fast: str, patience: float) -> dict[Name, ModelInfo]:
        if base_url and fault(base_url) is not None:
            raise failures.no_address(base_url)
        found: tuple[ModelInfo, ...] = () if base_url and not fast else self._find(patience)
        strong = self._strong(look, name, base_url, found, patience)
        if strong is None:
            return {}
        infos: dict[Name, ModelInfo] = {"strong": strong, "fast": strong}
        if fast and fast != strong.name:
            mine = next((info for info in found if info.name == fast), None)
            infos["fast"] = mine or self._known(base_url or _home(fast), fast, patience)
        if any(info.waits for info in infos.values()):
            look.again = AGAIN
        return infos

    def _strong(
        self, look: Look, name: str, base_url: str, found: Sequence[ModelInfo], patience: float
    ) -> ModelInfo | None:
        if base_url:
            if name:
                return self._known(base_url, name, patience)
            # without its list there is no model at all, so whoever waits has to wait for that
            return _first(look, self._at(base_url.rstrip("/").removesuffix("/v1"), PATIENT), base_url)
        if not name:
            return _first(look, [info for info in found if info.local or info.waits])
        mine = next((info for info in found if info.name == name), None)
        return mine or self._known(_home(name), name, patience)


def _first(look: Look, infos: Sequence[ModelInfo], base_url: str = "") -> ModelInfo | None:
    """The first that can answer; if there is none, it is said why, and looked again later."""
    best = next((info for info in infos if info.name and not any(mark in info.name.lower() for mark in NO_CHAT)), None)
    if best is None:
        waiting = next((info for info in infos if info.waits), None)
        look.again = AGAIN if waiting else LATER
        if waiting is not None:
            look.problem = f"{shown(waiting.base_url)} has no model yet: {waiting.waits}."
        elif base_url:
            look.problem = f"{shown(base_url)} names no model; set `model`, too."
    return best


def _home(name: str) -> str:
    return ANTHROPIC if name.startswith("claude-") else OPENAI
