"""The words under an answer, and what is escaped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.types import Answer
from codemaestro_jupyter.view import SessionView, TurnView

CONTRACT = Path(__file__).parent.parent / "contract"


@pytest.fixture
def view() -> SessionView:
    whole: SessionView = json.loads((CONTRACT / "view.json").read_text(encoding="utf8"))["view"]
    return whole


@pytest.fixture
def turn(view: SessionView) -> TurnView:
    return view["turns"][0]


def test_the_receipt_in_one_line(turn: TurnView) -> None:
    assert drawing.receipt_line(turn) == (
        "*210 ms · 812 tokens, 610 read ahead · $0.0012 · saved 420 ms · gpt-5.6-mini."
        " I loaded auth files while you were typing. 3 of 4 prepared pieces used.*"
    )


def test_a_receipt_claims_no_more_than_was_used(turn: TurnView) -> None:
    assert turn["receipt"] is not None
    turn["receipt"].update(used=0, said="", saved_seconds=0.0)
    turn["spent"] = None
    assert drawing.receipt_line(turn) == "*210 ms. 4 pieces prepared, none used.*"
    turn["receipt"].update(prepared=0)
    assert drawing.receipt_line(turn) == "*210 ms.*"
    turn["state"] = "running"
    assert drawing.receipt_line(turn) == ""
    assert drawing.receipt_line(None) == ""


def test_the_bar_and_its_message(view: SessionView, turn: TurnView) -> None:
    running: Any = {**turn, "state": "running"}
    assert (drawing.stage_text(view, running), drawing.stage_progress(view, running)) == (
        "Loading relevant files…",
        0.2,
    )
    assert (drawing.stage_text(view, turn), drawing.stage_progress(view, turn)) == ("Done", 1.0)
    view["stage"]["message"], view["question"]["turn"] = "", turn["id"]  # type: ignore[index]
    assert [drawing.placeholder(view, turn["id"]), drawing.placeholder(view, "another")] == [
        "*Waiting for your answer*",
        "*Working on it…*",
    ]
    assert drawing.stage_text(view, running) == "Waiting for your answer"
    nothing_yet: Any = {**running, "markdown": ""}
    assert drawing.stage_text(view, nothing_yet) == ""  # it stands above already
    assert drawing.fallback({**view, "suggestions": []}, nothing_yet) == ""
    view["question"] = None
    assert drawing.stage_text(view, running) == "Working on it…"
    view["stage"]["message"] = "Loading relevant files…"
    assert drawing.fallback(view, running) == (
        "**Loading relevant files…** (20%)\n\nI'm preparing solutions for: • OAuth fix • JWT implementation"
    )


def test_details_escape_what_comes_from_the_project(view: SessionView) -> None:
    view["prediction"]["files"][0]["path"] = "<script>.py"
    view["suggestions"] = ["<b>"]
    html = drawing.details_html(view, None)
    assert "&lt;script&gt;.py" in html
    assert "<script>" not in html
    assert "&lt;b&gt;" in html
    assert "Prepared while you were typing: login.py" in html


def test_where_only_a_yes_is_waited_for_nothing_is_foreseen(view: SessionView, turn: TurnView) -> None:
    running: Any = {**turn, "state": "running"}
    waits: Any = {
        **view,
        "suggestions": [],
        "changes": [],
        "question": {**(view["question"] or {}), "turn": turn["id"]},
    }
    waits["question"]["stage"] = "READY"
    change = {"turn": turn["id"], "state": "proposed", "problem": "", "files": [{"blocked": ""}]}
    assert "Likely files" in drawing.details_html(waits, running)
    waits["changes"] = [change]
    assert "Likely files" not in drawing.details_html(waits, running)
    waits["suggestions"] = ["Editing a.py"]  # own words are typed
    assert "Likely files" in drawing.details_html(waits, running)


def test_long_lists_are_counted() -> None:
    assert drawing.listed([str(number) for number in range(9)]) == "0, 1, 2, 3, 4, 5 and 3 more"
    assert drawing.listed(["a"]) == "a"


def test_every_format_has_plain_text(turn: TurnView) -> None:
    answer = Answer("q", "find", "**here**", ("a.py:1",), (), {}, {"at": Path("a.py")})
    assert drawing.bundle("x", "text") == {"text/plain": "x"}
    assert drawing.bundle("x") == {"text/markdown": "x", "text/plain": "x"}
    bundle = drawing.bundle("", "json", drawing.answer_data(answer, turn))
    assert bundle["application/json"]["data"] == {"at": "a.py"}
    assert json.loads(bundle["text/plain"]) == bundle["application/json"]


def test_what_a_cell_shows_as_markdown_runs_nothing() -> None:
    said = "set x to <img src=x onerror=alert(1)>"
    assert drawing.bundle(said) == {"text/markdown": said.replace("<", "&lt;"), "text/plain": said}
