from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.experiment.commit_view import MemoryView, view_of_texts
from codemaestro_jupyter.predict.ground import Grounds
from codemaestro_jupyter.predict.question import ask
from codemaestro_jupyter.predict.words import likely_words
from codemaestro_jupyter.types import LikelyWord, LiveContext, Variable


def words(view: MemoryView, text: str, variables: Sequence[Variable] = ()) -> tuple[LikelyWord, ...]:
    return likely_words(Grounds().of(view), ask(text), LiveContext(variables=tuple(variables)))


def test_a_half_typed_word_is_completed_from_past_requests(view: MemoryView) -> None:
    first = words(view, "fix the bas")[0]
    assert (first.word, first.completion) == ("basket", "ket")


def test_after_a_blank_the_word_that_followed_before(view: MemoryView) -> None:
    assert [word.word for word in words(view, "fix ")] == ["the"]
    assert words(view, "fix ")[0].completion == "the"


def test_names_in_the_session_complete_too(bare: MemoryView) -> None:
    assert words(bare, "plot tempera", [Variable("temperatures", "Series")])[0].completion == "tures"


@pytest.mark.parametrize("text", ["fix the ba", "unheardof", "unheardof ", "fix the log."])
def test_nothing_known_is_nothing_said(view: MemoryView, text: str) -> None:
    assert words(view, text) == ()


@given(st.sampled_from(["fet", "Fet", "fix the", "fix the log", "add ret", "write ", "FETCH", "http", "HTTPC"]))
def test_text_and_completion_make_the_word(text: str) -> None:
    found = words(_VIEW, text)
    for word in found:
        typed = ask(text).partial
        assert (typed + word.completion).lower() == word.word.lower()
        assert word.completion
        assert 0 < word.probability < 1
    chances = [word.probability for word in found]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) < 1


_VIEW = view_of_texts(
    {"client.py": "class HTTPClient:\n    def fetch_user(self): ...\n"},
    [("Fix the log", ["client.py"]), ("Add retries", ["client.py"]), ("write logs", ["client.py"])],
)
