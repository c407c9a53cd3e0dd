"""Which models a person is offered."""

from __future__ import annotations

from codemaestro_jupyter.models.choices import choices
from codemaestro_jupyter.models.protocol import ModelInfo
from codemaestro_jupyter.settings import Settings


def info(name: str, *, local: bool = True) -> ModelInfo:
    return ModelInfo(name, "ollama", "http://127.0.0.1:11434/v1", local)


def test_models_of_this_machine_are_offered_each_once_and_only_those_that_chat() -> None:
    values = Settings(environment={}, policy={}).values
    served = (info("qwen"), info("nomic-embed-text"), info("qwen"), info("big:cloud", local=False))
    assert choices(values, find=lambda patience: served) == (info("qwen"), info("big:cloud", local=False))
    used = ModelInfo("scripted", "scripted", "", True)
    assert choices(values, used, find=lambda patience: served)[0] == used


def test_a_server_that_is_set_is_asked_and_what_is_set_is_offered_even_if_it_is_not_listed() -> None:
    values = Settings(environment={}, policy={}, base_url="https://models.example/v1", model="mine").values
    asked: list[str] = []

    def at(origin: str, patience: float) -> tuple[ModelInfo, ...]:
        asked.append(origin)
        return (info("theirs", local=False),)

    found = choices(values, find=lambda patience: (), at=at, known=lambda url, name, patience: info(name, local=False))
    assert [item.name for item in found] == ["theirs", "mine"]
    assert asked == ["https://models.example"]
    off = Settings(environment={}, policy={}, base_url="https://models.example/v1", model="off").values
    assert [item.name for item in choices(off, find=lambda patience: (), at=at)] == ["theirs"]
