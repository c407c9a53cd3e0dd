from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.predict.names import Names
from codemaestro_jupyter.predict.shape import Shape

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
    found = Names.of_pairs(pairs)
    assert {name: found.of(name).tolist() for name in found.sorted} == {
        name: sorted({number for other, number in pairs if other == name}) for name, _ in pairs
    }


def plain(shape: Shape) -> dict[str, Any]:
    """Everything that a shape knows, in plain values."""
    known: dict[str, Any] = {
        "paths": list(shape.paths),
        "classes": [shape.class_names[one] for one in shape.classes.tolist()],
    }
    for name in ("stems", "test_stems"):
        held: Names = getattr(shape, name)
        known[name] = [(one, held.of(one).tolist()) for one in held.sorted]
    for name in (
        "is_test", "substance", "is_documentation", "is_automation", "names_dependencies", "is_entry", "depth",
        "classes", "class_sizes", "pair_tests", "pair_sources", "pair_back",
    ):  # fmt: skip
        known[f"{name} as numbers"] = getattr(shape, name).tolist()
    return known


SOME = st.lists(
    st.builds(
        "/".join,
        st.lists(st.sampled_from(["src", "tests", "docs", "index", "a", "__init__"]), max_size=2).flatmap(
            lambda folders: st.sampled_from(
                [
                    "a.py",
                    "test_a.py",
                    "_a.py",
                    "index.ts",
                    "b.test.ts",
                    "b.ts",
                    "README.md",
                    "setup.py",
                    "noxfile.py",
                    "A.py",
                ]
            ).map(lambda name: [*folders, name])
        ),
    ),
    unique=True,
).map(sorted)


@pytest.mark.parametrize("most", [0, 2, 300])
@settings(deadline=None)
@given(lists=st.lists(SOME, min_size=2, max_size=4))
def test_a_shape_made_from_an_earlier_one_is_the_same_as_one_made_anew(most: int, lists: list[list[str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("codemaestro_jupyter.predict.shape.MOST_NEW", most)
        shape = None
        for paths in lists:
            shape = Shape(paths, shape)
            assert plain(shape) == plain(Shape(paths))
