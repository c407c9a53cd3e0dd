"""A real project in git, and the parts of the house that preparing stands on."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.prepare.engine import Engine
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import (
    CellId,
    LikelyFile,
    LikelyTool,
    LiveContext,
    NotebookId,
    Prediction,
    Receipt,
    RelPath,
    Turn,
    TurnId,
)
from codemaestro_jupyter.workspace.workspace import Workspace

hypothesis_settings.register_profile("steady", deadline=None)  # timings are benchmarks, never assertions
hypothesis_settings.load_profile("steady")

FILES = {
    "app/client.py": '"""Talk to the server."""\n\nfrom app.codec import decode\n\n\nclass Client:\n'
    '    """One connection."""\n\n'
    "    def fetch_orders(self, day: str) -> list[str]:\n        return decode(day)\n",
    "app/codec.py": "def decode(text: str) -> list[str]:\n    return text.split()\n",
    "tests/test_client.py": "from app.client import Client\n\n\ndef test_fetch() -> None:\n"
    "    assert Client().fetch_orders('a b') == ['a', 'b']\n",
    "README.md": "# Orders\n\nFetches orders from the server.\n",
}


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def make_project(where: Path) -> Path:
    """A small project in git."""
    root = where.resolve()
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf8")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Fetch orders from the server")
    return root


@dataclass
class House:
    """Everything that stands under an engine, and ways to wait for it without sleeping."""

    root: Path
    settings: Settings
    store: Store
    workspace: Workspace
    background: Background
    engine: Engine = field(init=False)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def start(self) -> None:
        self.engine = Engine(
            self.workspace,
            self.store,
            self.settings,
            background=self.background,
            predict=lambda text, live: prediction(text),
        )
        self.engine.on_change = self._on_change

    def _on_change(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def on_loop(self, function: Callable[..., object], *arguments: object) -> None:
        async def call() -> None:
            function(*arguments)

        self.background.start(call()).result(10)

    def update(self, found: Prediction, live: LiveContext | None = None) -> None:
        self.on_loop(self.engine.update, found, live or LiveContext())

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        with self.changed:
            while not condition():
                assert time.monotonic() < deadline, self.engine.status()
                self.changed.wait(0.05)

    def states(self) -> dict[tuple[str, str], str]:
        return {(view["kind"], view["subject"]): view["state"] for view in self.engine.status().preparations}

    def ready(self, kind: str, subject: str) -> None:
        self.wait(lambda: self.states().get((kind, subject)) == "ready")

    def close_engine(self) -> None:
        self.background.start(self.engine.close()).result(20)


@pytest.fixture
def house(root: Path, tmp_path: Path) -> Iterator[House]:
    settings = Settings(environment={}, policy={})
    settings.set("dial", 0.8)  # what is a little less likely is prepared, too
    workspace = Workspace(root, settings, tmp_path / "data")
    store = Store(tmp_path / "data" / "maestro.db")
    house = House(root, settings, store, workspace, Background())
    workspace.start()
    assert workspace.index.wait(60)
    house.start()
    yield house
    house.close_engine()
    house.background.close()
    workspace.close()
    store.close()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("maestro")] == []


def prediction(text: str = "explain fetch_orders", *paths: str, tool: LikelyTool | None = None) -> Prediction:
    files = tuple(LikelyFile(RelPath(path), 0.6 / number) for number, path in enumerate(paths or ("app/client.py",), 1))
    return Prediction(text=text, files=files, tools=(tool,) if tool else ())


def turn(identity: str = "t1", request: str = "explain fetch_orders") -> Turn:
    return Turn(
        TurnId(identity), request, "", "brief", NotebookId(""), CellId(""), 0.0, 0.0, 0.0, Receipt(), state="running"
    )
