"""From the wire to nouns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.jupyter.inward import attached, characters, checked, typing_event
from codemaestro_jupyter.types import CellId, NotebookId, Rating, TypingEvent


@given(st.text(), st.text())
def test_the_cursor_is_counted_in_characters(before: str, after: str) -> None:
    units = len(before.encode("utf-16-le")) // 2
    assert characters(before + after, units) == len(before)


@given(st.text(), st.integers(-10, 10_000))
def test_the_cursor_is_always_inside_the_text(text: str, units: int) -> None:
    assert 0 <= characters(text, units) <= len(text)


def test_a_typing_event() -> None:
    event = typing_event(
        {
            "type": "user_typing",
            "source": "chat",
            "notebook_id": "n",
            "cell_id": "c",
            "seq": 3,
            "text": "🐛 fix",
            "cursor": 3,
            "timestamp": 1.5,
        }
    )
    assert event == TypingEvent("chat", NotebookId("n"), CellId("c"), 3, "🐛 fix", 2, 1.5)


def test_an_attachment_is_fenced_whatever_it_holds() -> None:
    assert attached({"kind": "file", "name": "a.py", "text": ""}) == "Attached file `a.py`."
    assert attached({"kind": "error", "name": "c1", "text": "a\n```\nb\n"}) == (
        "Attached error `c1`:\n\n````\na\n```\nb\n````"
    )


@pytest.mark.parametrize("rating", [Rating(), Rating(0), Rating(6), Rating(3, None, -1)])
def test_marks_are_one_to_five(rating: Rating) -> None:
    with pytest.raises(OptionError, match="marks from 1 to 5"):
        checked(rating)


def test_one_mark_is_enough() -> None:
    assert checked(Rating(smooth=4)) == Rating(None, 4, None)
