from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.experiment.commit_view import MemoryView, view_of_texts
from codemaestro_jupyter.predict import Predictor
from codemaestro_jupyter.predict.predictor import best
from codemaestro_jupyter.types import LiveContext, Prediction

NOW = 1e9 + 3600.0
NOBODY = LiveContext()


def paths(prediction: Prediction) -> list[str]:
    return [str(file.path) for file in prediction.files]


@pytest.mark.parametrize("text", ["", "fix", "  fix \n"])
def test_up_to_three_characters_predict_nothing(view: MemoryView, text: str) -> None:
    assert Predictor().predict(text, view, NOBODY) == Prediction(text)


def test_a_fourth_character_is_enough(view: MemoryView) -> None:
    assert len(Predictor().predict("fixi", view, NOBODY).files) == 3


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("explain shop/log_format.py", "shop/log_format.py"),
        ("where is fetch_user", "shop/client.py"),
        ("rename the http client", "shop/client.py"),
        ("improve the guide in the docs", "docs/guide.md"),
    ],
)
@pytest.mark.parametrize("project", ["view", "bare"])
def test_what_the_text_names_comes_first(text: str, first: str, project: str, request: pytest.FixtureRequest) -> None:
    prediction = Predictor().predict(text, request.getfixturevalue(project), NOBODY)
    assert paths(prediction)[0] == first


def test_probabilities_are_ordered_and_every_file_has_a_reason(view: MemoryView) -> None:
    files = Predictor(clock=lambda: NOW).predict("fix the bask", view, NOBODY).files
    chances = [file.probability for file in files]
    assert chances == sorted(chances, reverse=True)
    assert all(0 < chance < 1 and 1 <= len(file.why) <= 3 for chance, file in zip(chances, files, strict=True))
    assert files[0].path == "shop/basket.py"
    assert "changed in the last commit" in files[0].why


def test_an_empty_project_is_predicted_to_need_nothing() -> None:
    prediction = Predictor().predict("fix the log", view_of_texts({}), NOBODY)
    assert (prediction.files, prediction.words) == ((), ())


@pytest.mark.parametrize("k", [0, 1, 5, 99])
def test_k_limits_and_keeps_the_order(view: MemoryView, k: int) -> None:
    predictor = Predictor()
    every = paths(predictor.predict("add tests", view, NOBODY, 99))
    assert paths(predictor.predict("add tests", view, NOBODY, k)) == every[:k]
    assert len(every) == len(view.paths)


def test_the_order_of_questions_changes_no_answer(view: MemoryView) -> None:
    texts = ["fix the log", "fix the basket tot", "add a test for the client", "explain fetch_user"]
    alone = {text: Predictor(clock=lambda: NOW).predict(text, view, NOBODY).files for text in texts}
    one = Predictor(clock=lambda: NOW)
    with ThreadPoolExecutor(4) as pool:
        together = dict(zip(texts * 5, pool.map(lambda t: one.predict(t, view, NOBODY).files, texts * 5), strict=True))
    assert together == alone


@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    prediction = Predictor().predict(text, _SMALL, NOBODY)
    assert len(prediction.files) == (2 if len(text.strip()) > 3 else 0)


_SMALL = view_of_texts({"a.py": "def alpha(): pass", "b.md": "# Beta"}, [("Add alpha", ["a.py"])])


@given(st.lists(st.integers(-3, 3), max_size=20), st.integers(0, 25))
def test_best_is_the_stable_order(values: list[int], k: int) -> None:
    scores = np.array(values, np.float32)
    assert best(scores, k).tolist() == np.argsort(-scores, kind="stable")[:k].tolist()
