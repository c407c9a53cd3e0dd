"""Which model will answer, told before anything is asked of it: without its client, so that no SDK is imported."""

from __future__ import annotations

import threading
from collections.abc import Callable

from codemaestro_jupyter.models.selection import Models, Wanted


class Foreseen:
    """`name` is at once; `soon` runs what blocks on a worker, `told` is called there when the name may be another."""

    def __init__(
        self, models: Models, soon: Callable[[Callable[[], None]], object], told: Callable[[], object]
    ) -> None:
        self._models, self._soon, self._told = models, soon, told
        self._watched = False
        self._looking = threading.Lock()
        self._found: tuple[Wanted | None, str] = None, ""

    @property
    def name(self) -> str:
        """The model that answers; until it was looked for, the one that is expected to; empty for none."""
        model = self._models.current
        if model is not None:
            return model.info.name
        wanted, name = self._found
        return name if wanted == self._models.wanted and not self._models.looked else ""

    def look(self) -> None:
        """Somebody sees it from now on."""
        self._watched = True
        if not self._found[1]:
            self._found = None, ""  # a server may have been started since
        self._soon(self._look)

    def changed(self) -> None:
        """The settings changed."""
        if self._watched:
            self._soon(self._look)

    def _look(self) -> None:
        while self._found[0] != self._models.wanted and not self._models.looked:
            if not self._looking.acquire(blocking=False):
                return  # whoever looks sees that the settings changed
            try:
                wanted = self._models.wanted
                self._found = wanted, self._models.foresee(wanted)
            finally:
                self._looking.release()
        self._told()
