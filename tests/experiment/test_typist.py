"""The simulated typist has the asked speed and a person's rhythm."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.experiment.typist import SHORTEST, keystrokes

TEXT = "make the retry of a failed download wait longer, and log it. " * 40


@pytest.mark.parametrize("speed", [30.0, 52.0, 90.0])
def test_the_mean_speed_is_the_one_asked_for(speed: float) -> None:
    pauses = [key.pause for key in keystrokes(TEXT, seed=1, words_a_minute=speed)]
    assert 60.0 / 5.0 / statistics.fmean(pauses) == pytest.approx(speed, rel=0.05)


def test_the_rhythm_varies_between_seeds_and_repeats_for_one() -> None:
    assert list(keystrokes("abc def", 1)) == list(keystrokes("abc def", 1))
    assert list(keystrokes("abc def", 1)) != list(keystrokes("abc def", 2))


@given(st.text(max_size=60), st.integers())
def test_the_text_grows_by_one_character_and_no_pause_is_inhuman(text: str, seed: int) -> None:
    keys = list(keystrokes(text, seed))
    assert [key.text for key in keys] == [text[: length + 1] for length in range(len(text))]
    assert all(key.pause >= SHORTEST for key in keys)


def test_a_typist_who_does_not_type_is_refused() -> None:
    with pytest.raises(ValueError, match="more than"):
        list(keystrokes("a", words_a_minute=0))
