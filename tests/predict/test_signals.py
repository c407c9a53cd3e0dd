from __future__ import annotations

import numpy as np
import pytest

from codemaestro_jupyter.experiment.commit_view import MemoryView
from codemaestro_jupyter.predict.ground import Grounds
from codemaestro_jupyter.predict.question import ask
from codemaestro_jupyter.predict.signals import ROW, SIGNALS, constant, measure, whole


def row(view: MemoryView, text: str, name: str) -> dict[str, float]:
    ground = Grounds().of(view)
    values = whole(ground, measure(ground, ask(text)))[ROW[name]].tolist()
    return {path: value for path, value in zip(view.paths, values, strict=True) if value}


def test_the_matrix_has_a_row_for_each_signal_and_only_numbers(view: MemoryView) -> None:
    ground = Grounds().of(view)
    matrix = whole(ground, measure(ground, ask("Fix the log_format of shop/client.py te")))
    assert matrix.shape == (len(SIGNALS), len(view.paths))
    assert matrix.dtype == np.float32
    assert np.isfinite(matrix).all()
    assert len(set(SIGNALS)) == len(SIGNALS)


def test_constant_signals_do_not_hear_the_text(view: MemoryView) -> None:
    ground = Grounds().of(view)
    before = [row.tolist() for row in constant(ground)]
    for text in ("fix the log", "add tests of client"):
        ground.give_back(measure(ground, ask(text)))
    assert [row.tolist() for row in constant(ground)] == before


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("see shop/client.py", "named", {"shop/client.py": 1.0}),
        ("see shop.client now", "named", {"shop/client.py": 1.0}),
        ("the log format is off", "stem", {"shop/log_format.py": 1.0}),
        ("the basket ", "stem", {"shop/basket.py": 1.0}),
        ("the basket ", "test_stem", {"tests/test_basket.py": 1.0}),
        ("the bask", "begun_stem", {"shop/basket.py": 1.0}),
        ("update the docs ", "asks_docs", {"docs/guide.md": 1.0}),
        ("pin the dependency ", "asks_dependencies", {"pyproject.toml": 1.0}),
        ("run tests ", "asks_tests", {"tests/test_basket.py": 1.0, "tests/test_client.py": 1.0}),
    ],
)
def test_a_signal_speaks_for_what_it_is_named_after(
    view: MemoryView, text: str, name: str, expected: dict[str, float]
) -> None:
    assert row(view, text, name) == expected


def test_two_words_may_be_one_identifier(view: MemoryView) -> None:
    assert set(row(view, "fetch user twice", "joined")) == {"shop/client.py"}


def test_a_test_is_lifted_by_its_source(view: MemoryView) -> None:
    lifted = row(view, "fetch_user of HTTPClient ", "pair")
    assert lifted["tests/test_client.py"] > lifted.get("tests/test_basket.py", 0.0)


def test_grounds_are_made_once_and_share_what_did_not_change(view: MemoryView) -> None:
    grounds = Grounds()
    first = grounds.of(view)
    assert grounds.of(view) is first
    changed = MemoryView.__new__(MemoryView)
    changed.__dict__.update(view.__dict__)
    second = grounds.of(changed)
    assert second is not first
    assert second.shape is first.shape
    assert second.past is first.past
