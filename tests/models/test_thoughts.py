"""What a model thinks is told from what it says, wherever the stream is cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.models.thoughts import MARKS, Thoughts

SAID = "Use `<think>` and\n```\n</think>\n```\nor </think> in a line."


def told(pieces: list[str], first: bool = False) -> tuple[str, str, bool]:
    """What was said, what was thought, and whether it was found out late."""
    thoughts = Thoughts(first)
    found = [piece for text in pieces for piece in thoughts.hear(text)] + thoughts.end()
    said = thought = ""
    turned = False
    for piece in found:
        if piece.turned:
            said, thought, turned = "", thought + said, True
        said, thought = said + ("" if piece.thought else piece.text), thought + (piece.text if piece.thought else "")
    return said, thought, turned


def cut(text: str, places: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[one:other] for one, other in itertools.pairwise(edges)]


cuts = st.lists(st.integers(0, 400), max_size=40)


@given(st.sampled_from(sorted(MARKS)), st.sampled_from(["", "so < 3 </", "a\n\nb"]), cuts)
def test_thoughts_between_marks_are_not_said(mark: str, thought: str, places: list[int]) -> None:
    assert told(cut(f"\n{mark}{thought}{MARKS[mark]}\n\n{SAID}", places)) == (SAID, thought, False)


@given(st.sampled_from(["Hello", "<thing> is a tag", "< 3", "[", "{}", "  indented", SAID, "", " \n"]), cuts)
def test_what_only_speaks_of_marks_is_said_as_it_is(text: str, places: list[int]) -> None:
    assert told(cut(text, places)) == (text, "", False)


@given(cuts)
def test_an_end_without_a_beginning_turns_what_was_said_into_thought(places: list[int]) -> None:
    text = "Let me see.\nA loop.\n</think>\n\nIt is a loop."
    assert told(cut(text, places)) == ("It is a loop.", "Let me see.\nA loop.\n", True)
    assert told(cut(text, places), first=True) == ("It is a loop.", "Let me see.\nA loop.\n", False)
    assert told(cut("It is a loop.", places), first=True) == ("It is a loop.", "", False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>and on and on", ("", "and on and on", False)),
        ("<think>a</think><think>b</think>c", ("c", "ab", False)),
        (
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{}",
            ("{}", "hm", False),
        ),
        ("<think>", ("", "", False)),
        ("<thi", ("<thi", "", False)),
    ],
)
def test_ends_of_answers(text: str, expected: tuple[str, str, bool]) -> None:
    assert told([text]) == told(list(text)) == expected


def test_what_is_said_is_not_held_back() -> None:
    thoughts = Thoughts()
    heard = [[piece.text for piece in thoughts.hear(text)] for text in ("It", " is", " <", "b>", "\n", "<", "/p>")]
    assert heard == [["It"], [" is"], [" <"], ["b>"], ["\n"], [], ["</p>"]]
