"""Tokens are counted where the vocabulary is at hand, estimated and so labelled elsewhere; nothing is ever fetched."""

from __future__ import annotations

import hashlib
import socket
import time
from pathlib import Path
from typing import Any

import pytest
import tiktoken
import tiktoken.registry

from codemaestro_jupyter.models import tokens
from codemaestro_jupyter.models.protocol import Message, ModelInfo
from codemaestro_jupyter.models.purse import BudgetError, Purse
from codemaestro_jupyter.models.tokens import ADDRESS, Count, Counter, at_hand, budget, estimate
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store

BYTES = "bytes_for_tests"
GPT = ModelInfo("gpt-4o-mini", "openai", "https://api.openai.com/v1", local=False)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no network."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", never)
    return tmp_path


def put(cache: Path, vocabulary: str, text: bytes = b"") -> None:
    (cache / hashlib.sha1(ADDRESS.format(vocabulary).encode()).hexdigest()).write_bytes(text)


def know(monkeypatch: pytest.MonkeyPatch, vocabulary: str = BYTES) -> None:
    """A real encoding of tiktoken, whose vocabulary is the single bytes."""
    made = tiktoken.Encoding(
        vocabulary, pat_str=r"[\s\S]", mergeable_ranks={bytes([n]): n for n in range(256)}, special_tokens={}
    )
    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: {vocabulary: made}[name])


def test_without_a_vocabulary_nothing_is_fetched_and_counts_are_estimates(cache: Path) -> None:
    counter = Counter()
    assert not at_hand(counter._vocabulary)
    assert counter.prepare() is False
    assert counter.count("def fetch_user(name): pass") == Count(9, True)
    assert counter.budget("x y z", exact=False) == budget("x y z") >= int(estimate("x y z") * 1.55)


def test_a_vocabulary_at_hand_counts(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    know(monkeypatch)
    put(cache, BYTES)
    counter = Counter(BYTES)
    assert counter.prepare() is True
    assert counter.count("hello") == Count(5, False)
    assert counter.exact_for("gpt-4o-mini")
    assert counter.exact_for("openai/gpt-5.6")
    assert not counter.exact_for("qwen2.5-coder"), "others read in other tokens"
    assert counter.budget("hello", counter.exact_for("gpt-4o-mini")) == 5
    assert counter.budget("hello", counter.exact_for("qwen")) == budget("hello")


def test_the_files_of_tiktoken_are_looked_for_where_tiktoken_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tokens.tempfile, "gettempdir", lambda: str(tmp_path))
    assert not at_hand(BYTES)
    (tmp_path / "data-gym-cache").mkdir()
    put(tmp_path / "data-gym-cache", BYTES)
    assert at_hand(BYTES)


def test_one_that_hangs_is_given_up(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache, BYTES)
    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: time.sleep(1.0))
    counter = Counter(BYTES)
    assert counter.prepare(deadline=0.01) is False
    assert counter.count("hello").estimated


def test_a_broken_one_is_given_up(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache, "o200k_base", b"broken")
    assert Counter("o200k_base").prepare() is False


def test_a_budget_reserves_what_was_counted_or_the_estimate_and_more(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(monkeypatch)
    put(cache, BYTES)
    counter, store, prompt = Counter(BYTES), Store(None), [Message("user", "word " * 200)]
    mine = Purse(store.ledger, CodeMaestro(), time.time, counter)
    estimated = mine.reserve("answer", GPT, prompt, 10).prompt
    counter.prepare()
    assert mine.reserve("answer", GPT, prompt, 10).prompt == 1_000 + 16
    assert estimated >= int(estimate("word " * 200) * 1.55)
    small = ModelInfo("qwen", "ollama", "", local=True, context_window=100)
    with pytest.raises(Exception, match=r"takes up to \d+ tokens \(estimated\), and qwen reads 100") as caught:
        mine.reserve("answer", small, prompt, 10)
    assert not isinstance(caught.value, BudgetError)
    store.close()
