"""Every message of a front end reaches Maestro, and what Maestro says reaches every front end, in order."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from comm.base_comm import BaseComm, CommManager

from codemaestro_jupyter import reports
from codemaestro_jupyter.edit.cellhost import CellAnswer, edits_between
from codemaestro_jupyter.jupyter.bridge import Bridge, preparation_status
from codemaestro_jupyter.jupyter.notebooks import Notebooks
from codemaestro_jupyter.jupyter.protocol import FRONT, decode
from codemaestro_jupyter.types import Cell, Rating
from codemaestro_jupyter.view import NoticeView, SessionView
from tests.conftest import eventually

if TYPE_CHECKING:
    from tests.jupyter.scripted import ScriptedMaestro

CONTRACT = Path(__file__).parent.parent / "contract"
NOTICE = NoticeView(level="warning", message="old kernel", hint="upgrade")


def example(name: str, /, **other: Any) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((CONTRACT / f"{name}.json").read_text(encoding="utf8"))
    return message | other


class FrontComm(BaseComm):  # type: ignore[misc]
    """A comm whose messages to the front end are kept."""

    def __init__(self, **options: Any) -> None:
        self.sent: list[tuple[str, Any]] = []
        super().__init__(**options)

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any) -> None:
        self.sent.append((msg_type, data))

    def open(self, *_: Any, **__: Any) -> None:
        self._closed = False

    def close(self, *_: Any, **__: Any) -> None:
        if not self._closed:
            self._closed = True
            self.publish_msg("comm_close")

    def said(self, type_: str = "") -> list[dict[str, Any]]:
        found = [data for kind, data in self.sent if kind == "comm_msg"]
        for data in found:
            decode(data)  # whatever is sent has the agreed form
        return [data for data in found if not type_ or data["type"] == type_]


class Page:
    """A front end of a bridge."""

    def __init__(self, manager: CommManager) -> None:
        self.comm = FrontComm(target_name="codemaestro", primary=False)
        manager.targets["codemaestro"](self.comm, {"content": {"data": {}}})

    def say(self, name: str, /, **other: Any) -> None:
        self.comm.handle_msg({"content": {"data": example(name, **other)}})


@pytest.fixture
def manager() -> CommManager:
    return CommManager()


@pytest.fixture
def bridge(scripted: ScriptedMaestro, manager: CommManager, tmp_path: Path) -> Iterator[Bridge]:
    bridge = Bridge(scripted, manager, FrontComm, Notebooks(tmp_path, tmp_path), notices=(NOTICE,))  # type: ignore[arg-type]
    yield bridge
    bridge.close()
    assert (manager.targets, bridge.pages, scripted._subscribers) == ({}, 0, [])


@pytest.fixture
def page(bridge: Bridge, manager: CommManager) -> Page:
    page = Page(manager)
    page.say("hello")
    return page


def test_hello_is_answered_by_welcome_and_the_whole_picture(page: Page, scripted: ScriptedMaestro) -> None:
    assert page.comm.said() == [
        {"type": "welcome", "protocol": 1, "version": "0.1.0", "session": "scripted"},
        {"type": "view", "view": {**scripted.view(), "notices": [NOTICE]}},
    ]


def test_who_greets_is_shown_which_model_will_answer(page: Page, scripted: ScriptedMaestro) -> None:
    assert scripted.greeted == ["model"]


def test_the_greeting_may_come_with_the_opening(bridge: Bridge, manager: CommManager) -> None:
    comm = FrontComm(target_name="codemaestro", primary=False)
    manager.targets["codemaestro"](comm, {"content": {"data": example("hello")}})
    assert [message["type"] for message in comm.said()] == ["welcome", "view"]


@pytest.mark.parametrize(("protocol", "older"), [(0, "lab extension"), (2, "kernel's package")])
def test_another_protocol_says_which_side_to_upgrade(
    bridge: Bridge, manager: CommManager, scripted: ScriptedMaestro, protocol: int, older: str
) -> None:
    page = Page(manager)
    page.say("hello", protocol=protocol)
    scripted.publish({"suggestions": ["a"]})
    welcome, error = page.comm.said()
    assert (welcome["type"], error["message"]) == (
        "welcome",
        f"The panel speaks protocol {protocol}, this kernel 1.",
    )
    assert f"Upgrade the {older}" in error["hint"]


EXPECTED: dict[str, tuple[str, Any]] = {
    "cancel": ("cancel", "t2"),
    "choose": ("choose", ("q1", "o2", "")),
    "rate": ("rate", ("t1", Rating(5, 4, None))),
    "dismiss": ("dismiss", "src/auth/login.py"),
    "clear": ("clear", "work/shop.ipynb"),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_message_reaches_maestro(page: Page, scripted: ScriptedMaestro, name: str) -> None:
    page.say(name)
    assert scripted.heard == [EXPECTED[name]]
    assert len(page.comm.said()) == 2


@pytest.fixture(autouse=True)
def ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "ledger", lambda maestro: reports.Report("| for | calls |", {}))


def test_the_ledger_is_told_when_it_is_asked_for(page: Page) -> None:
    page.say("ask_ledger")
    assert page.comm.said("ledger") == [{"type": "ledger", "request": "r3", "markdown": "| for | calls |"}]


def test_a_plans_text_is_told_and_what_becomes_of_it_is_handed_on(page: Page, scripted: ScriptedMaestro) -> None:
    page.say("ask_plan")
    assert page.comm.said("plan") == [{"type": "plan", "request": "r4", "text": "=== 1. replace in t1.py ==="}]
    page.say("revise_plan")
    assert scripted.told("revise") == [("t1", "=== 1. replace in auth.py ===\nTIMEOUT = 60")]


def test_consent_is_given_by_provider(page: Page, scripted: ScriptedMaestro) -> None:
    page.say("give_consent")
    assert scripted.told("consent") == [(True, "api.example.org")]


def test_a_model_is_offered_and_picked(page: Page, scripted: ScriptedMaestro) -> None:
    page.say("offer_models")
    page.say("pick_model")
    assert (scripted.told("offer_models"), scripted.told("pick_model")) == ([()], ["qwen2.5-coder"])


def test_every_message_is_understood(page: Page) -> None:
    for name in FRONT:
        page.say(name)
    assert page.comm.said("error") == []


def test_typing_and_the_outline_become_nouns(page: Page, scripted: ScriptedMaestro) -> None:
    page.say("user_typing")
    page.say("notebook")
    (event,), (notebook,) = scripted.told("typing"), scripted.told("notebook")
    assert (event.seq, event.text, event.cursor) == (7, "%%maestro\nfix the auth", 22)
    assert [cell.id for cell in notebook.cells] == ["c1", "c2"]


def test_a_whole_picture_is_sent_as_one(page: Page, scripted: ScriptedMaestro) -> None:
    scripted.publish({"session": "scripted", "turns": []})
    assert page.comm.said()[-1] == {"type": "view", "view": {"session": "scripted", "turns": []}}


def test_a_request_becomes_a_turn(page: Page, scripted: ScriptedMaestro) -> None:
    page.say("submit")
    assert page.comm.said("submitted") == [{"type": "submitted", "request": "r1", "turn": "t1"}]
    (asked,) = scripted.told("submit")
    assert asked == {
        "text": "fix the auth bug",
        "source": "chat",
        "notebook_id": "shop.ipynb",
        "cell_id": "",
        "fresh": False,
        "attachments": ("Attached error `c3`:\n\n```\nKeyError: 'user_id'\n```",),
        "asks": True,
    }


def test_completions_come_back(page: Page) -> None:
    page.say("complete", prefix="@frame")
    assert page.comm.said("completions") == [
        {
            "type": "completions",
            "request": "r2",
            "items": [{"label": "frame", "kind": "variable", "detail": "DataFrame 2 × 2"}],
        }
    ]


def test_a_file_that_the_server_does_not_reach_is_read_for_the_page(page: Page) -> None:
    page.say("read_file", path="src/auth/login.py")
    page.say("read_file", path="../../x.py", notebook="")
    shown, refused = page.comm.said("file")
    assert shown == example("file")
    assert (refused["path"], refused["text"]) == ("", "")
    assert refused["problem"].startswith("'../../x.py' leads out of the project.")


def test_a_setting_is_set_in_the_labs_layer_and_taken_back(page: Page, scripted: ScriptedMaestro) -> None:
    page.say("setting", name="minimum_characters", value=5)
    assert (scripted.settings.values.minimum_characters, scripted.settings.where("minimum_characters")) == (5, "lab")
    page.say("setting", name="minimum_characters", value=None)
    assert (scripted.settings.values.minimum_characters, scripted.settings.where("minimum_characters")) == (
        3,
        "default",
    )
    page.say("setting", name="speed", value=5)
    assert page.comm.said("error")[0]["message"] == "There is no setting 'speed'."


def test_what_goes_wrong_is_told_to_the_front_end(
    page: Page, scripted: ScriptedMaestro, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(scripted, "submit", broken)
    page.say("submit")
    page.comm.handle_msg({"content": {"data": "nonsense"}})
    assert [(error["request"], error["message"]) for error in page.comm.said("error")] == [
        ("r1", "CodeMaestro failed: ZeroDivisionError: by zero"),
        ("", "A message must be an object, not 'nonsense'."),
    ]


def test_parts_come_after_the_whole_picture_also_when_they_overtake_it(
    bridge: Bridge, manager: CommManager, scripted: ScriptedMaestro, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing, published = threading.Event(), threading.Event()
    whole = scripted.view()

    def view() -> SessionView:
        drawing.set()
        assert published.wait(10)
        return whole

    monkeypatch.setattr(scripted, "view", view)
    page = Page(manager)
    scripted.publish({"suggestions": ["before hello"]})
    greeting = threading.Thread(target=page.say, args=("hello",))
    greeting.start()
    assert drawing.wait(10)
    scripted.publish({"suggestions": ["meanwhile"]})
    published.set()
    greeting.join(10)
    scripted.publish({"suggestions": ["after"], "notices": []})
    assert [(message["type"], message.get("view", {}).get("suggestions")) for message in page.comm.said()] == [
        ("welcome", None),
        ("view", ["OAuth fix"]),
        ("view_part", ["meanwhile"]),
        ("view_part", ["after"]),
    ]
    assert page.comm.said()[-1]["view"]["notices"] == [NOTICE]


def test_a_front_end_that_is_gone_disturbs_nobody(
    bridge: Bridge, manager: CommManager, scripted: ScriptedMaestro, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Page(manager)
    other.say("hello")

    def broken(*_: object, **__: object) -> None:
        raise OSError("closed")

    monkeypatch.setattr(page.comm, "publish_msg", broken)
    scripted.publish({"suggestions": ["a"]})
    assert len(other.comm.said("view_part")) == 1
    page.comm.handle_close({})
    assert bridge.pages == 1


def test_preparing_is_told_as_the_spec_has_it(page: Page, scripted: ScriptedMaestro) -> None:
    view = example("view")["view"]
    scripted.publish({key: view[key] for key in ("stage", "preparations", "prediction")})  # type: ignore[misc]
    assert page.comm.said("preparation_status") == [example("preparation_status")]
    assert preparation_status({"suggestions": []}) is None


def test_preparing_is_told_whole_when_a_part_says_less(page: Page, scripted: ScriptedMaestro) -> None:
    view = example("view")["view"]
    scripted.publish({key: view[key] for key in ("stage", "preparations", "prediction")})  # type: ignore[misc]
    scripted.publish({"suggestions": ["nothing about preparing"]})
    finished = [{**each, "state": "ready"} for each in view["preparations"]]
    scripted.publish({"preparations": finished})  # type: ignore[typeddict-item]
    first = example("preparation_status")
    assert page.comm.said("preparation_status") == [first, {**first, "loading": []}]


def test_a_button_of_a_change_reaches_maestro_with_its_hunks(page: Page, scripted: ScriptedMaestro) -> None:
    page.say("change")
    page.say("change", action="undo", hunks=[])
    assert scripted.told("change") == [
        ("a1b2c3", "apply", ["src/auth.py:1", "notes.ipynb#c0"], 0),
        ("a1b2c3", "undo", None, 0),
    ]


def test_open_notebooks_are_asked_of_the_page_and_its_cells_edited(
    page: Page, bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "no server"))
    (tmp_path / "notes.ipynb").write_text("{}", encoding="utf8")
    looking = threading.Thread(target=bridge.cells.refresh)
    looking.start()
    (asked,) = eventually(lambda: page.comm.said("list_notebooks"))
    page.say("open_notebooks", request=asked["request"])
    looking.join()
    before = bridge.cells.open_notebooks()["notes.ipynb"]
    assert [cell.source for cell in before] == ["fetch_user(1)"]
    edits = edits_between(before, [Cell(before[0].id, "code", "load_user(1)")])
    answers: list[CellAnswer] = []
    editing = threading.Thread(target=lambda: answers.append(bridge.cells.edit("1", "notes.ipynb", edits, 60.0)))
    editing.start()
    (edit,) = eventually(lambda: page.comm.said("edit_cells"))
    assert edit["edits"] == example("edit_cells")["edits"]
    page.say("cells_edited", request=edit["request"])
    editing.join()
    assert answers == [CellAnswer(False, "cell 1 changed meanwhile")]


def test_closing_tells_the_front_end_and_leaves_a_target_that_is_not_ours(
    page: Page, bridge: Bridge, manager: CommManager
) -> None:
    manager.register_target("codemaestro", print)
    bridge.close()
    assert page.comm.sent[-1][0] == "comm_close"
    assert manager.targets == {"codemaestro": print}
    manager.targets.clear()
