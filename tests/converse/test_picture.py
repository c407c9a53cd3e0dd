"""The words that every screen says alike: what an answer took."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codemaestro_jupyter.converse.picture import seconds, took, turn_view
from codemaestro_jupyter.types import CellId, NotebookId, Receipt, Turn, TurnId

ANSWERED = Turn(TurnId("t"), "q", "a", "explain", NotebookId(""), CellId(""), 1.0, 1.5, 3.1, Receipt())
MODEL = {"model": "served", "local": False, "tokens": 1812, "estimated": False, "cached": 0, "dollars": 0.0012}


@pytest.mark.parametrize(
    ("data", "saved", "said"),
    [
        ({}, 0.0, "2.1 s"),
        ({"hits": 3}, 0.42, "2.1 s · saved 420 ms"),
        ({"asked_seconds": 1.6}, 0.0, "500 ms"),
        (MODEL, 1.4, "2.1 s · 1,812 tokens · $0.0012 · saved 1.4 s · served"),
        (
            {**MODEL, "local": True, "dollars": 0.0, "cached": 1024, "estimated": True},
            0.001,
            "2.1 s · about 1,812 tokens, 1,024 read ahead · served on this machine",
        ),
    ],
)
def test_what_an_answer_took(data: dict[str, Any], saved: float, said: str) -> None:
    turn = replace(ANSWERED, data=data, receipt=Receipt(prepared_seconds=saved))
    assert took(turn_view(turn)) == said


def test_a_reused_answer_costs_nothing_again_and_a_running_one_says_nothing_yet() -> None:
    turn = replace(ANSWERED, data={**MODEL, "asked_seconds": 60.0})
    again = turn_view(turn, reused=True)
    assert took(again) == "2.1 s · from history · served"
    assert (again["asked_seconds"], again["spent"]["tokens"], again["spent"]["dollars"]) == (0.0, 0, 0.0)  # type: ignore[index]
    offline = replace(ANSWERED, data={"asked_seconds": 60.0})
    assert took(turn_view(offline, reused=True)) == "2.1 s · from history"
    assert took(turn_view(replace(turn, state="running"))) == ""


def test_durations() -> None:
    assert [seconds(value) for value in (0.0, 0.42, 2.25)] == ["0 ms", "420 ms", "2.2 s"]
