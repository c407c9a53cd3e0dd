"""Properties are checked without a deadline: the machine may be busy, and timings are benchmarks, never assertions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from codemaestro_jupyter.store.store import Store

from .samples import Clock

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    store = Store(tmp_path / "maestro.db", clock)
    yield store
    store.close()
