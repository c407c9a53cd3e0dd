"""Questions, models and the ledger in the chat widget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from ipywidgets.widgets.widget import _instances as WIDGETS  # noqa: N812 - every open widget of the process

from codemaestro_jupyter import reports
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.jupyter.asking import QuestionBox
from codemaestro_jupyter.jupyter.chat import Chat
from codemaestro_jupyter.jupyter.drawers import LedgerDrawer, ModelPicker
from codemaestro_jupyter.jupyter.screen import Screen
from codemaestro_jupyter.jupyter.widgets import close_all
from codemaestro_jupyter.reports import Report

if TYPE_CHECKING:
    from tests.jupyter.scripted import ScriptedMaestro


def question(name: str = "q1", turn: str = "t1", stage: Any = "SCOPE", **ready: bool) -> Any:
    options = [
        {"id": each, "label": each.title(), "probability": 0.5, "ready": ready.get(each, False)}
        for each in ("front", "back")
    ]
    return {"id": name, "turn": turn, "stage": stage, "text": "Which <part>?", "options": options}


@pytest.fixture
def chosen() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def typed() -> list[str]:
    return []


@pytest.fixture
def asking(chosen: list[tuple[str, str, str]], typed: list[str]) -> Iterator[QuestionBox]:
    before = set(WIDGETS)
    box = QuestionBox(lambda *answer: chosen.append(answer), typed.append)
    yield box
    close_all(box.box)
    assert set(WIDGETS) == before


def labels(asking: QuestionBox) -> list[str]:
    return [button.description for button in asking._buttons]


def test_the_marks_fill_in_on_the_same_buttons(asking: QuestionBox) -> None:
    asking.draw(question())
    buttons = list(asking._buttons)
    assert labels(asking) == ["Front", "Back"]
    asking.draw(question(back=True))
    assert asking._buttons == buttons  # the focus stays where it was
    assert labels(asking) == ["Front", "✓ Back"]
    assert [button.tooltip for button in buttons] == ["Front", "Back (already prepared)"]
    assert "&lt;part&gt;" in asking.box.children[0].value
    asking.draw(question("q2", stage="READY", front=True, back=True))
    assert labels(asking) == ["Front", "Back"]


def test_where_the_card_of_a_change_has_the_buttons_there_are_no_others(asking: QuestionBox) -> None:
    asking.draw(question(stage="READY"), carded=True)
    assert labels(asking) == []
    assert "Apply it above, or change it first:" in asking.box.children[0].value
    own = asking._own
    asking.draw(question(stage="READY"), carded=True)
    assert asking._own is own  # what is typed there stays
    asking.draw(question(stage="READY"))
    assert labels(asking) == ["Front", "Back"]


def test_a_plans_text_is_read_when_it_is_opened_and_handed_on() -> None:
    revised: list[tuple[str, str]] = []
    asking = QuestionBox(
        lambda *_: None, lambda _: None, lambda turn: f"plan of {turn}", lambda *said: revised.append(said)
    )
    asking.draw(question(stage="READY"))
    folded = asking.box.children[2]
    area, show = folded.children[0].children
    assert area.value == ""
    folded.selected_index = 0
    assert area.value == "plan of t1"
    area.value = "another"
    show.click()
    assert revised == [("t1", "another")]
    close_all(asking.box)


def test_one_answer_is_given_to_a_question(asking: QuestionBox, chosen: list[tuple[str, str, str]]) -> None:
    asking.draw(question())
    asking._buttons[1].click()
    asking._buttons[0].click()
    asking.draw(question(front=True))  # a late mark
    assert chosen == [("q1", "back", "")]
    assert asking.box.children == ()
    asking.draw(question("q2"))
    assert labels(asking) == ["Front", "Back"]


def test_an_own_answer_is_typed_and_sent_by_enter_or_the_button(
    asking: QuestionBox, chosen: list[tuple[str, str, str]], typed: list[str]
) -> None:
    asking.draw(question())
    asking._own.value = "the login"
    asking._own.value = " "
    asking._own._handle_custom_msg({"event": "submit"}, [])
    assert chosen == []  # nothing was said
    asking._own.value = "the login page "
    asking._own._handle_custom_msg({"event": "submit"}, [])
    assert typed == ["the login", "the login page "]
    assert chosen == [("q1", "", "the login page")]


@pytest.fixture
def screen() -> Iterator[Screen]:
    screen = Screen(interval=0.01)
    yield screen
    screen.close()


def test_a_chat_asks_what_its_own_turns_ask(scripted: ScriptedMaestro, screen: Screen) -> None:
    scripted._hold = True
    chat = Chat(scripted, screen)  # type: ignore[arg-type]
    try:
        chat._box.value = "improve it"
        chat.send()
        chat._part({"question": question(turn="somebody else's")})
        chat._draw()
        assert chat._question.box.children == ()
        chat._renew()
        chat._part({"question": question()})
        chat._draw()
        chat._question._own.value = "the login"
        chat._question._buttons[0].click()
        assert scripted.told("choose") == [("q1", "front", "")]
        assert [event.text for event in scripted.told("typing")] == ["improve it", "improve it\nthe login"]
        assert chat._log._drawn == [("> improve it", "*Waiting for your answer*")]
        chat._part({"question": None})
        chat._draw()
        assert chat._question.box.children == ()
    finally:
        chat.close()


def test_a_model_is_picked_and_drawing_picks_none(scripted: ScriptedMaestro) -> None:
    picker = ModelPicker(scripted)  # type: ignore[arg-type]
    try:
        picker.draw({"model": "", "models": [{"name": "qwen", "local": True}, {"name": "far", "local": False}]})
        assert list(picker._list.options) == [
            ("no model", "off"),
            ("qwen", "qwen"),
            ("far (not on this machine)", "far"),
        ]
        picker.draw({"model": "qwen", "models": [{"name": "qwen", "local": True}]})
        assert picker._list.value == "qwen"
        assert scripted.told("pick_model") == []
        picker._list.value = "off"
        assert scripted.told("pick_model") == ["off"]
    finally:
        close_all(picker.box)


def test_until_it_is_known_which_models_there_are_nothing_is_claimed(scripted: ScriptedMaestro) -> None:
    picker, known = ModelPicker(scripted), []  # type: ignore[arg-type, var-annotated]
    try:
        picker.draw({"model": "", "models": []})
        assert picker._list.options == (("looking…", ""),)
        picker.look(lambda: known.append(True))
        assert scripted.told("offer_models") == [()]
        picker.draw({"model": "", "models": []})
        assert (known, picker._list.options) == ([True], (("no model", "off"),))
        assert scripted.told("pick_model") == []
    finally:
        close_all(picker.box)


def test_a_model_with_an_evil_name_runs_nothing_when_it_cannot_be_picked(
    scripted: ScriptedMaestro, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "<img src=x onerror=alert(1)>"

    def refuse(name: str) -> None:
        raise MaestroError(f"There is no {name}.", hint="")

    picker = ModelPicker(scripted)  # type: ignore[arg-type]
    monkeypatch.setattr(scripted.models, "pick", refuse)
    try:
        picker.draw({"model": "", "models": [{"name": evil, "local": True}]})
        picker._list.value = evil
        assert picker._problem.value == ("<small role='alert'>There is no &lt;img src=x onerror=alert(1)&gt;.</small>")
    finally:
        close_all(picker.box)


def test_consent_is_asked_in_plain_words_and_given(scripted: ScriptedMaestro) -> None:
    picker = ModelPicker(scripted)  # type: ignore[arg-type]
    try:
        picker.draw({"model": "far"})
        assert picker._consents.layout.display == "none"
        picker._answers[0].click()
        picker.draw({"model": "far", "consent": {"provider": "far.example", "question": "May it read <ahead>?"}})
        assert picker._consents.layout.display == ""
        assert "May it read &lt;ahead&gt;?" in picker._question.value
        picker._answers[1].click()
        assert scripted.told("consent") == [(False, "far.example")]
    finally:
        close_all(picker.box)


def test_the_ledger_is_read_when_it_is_opened(
    scripted: ScriptedMaestro, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "ledger", lambda maestro: Report("| for | calls |", {}))
    drawer = LedgerDrawer(scripted, screen)  # type: ignore[arg-type]
    sums: Any = {"prepared": 4, "used": 3, "wasted": 1, "saved_seconds": 0.42, "tokens": 1200, "dollars": 0.031}
    try:
        drawer.draw({"ledger": sums})
        assert drawer._folded.titles == ("Ledger: 4 prepared, 3 used, 1 wasted, 420 ms saved, 1,200 tokens, $0.03",)
        drawer._folded.selected_index = 0
        screen.close()
        assert [output["data"]["text/markdown"] for output in drawer._report.outputs] == ["| for | calls |"]
    finally:
        close_all(drawer.box)
