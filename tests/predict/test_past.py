from __future__ import annotations

import math

import numpy as np
import pytest

from codemaestro_jupyter.experiment.commit_view import MemoryView
from codemaestro_jupyter.predict.past import PSEUDO, Past
from codemaestro_jupyter.predict.shape import Shape


def past_of(view: MemoryView) -> Past:
    return Past(view.history, Shape(view.paths))


def test_what_changed_last_comes_first(view: MemoryView) -> None:
    past = past_of(view)
    assert view.paths[int(np.argmax(past.prior_20))] == "shop/basket.py"
    ages = dict(zip(view.paths, past.age.tolist(), strict=True))
    assert (ages["shop/basket.py"], ages["tests/test_basket.py"], ages["shop/log_format.py"]) == (0, 1, 4)
    assert ages["pyproject.toml"] == 1000
    assert past.changed_at(view.paths.index("shop/client.py")) == 1e9 - 2 * 86_400


def test_terms_lead_to_commits_newest_first(view: MemoryView) -> None:
    past = past_of(view)
    assert past.commits_of("fix").tolist() == [0, 1, 4]
    assert past.commits_of("unheard").tolist() == []
    assert past.complete("lo", 5) == [("log", 2)]


def test_words_of_most_subjects_tell_little(view: MemoryView) -> None:
    past = past_of(view)
    assert past.telling("fix") < past.telling("colour") <= 1.0


def test_files_of_similar_subjects_are_found(view: MemoryView) -> None:
    past = past_of(view)
    similar = past.similar(["retri", "retries", "connection"], [], len(view.paths))
    assert {path for path, score in zip(view.paths, similar, strict=True) if score} == {
        "shop/client.py",
        "tests/test_client.py",
    }


def test_a_lift_is_the_log_ratio_with_pseudo_commits(view: MemoryView) -> None:
    past = past_of(view)
    of_files, of_classes = past.lifts(["line"], len(view.paths))
    place = view.paths.index("shop/log_format.py")
    fading = 0.5 ** (4 / 1500)
    usual = (fading + 0.02) / (sum(0.5 ** (age / 1500) for age in range(5)) + 1)
    expected = math.log((fading + PSEUDO * usual) / (fading + PSEUDO) / usual)
    assert of_files[place] == pytest.approx(expected, rel=1e-5)
    assert of_files[view.paths.index("shop/client.py")] == pytest.approx(math.log(PSEUDO / (fading + PSEUDO)), rel=1e-5)
    assert np.isfinite(of_classes).all()


def test_no_history_says_the_same_of_every_file(bare: MemoryView) -> None:
    past = past_of(bare)
    for row in (past.prior_20, past.prior_60, past.last, past.last_rank):
        assert len(set(row.tolist())) == 1
    assert past.similar(["fix"], ["fixture"], len(bare.paths)).tolist() == [0.0] * len(bare.paths)
