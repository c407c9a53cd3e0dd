from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.experiment.commit_view import MemoryView
from codemaestro_jupyter.predict.past import Past
from codemaestro_jupyter.predict.rhythm import FOLLOWED_FADING, OLD, UNSURE, Rhythm
from codemaestro_jupyter.predict.shape import Shape

HISTORIES = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True), max_size=12)


def rhythm_of(history: list[list[int]], n: int) -> Rhythm:
    files = np.array([file for commit in history for file in commit], np.int32)
    sizes = np.array([len(commit) for commit in history], np.int64)
    return Rhythm(files, sizes, n)


def test_a_file_is_as_young_as_its_first_commit() -> None:
    young = rhythm_of([[0, 1], [1], [1]], 3).young
    assert young.tolist() == pytest.approx([0.0, -math.log(3) / 4, -math.log(1 + OLD) / 4])


def test_what_came_after_a_commit_like_the_last_follows_it() -> None:
    follows = rhythm_of([[0], [1], [2], [0], [3]], 4).follows
    # 2 followed {0} before; 0 follows {1} at the very end, which is what the last commit itself did.
    after_own, after_zero = 0.5 ** (1 / FOLLOWED_FADING), 0.5 ** (3 / FOLLOWED_FADING)
    total = after_own + after_zero + UNSURE
    assert follows.tolist() == pytest.approx([10 * after_own / total, 0.0, 10 * after_zero / total, 0.0])


@settings(deadline=None)
@given(HISTORIES)
def test_any_history_gives_numbers_for_every_file(history: list[list[int]]) -> None:
    found = rhythm_of(history, 6)
    for values in (found.young, found.follows):
        assert values.shape == (6,)
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


def test_a_sequel_is_found_among_the_newest_subjects(view: MemoryView) -> None:
    past = Past(view.history, Shape(view.paths))
    lately = past.lately_similar(["receipt"], [], len(view.paths))
    assert [path for path, score in zip(view.paths, lately, strict=True) if score] == [
        "shop/basket.py",
        "tests/test_basket.py",
    ]
    begun = past.lately_similar([], ["receipt"], len(view.paths))
    assert begun.tolist() == pytest.approx((0.6 * lately).tolist())


def test_words_lift_the_area_that_they_led_to(view: MemoryView) -> None:
    areas = dict(
        zip(view.paths, Past(view.history, Shape(view.paths)).area_lifts(["guide"], len(view.paths)), strict=True)
    )
    assert areas["docs/guide.md"] > 0 > areas["shop/client.py"]
    assert areas["shop/client.py"] == areas["shop/basket.py"]


def test_no_history_tells_nothing(bare: MemoryView) -> None:
    past = Past(bare.history, Shape(bare.paths))
    n = len(bare.paths)
    assert not past.lately_similar(["fix"], ["log"], n).any()
    assert not past.area_lifts(["fix"], n).any()
    assert not past.rhythm.follows.any()
