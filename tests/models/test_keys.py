"""A key comes from the environment or the keyring, goes to its server, and stands nowhere else."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.addresses import shown
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.keys import find_key, key_variable
from codemaestro_jupyter.models.protocol import ModelInfo
from codemaestro_jupyter.settings import Settings

KEY = "k3y-" + "a1B2c3D4" * 4


def test_where_a_key_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CODEMAESTRO_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    asked: list[Any] = []

    def get_password(*where: str) -> str:
        asked.append(where)
        return "from the keyring"

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    assert find_key("https://api.openai.com/v1") == "from the keyring"
    assert asked == [("codemaestro", "https://api.openai.com/v1")]
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    assert find_key("https://api.openai.com/v1") == KEY
    assert find_key("https://api.openai.com.evil.example/v1") != KEY, "a key goes to its own host only"
    monkeypatch.setenv("CODEMAESTRO_API_KEY", "mine")
    assert find_key("https://api.openai.com/v1") == "mine"
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.delenv("CODEMAESTRO_API_KEY")
    assert find_key("https://models.example/v1") == ""


def test_each_host_has_its_variable_and_urls_are_shown_without_logins() -> None:
    assert key_variable("https://api.anthropic.com") == "ANTHROPIC_API_KEY"
    assert key_variable("https://example.com/openrouter.ai") == "CODEMAESTRO_API_KEY"
    assert shown("https://me:pass@host.example:8443/v1?key=1#x") == "https://host.example:8443/v1"
    assert shown("http://[::1]:8080/v1") == "http://[::1]:8080/v1"
    assert shown("nonsense") == "nonsense"


def test_a_key_reaches_its_server_and_nothing_else(
    project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CODEMAESTRO_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    with ModelServer("It is in auth.py.", marks={}) as server:
        settings = Settings(environment={}, policy={}, model=MODEL, base_url=server.url, remote_before_submit=True)
        with Maestro(settings, root=project) as maestro:
            assert maestro.workspace.index.wait(60)
            said = [maestro.submit("how is the token made?").result(30).markdown]
            for behaviour in (
                Behaviour(status=401),
                Behaviour(status=400, message=f"bad key {KEY}"),
                Behaviour(drop=True),
            ):
                server.behaviours = [behaviour]
                said.append(maestro.submit("explain make_token").result(30).markdown)
            seen = [*said, str(maestro.view()), str(maestro.settings.as_dict()), repr(maestro.dialogue.models.current)]
            folder = maestro.store.path
            assert folder is not None
        assert all(call.headers["authorization"] == f"Bearer {KEY}" for call in server.calls)
        assert len(server.calls) > 3
    stored = b"".join(file.read_bytes() for file in folder.parent.rglob("*") if file.is_file())
    assert b"how is the token made?" in stored
    assert KEY.encode() not in stored
    assert KEY not in "".join(seen)
    assert "bad key [key]" in "".join(said)
    assert KEY not in caplog.text


def test_neither_repr_nor_failures_tell_it() -> None:
    model = OpenAICompatible(ModelInfo("m", "x", "https://me:pass@h.example/v1", local=False), key=KEY)
    assert repr(model) == "OpenAICompatible('m')"
    assert "pass" not in str(model._translated(ValueError(KEY)))
