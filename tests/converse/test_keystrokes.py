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
        self.begun, self.go = threading.Event(), threading.Event()
        self.go.set()
        self._computed = 0.0
        self.came = threading.Event()
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
        self.came.clear()
        self.press(text)
        assert self.came.wait(10)

    def press(self, text: str) -> None:
        self._seq += 1
        self.keys.typed(TypingEvent("chat", NotebookId(""), CellId(""), self._seq, text, len(text), 0.0))

    def _predict(self, text: str, live: LiveContext, k: int) -> Prediction:
        self.begun.set()
        assert self.go.wait(10)
        self.threads.append(threading.current_thread().name.rsplit("_", 1)[0])
        self._computed += self.seconds
        if self.fails:
            raise InputError("The index is gone.")
        return Prediction(text)

    def _predicted(self, prediction: Prediction) -> None:
        self.shown.append((prediction.text, prediction.seq))
        self.came.set()

    def _failed(self, error: MaestroError) -> None:
        self.errors.append(error.message)
        self.came.set()


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


@pytest.fixture
def typist(background: Background) -> Typist:
    return Typist(background)


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


def test_a_prediction_that_comes_after_its_text_answered_a_question_is_not_heard_of(
    typist: Typist, background: Background
) -> None:
    typist.type("rename a")
    for event in (typist.begun, typist.go):
        event.clear()
    typist.press("rename a in the smallest way")
    assert typist.begun.wait(10)
    answered = threading.Event()
    background.loop.call_soon_threadsafe(typist.keys.answered)
    background.loop.call_soon_threadsafe(answered.set)
    assert answered.wait(10)  # what is typed from now on answered nothing
    typist.go.set()
    typist.type("rename")
    assert [text for text, _ in typist.shown] == ["rename a", "rename"]


@pytest.mark.parametrize(("asked", "late"), [(" rename a to bc", []), ("something else", ["rename a to bc"])])
def test_a_prediction_that_comes_after_its_text_was_asked_is_not_heard_of(
    typist: Typist, background: Background, asked: str, late: list[str]
) -> None:
    typist.type("rename a")
    for event in (typist.begun, typist.go, typist.came):
        event.clear()
    typist.press("rename a to bc")
    assert typist.begun.wait(10)
    background.loop.call_soon_threadsafe(typist.keys.submitted, asked)
    background.loop.call_soon_threadsafe(typist.go.set)
    assert not late or typist.came.wait(10)
    typist.type("rename")
    typist.type("rename a to bc")
    assert [text for text, _ in typist.shown] == ["rename a", *late, "rename", "rename a to bc"]
