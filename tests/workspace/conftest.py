"""Projects to look at: plain folders and git repositories, each its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own git settings or home counts."""
    home = tmp_path / "somebody's home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name, value in {"HOME": str(home), "USERPROFILE": str(home), "XDG_CONFIG_HOME": str(home / ".config")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = (tmp_path / "project").resolve()
    folder.mkdir()
    return folder


@pytest.fixture
def run(root: Path) -> Run:
    """Runs git in the folder as a person would and gives back what it prints."""

    def git(*arguments: str, cwd: Path = root) -> str:
        settings = ("user.name=Ada", "user.email=ada@example.org", "commit.gpgSign=false", "protocol.file.allow=always")
        options = [part for setting in settings for part in ("-c", setting)]
        done = subprocess.run(["git", *options, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return git


@pytest.fixture
def repository(root: Path, run: Run) -> Path:
    """A repository with two commits: `a.py` and `docs/b.md`, then a change of `a.py`."""
    run("init", "-q", "-b", "main")
    write(root, {"a.py": "x = 1\n", "docs/b.md": "# Title\n"})
    run("add", ".")
    run("commit", "-q", "-m", "Add the first files")
    write(root, {"a.py": "x = 2\n"})
    run("commit", "-q", "-a", "-m", "Fix the parser")
    return root


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    """Write files, with the folders they need."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf8"))


@pytest.fixture(name="write")
def _write() -> Callable[[Path, dict[str, str | bytes]], None]:
    return write
