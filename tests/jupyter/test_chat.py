"""The chat widget: typing is told, answers stream below each other, nothing stays open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from ipywidgets.widgets.widget import _instances as WIDGETS  # noqa: N812 - every open widget of the process

from codemaestro_jupyter.jupyter.chat import Chat
from codemaestro_jupyter.jupyter.screen import Screen
from codemaestro_jupyter.types import Rating

if TYPE_CHECKING:
    from tests.jupyter.scripted import ScriptedMaestro

RECEIPT = "*saved 420 ms. I loaded auth files while you typed. 3 of 4 prepared pieces used.*"


@pytest.fixture
def screen() -> Iterator[Screen]:
    screen = Screen(interval=0.01)
    yield screen
    screen.close()


@pytest.fixture
def chat(held: ScriptedMaestro, screen: Screen) -> Iterator[Chat]:
    before = set(WIDGETS)
    chat = Chat(held, screen)  # type: ignore[arg-type]
    yield chat
    chat.close()
    chat.close()
    assert held._subscribers == []
    assert set(WIDGETS) == before


@pytest.fixture
def held(scripted: ScriptedMaestro) -> ScriptedMaestro:
    scripted._hold = True
    return scripted


def texts(chat: Chat) -> list[str]:
    outputs = [output for log in chat._log._logs for output in log.outputs]
    return [output["data"]["text/markdown"] for output in outputs]


def test_each_keystroke_is_told_and_sending_is_none(chat: Chat, held: ScriptedMaestro) -> None:
    for text in ("fix", "fix it"):
        chat._box.value = text
    chat.send()
    events = held.told("typing")
    assert [(event.source, event.seq, event.text, event.cursor) for event in events] == [
        ("chat", 1, "fix", 3),
        ("chat", 2, "fix it", 6),
    ]
    assert {event.cell_id for event in events} == {chat._id}
    (submitted,) = held.told("submit")
    assert submitted == {"text": "fix it", "source": "chat", "notebook_id": "", "cell_id": chat._id, "asks": True}
    assert chat._box.value == ""


def test_enter_twice_at_the_end_sends_and_blank_lines_in_between_do_not(chat: Chat, held: ScriptedMaestro) -> None:
    for text in ("fix", "fix\n", "fix\n\nit", "pasted\n\n", "", "fix it", "fix it\n", "fix it\n\n"):
        chat._box.value = text
    assert [submitted["text"] for submitted in held.told("submit")] == ["fix it"]
    assert (chat._box.value, [event.text for event in held.told("typing")][-1]) == ("", "fix it\n")
    for text in ("and its test", "and its test\n\n"):  # two keys in one message
        chat._box.value = text
    assert [submitted["text"] for submitted in held.told("submit")] == ["fix it", "and its test"]


def test_nothing_is_sent_from_an_empty_box(chat: Chat, held: ScriptedMaestro) -> None:
    chat._box.value = "  \n"
    chat.send()
    assert held.told("submit") == []


def test_answers_stream_and_stand_below_each_other(chat: Chat, held: ScriptedMaestro, screen: Screen) -> None:
    chat._box.value = "where\nis it?"
    chat.send()
    held.say("Look. ")
    held.release()
    chat._box.value = "and why?"
    chat.send()
    screen.close()
    chat._renew()
    assert texts(chat) == ["> where\n> is it?", f"Look. It is here.\n\n{RECEIPT}", "> and why?", "*Working on it…*"]
    assert chat.markdown() == "\n\n".join(texts(chat))
    assert chat._repr_mimebundle_()["text/markdown"] == chat.markdown()


def test_an_answer_can_be_stopped(chat: Chat, held: ScriptedMaestro, screen: Screen) -> None:
    chat._box.value = "where is it?"
    chat.send()
    chat._renew()
    assert chat._stop.disabled is False
    chat._stop.click()
    screen.close()
    chat._renew()
    assert held.told("cancel") == ["t1"]
    assert texts(chat)[-1] == "*Stopped, 312 tokens billed.*"
    assert chat._stop.disabled is True


def test_likely_words_of_this_box_are_shown(chat: Chat, held: ScriptedMaestro) -> None:
    prediction: Any = {"seq": 1, "source": "chat", "cell_id": chat._id, "text_length": 3, "files": [], "tools": []}
    chat._part({"prediction": {**prediction, "words": ["entication", "<b>"]}})
    chat._draw()
    assert "…entication" in chat._words.value
    assert "&lt;b&gt;" in chat._words.value
    chat._part({"prediction": {**prediction, "words": ["x"], "cell_id": "another"}})
    chat._draw()
    assert chat._words.value == ""


def test_each_answer_is_rated_by_itself(chat: Chat, held: ScriptedMaestro, screen: Screen) -> None:
    for number in (1, 2):
        chat._box.value = "where is it?"
        chat.send()
        held.release()
        chat._renew()
        bar = chat._stage._rating
        assert bar is not None
        bar._marks[0].value = number
        bar._button.click()
        bar._button.click()
    assert held.told("rate") == [("t1", Rating(1, None, None)), ("t2", Rating(2, None, None))]


def test_what_was_said_while_the_widget_was_built_is_shown(
    held: ScriptedMaestro, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe = held.subscribe

    def late(callback: Any) -> Any:
        held.submit("rename a to b", notebook_id="a.ipynb")  # between the first look and the first part
        return subscribe(callback)

    monkeypatch.setattr(held, "subscribe", late)
    chat = Chat(held, screen, lambda: "a.ipynb")  # type: ignore[arg-type]
    screen.close()
    assert texts(chat)[0] == "> rename a to b"
    chat.close()
