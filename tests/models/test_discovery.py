"""What serves models on this machine is found, over real HTTP; a cloud model behind a local port is remote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codemaestro_jupyter.experiment.model_server import ModelServer
from codemaestro_jupyter.models import discovery
from codemaestro_jupyter.models.discovery import SERVERS, describe, discover, models_at
from codemaestro_jupyter.models.protocol import ModelInfo


def listed(*names: str, **more: Any) -> dict[str, Any]:
    return {"data": [{"id": name, **more} for name in names]}


def found(pages: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str = "") -> tuple[ModelInfo, ...]:
    """What is found if such a server listens at its usual port."""
    with ModelServer(marks={}, pages=pages) as server:
        here = tuple(replace(item, port=server.port if item.name == name else 9) for item in SERVERS)
        monkeypatch.setattr(discovery, "SERVERS", here)
        return tuple(replace(info, base_url="") for info in discover())


def test_ollama_is_found_and_its_cloud_models_are_remote(monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {
        "models": [
            {"name": "qwen:7b"},
            {"name": "mirror", "remote_host": "https://ollama.com:443", "remote_model": "mirror"},
        ]
    }
    pages = {"/v1/models": listed("mirror", "gpt-oss:120b-cloud", "qwen:7b"), "/api/tags": tags}
    assert found(pages, monkeypatch, "ollama") == (
        ModelInfo("qwen:7b", "ollama", "", local=True),
        ModelInfo("mirror", "ollama", "", local=False),
        ModelInfo("gpt-oss:120b-cloud", "ollama", "", local=False),
    )


def test_lm_studio_is_found_with_what_it_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"data": [{"id": "gemma", "loaded_context_length": 4096, "max_context_length": 131072}]}
    pages = {"/v1/models": listed("gemma"), "/api/v0/models": own}
    assert found(pages, monkeypatch, "lmstudio") == (ModelInfo("gemma", "lmstudio", "", True, context_window=4096),)


def test_llamacpp_is_found_with_its_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    props = {"default_generation_settings": {"n_ctx": 8192}, "total_slots": 4}
    pages = {"/v1/models": listed("tiny.gguf", owned_by="llamacpp"), "/props": props}
    assert found(pages, monkeypatch, "llamacpp") == (ModelInfo("tiny.gguf", "llamacpp", "", True, 8192, slots=4),)


def test_vllm_is_known_by_its_models_and_not_by_its_version_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    version = {"version": "0.11"}
    pages = {"/v1/models": listed("m", owned_by="vllm", max_model_len=32768), "/version": version}
    assert found(pages, monkeypatch, "vllm") == (ModelInfo("m", "vllm", "", True, 32768),)
    pages = {"/v1/models": listed("m", owned_by="openai"), "/version": version}
    assert found(pages, monkeypatch, "vllm") == (ModelInfo("m", "unknown", "", False),)


@pytest.mark.parametrize("page", [[], {"data": "no"}, {"data": [3]}, {}, {"data": [{"name": "m"}]}])
def test_what_answers_otherwise_is_no_model_server(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found({"/v1/models": page}, monkeypatch, "ollama") == ()


def test_an_unknown_gateway_on_loopback_is_remote() -> None:
    with ModelServer(marks={"anything": 1}) as server:
        assert [info.local for info in models_at(server.origin)] == [False]
        assert describe(server.url, "served").local is False


def test_nobody_there_is_nobody_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "SERVERS", tuple(replace(item, port=9) for item in SERVERS))
    assert discover() == ()
