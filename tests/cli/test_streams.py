"""Standard output is for the answer: JSON and nothing else where that was asked for, in whatever encoding."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.cli import main
from codemaestro_jupyter.cli.screen import print_json

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "CODEMAESTRO_MODEL": "off"}


def run(project: Path, *words: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "codemaestro_jupyter", *words, "--root", str(project)]
    return subprocess.run(command, env={**os.environ, **ASCII}, input=text.encode(), capture_output=True, timeout=120)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["edit", ""], "There is nothing to change."),
        (["undo"], "There is nothing to undo."),
        (["ask", " "], "There is no request."),
        (["history", "--show", "nowhere"], ""),
    ],
)
def test_what_fails_is_said_in_json_too(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main([*words, "--json", "--root", str(project)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["error"]["message"] == message if message else said == {"turn": None}


def test_consent_alone_tells_what_was_answered(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["consent", "--root", str(project)]) == 0
    assert "Nobody was asked" in capsys.readouterr().out
    assert main(["consent", "--json", "--root", str(project)]) == 0
    assert json.loads(capsys.readouterr().out) == {"providers": {}}


def test_the_models_are_listed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "--json", "--root", str(project)]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"models", "current", "problem"}


def test_half_a_character_is_no_end_of_it(project: Path) -> None:
    done = run(project, "ask", "where is \udcff login", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["request"] == "where is ? login"


def test_a_terminal_that_knows_ascii_only_gets_what_it_can_show(project: Path) -> None:
    (project / "orders.py").write_text('def bestellen():\n    """Für Gäste."""\n', encoding="utf8")
    done = run(project, "ask", "explain bestellen")
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert b"F?r G?ste" in done.stdout
    as_json = run(project, "ask", "explain bestellen", "--json")
    assert "Für Gäste" in json.loads(as_json.stdout.decode("ascii"))["markdown"]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "cp1252"])
def test_json_loses_no_character(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    stream: Any = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    monkeypatch.setattr(sys, "stdout", stream)
    print_json({"text": "für 猫 \ud83d", 1: Path("a")})
    assert json.loads(stream.buffer.getvalue().decode(encoding)) == {"text": "für 猫 ?", "1": "a"}
