"""Which model is chosen, and that nothing is looked for on the way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.models.selection import Models
from codemaestro_jupyter.settings import CodeMaestro

OLLAMA = ModelInfo("qwen", "ollama", "http://127.0.0.1:11434/v1", local=True)
EMBED = ModelInfo("nomic-embed-text", "ollama", "http://127.0.0.1:11434/v1", local=True)
CLOUD = ModelInfo("big:cloud", "ollama", "http://127.0.0.1:11434/v1", local=False)


def chosen(*found: ModelInfo, **settings: str) -> tuple[Models, list[ModelInfo]]:
    made: list[ModelInfo] = []

    def make(info: ModelInfo) -> Model:
        made.append(info)
        return ScriptedModel([])

    models = Models(
        CodeMaestro(**settings),
        find=lambda: found,
        at=lambda origin: tuple(info for info in found if info.base_url.startswith(origin)),
        known=lambda url, name: ModelInfo(name, "elsewhere", url, local=False),
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

    def find() -> tuple[ModelInfo, ...]:
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
