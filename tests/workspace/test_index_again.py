"""An index whose process does not live: it says so, answers from what is known, and tries again."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codemaestro_jupyter.workspace.index import Index

from .test_index import LONG, documents, eventually, opened, path, root

__all__ = ["opened", "path", "root"]


def test_after_a_child_that_died_too_often_another_one_is_tried(
    root: Path, path: Path, opened: Callable[..., Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codemaestro_jupyter.workspace.index.index.AGAIN_SECONDS", 0.05)
    index = opened(root, path)
    assert index.wait(LONG)
    while index.progress().state != "failed":
        pid = index.child_pid
        if pid is not None:
            os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        time.sleep(0.01)
    assert "alpha_beta" in "".join(symbol.name for symbol in index.view().definitions("alpha_beta"))
    (root / "more.py").write_text("more = gamma\n", encoding="utf8")
    index.refresh()
    assert not index.wait(LONG)
    monkeypatch.setattr("codemaestro_jupyter.workspace.index.process.STARTS_WITHIN", 0.0)
    eventually(lambda: documents(index, "more") == ["more.py"])
    eventually(lambda: index.progress().state == "ready")
    assert len([notice for notice in index.notices if "does not live" in notice]) == 1
