from __future__ import annotations

import pytest

from codemaestro_jupyter.experiment.commit_view import MemoryView
from codemaestro_jupyter.predict import Predictor
from codemaestro_jupyter.predict.reasons import changed
from codemaestro_jupyter.types import LiveContext

NOW = 1e9 + 7_200.0


def why(view: MemoryView, text: str, path: str) -> tuple[str, ...]:
    files = Predictor(clock=lambda: NOW).predict(text, view, LiveContext(), 99).files
    return next(file.why for file in files if file.path == path)


def test_a_named_file_is_said_to_be_named_before_anything_else(view: MemoryView) -> None:
    assert why(view, "explain shop/client.py now", "shop/client.py")[0] == "named in your text"


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("where is fetch_user used", "shop/client.py", "defines fetch_user"),
        ("more retries please", "shop/client.py", "changed before for retries"),
        ("use more of the client ", "tests/test_client.py", "tests client.py"),
    ],
)
def test_reasons_name_the_words_that_led_there(view: MemoryView, text: str, path: str, expected: str) -> None:
    assert expected in why(view, text, path)


@pytest.mark.parametrize(
    ("commits", "when", "expected"),
    [
        (0, NOW, "changed in the last commit"),
        (3, NOW - 2 * 86_400, "changed 2 days ago"),
        (3, NOW - 86_400, "changed 1 day ago"),
        (3, NOW - 60, "changed within the hour"),
        (3, NOW - 70 * 86_400, "changed 2 months ago"),
        (3, NOW + 60, "changed 4 commits ago"),
        (3, 0.0, "changed 4 commits ago"),
    ],
)
def test_time_is_said_in_the_largest_unit(commits: float, when: float, expected: str) -> None:
    assert changed(commits, when, NOW) == expected
