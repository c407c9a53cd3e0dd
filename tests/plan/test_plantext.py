"""A plan's text can be changed, and what is not changed stays what it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.plan.plantext import render, revise

PLAN: dict[str, Any] = {
    "schema": 1,
    "text": "wait longer",
    "steps": [
        {"id": 1, "needs": [], "do": "replace_text", "path": "auth.py", "old": "A = 1", "new": "A = 2\nB = 3"},
        {"id": 2, "needs": [1], "do": "create_file", "path": "new.py", "text": "x = 1\n"},
        {"id": 3, "needs": [2], "do": "rename_symbol", "name": "old", "new": "fresh", "path": ""},
    ],
}
TEXT = """=== 1. replace in auth.py ===
A = 2
B = 3
=== 2. create new.py ===
x = 1

=== 3. rename old ===
fresh"""


def test_each_step_has_its_text_below_its_heading() -> None:
    assert render(PLAN) == TEXT
    assert revise(PLAN, TEXT) == PLAN


@given(st.lists(st.text(alphabet="ab =.\n1", max_size=12), min_size=3, max_size=3))
def test_what_is_written_is_what_the_step_gets(texts: list[str]) -> None:
    plan = {**PLAN, "steps": [dict(step) for step in PLAN["steps"]]}
    for step, text in zip(plan["steps"], texts, strict=True):
        step["new" if "new" in step else "text"] = text
    assert revise(PLAN, render(plan)) == plan


def test_a_section_that_is_taken_away_takes_its_step_out() -> None:
    left = TEXT.replace("=== 2. create new.py ===\nx = 1\n\n", "").replace("A = 2", "A = 5")
    revised = revise(PLAN, left)
    assert [(step["id"], step["needs"]) for step in revised["steps"]] == [(1, []), (3, [])]
    assert revised["steps"][0]["new"] == "A = 5\nB = 3"


@pytest.mark.parametrize("text", ["", "x = 1", "hello\n" + TEXT, TEXT.replace("create new.py", "create other.py")])
def test_a_text_that_is_no_plan_any_more_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        revise(PLAN, text)
    assert caught.value.hint
