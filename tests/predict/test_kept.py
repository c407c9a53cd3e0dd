"""What is kept is bounded and never wrong."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.predict.kept import Kept


@settings(deadline=None)
@given(st.lists(st.integers(0, 9)), st.integers(0, 30))
def test_values_are_those_of_the_function_and_the_bound_holds(keys: list[int], most: int) -> None:
    kept: Kept[int, str] = Kept(most, len)
    for key in keys:
        assert kept.get(key, lambda number: "x" * number) == "x" * key
        assert len(kept._values) <= 1 or sum(len(value) + 1 for value in kept._values.values()) <= most


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    made: list[str] = []
    kept: Kept[str, int] = Kept(2)

    def make(key: str) -> int:
        made.append(key)
        return len(made)

    for key in "abacab":
        kept.get(key, make)
    assert made == ["a", "b", "c", "b"]
