"""Reading ahead pays where it saves more than it takes; the dial weighs both."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.prepare.ahead import worth_reading_ahead


@pytest.mark.parametrize(
    ("probability", "saved", "dollars", "dial", "worth"),
    [
        (0.6, 4.0, 0.0, 0.5, True),  # 8,000 tokens of a local model, likely submitted
        (0.04, 4.0, 0.0, 0.5, False),  # hardly likely
        (0.6, 4.0, 0.0, 0.0, False),  # thrifty: only what is nearly sure
        (0.9, 4.0, 0.0, 0.0, True),
        (0.6, 0.5, 0.00015, 0.5, True),  # 1,000 tokens of a cheap model elsewhere
        (0.6, 0.5, 0.015, 0.5, False),  # of a dear one
        (0.6, 0.5, 0.015, 1.0, True),  # fast: money matters less
    ],
)
def test_examples(probability: float, saved: float, dollars: float, dial: float, worth: bool) -> None:
    assert worth_reading_ahead(probability, saved, dollars, dial) is worth


chances, seconds, money = st.floats(0.0, 1.0), st.floats(0.01, 60.0), st.floats(0.0, 1.0)


@given(chances, chances, seconds, money, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_what_pays_pays_also_where_it_is_likelier_and_the_dial_faster(
    one: float, other: float, saved: float, dollars: float, dial: float, faster: float
) -> None:
    low, high = sorted((one, other))
    slow, fast = sorted((dial, faster))
    if worth_reading_ahead(low, saved, dollars, slow):
        assert worth_reading_ahead(high, saved, dollars, slow)
        assert worth_reading_ahead(low, saved, dollars, fast)
