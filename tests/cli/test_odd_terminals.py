"""The program where the terminal is not as usual: ASCII only, closed, or with hardly a file left to open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sets POSIX's limits and locale")
PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def started(project: Path, shell: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """The program started by a shell that did something before, e.g. closed a stream."""
    program = [sys.executable, "-m", "codemaestro_jupyter", *arguments, "--root", str(project)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(project.parent / "cache"), **more}
    return subprocess.run(
        ["sh", "-c", f'{shell}; exec "$0" "$@"', *program],
        env=environment,
        capture_output=True,
        check=False,
        timeout=120,
    )


def test_ascii_alone_is_enough(project: Path) -> None:
    done = started(project, ":", "doctor", **PLAIN)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert b"- ? **Python**" in done.stdout


def test_nobody_has_to_listen(project: Path) -> None:
    done = started(project, "exec >&- 2>&-", "ask", "where is login")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(("request_", "status"), [("where is login", 0), ("", 1)])
def test_nobody_has_to_be_there_to_type(project: Path, request_: str, status: int) -> None:
    done = started(project, "exec <&-", "ask", *([request_] if request_ else []))
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False)
    assert (b"api.py" in done.stdout) is bool(request_)


@pytest.mark.parametrize("files", [12, 16, 20, 24])
def test_too_few_files_are_said(project: Path, files: int) -> None:
    done = started(project, f"ulimit -n {files}", "ask", "where is login")
    assert b"Traceback" not in done.stderr
    assert b"api.py" in done.stdout or b"codemaestro: " in done.stderr
