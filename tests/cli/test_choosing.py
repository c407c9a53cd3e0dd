"""An answer is chosen with the arrow keys or typed; what is typed is prepared for, and marks fill in meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.utils import get_cwidth

from codemaestro_jupyter.cli.choosing import HANGING, Chooser, Reply, fragments, usual, wrapped
from codemaestro_jupyter.cli.keys import ahead, preparing
from codemaestro_jupyter.types import TypingEvent
from codemaestro_jupyter.view import QuestionView, SessionView
from tests.conftest import eventually

UP, DOWN, ENTER = "\x1b[A", "\x1b[B", "\r"


def question(stage: Any = "SCOPE", ready: bool = False) -> QuestionView:
    options: Any = [
        {"id": "a", "label": "Front", "probability": 0.6, "ready": ready},
        {"id": "b", "label": "Back", "probability": 0.3, "ready": False},
        {"id": "c", "label": "Both", "probability": 0.1, "ready": False},
    ]
    return QuestionView(id="q", turn="t", stage=stage, text="Which part?", options=options)


class Asking:
    """What a chooser needs of a Maestro: the picture, and somebody who listens to keystrokes."""

    def __init__(self, view: SessionView) -> None:
        self.now = view
        self.typed: list[TypingEvent] = []
        self.callbacks: list[Callable[[SessionView], None]] = []

    def view(self) -> SessionView:
        return self.now

    def typing(self, event: TypingEvent) -> None:
        self.typed.append(event)

    def subscribe(self, callback: Callable[[SessionView], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as keyboard:
        yield keyboard


def chooser(maestro: Asking, asked: QuestionView, keyboard: PipeInput) -> Chooser:
    return Chooser(maestro, asked, "fix it", input=keyboard, output=DummyOutput())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "keys", "reply"),
    [
        ("SCOPE", ENTER, Reply("a")),
        ("SCOPE", DOWN + ENTER, Reply("b")),
        ("SCOPE", UP + ENTER, Reply("c")),
        ("SCOPE", DOWN + DOWN + DOWN + ENTER, Reply("a")),
        ("SCOPE", "the login page" + ENTER, Reply("", "the login page")),
        ("SCOPE", "2" + ENTER, Reply("", "2")),
        ("SCOPE", "oops" + DOWN + ENTER, Reply("b")),
        ("SCOPE", "\x04", Reply("a")),
        ("READY", ENTER, Reply("c")),
        ("READY", DOWN + ENTER, Reply("a")),
    ],
)
def test_an_answer_is_chosen_with_the_keys_or_typed(stage: str, keys: str, reply: Reply, keyboard: PipeInput) -> None:
    asked = question(stage)
    maestro = Asking({"question": asked})
    keyboard.send_text(keys)
    assert chooser(maestro, asked, keyboard).ask() == reply
    assert maestro.callbacks == []


def test_an_own_answer_is_prepared_for_together_with_its_request(keyboard: PipeInput) -> None:
    asked = question()
    maestro = Asking({"question": asked})
    keyboard.send_text("api" + ENTER)
    chooser(maestro, asked, keyboard).ask()
    assert [event.text for event in maestro.typed] == ["fix it\na", "fix it\nap", "fix it\napi"]
    numbers = [event.seq for event in maestro.typed]
    assert numbers == sorted(set(numbers))


def test_ctrl_c_stops(keyboard: PipeInput) -> None:
    asked = question()
    keyboard.send_text("\x03")
    with pytest.raises(KeyboardInterrupt):
        chooser(Asking({"question": asked}), asked, keyboard).ask()


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_question_that_is_closed_elsewhere_leaves_the_screen(when: str, keyboard: PipeInput) -> None:
    asked = question()
    maestro = Asking({"question": None if when == "before" else asked})
    replies: list[Reply | None] = []
    thread = threading.Thread(target=lambda: replies.append(chooser(maestro, asked, keyboard).ask()))
    thread.start()
    if when == "meanwhile":
        eventually(lambda: maestro.callbacks)
        maestro.now = {"question": None}
        maestro.callbacks[0]({"question": None})
    thread.join(10)
    assert replies == [None]


def test_the_marks_show_what_is_ready_and_what_enter_takes() -> None:
    text = "".join(part for _, part in fragments(question(ready=True), 1))
    assert text.splitlines() == ["Which part?", "  1. Front  ✓ ready", "❯ 2. Back", "  3. Both"]
    assert (usual(question()), usual(question("READY"))) == (0, 2)


def test_the_line_below_says_what_is_being_prepared() -> None:
    files: Any = [{"path": "a.py", "prepared": True}, {"path": "b.py", "prepared": False}]
    view: Any = {
        "stage": {"stage": "SCOPE", "message": "Analyzing code patterns…", "progress": 0.4},
        "suggestions": ["OAuth fix", "JWT"],
        "prediction": {"files": files},
    }
    assert ahead(view) == (
        "Analyzing code patterns… 40%  |  I'm preparing solutions for: • OAuth fix • JWT  |  a.py ✓, b.py …"
    )
    assert ahead({}) == ""
    assert preparing(view) == "I'm preparing solutions for: • OAuth fix • JWT", "before anything is typed, this alone"
    assert preparing({"suggestions": []}) == ""


@given(
    st.lists(st.tuples(st.sampled_from(["", "bold"]), st.text("ab \n猫", max_size=30)), max_size=6), st.integers(12, 40)
)
def test_wrapped_lines_fit_and_lose_no_word(lines: list[tuple[str, str]], columns: int) -> None:
    found = wrapped(lines, columns)
    before, after = ("".join(text for _, text in parts) for parts in (lines, found))
    assert "".join(after.split()) == "".join(before.split())
    longest = max(map(get_cwidth, before.split()), default=0)
    assert all(get_cwidth(line.rstrip()) <= max(columns, longest + len(HANGING)) for line in after.split("\n"))


def test_on_a_narrow_terminal_lines_break_between_words() -> None:
    parts = [("bold", "How shall it be done?\n"), ("", "❯ 1. The smallest change that works"), ("green", "  ✓ ready\n")]
    text = "".join(part for _, part in wrapped(parts, 24))
    assert text == f"How shall it be done?\n❯ 1. The smallest change\n{HANGING}that works  ✓ ready\n"
