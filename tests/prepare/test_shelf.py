from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.prepare.shelf import Shelf, weight
from codemaestro_jupyter.types import Preparation, PreparationKey


def preparation(subject: str, size: int = 100, version: int = 1) -> Preparation:
    payload = {"text": "x" * size}
    return Preparation(PreparationKey("file", subject), "INTENT", version, {}, payload, 0.1, 1, 0.0)


def test_the_newest_of_a_key_is_kept() -> None:
    shelf = Shelf(lambda: 10_000)
    shelf.put(preparation("a"))
    shelf.put(preparation("a", version=2))
    assert shelf.get(PreparationKey("file", "a")) == preparation("a", version=2)
    shelf.drop(PreparationKey("file", "a"))
    assert shelf.get(PreparationKey("file", "a")) is None
    assert shelf.size == 0


def test_what_was_not_touched_longest_goes_first() -> None:
    shelf = Shelf(lambda: 3 * (weight({"text": "x" * 1000}) + 1000))
    for name in "abc":
        shelf.put(preparation(name, 1000))
    shelf.get(PreparationKey("file", "a"))
    shelf.put(preparation("d", 1000))
    assert [name for name in "abcd" if shelf.get(PreparationKey("file", name))] == ["a", "c", "d"]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 5000))), st.integers(0, 20_000))
def test_the_limit_is_never_passed(puts: list[tuple[str, int]], limit: int) -> None:
    shelf = Shelf(lambda: limit)
    for name, size in puts:
        shelf.put(preparation(name, size))
        assert shelf.size <= limit
    shelf.clear()
    assert shelf.size == 0
