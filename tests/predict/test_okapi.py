from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.experiment.commit_view import view_of_texts
from codemaestro_jupyter.predict.okapi import CONTENT, SYMBOLS, Constants, Field
from codemaestro_jupyter.predict.question import ask

WORDS = ["alpha", "beta", "gamma", "delta"]
DOCUMENTS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=6)


def field_of(documents: list[list[str]], constants: Constants = CONTENT) -> Field:
    view = view_of_texts({f"{number}.txt": " ".join(words) for number, words in enumerate(documents)})
    content = view.field("content")
    return Field(content.postings, content.complete, content.lengths, constants)


def test_weights_are_the_textbook_formula() -> None:
    field = field_of([["alpha", "alpha", "beta"], ["beta"], ["gamma", "beta", "beta", "beta"]], SYMBOLS)
    documents, weights = field.weights("alpha")
    average = (3 + 1 + 4) / 3
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 * 2.2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / average))
    assert documents.tolist() == [0]
    assert weights.tolist() == pytest.approx([expected], rel=1e-5)


@given(DOCUMENTS)
def test_scores_are_bounded_and_best_is_at_most_told(documents: list[list[str]]) -> None:
    field = field_of(documents)
    question = ask("alpha beta gam")
    scores = field.scores(question, [1.0, 1.0])
    assert (scores.covered >= 0).all()
    assert (scores.covered <= 1 + 1e-5).all()
    assert (scores.best <= scores.told + 1e-5).all()
    holds = np.array([bool({"alpha", "beta"} & set(words)) for words in documents])
    assert ((scores.told > 0) == holds).all()
    assert ((scores.begun > 0) == np.array(["gamma" in words for words in documents])).all()


@given(st.integers(1, 1000), st.data())
def test_rarer_terms_weigh_more_and_none_weighs_less_than_nothing(n: int, data: st.DataObject) -> None:
    field = field_of([["alpha"]])
    field._n = n
    common = data.draw(st.integers(1, n))
    rare = data.draw(st.integers(0, common))
    assert field.idf(rare) >= field.idf(common) > 0


def test_a_word_that_is_complete_and_begun_again_counts_once() -> None:
    field = field_of([["alpha"], ["beta"]])
    scores = field.scores(ask("alpha alph"), [1.0])
    assert scores.begun.tolist() == [0.0, 0.0]
