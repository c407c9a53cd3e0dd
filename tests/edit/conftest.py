"""The small project on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.edit.engine import Engine

from .engine_project import START, engine


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in START.items():
        full = tmp_path / "project" / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf8")
    return (tmp_path / "project").resolve()


@pytest.fixture
def project_engine(root: Path) -> Engine:
    """An engine on it."""
    return engine(root)
