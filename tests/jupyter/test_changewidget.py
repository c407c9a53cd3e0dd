"""The card of a change as ipywidgets: what is ticked is applied, and what stands there follows the picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances as WIDGETS  # noqa: N812 - every open widget of the process

from codemaestro_jupyter.jupyter import changewidget
from codemaestro_jupyter.jupyter.changeoutput import said
from codemaestro_jupyter.jupyter.changewidget import ChangePlace, ChangeWidget, hunk_html
from codemaestro_jupyter.jupyter.widgets import close_all
from codemaestro_jupyter.view import ChangeView, FileChangeView, HunkView

Said = list[tuple[str, list[str] | None, int]]


def hunk(name: str, *, ticked: bool = True) -> HunkView:
    return HunkView(id=name, header=name, lines=["-<old>", "+new", " same"], ticked=ticked, why="", more=0)


def change(*hunks: HunkView, **more: Any) -> ChangeView:
    file = FileChangeView(path="a.py", old_path="", kind="changed", live=False, blocked="", hunks=list(hunks))
    made = ChangeView(
        turn="t1", title="rename", state="proposed", busy=False, applicable=True, steps=[], files=[file], notes=[],
        blocked=[], problem="", candidates=[], fixes=[], message="", transaction="",
    )  # fmt: skip
    return ChangeView(**{**made, **more})  # type: ignore[typeddict-item]


@pytest.fixture
def heard() -> Said:
    return []


@pytest.fixture
def widget(heard: Said) -> Iterator[ChangeWidget]:
    before = set(WIDGETS)
    widget = ChangeWidget(lambda action, hunks, fix: heard.append((action, hunks, fix)))
    yield widget
    widget.close()
    assert set(WIDGETS) == before


def buttons(widget: ChangeWidget) -> list[Any]:
    return [*widget.box.children[-1].children, *widget._fixes.children]


def press(widget: ChangeWidget, name: str) -> None:
    next(button for button in buttons(widget) if button.description == name).click()


def ticks(widget: ChangeWidget) -> dict[str, bool]:
    return {name: box.value for name, box in widget._boxes.items()}


def click(widget: ChangeWidget, name: str) -> None:
    """Press a button among the hunks."""
    rows = [child for child in widget._files.children if hasattr(child, "children")]
    next(each for row in rows for each in row.children if getattr(each, "description", "") == name).click()


def test_what_is_ticked_is_told_and_applied(widget: ChangeWidget, heard: Said) -> None:
    widget.draw(change(hunk("a.py:1"), hunk("a.py:2", ticked=False), hunk("a.py:3")))
    widget._boxes["a.py:1"].value = False
    widget._boxes["a.py:2"].value = True
    widget.draw(change(hunk("a.py:1", ticked=False), hunk("a.py:2"), hunk("a.py:3"), message="It changed."))
    assert [button.description for button in buttons(widget)] == ["Apply", "Discard", "Make the plan again"]
    press(widget, "Apply")
    press(widget, "Make the plan again")
    assert heard == [
        ("leave", ["a.py:1"], 0),
        ("take", ["a.py:2"], 0),
        ("apply", ["a.py:2", "a.py:3"], 0),
        ("again", None, 0),
    ]


def test_ticks_of_another_screen_are_drawn_and_an_older_picture_takes_none_back(
    widget: ChangeWidget, heard: Said
) -> None:
    widget.draw(change(hunk("a.py:1"), hunk("a.py:2")))
    widget.draw(change(hunk("a.py:1", ticked=False), hunk("a.py:2")))
    assert (ticks(widget), heard) == ({"a.py:1": False, "a.py:2": True}, [])
    widget._boxes["a.py:1"].value = True
    widget._boxes["a.py:2"].value = False
    widget.draw(change(hunk("a.py:1"), hunk("a.py:2")))
    assert ticks(widget) == {"a.py:1": True, "a.py:2": False}
    widget.draw(change(hunk("a.py:1"), hunk("a.py:2", ticked=False)))
    widget.draw(change(hunk("a.py:1", ticked=False), hunk("a.py:2", ticked=False)))
    assert ticks(widget) == {"a.py:1": False, "a.py:2": False}


def test_an_edited_plan_shows_its_new_lines_under_the_old_names(widget: ChangeWidget, heard: Said) -> None:
    other = HunkView(id="a.py:2", header="a.py:2", lines=["-<old>", "+75"], ticked=True, why="", more=0)
    widget.draw(change(hunk("a.py:1"), hunk("a.py:2"), hunk("a.py:3")))
    widget._boxes["a.py:2"].value = False
    widget.draw(change(hunk("a.py:1", ticked=False), other, hunk("a.py:3")))
    shown = [child.value for child in widget._files.children if isinstance(getattr(child, "value", None), str)]
    assert [hunk_html(hunk("a.py:1")), hunk_html(other), hunk_html(hunk("a.py:3"))] == shown[1:]
    press(widget, "Apply")
    assert heard[-1] == ("apply", ["a.py:2", "a.py:3"], 0), "as the picture has it"


def test_nothing_ticked_is_not_everything(widget: ChangeWidget, heard: Said) -> None:
    widget.draw(change(hunk("a.py:1")))
    widget._boxes["a.py:1"].value = False
    press(widget, "Apply")
    assert heard == [("leave", ["a.py:1"], 0), ("apply", [], 0)]


def test_a_place_holds_one_card_as_long_as_there_is_a_change(heard: Said) -> None:
    before = set(WIDGETS)
    place = ChangePlace(lambda action, hunks, fix: heard.append((action, hunks, fix)))
    place.draw(change(hunk("a.py:1")))
    (card,) = place.box.children
    place.draw(change(hunk("a.py:1"), message="It changed."))
    assert place.box.children == (card,)
    card.children[-1].children[0].click()
    assert heard == [("apply", ["a.py:1"], 0)]
    place.draw(None)
    assert place.box.children == ()
    close_all(place.box)
    assert set(WIDGETS) == before


def test_it_follows_what_becomes_of_the_change(widget: ChangeWidget, heard: Said) -> None:
    widget.draw(change(hunk("a.py:1"), busy=True))
    assert all(button.disabled for button in buttons(widget))
    for state, action in (("applied", "Undo"), ("undone", "Redo")):
        widget.draw(change(hunk("a.py:1"), state=state, transaction="0001"))
        assert [button.description for button in buttons(widget)] == [action]
        assert widget._boxes["a.py:1"].disabled
        press(widget, action)
    widget.draw(change(hunk("a.py:1"), state="discarded"))
    assert buttons(widget) == []
    assert [action for action, _, _ in heard] == ["undo", "redo"]
    assert said(change(state="applied", transaction="0001")).startswith("**Applied** `0001`")


def test_suggestions_can_be_followed(widget: ChangeWidget, heard: Said) -> None:
    widget.draw(change(applicable=False, fixes=["Rename a.", "Rename b."]))
    press(widget, "Rename b.")
    widget.draw(change(applicable=False, fixes=[]))
    assert buttons(widget) == []
    assert heard == [("fix", None, 1)]


def test_what_a_large_card_left_out_is_asked_for_and_shown_on_its_page(
    widget: ChangeWidget, heard: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changewidget, "HUNKS", 1)
    far = HunkView(id="a.py:2", header="a.py:2", lines=[], ticked=True, why="", more=3)
    widget.draw(change(hunk("a.py:1"), far))
    click(widget, "More")
    next(each for each in widget._files.children if getattr(each, "description", "") == "Show its 3 lines").click()
    widget.draw(change(hunk("a.py:1"), hunk("a.py:2")))
    shown = [each.value for each in widget._files.children if isinstance(getattr(each, "value", None), str)]
    assert (heard, shown[-1]) == ([("show", ["a.py:2"], 0)], hunk_html(hunk("a.py:2")))


def test_why_a_file_may_not_be_changed_stands_beside_it(widget: ChangeWidget) -> None:
    shown = change(hunk("a.py:1"))
    shown["files"][0]["blocked"] = "a.py is <write-protected>."
    widget.draw(shown)
    assert "✗ a.py is &lt;write-protected&gt;." in widget._files.children[0].value


def test_many_hunks_have_pages_and_each_can_be_ticked(
    widget: ChangeWidget, heard: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changewidget, "HUNKS", 2)
    names = [f"a.py:{number}" for number in range(1, 6)]
    widget.draw(change(*(hunk(name, ticked=name != "a.py:4") for name in names)))
    seen = [ticks(widget)]
    widget._boxes["a.py:1"].value = False
    for _ in range(2):
        click(widget, "More")
        seen.append(ticks(widget))
    click(widget, "Back")
    widget._boxes["a.py:4"].value = True
    press(widget, "Apply")
    assert seen == [{"a.py:1": True, "a.py:2": True}, {"a.py:3": True, "a.py:4": False}, {"a.py:5": True}]
    assert heard[-1] == ("apply", names[1:], 0)
    click(widget, "None of 5")
    click(widget, "All 5")
    assert heard[-2:] == [("leave", names, 0), ("take", names, 0)]
    widget.draw(change(*(hunk(name) for name in names), state="applied", transaction="0001"))
    click(widget, "Back")
    assert ticks(widget) == {"a.py:1": True, "a.py:2": True}, "what was applied can still be looked at"
    click(widget, "None of 5")
    assert ticks(widget) == {"a.py:1": True, "a.py:2": True}
    assert all(box.disabled for box in widget._boxes.values())


def test_a_line_of_code_is_no_markup() -> None:
    assert "-&lt;old&gt;</span>" in hunk_html(hunk("a.py:1"))
