"""The line protocol of `codemaestro predict`: what cannot be answered says so, and the rest goes on."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from codemaestro_jupyter.cli import main
from codemaestro_jupyter.cli.predict import _workspace
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.workspace.index.process import MOST_STARTS
from codemaestro_jupyter.workspace.workspace import Workspace

pytestmark = pytest.mark.usefixtures("no_remains")


@pytest.fixture(autouse=True)
def private_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))


class Standard:
    """Standard input or output with a buffer, as a program has it."""

    def __init__(self, data: bytes = b"") -> None:
        self.buffer = io.BytesIO(data)


def test_a_line_that_cannot_be_answered_does_not_end_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good = {"root": str(project), "text": "where is the login of the api"}
    (tmp_path / "file").write_text("")
    wrong: list[object] = [
        [], None, 5, "x", {}, {**good, "root": ""}, {**good, "root": None}, {**good, "root": str(tmp_path / "file")},
        {**good, "root": "a\0b"}, {**good, "text": None}, {**good, "text": ["a"]}, {**good, "k": None},
    ]  # fmt: skip
    right: list[object] = [{**good, "k": k} for k in (0, 1000, -1)] + [
        {**good, "text": text} for text in ("", "日本 \0")
    ]
    broken = (b"{", b"\xff\xfe", b"[" * 100_000, b'{"root": "a\\ud800", "text": "x"}')
    data = b"\n".join([*(json.dumps(line).encode() for line in (*wrong, *right)), *broken, json.dumps(good).encode()])
    out = Standard()
    monkeypatch.setattr(sys, "stdin", Standard(data))
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["predict", "--jsonl"]) == 0
    answers = [json.loads(line) for line in out.buffer.getvalue().splitlines()]
    count = len(wrong)
    assert ["error" in answer for answer in answers] == [True] * count + [False] * 5 + [True] * len(broken) + [False]
    assert [len(answer["paths"]) > 0 for answer in answers[count : count + 5]] == [False, True, False, False, True]
    assert answers[-1]["paths"][0] == "api.py"


@pytest.mark.skipif(sys.platform == "win32", reason="processes end in another way there")
def test_a_project_whose_process_dies_too_often_gets_a_new_one(project: Path) -> None:
    warm: dict[Path, Workspace] = {}
    settings = Settings(environment={}, policy={}, database="cache")
    try:
        for _ in range(MOST_STARTS + 2):
            found = _workspace(project.resolve(), settings, warm)
            assert "api.py" in found.index.view().paths
            pid = found.index.child_pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            while found.index.child_pid == pid:
                time.sleep(0.01)
    finally:
        for workspace in warm.values():
            workspace.close()
