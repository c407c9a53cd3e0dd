"""An answer grows on a terminal: what is printed for good never has to change, and nothing is lost or said twice."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from codemaestro_jupyter.cli.streaming import Growing, settled

BLOCKS = [
    "A paragraph\nof two lines.\n\n",
    "## A heading\n\n",
    "- one\n\n  still one\n- two\n\n",
    "1. first\n\n2. second\n\n",
    "```python\na = 1\n\nb = 2\n```\n\n",
    "~~~~\n```\n\nnot over\n~~~~\n\n",
    "> quoted\n\n> and on\n\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
    "**bold** first\n\n",
]


@pytest.mark.parametrize(
    ("markdown", "done"),
    [
        ("", ""),
        ("One paragraph", ""),
        ("One.\n\n", ""),
        ("One.\n\nTwo", "One.\n\n"),
        ("- one\n\n- two", ""),
        ("- one\n\n**After** it", "- one\n\n"),
        ("```\na\n\nb", ""),
        ("```\na\n\nb\n```\n\nAfter", "```\na\n\nb\n```\n\n"),
        ("````\n```\n\nb\n```\n\nstill", ""),
    ],
)
def test_examples(markdown: str, done: str) -> None:
    assert markdown[: settled(markdown)] == done


@given(st.lists(st.sampled_from(BLOCKS), max_size=6).map("".join))
def test_what_is_settled_stays_so(markdown: str) -> None:
    places = [settled(markdown[:end]) for end in range(len(markdown) + 1)]
    assert places == sorted(places)
    assert all(markdown[:place].endswith("\n\n") for place in places if place)


@given(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6).map("".join), st.integers(1, 40))
def test_nothing_is_lost_or_said_twice(markdown: str, size: int) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=60, height=12)
    with Growing(Path("/project"), console) as place:
        printed: list[str] = []
        place._print = printed.append  # type: ignore[method-assign]
        for start in range(0, len(markdown), size):
            place.say(markdown[start : start + size])
        assert place.said == markdown
    assert "".join(printed) == markdown


def test_what_is_left_on_the_screen_is_the_whole_answer() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=60, height=8)
    with Growing(Path("/project"), console) as place:
        for number in range(30):
            place.say(f"- point {number}\n")
        place.say("\nThe end.")
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    after = shown[shown.rindex("point 0") :]
    assert [f"point {number}" in after for number in range(30)] == [True] * 30
    assert after.rstrip().endswith("The end.")
    assert "Ctrl-C stops" not in after.rsplit("\x1b[2K", 1)[-1]
