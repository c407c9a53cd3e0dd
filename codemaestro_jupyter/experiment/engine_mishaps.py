"""More faults: what happens to people's projects while they work, and a disk that fills at each moment of a write."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

from codemaestro_jupyter.experiment.engine_faults import (
    API,
    APP,
    ASKED,
    DENIED,
    DONE,
    FIVE,
    FULL,
    Fault,
    Scene,
    has,
)

SWAPPED = "rename fetch to load"
LOADED = has("app.py", "load(url)")
MARKERS = "<<<<<<< HEAD\nLIMIT = 1\n=======\nLIMIT = 2\n>>>>>>> theirs\n"
LATIN = "# é\n".encode("latin-1")


def git(scene: Scene, *arguments: str) -> None:
    """Run git in the project, as nobody in particular; without git nothing happens, and the fault is not recovered."""
    named = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run([*named, *arguments], cwd=scene.root, env=quiet, capture_output=True, check=False)


def commit(scene: Scene) -> None:
    """Commit everything."""
    git(scene, "init", "-q")
    git(scene, "add", ".")
    git(scene, "commit", "-q", "-m", "all")


def rename_by_hand(scene: Scene) -> None:
    """Rename a function to something else entirely, after it was committed, and commit that."""
    commit(scene)
    for path in ("api.py", "app.py"):
        scene.change(path, "fetch", "obtain")
    git(scene, "commit", "-q", "-a", "-m", "renamed")


def rename_by_us(scene: Scene) -> None:
    """Rename a function with a command of ours."""
    engine = scene.engine()
    engine.apply(engine.propose("rename fetch to obtain"))


def moved_by_git(scene: Scene) -> None:
    """Give the file another name, as `git mv` does."""
    commit(scene)
    git(scene, "mv", "api.py", "client.py")


def linked(scene: Scene) -> None:
    """Put a link in the file's place."""
    scene.move("api.py", "real/api.py")
    (scene.root / "api.py").symlink_to("real/api.py")


def later(call: str, error: OSError, times: int = 1) -> Callable[[Scene], None]:
    """Let a call fail after it succeeded so many times."""
    passes: list[tuple[str, OSError | None]] = [(call, None)] * times
    return lambda scene: scene.files.failures.extend([*passes, (call, error)])


def notebook(*cells: tuple[str, str]) -> str:
    """A notebook of code cells with these ids."""
    listed: list[dict[str, Any]] = [
        {"cell_type": "code", "id": name, "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for name, source in cells
    ]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


TWICE = notebook(("a", "x = 1"), ("a", "y = fetch(2)"))
CELL: dict[str, Any] = {"do": "replace_cell", "path": "n.ipynb", "cell": "2", "source": "y = 3"}
MISHAPS: tuple[Fault, ...] = (
    Fault("moved", "the function moved to another module", "add logging to api.py::fetch",
          has("core.py", "logger.debug"), before=lambda s: s.split("api.py", "core.py")),
    Fault("moved", "git mv gave the file another name before the plan", ASKED, has("client.py", "retries + 1"),
          before=moved_by_git),
    Fault("moved", "git mv gave the file another name after the plan", ASKED, has("client.py", "retries + 1"),
          after=moved_by_git),
    Fault("changed", "the function was renamed by hand and committed", "add logging to fetch",
          has("api.py", "logger.debug"), before=rename_by_hand),
    Fault("changed", "the function was renamed by us", "add logging to fetch", has("api.py", "logger.debug"),
          before=rename_by_us),
    Fault("changed", "a link took the file's place before the plan", FIVE, has("real/api.py", "retries=5"),
          before=linked),
    Fault("changed", "a link took the file's place after the plan", FIVE, has("real/api.py", "retries=5"),
          after=linked),
    Fault("changed", "the line ends are mixed", ASKED, DONE,
          before=lambda s: s.write("api.py", API.replace("\n", "\r\n", 6))),
    Fault("changed", "conflict markers elsewhere in the file", FIVE, has("api.py", "retries=5"),
          before=lambda s: s.write("api.py", API + MARKERS)),
    Fault("changed", "conflict markers in a file that uses the function", SWAPPED, has("api.py", "def load"),
          before=lambda s: s.write("use.py", MARKERS + APP)),
    Fault("changed", "conflict markers in the function's file", "add logging to fetch", has("api.py", "logger.debug"),
          before=lambda s: s.write("api.py", API + MARKERS)),
    Fault("changed", "two cells of a notebook have one id", CELL, has("n.ipynb", "y = 3"),
          before=lambda s: s.write("n.ipynb", TWICE)),
    Fault("changed", "a rename through a notebook with two cells of one id", SWAPPED, has("n.ipynb", "load(2)"),
          before=lambda s: s.write("n.ipynb", TWICE.replace("x = 1", "from api import fetch"))),
    Fault("read-only", "the second file refuses to be replaced", SWAPPED, LOADED, after=later("replace", DENIED)),
    Fault("full disk", "no room for the second file's bytes", SWAPPED, LOADED, after=later("write", FULL)),
    Fault("full disk", "no room at the second replace", SWAPPED, LOADED, after=later("replace", FULL)),
    Fault("full disk", "no room for the note that it is done", SWAPPED, LOADED, after=later("append", FULL)),
    Fault("full disk", "no room at the sync of the folder", SWAPPED, LOADED,
          after=lambda s: s.files.failures.append(("sync_folders", FULL))),
    Fault("wrong encoding", "it says UTF-8 and is Latin-1", FIVE, has("api.py", "retries=5"),
          before=lambda s: s.write("api.py", b"# -*- coding: utf-8 -*-\n" + LATIN + API.encode())),
    Fault("wrong encoding", "a rename, and a file that says UTF-8 and is Latin-1", SWAPPED, LOADED,
          before=lambda s: s.write("other.py", LATIN + b"from api import fetch\n")),
)  # fmt: skip
