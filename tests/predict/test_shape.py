from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.predict.shape import Names, Shape

PATHS = sorted(
    ["a/Reader.py", "a/b/__init__.py", "a/b/c.py", "src/button.test.tsx", "src/button.tsx", "tests/test_reader.py"]
)


def names(shape: Shape, documents: list[int]) -> list[str]:
    return [shape.paths[number] for number in documents]


def test_a_mention_finds_paths_files_and_modules() -> None:
    shape = Shape(PATHS)
    assert names(shape, shape.position_of_name("reader.py")) == ["a/Reader.py"]
    assert names(shape, shape.position_of_name("b/c.py")) == ["a/b/c.py"]
    assert names(shape, shape.position_of_name("a.b.c.function")) == ["a/b/c.py"]
    assert names(shape, shape.position_of_name("x/c.py")) == []
    assert names(shape, shape.position_of_module("unknown")) == []


def test_tests_are_paired_with_their_sources() -> None:
    shape = Shape(PATHS)
    pairs = zip(shape.pair_tests.tolist(), shape.pair_sources.tolist(), strict=True)
    assert {(PATHS[test], PATHS[source]) for test, source in pairs} == {
        ("src/button.test.tsx", "src/button.tsx"),
        ("tests/test_reader.py", "a/Reader.py"),
    }


def test_a_package_is_called_by_its_folder() -> None:
    shape = Shape(PATHS)
    assert names(shape, shape.stems.of("b").tolist()) == ["a/b/__init__.py"]


def test_no_paths_are_a_shape_too() -> None:
    assert Shape([]).position_of_name("a.py") == []


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "ab"]), st.integers(0, 9))))
def test_names_keep_every_pair_once(pairs: list[tuple[str, int]]) -> None:
    found = Names(pairs)
    assert {name: found.of(name).tolist() for name in found.sorted} == {
        name: sorted({number for other, number in pairs if other == name}) for name, _ in pairs
    }
