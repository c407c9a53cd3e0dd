"""A model elsewhere is asked about in the picture, and what was answered counts from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import CellId, NotebookId, TypingEvent

from .conftest import eventually

pytestmark = pytest.mark.usefixtures("no_remains")


@pytest.mark.parametrize("allowed", [True, False])
def test_consent_is_asked_once_and_kept(project: Path, allowed: bool) -> None:
    for session in (1, 2):
        model = ScriptedModel(["It is made in auth.py."], local=False)
        with Maestro(Settings(environment={}, policy={}), root=project, model=model) as maestro:
            maestro.dialogue.consent.recall()
            maestro.submit("how is the token made?", fresh=True).result(30)
            asked = maestro.view()["consent"]
            if session == 1:
                assert asked is not None
                assert "read ahead while you type" in asked["question"]
                assert not maestro.dialogue.consent.allowed(model.info)
                maestro.models.consent(allowed, asked["provider"])
                eventually(lambda view=maestro.view: view()["consent"] is None)
            else:
                assert asked is None
            assert maestro.dialogue.consent.allowed(model.info) is allowed


def test_a_model_elsewhere_that_only_drafts_is_asked_about_too(project: Path) -> None:
    with ModelServer("It is made in auth.py.", models=(MODEL, "big:cloud")) as server:
        settings = Settings(environment={}, policy={}, model=MODEL, fast_model="big:cloud", base_url=server.url)
        with Maestro(settings, root=project) as maestro:
            maestro.typing(TypingEvent("chat", NotebookId(""), CellId(""), 1, "how is the token", 16, 0.0))
            asked = eventually(lambda: maestro.view()["consent"], 60.0)
            assert asked["question"].startswith("big:cloud is reached through ")
            strong, fast = maestro.dialogue.models.named("strong"), maestro.dialogue.models.named("fast")
            assert strong is not None and fast is not None  # noqa: PT018
            assert [maestro.dialogue.consent.allowed(model.info) for model in (strong, fast)] == [True, False]
            assert maestro.models.consent(True) == asked["provider"]
            assert maestro.dialogue.consent.allowed(fast.info)


def test_what_is_asked_about_one_server_is_not_shown_beside_another(project: Path) -> None:
    gateway = {"marks": {}}
    with ModelServer("Here.", **gateway) as one, ModelServer("There.") as local:
        settings = Settings(environment={}, policy={}, model=MODEL, base_url=one.url)
        with Maestro(settings, root=project) as maestro:
            maestro.submit("how is the token made?").result(60)
            asked = eventually(lambda: maestro.view()["consent"])
            maestro.settings.set("base_url", local.url)
            eventually(lambda: maestro.view()["consent"] is None)
            assert [notice for notice in maestro.view()["notices"] if "read ahead" in notice["message"]] == []
            maestro.submit("how is the token made?", fresh=True).result(60)
            assert maestro.view()["consent"] is None
            maestro.settings.set("base_url", one.url)
            maestro.submit("how is the token made?", fresh=True).result(60)
            assert eventually(lambda: maestro.view()["consent"]) == asked
