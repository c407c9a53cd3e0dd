"""Which model is chosen, and that nothing is looked for on the way."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.experiment.model_server import MODEL, ModelServer
from codemaestro_jupyter.models.discovery import PATIENCE, SILENT
from codemaestro_jupyter.models.making import make
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.models.selection import AGAIN, LATER, Models
from codemaestro_jupyter.settings import CodeMaestro

OLLAMA = ModelInfo("qwen", "ollama", "http://127.0.0.1:11434/v1", local=True)
EMBED = ModelInfo("nomic-embed-text", "ollama", "http://127.0.0.1:11434/v1", local=True)
OLLAMA_QUICK = ModelInfo("quick", "ollama", "http://127.0.0.1:11434/v1", local=True)
CLOUD = ModelInfo("big:cloud", "ollama", "http://127.0.0.1:11434/v1", local=False)


def chosen(*found: ModelInfo, **settings: str) -> tuple[Models, list[ModelInfo]]:
    made: list[ModelInfo] = []

    def make(info: ModelInfo) -> Model:
        made.append(info)
        return ScriptedModel([])

    models = Models(
        CodeMaestro(**settings),
        find=lambda patience: found,
        at=lambda origin, patience: tuple(info for info in found if info.base_url.startswith(origin)),
        known=lambda url, name, patience: ModelInfo(name, "elsewhere", url, local=False),
        make=make,
    )
    return models, made


def test_nothing_is_looked_for_before_it_is_wanted() -> None:
    models, made = chosen(OLLAMA)
    assert models.current is None
    assert not models.settled
    assert made == []


@pytest.mark.parametrize(
    ("found", "settings", "expected"),
    [
        ((EMBED, OLLAMA), {}, OLLAMA),
        ((CLOUD,), {}, None),
        ((), {}, None),
        ((OLLAMA,), {"model": "off"}, None),
        ((CLOUD, OLLAMA), {"model": "big:cloud"}, CLOUD),
        ((), {"model": "gpt"}, ModelInfo("gpt", "elsewhere", "https://api.openai.com/v1", local=False)),
        ((OLLAMA,), {"base_url": "http://127.0.0.1:11434/v1"}, OLLAMA),
        ((), {"base_url": "http://h/v1", "model": "m"}, ModelInfo("m", "elsewhere", "http://h/v1", local=False)),
    ],
)
def test_settings_decide(found: tuple[ModelInfo, ...], settings: dict[str, str], expected: ModelInfo | None) -> None:
    models, made = chosen(*found, **settings)
    assert (models.look() is not None) == (expected is not None)
    assert made == ([expected] if expected else [])
    assert models.settled


def test_a_changed_setting_is_looked_for_anew_and_off_applies_at_once() -> None:
    settings = CodeMaestro()
    looked: list[Any] = []

    def find(patience: float) -> tuple[ModelInfo, ...]:
        looked.append(1)
        return (OLLAMA,)

    models = Models(settings, find=find, make=lambda info: ScriptedModel([]))
    assert models.look() is models.look()
    assert len(looked) == 1
    settings.model = "off"
    assert models.current is None
    assert models.settled
    settings.model = "qwen"
    assert not models.settled
    models.look()
    assert len(looked) == 2
    asyncio.run(models.close())


def test_a_server_that_names_no_model_is_said() -> None:
    models, _ = chosen(base_url="http://127.0.0.1:1/v1")
    assert models.look() is None
    with pytest.raises(ModelUnavailableError, match="set `model`, too"):
        models.require()


def test_a_server_that_is_still_loading_is_looked_at_again() -> None:
    now, found, looked = [0.0], [replace(OLLAMA, name="", local=False, waits="its server is still loading it")], [0]

    def find(patience: float) -> tuple[ModelInfo, ...]:
        looked[0] += 1
        return tuple(found)

    models = Models(CodeMaestro(), find=find, make=lambda info: ScriptedModel([]), clock=lambda: now[0])
    assert models.look() is None
    assert models.problem == "http://127.0.0.1:11434/v1 has no model yet: its server is still loading it."
    now[0] += AGAIN - 1.0
    assert (models.look(), looked) == (None, [1])
    now[0] += 1.0
    assert not models.settled
    found[:] = [OLLAMA]
    chosen = models.look()
    assert chosen is not None
    assert (models.settled, models.problem, models.current, looked) == (True, "", chosen, [2])


def test_a_server_that_is_started_later_is_found() -> None:
    now, found = [0.0], list[ModelInfo]()
    models = Models(
        CodeMaestro(), find=lambda patience: tuple(found), make=lambda info: ScriptedModel([]), clock=lambda: now[0]
    )
    assert models.look() is None
    assert models.settled
    found.append(OLLAMA)
    now[0] += LATER
    assert not models.settled
    assert models.look() is not None


def test_a_model_that_was_down_is_known_once_it_answers_and_what_stays_keeps_its_client() -> None:
    now, made = [0.0], list[ModelInfo]()
    known = {"m": ModelInfo("m", "h", "http://127.0.0.1:1/v1", local=False, waits="its server does not answer")}

    def make(info: ModelInfo) -> Model:
        made.append(info)
        return ScriptedModel([])

    models = Models(
        CodeMaestro(base_url="http://127.0.0.1:1/v1", model="m", fast_model="quick"),
        find=lambda patience: (OLLAMA_QUICK,),
        known=lambda url, name, patience: known[name], make=make, clock=lambda: now[0],
    )  # fmt: skip
    models.look()
    fast, strong = models.named("fast"), models.named("strong")
    known["m"] = ModelInfo("m", "llamacpp", "http://127.0.0.1:1/v1", local=True)
    now[0] += AGAIN
    assert models.named("strong") is strong  # until it was looked
    models.look()
    assert [info.name for info in made] == ["m", "quick", "m"]
    assert (models.named("fast"), models.settled) == (fast, True)
    assert models.named("strong") not in (None, strong)


def test_who_serves_on_this_machine_is_looked_at_again_after_a_failure() -> None:
    for info, settled in ((OLLAMA, False), (ModelInfo("gpt", "openai", "https://api.openai.com/v1", False), True)):
        models = Models(
            CodeMaestro(model=info.name), find=lambda patience, info=info: (info,), make=lambda info: ScriptedModel([])
        )  # type: ignore[misc]
        models.look()
        models.doubt()
        assert models.settled == settled


def test_a_server_that_is_busy_is_known_to_who_is_patient_and_nobody_waits_for_him() -> None:
    with ModelServer(tells_after=2.0 * PATIENCE) as server:
        models = Models(CodeMaestro(base_url=server.url, model=MODEL), make=make)
        hurried = models.look()
        assert hurried is not None
        assert (hurried.info.local, hurried.info.waits) == (False, SILENT)
        models.doubt()
        patient = models.look(patient=True)
        assert patient is not None
        assert (patient.info.local, patient.info.waits, models.settled) == (True, "", True)


def test_what_was_found_with_patience_is_not_lost_to_who_had_none() -> None:
    began, ended = threading.Event(), threading.Event()
    known = ModelInfo("m", "llamacpp", "http://127.0.0.1:1/v1", local=True)

    def look_for(url: str, name: str, patience: float) -> ModelInfo:
        if threading.current_thread() is hurried:
            began.set()
            assert ended.wait(60)
            return replace(known, local=False, waits=SILENT)
        return known

    settings = CodeMaestro(base_url="http://127.0.0.1:1/v1", model="m")
    models = Models(settings, known=look_for, make=make)
    hurried = threading.Thread(target=models.look)
    hurried.start()
    assert began.wait(60)
    patient = models.look(patient=True)
    ended.set()
    hurried.join(60)
    assert models.current is patient is not None
    assert (patient.info, models.settled) == (known, True)
