"""The ladder: the first rung that finds decides, several places are an error, never a guess."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.matching import FUZZY_LIMIT, find, ignoring_whitespace
from codemaestro_jupyter.errors import AmbiguousError, EditError

TEXT = "def f(x):\n    total = 0\n    for item in x:\n        total += item\n    return total\n"


@pytest.mark.parametrize(
    ("old", "rung", "found"),
    [
        ("total = 0", "exact", "total = 0"),
        ("    for item in x:\r\n        total += item", "line ends", "    for item in x:\n        total += item"),
        ("    total  =  0 \n    for item in  x:", "whitespace", "    total = 0\n    for item in x:"),
        ("total=0", "whitespace", "total = 0"),
        ("for item in x:\n    total += item", "relative indent", "    for item in x:\n        total += item"),
        ("    for element in x:\n        total += item", "fuzzy", "    for item in x:\n        total += item"),
    ],
)
def test_each_rung_finds_its_own(old: str, rung: str, found: str) -> None:
    (place,) = find(TEXT, old)
    assert (place.rung, TEXT[place.start : place.end]) == (rung, found)


def test_the_replacement_takes_the_indent_of_its_place() -> None:
    (place,) = find(TEXT, "for item in x:\n    total += item")
    assert place.fit("for item in x:\n    total -= item\n\n") == "    for item in x:\n        total -= item\n\n"
    (place,) = find("a = 1\nb = 2\n", "    a = 1\n    b = 2")
    assert place.fit("    a = 3\n    if a:\n        b = 2") == "a = 3\nif a:\n    b = 2"


def test_several_places_are_listed_not_chosen() -> None:
    with pytest.raises(AmbiguousError) as caught:
        find("x = 1\ny = 2\nx = 1\n", "x = 1")
    assert caught.value.candidates == ("line 1: x = 1", "line 3: x = 1")
    assert len(find("x = 1\ny = 2\nx = 1\n", "x = 1", every=True)) == 2


def test_two_places_as_alike_as_each_other_are_ambiguous() -> None:
    text = "result = compute_first(value)\nother = 1\nresult = compute_thirst(value)\n"
    with pytest.raises(AmbiguousError):
        find(text, "result = compute_hirst(value)")


def test_what_is_not_there_names_the_nearest_line_and_the_limit() -> None:
    with pytest.raises(EditError, match=f"{FUZZY_LIMIT:.0%}") as caught:
        find(TEXT, "    return totally_different(total)")
    assert caught.value.candidates == ("line 5: return total",)


def test_an_empty_text_is_an_error() -> None:
    with pytest.raises(EditError, match="empty"):
        find(TEXT, " \n")


LINES = st.lists(st.text("ab =(\t", max_size=6), min_size=1, max_size=8).map("\n".join)


@settings(deadline=None)
@given(LINES, LINES)
def test_whatever_is_found_holds_the_words_that_were_asked_for(text: str, old: str) -> None:
    try:
        places = find(text, old, every=True)
    except EditError:
        return
    for place in places:
        assert 0 <= place.start <= place.end <= len(text)
        if place.rung == "exact":
            assert text[place.start : place.end] == old
        elif place.rung != "fuzzy":
            assert "".join(text[place.start : place.end].split()) == "".join(old.split())


@settings(deadline=None)
@given(LINES, st.text("ab =(", min_size=4, max_size=10))
def test_an_exact_match_is_never_passed_over(text: str, old: str) -> None:
    if old.strip() and text.count(old) == 1:
        assert [place.rung for place in find(text, old)] == ["exact"]


def test_a_piece_of_a_line_is_found_whatever_its_blanks_but_not_inside_a_word() -> None:
    assert [place.start for place in ignoring_whitespace("xretries = 3\nretries  =3", "retries=3")] == [13]
