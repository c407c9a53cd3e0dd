"""Who may see what is not submitted: asked once per provider, in plain words, and off until somebody says yes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codemaestro_jupyter.models.consent import Consent, provider_of
from codemaestro_jupyter.models.protocol import ModelInfo
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store

LOCAL = ModelInfo("qwen", "ollama", "http://127.0.0.1:11434/v1", local=True)
CLOUD = ModelInfo("big:cloud", "ollama", "http://127.0.0.1:11434/v1", local=False)
GATEWAY = ModelInfo("m", "unknown", "http://user:pass@localhost:4000/v1", local=False)
OPENAI = ModelInfo("gpt", "api.openai.com", "https://api.openai.com/v1", local=False)
OTHER = ModelInfo("claude", "api.anthropic.com", "https://api.anthropic.com", local=False)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store(None)
    yield made
    made.close()


def test_a_provider_is_the_host_or_the_port_behind_which_it_hides() -> None:
    assert [provider_of(info) for info in (OPENAI, CLOUD, GATEWAY)] == [
        "api.openai.com",
        "127.0.0.1:11434",
        "localhost:4000",
    ]


def test_it_is_asked_once_and_counts_for_one_provider_only(store: Store) -> None:
    consent = Consent(CodeMaestro(), store.providers)
    assert consent.allowed(LOCAL)
    assert consent.question(LOCAL) == ""
    assert "gpt runs at api.openai.com, not on this machine: it sees nothing before" in consent.question(OPENAI)
    assert consent.question(OPENAI).endswith("A yes can be taken back at any time: %maestro consent no.")
    assert "is not known to run on this machine" in consent.question(CLOUD)
    consent.asked(OPENAI)
    assert (consent.question(OPENAI), consent.allowed(OPENAI)) == ("", False)
    consent.give("api.openai.com", True)
    assert [consent.allowed(info) for info in (OPENAI, OTHER, CLOUD)] == [True, False, False]
    again = Consent(CodeMaestro(), store.providers)
    again.recall()
    assert (again.allowed(OPENAI), again.question(OPENAI)) == (True, "")
    assert again.question(OTHER)


def test_the_setting_and_the_policy_decide_for_all(store: Store) -> None:
    every = Consent(CodeMaestro(remote_before_submit=True), store.providers)
    assert every.allowed(OTHER)
    assert every.question(OTHER) == ""
    none = Consent(CodeMaestro(), store.providers, fixed=lambda: True)
    none.give("api.anthropic.com", True)
    assert (none.allowed(OTHER), none.question(OTHER)) == (False, "")


def test_a_server_of_the_local_network_is_remote_and_asked_about_without_a_key(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEMAESTRO_API_KEY", raising=False)
    for host in ("192.168.1.7", "gpu", "gpu.local", "10.0.0.2", "100.64.0.9", "[fe80::1]"):
        consent, near = Consent(CodeMaestro(), store.providers), ModelInfo("m", host, f"http://{host}:8000/v1", False)
        consent.meet(near, "")
        assert not consent.allowed(near)
        assert consent.question(near)


def test_what_could_not_be_called_is_not_asked_about(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until there is a key; a local port needs none."""
    for name in ("CODEMAESTRO_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    consent = Consent(CodeMaestro(), store.providers)
    for info in (OPENAI, CLOUD):
        consent.meet(info, "")
    assert consent.question(OPENAI) == ""
    assert consent.question(CLOUD)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-now")
    assert consent.question(OPENAI)
