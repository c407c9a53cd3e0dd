"""The panel is told which models there are and which one answers, in order, also where an answer is stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.modeldesk import ModelDesk
from codemaestro_jupyter.settings import Settings

from .conftest import eventually
from .test_bad_models import served

pytestmark = pytest.mark.usefixtures("no_remains")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("word " * 2_000, speed=40.0) as running:
        yield running


def test_the_model_whose_first_answer_is_stopped_is_told(project: Path, server: ModelServer) -> None:
    parts: list[Any] = []
    with served(project, server) as maestro:
        maestro.subscribe(parts.append)
        pending = maestro.submit("how is the token of a session made?", source="chat")
        eventually(lambda: "word word" in maestro.view()["turns"][-1]["markdown"], 60)
        pending.cancel()
        with pytest.raises(CancelledError):
            pending.result(30)
        eventually(lambda: [part["model"] for part in parts if "model" in part] == [MODEL])


def test_a_page_is_told_the_model_before_anything_is_asked_of_it_and_follows_the_settings(
    project: Path, server: ModelServer
) -> None:
    parts: list[Any] = []
    with served(project, server, model="") as maestro:
        maestro.subscribe(parts.append)
        assert maestro.view()["model"] == ""
        maestro.models.foresee()
        for name in (MODEL, "another", ""):
            if name != MODEL:
                maestro.settings.set("model", name or "off")
            eventually(lambda name=name: [part["model"] for part in parts if "model" in part][-1:] == [name])
            assert maestro.view()["model"] == name
    assert server.calls == []


def test_of_two_looks_for_models_the_later_one_is_shown_last() -> None:
    shown: list[int] = []
    later = threading.Event()
    turns = iter((1, 2))

    def look() -> None:
        turn = next(turns)
        if turn == 1:
            later.wait(0.5)  # its server is slow
        shown.append(turn)
        later.set()

    background = Background()
    try:
        desk = ModelDesk(Settings(environment={}, policy={}), SimpleNamespace(offer=look), background)  # type: ignore[arg-type]
        desk.offer()
        desk.offer()
        eventually(lambda: len(shown) == 2)
        assert shown == [1, 2]
    finally:
        background.close()
