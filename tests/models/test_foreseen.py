"""Which model will answer is shown before anything is asked of it, with no client made, and only while it is so."""

from __future__ import annotations

from typing import Any

import pytest

from codemaestro_jupyter.models.foreseen import Foreseen
from codemaestro_jupyter.models.protocol import ModelInfo
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.models.selection import Models
from codemaestro_jupyter.settings import CodeMaestro

from .test_selection import CLOUD, EMBED, OLLAMA, chosen

LOADING = ModelInfo("", "unknown", "http://127.0.0.1:8080/v1", local=False, waits="its server is still loading it")


def watched(models: Models) -> tuple[Foreseen, list[str]]:
    told: list[str] = []
    foreseen = Foreseen(models, lambda run: run(), lambda: told.append(foreseen.name))
    return foreseen, told


@pytest.mark.parametrize(
    ("found", "settings", "expected"),
    [
        ((EMBED, OLLAMA), {}, "qwen"),
        ((CLOUD,), {}, ""),
        ((LOADING,), {}, ""),
        ((), {}, ""),
        ((OLLAMA,), {"model": "Off"}, ""),
        ((OLLAMA,), {"model": "gpt"}, "gpt"),
        ((OLLAMA,), {"base_url": "http://127.0.0.1:11434/v1"}, "qwen"),
        ((), {"base_url": "http://h/v1", "model": "m"}, "m"),
        ((), {"base_url": "no address"}, ""),
    ],
)
def test_the_model_is_told_before_it_is_made_and_is_the_one_that_is_made(
    found: tuple[ModelInfo, ...], settings: dict[str, Any], expected: str
) -> None:
    models, made = chosen(*found, **settings)
    foreseen, told = watched(models)
    assert foreseen.name == ""
    foreseen.look()
    assert (foreseen.name, set(told), made) == (expected, {expected}, [])
    model = models.look()
    assert (model is not None) == bool(expected)
    assert [info.name for info in made] == ([expected] if expected else [])


def test_another_setting_is_followed_once_somebody_sees_it() -> None:
    settings = CodeMaestro(model="first")
    foreseen, told = watched(Models(settings, make=lambda info: ScriptedModel([])))
    foreseen.changed()
    assert (foreseen.name, told) == ("", [])
    foreseen.look()
    settings.model = "second"
    assert foreseen.name == ""
    foreseen.changed()
    settings.model = "off"
    foreseen.changed()
    assert (foreseen.name, told) == ("", ["first", "second", ""])


def test_what_was_foreseen_and_is_not_there_is_not_shown_any_more() -> None:
    served = [OLLAMA]
    models = Models(CodeMaestro(), find=lambda _: tuple(served), make=lambda info: ScriptedModel([]))
    foreseen, _ = watched(models)
    foreseen.look()
    served.clear()
    assert foreseen.name == "qwen"
    assert models.look() is None
    assert foreseen.name == ""


def test_a_server_that_was_started_since_is_seen_by_the_next_page() -> None:
    served: list[ModelInfo] = []
    foreseen, told = watched(Models(CodeMaestro(), find=lambda _: tuple(served), make=lambda info: ScriptedModel([])))
    foreseen.look()
    served.append(OLLAMA)
    foreseen.look()
    foreseen.look()
    assert told == ["", "qwen", "qwen"]


def test_a_setting_that_changes_while_it_is_looked_is_looked_for_too() -> None:
    settings = CodeMaestro()

    def find(_: float) -> tuple[ModelInfo, ...]:
        settings.model = "named"
        foreseen.changed()  # another worker's, which finds somebody looking already
        return (OLLAMA,)

    foreseen, told = watched(Models(settings, find=find, make=lambda info: ScriptedModel([])))
    foreseen.look()
    assert (foreseen.name, told) == ("named", ["named"])
