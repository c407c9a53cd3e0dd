"""What is remembered of those who serve models: what their servers accept, and what a person lets them see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.store.text import storable


class Providers:
    """Facts about servers, by base URL, and consents, by provider; any thread. No key ever comes here."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def facts(self, base_url: str) -> dict[str, Any]:
        """What was found out about a server; empty at first."""
        rows = self._database.read("SELECT facts FROM server WHERE base_url = ?", (storable(base_url),))
        return dict(orjson.loads(rows[0][0])) if rows else {}

    def learn(self, base_url: str, name: str, fact: Any) -> None:
        """Remember one fact (JSON-able) about a server."""
        facts = orjson.dumps({**self.facts(base_url), name: fact}).decode()
        self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO server (base_url, facts, seen) VALUES (?, ?, ?)",
                (storable(base_url), facts, self._clock()),
            )
        )

    def consent(self, provider: str) -> bool | None:
        """Whether a provider may see what is not submitted; None if nobody was asked, or nobody answered."""
        rows = self._database.read("SELECT allowed FROM consent WHERE provider = ?", (provider,))
        return bool(rows[0][0]) if rows else None

    def consents(self) -> dict[str, bool]:
        """Every answer that was given."""
        return {name: bool(allowed) for name, allowed in self._database.read("SELECT provider, allowed FROM consent")}

    def allow(self, provider: str, allowed: bool) -> None:
        """A person's answer, until they give another."""
        self._database.write(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO consent (provider, allowed, given) VALUES (?, ?, ?)",
                (provider, allowed, self._clock()),
            )
        )
