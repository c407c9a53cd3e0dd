"""What serves models on this machine is found, over real HTTP; a cloud model behind a local port is remote."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.experiment.model_server import ModelServer
from codemaestro_jupyter.models import discovery
from codemaestro_jupyter.models.discovery import LOADING, SERVERS, SILENT, describe, discover, models_at, seen_as_set
from codemaestro_jupyter.models.lmlink import PROGRAMS
from codemaestro_jupyter.models.prices import price
from codemaestro_jupyter.models.protocol import ModelInfo, Usage


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


@pytest.mark.skipif(sys.platform == "win32", reason="the program of the test is a script")
@pytest.mark.parametrize(
    ("said", "local"),
    [
        ('{"status": "online", "peers": [{"deviceName": "big", "status": "connected"}]}', False),
        ('{"status": "online", "peers": [{"deviceName": "big", "status": "disconnected"}]}', True),
        ('{"status": "offline", "peers": []}', True),
        ("lms: no such command", True),
    ],
)
def test_what_lm_studio_runs_on_a_linked_device_is_remote_and_free(
    said: str, local: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / PROGRAMS[0]
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n[ \"$*\" = 'link status --json' ] && echo '{said}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    (info,) = found({"/v1/models": listed("gemma"), "/api/v0/models": {"data": []}}, monkeypatch, "lmstudio")
    assert info == ModelInfo("gemma", "lmstudio", "", local=local)
    assert price(info, Usage(1_000, 0, 1_000)) == 0.0


def test_llamacpp_is_found_with_its_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    props = {"default_generation_settings": {"n_ctx": 8192}, "total_slots": 4}
    pages = {"/v1/models": listed("tiny.gguf", owned_by="llamacpp"), "/props": props}
    assert found(pages, monkeypatch, "llamacpp") == (ModelInfo("tiny.gguf", "llamacpp", "", True, 8192, slots=4),)


def test_what_is_loaded_comes_before_what_could_be(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"data": [{"id": "big", "state": "not-loaded"}, {"id": "small", "state": "loaded"}]}
    pages = {"/v1/models": listed("big", "small"), "/api/v0/models": own}
    assert [info.name for info in found(pages, monkeypatch, "lmstudio")] == ["small", "big"]


def test_a_llamacpp_of_several_models_says_of_each_that_is_loaded_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    several = [
        {"id": "a b", "owned_by": "llamacpp", "status": {"value": "unloaded"}},
        {"id": "c/d", "owned_by": "llamacpp", "status": {"value": "loaded"}},
    ]
    router = {"role": "router", "models_autoload": True, "default_generation_settings": {"params": None, "n_ctx": 0}}
    own = {"default_generation_settings": {"n_ctx": 2048}, "total_slots": 4}
    pages = {"/v1/models": {"data": several}, "/props": router, "/props?model=c/d&autoload=false": own}
    assert found(pages, monkeypatch, "llamacpp") == (
        ModelInfo("c/d", "llamacpp", "", True, 2048, slots=4),
        ModelInfo("a b", "llamacpp", "", True),
    )


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


def test_a_llamacpp_that_is_loading_waits_and_is_local_once_it_has_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer(loading=True) as server:
        here = tuple(replace(item, port=server.port if item.name == "llamacpp" else 9) for item in SERVERS)
        monkeypatch.setattr(discovery, "SERVERS", here)
        waiting = ModelInfo("", "127.0.0.1", server.url, local=False, waits=LOADING)
        assert discover() == (waiting,)
        assert models_at(server.origin) == ()
        assert describe(server.url, "served") == replace(waiting, name="served", base_url=server.url)
        server.loading = False
        loaded = ModelInfo("served", "llamacpp", server.url, local=True, slots=1)
        assert (discover(), describe(server.url, "served")) == ((loaded,), loaded)


def test_a_server_of_this_machine_that_is_down_is_not_called_remote() -> None:
    assert describe("http://127.0.0.1:9/v1", "m").waits == SILENT
    assert describe("https://127.0.0.1.example.com/v1", "m").waits == ""
    with ModelServer(marks={"anything": 1}) as gateway:
        assert describe(gateway.url, "served").waits == ""  # it answers, and nobody knows it


def test_llamacpp_answers_by_any_name_and_ollama_by_one_without_its_version() -> None:
    with ModelServer() as server:
        assert describe(server.url, "mine") == ModelInfo("mine", "llamacpp", server.url, local=True, slots=1)
    tags = {"models": [{"name": "qwen:latest"}, {"name": "big:latest", "remote_host": "https://ollama.com:443"}]}
    pages = {"/v1/models": listed("qwen:latest", "big:latest"), "/api/tags": tags}
    with ModelServer(marks={}, pages=pages) as server:
        assert [describe(server.url, name).local for name in ("qwen", "big", "unknown")] == [True, False, False]


def test_a_server_that_wants_its_key_is_shown_it_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMAESTRO_API_KEY", "mine")
    with ModelServer(key="mine") as server:
        assert [info.local for info in seen_as_set(server.origin)] == [True]
        assert describe(server.url, "served").local
        here = tuple(replace(item, port=server.port if item.name == "llamacpp" else 9) for item in SERVERS)
        monkeypatch.setattr(discovery, "SERVERS", here)
        assert discover() == ()  # nobody said that the key is for whoever listens there


def test_what_speaks_no_http_is_no_model_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            with contextlib.suppress(OSError):
                while True:
                    other, _ = server.accept()
                    other.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                    other.close()

        thread = threading.Thread(target=greet)
        thread.start()
        try:
            info = describe(f"http://127.0.0.1:{server.getsockname()[1]}/v1", "m")
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
    assert not info.local
