"""A key comes from the environment or the keyring, goes to its server, and stands nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.experiment.anthropic_server import AnthropicServer
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models import keys
from codemaestro_jupyter.models.addresses import shown
from codemaestro_jupyter.models.anthropic import Anthropic
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.keys import FAILED, LATE, Found, Key, find_key, from_keyring, key_variable
from codemaestro_jupyter.models.protocol import Message, ModelInfo
from codemaestro_jupyter.settings import Settings

KEY = "k3y-" + "a1B2c3D4" * 4


def keyring(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Such a keyring is installed; `body` is that of its `get_password(service, user)`."""
    (folder / "keyring.py").write_text(f"import getpass, os, time\ndef get_password(service, user):\n    {body}\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(str(folder))
    for name in ("CODEMAESTRO_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_where_a_key_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(tmp_path, monkeypatch, "print('noise'); return f'{service} {user}' if 'openai' in user else None")
    assert find_key("https://api.openai.com/v1") == "codemaestro https://api.openai.com/v1"
    assert find_key("https://models.example/v1") == ""
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    assert find_key("https://api.openai.com/v1") == KEY
    assert find_key("https://api.openai.com.evil.example/v1") != KEY, "a key goes to its own host only"
    monkeypatch.setenv("CODEMAESTRO_API_KEY", "mine")
    assert find_key("https://api.openai.com/v1") == "mine"


def test_without_a_keyring_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert from_keyring("https://models.example/v1") == Found()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("raise type('KeyringLocked', (Exception,), {})('the password is hunter2')", "KeyringLocked"),
        ("raise type('NoKeyringError', (RuntimeError,), {})('no backend')", ""),
        ("return getpass.getpass()", "EOFError"),  # a backend that wants its password typed: there is no terminal
        ("os._exit(3)", FAILED),
        ("time.sleep(600)", LATE),
    ],
)
def test_a_keyring_that_fails_says_why_and_asks_nobody(
    body: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring(tmp_path, monkeypatch, body)
    if fault == LATE:
        monkeypatch.setattr(keys, "KEYRING_SECONDS", 0.5)
    assert from_keyring("https://models.example/v1") == Found(fault=fault)


def test_who_is_stopped_waits_for_no_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(tmp_path, monkeypatch, f"open({str(tmp_path / 'asked')!r}, 'w').close(); time.sleep(600)")

    async def stop() -> None:
        reading = asyncio.ensure_future(Key("https://models.example/v1").read(needed=True))
        while not (tmp_path / "asked").exists():
            await asyncio.sleep(0.01)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading

    asyncio.run(stop())  # waits for the thread that reads, too


def test_a_key_that_is_missing_or_refused_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setenv("CODEMAESTRO_API_KEY", "old")
    with ModelServer("It is in auth.py.", key="new") as server:
        model = OpenAICompatible(ModelInfo(MODEL, "x", server.url, local=False))

        async def call() -> str:
            return "".join([chunk.text async for chunk in model.stream([Message("user", "where?")])])

        async def both() -> None:
            with pytest.raises(ModelUnavailableError, match="refused the key"):
                await call()
            monkeypatch.setenv("CODEMAESTRO_API_KEY", "new")
            assert await call() == "It is in auth.py."
            await model.close()

        asyncio.run(both())


def test_what_the_environment_says_for_another_server_goes_there_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account, and headers that a gateway wants, which may hold its key."""
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway-Key: secret")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Gateway-Key: secret")
    with ModelServer("yes") as server, AnthropicServer("yes") as other:
        for address in ("https://gateway.example/v1", server.url):
            monkeypatch.setenv("OPENAI_BASE_URL", address)
            models: tuple[Any, ...] = (
                OpenAICompatible(ModelInfo(MODEL, "x", server.url, local=False), key=KEY),
                Anthropic(ModelInfo(MODEL, "x", other.url, local=False), key=KEY),
            )

            async def call(models: tuple[Any, ...] = models) -> None:
                for model in models:
                    async for _ in model.stream([Message("user", "yes?")]):
                        pass
                    await model.close()

            asyncio.run(call())
        told = [{"openai-organization", "openai-project", "x-gateway-key"} & set(call.headers) for call in server.calls]
        assert told == [set(), {"openai-organization", "openai-project", "x-gateway-key"}]
        assert all("x-gateway-key" not in {name.lower() for name in call.headers} for call in other.calls)


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
