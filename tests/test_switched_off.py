"""Whatever is switched off while a question is open ends at once: plans that are drafted for its answers, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.experiment.model_server import ModelServer
from codemaestro_jupyter.maestro import Maestro

from .conftest import eventually
from .test_ahead import TIMEOUT, served
from .test_dialogue import question

pytestmark = pytest.mark.usefixtures("no_remains")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    endless = json.dumps({"summary": "It is a long story. " * 3_000, "steps": []})
    with ModelServer(lambda messages: endless if is_draft(messages) else "ok", speed=60.0) as running:
        yield running


def is_draft(messages: Any) -> bool:
    return '"steps"' in str(messages[-1]["content"])


def drafts(server: ModelServer) -> list[Any]:
    return [call for call in server.calls if is_draft(call.body["messages"])]


def drafting(maestro: Maestro, server: ModelServer) -> tuple[Any, dict[str, Any]]:
    """A turn whose question is open, and both of whose drafts say something."""
    maestro.models.offer()
    pending = maestro.submit(TIMEOUT, source="chat", asks=True)
    asked = question(maestro)
    eventually(lambda: len(drafts(server)) == 2 and all(call.sent for call in drafts(server)), 60)
    return pending, asked


@pytest.mark.parametrize(("name", "value"), [("enabled", False), ("model", "off")])
def test_what_is_drafted_is_closed_once_preparing_or_models_are_switched_off(
    project: Path, server: ModelServer, name: str, value: object
) -> None:
    with served(project, server) as maestro:
        pending, asked = drafting(maestro, server)
        maestro.settings.set(name, value)
        eventually(lambda: all(call.closed_by_client for call in drafts(server)), 30)
        assert (maestro.view()["question"] or {})["id"] == asked["id"], "it can be answered still"
        pending.cancel()


def test_no_model_is_asked_for_what_is_chosen_after_models_were_switched_off(
    project: Path, server: ModelServer
) -> None:
    with served(project, server) as maestro:
        pending, asked = drafting(maestro, server)
        maestro.settings.set("model", "off")
        eventually(lambda: all(call.closed_by_client for call in drafts(server)), 30)
        before = len(server.calls)
        maestro.choose(asked["id"], asked["options"][0]["id"])
        answer = pending.result(60)
        assert len(server.calls) == before
        assert "**Plan**" in answer.markdown, "the brief that needs none"


def test_with_preparing_off_the_choice_is_planned_once_it_is_made(project: Path, server: ModelServer) -> None:
    with served(project, server) as maestro:
        pending, asked = drafting(maestro, server)
        maestro.settings.set("enabled", False)
        eventually(lambda: all(call.closed_by_client for call in drafts(server)), 30)
        server.reply = json.dumps({"summary": "Wait longer.", "steps": [
            {"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"},
        ]})  # fmt: skip
        maestro.choose(asked["id"], asked["options"][0]["id"])
        eventually(lambda: (found := maestro.view()["question"]) and found["stage"] == "READY", 60)
        maestro.choose((maestro.view()["question"] or {})["id"], "leave")
        assert "TIMEOUT = 60" in pending.result(60).markdown
