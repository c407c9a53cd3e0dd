"""The newest text is predicted from where that takes least: on the loop if it is quick, else on a worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from codemaestro_jupyter.background import LOOP_NAME, WORKER_NAME, Background
from codemaestro_jupyter.converse.keystrokes import QUICK, Keystrokes
from codemaestro_jupyter.converse.session import Session
from codemaestro_jupyter.errors import InputError, MaestroError
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import CellId, LiveContext, NotebookId, Prediction, TypingEvent


class Typist:
    """Types and waits for what comes of it; each prediction takes the seconds of computing that are set."""

    def __init__(self, background: Background) -> None:
        self.seconds = 0.0
        self.fails = False
        self.threads: list[str] = []
        self.shown: list[tuple[str, int]] = []
        self.errors: list[str] = []
        self._computed = 0.0
        self._came = threading.Event()
        self.keys = Keystrokes(
            Settings().values,
            Session(LiveContext()),
            background,
            self._predict,
            self._predicted,
            self._failed,
            lambda text: "rename" in text,
            lambda: self._computed,
        )
        self._seq = 0

    def type(self, text: str) -> None:
        self._came.clear()
        self._seq += 1
        self.keys.typed(TypingEvent("chat", NotebookId(""), CellId(""), self._seq, text, len(text), 0.0))
        assert self._came.wait(10)

    def _predict(self, text: str, live: LiveContext, k: int) -> Prediction:
        self.threads.append(threading.current_thread().name.rsplit("_", 1)[0])
        self._computed += self.seconds
        if self.fails:
            raise InputError("The index is gone.")
        return Prediction(text)

    def _predicted(self, prediction: Prediction) -> None:
        self.shown.append((prediction.text, prediction.seq))
        self._came.set()

    def _failed(self, error: MaestroError) -> None:
        self.errors.append(error.message)
        self._came.set()


@pytest.fixture
def typist() -> Iterator[Typist]:
    background = Background()
    yield Typist(background)
    background.close()


def test_what_was_quick_is_predicted_without_leaving_the_loop(typist: Typist) -> None:
    typist.type("fix the auth")  # nobody knows yet how long it takes
    typist.type("fix the auth of")
    typist.seconds = 2 * QUICK
    typist.type("fix the auth of the")
    typist.type("fix the auth of the shop")
    typist.seconds = 0.0
    typist.type("fix the auth of the shop,")
    typist.type("fix the auth of the shop, please")
    assert typist.threads == [WORKER_NAME, LOOP_NAME, LOOP_NAME, WORKER_NAME, WORKER_NAME, LOOP_NAME]
    assert typist.shown[-1] == ("fix the auth of the shop, please", 6)


def test_what_is_heavy_is_left_to_a_worker_however_quick_the_last_was(typist: Typist) -> None:
    typist.type("fix the auth")
    typist.type("fix the auth, then rename it")
    typist.type("fix the auth, then rena")
    assert typist.threads == [WORKER_NAME, WORKER_NAME, LOOP_NAME]


def test_a_prediction_that_fails_is_said_and_the_next_key_tries_again(typist: Typist) -> None:
    typist.fails = True
    typist.type("fix the auth")
    typist.fails = False
    typist.type("fix the auth of")
    typist.fails = True
    typist.type("fix the auth of the")
    typist.fails = False
    typist.type("fix the auth of the shop")
    assert typist.errors == ["The index is gone."] * 2
    assert typist.shown == [("fix the auth of", 2), ("fix the auth of the shop", 4)]


def test_a_text_of_three_characters_is_too_short_to_ask_about(typist: Typist) -> None:
    typist.type(" fix ")
    assert (typist.threads, typist.shown) == ([], [(" fix ", 1)])
