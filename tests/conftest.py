"""What many tests need: a small project under git, and a Maestro that leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from codemaestro_jupyter.settings import Settings

# How long an example takes is not what is tested. CI judges by the same examples each time; at home new ones are tried.
hypothesis.settings.register_profile("any machine", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("any machine")

AUTH = '''"""Who somebody is."""

TIMEOUT = 30


class Session:
    """One signed-in person."""

    def __init__(self, user: str) -> None:
        self.user = user

    def refresh(self) -> str:
        """A new token for the same person."""
        return make_token(self.user)


def make_token(user: str) -> str:
    """A token that names its user."""
    return f"token-of-{user}"
'''
API = '''"""What the outside may call."""

from auth import Session, make_token


def login(user: str) -> Session:
    """Sign somebody in."""
    make_token(user)
    return Session(user)
'''
TEST = """from auth import make_token


def test_a_token_names_its_user():
    assert make_token("ada").endswith("ada")
"""
HISTORY = [
    ("Add sessions", {"auth.py": AUTH.replace("TIMEOUT = 30", "TIMEOUT = 10")}),
    ("Let people log in", {"api.py": API, "README.md": "# Shop\n\nPeople log in and buy.\n"}),
    ("Wait longer for a session", {"auth.py": AUTH}),
    ("Test the token", {"tests/test_auth.py": TEST}),
]


def git(root: Path, *arguments: str, when: int = 0) -> str:
    """Run git in a folder, as nobody in particular and at a fixed time."""
    date = f"{1_700_000_000 + when * 86400} +0000"
    environment = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run([*command, *arguments], cwd=root, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def powerless() -> Iterator[Path]:
    """An empty folder, and nobody's rights while the test runs: an administrator may read everything."""
    if sys.platform == "win32":
        pytest.skip("rights are another thing there")
    folder = Path(tempfile.mkdtemp()).resolve()
    folder.chmod(0o777)
    administrator = os.geteuid() == 0
    if administrator:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if administrator:
            os.seteuid(0)
        shutil.rmtree(folder)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A shop of four files and four commits."""
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q")
    for number, (subject, files) in enumerate(HISTORY):
        for name, text in files.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, encoding="utf8")
        git(root, "add", "-A")
        git(root, "commit", "-qm", subject, when=number)
    return root


@pytest.fixture
def settings() -> Settings:
    """The defaults, whatever this machine's environment and policy say."""
    return Settings(environment={}, policy={})


@pytest.fixture
def no_remains() -> Iterator[None]:
    """Fail if a thread or child process of ours outlives the test."""
    yield
    deadline = time.monotonic() + 5
    while (left := remains()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == []


def remains() -> list[str]:
    """Threads of ours that are alive, and children of this process."""
    import psutil

    threads = [thread.name for thread in threading.enumerate() if thread.name.startswith("maestro-")]
    children = []
    for child in psutil.Process().children(recursive=True):
        try:
            words = " ".join(child.cmdline())
        except psutil.Error:
            continue
        if "codemaestro_jupyter" in words:
            children.append(words)
    return threads + children


@pytest.fixture
def maestro(project: Path, settings: Settings, no_remains: None) -> Iterator[object]:
    """A Maestro over the shop, its index ready."""
    from codemaestro_jupyter.maestro import Maestro

    with Maestro(settings, root=project) as made:
        assert made.workspace.index.wait(60)
        yield made


def eventually(check: Callable[[], object], seconds: float = 10.0) -> object:
    """The first true value of `check`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return value
