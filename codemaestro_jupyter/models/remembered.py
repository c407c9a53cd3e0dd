"""What is found out about a server by asking it once: kept for the next session where there is somewhere to keep it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from codemaestro_jupyter.errors import StoreError
from codemaestro_jupyter.store.providers import Providers


class Remembered(Protocol):
    """Facts about servers, at once: `get` and `set` are for the loop."""

    def get(self, base_url: str, name: str) -> Any:
        """A fact; None if it is not known."""
        ...

    def set(self, base_url: str, name: str, fact: Any) -> None:
        """It was found out."""
        ...


class Forgetful:
    """Remembers as long as it lives."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, str], Any] = {}

    def get(self, base_url: str, name: str) -> Any:
        """A fact; None if it is not known."""
        return self._facts.get((base_url, name))

    def set(self, base_url: str, name: str, fact: Any) -> None:
        """It was found out."""
        self._facts[base_url, name] = fact


class Stored(Forgetful):
    """Keeps facts in the store, too: `recall` blocks, what is found out is written by `later`."""

    def __init__(self, providers: Providers, later: Callable[..., object]) -> None:
        super().__init__()
        self._providers = providers
        self._later = later

    def recall(self, base_url: str) -> None:
        """Bring what earlier sessions found out about a server; call it on a worker, before the first call."""
        for name, fact in self._providers.facts(base_url).items():
            super().set(base_url, name, fact)

    def set(self, base_url: str, name: str, fact: Any) -> None:
        """It was found out; written down beside the loop."""
        super().set(base_url, name, fact)
        self._later(self._write, base_url, name, fact)

    def _write(self, base_url: str, name: str, fact: Any) -> None:
        try:
            self._providers.learn(base_url, name, fact)
        except StoreError:
            return  # it is asked again next time
