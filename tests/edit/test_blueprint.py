"""Laws of the blueprint: versions only grow, any kept one is read back byte for byte, unknown fields survive."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.blueprint import (
    Blueprint,
    Component,
    Versions,
    blueprint_from_json,
    blueprint_to_json,
)
from codemaestro_jupyter.edit.bucket import WORTH_IT, words_of
from codemaestro_jupyter.edit.pipeline import run
from codemaestro_jupyter.edit.sought import Sought
from codemaestro_jupyter.edit.text import Text, decode, encode
from codemaestro_jupyter.errors import EditError, PathError

PATHS = st.sampled_from([f"a{number}.txt" for number in range(12)])
CHANGES = st.lists(st.tuples(PATHS, st.none() | st.binary(max_size=30), st.sampled_from([0o644, 0o755])), max_size=4)


def component(path: str, data: bytes | None, mode: int) -> Component | None:
    return None if data is None else Component(path, data, mode)


@settings(deadline=None)
@given(st.lists(CHANGES, max_size=12))
def test_every_kept_version_reads_back_and_rolls_back_byte_for_byte(
    rounds: list[list[tuple[str, bytes | None, int]]],
) -> None:
    versions = Versions(Blueprint([Component("a0.txt", b"start")]))
    seen = {0: list(versions.current)}
    for changes in rounds:
        new = versions.current.with_changes((path, component(path, data, mode)) for path, data, mode in changes)
        number = versions.advance(new).version
        assert number == len(seen)
        seen[number] = list(versions.current)
    for number, components in seen.items():
        assert list(versions.at(number)) == components
    for number, components in seen.items():
        before = versions.current.version
        assert list(versions.rollback(number)) == components
        assert versions.current.version == before + 1


@settings(deadline=None)
@given(CHANGES, CHANGES)
def test_changes_lead_from_one_blueprint_to_the_other(
    one: list[tuple[str, bytes | None, int]], two: list[tuple[str, bytes | None, int]]
) -> None:
    first = Blueprint().with_changes((path, component(path, data, mode)) for path, data, mode in one)
    second = first.with_changes((path, component(path, data, mode)) for path, data, mode in two)
    changes = first.changes_to(second)
    assert first.with_changes((change.path, change.after) for change in changes) == second
    assert second.with_changes((change.path, change.before) for change in changes) == first
    assert [change.path for change in changes] == sorted(change.path for change in changes)


def test_a_version_that_is_not_kept_is_an_error() -> None:
    versions = Versions(Blueprint(), keep=2)
    for number in range(4):
        versions.advance(versions.current.with_changes([(f"{number}", Component(f"{number}", b""))]))
    with pytest.raises(EditError, match="2 to 4"):
        versions.at(1)
    assert [item.path for item in versions.at(2)] == ["0", "1"]


def test_unknown_fields_survive_and_another_schema_is_refused() -> None:
    blueprint = Blueprint([Component("a", b"\xff\x00", 0o755)], version=7)
    value = blueprint_to_json(blueprint)
    value["later"] = {"x": 1}
    value["components"][0]["colour"] = "red"
    again = blueprint_to_json(blueprint_from_json(value))
    assert again == value
    with pytest.raises(EditError, match="version 2"):
        blueprint_from_json({**value, "schema": 2})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
UNKNOWN = st.dictionaries(st.sampled_from(["later", "colour", "Ünknown", "x y"]), JSON, max_size=3)


@settings(deadline=None)
@given(UNKNOWN, UNKNOWN, UNKNOWN)
def test_unknown_fields_survive_a_command(
    whole: dict[str, object], changed: dict[str, object], kept: dict[str, object]
) -> None:
    value = blueprint_to_json(Blueprint([Component("a.txt", b"one\n"), Component("b.txt", b"two\n")]))
    value |= whole
    value["components"][0] |= changed
    value["components"][1] |= kept
    after = run('replace "one" with "1" in a.txt', blueprint_from_json(value)).blueprint
    again = blueprint_to_json(after)
    expected = {**value, "version": after.version}
    expected["components"] = [{**value["components"][0], "data": "MQo="}, value["components"][1]]
    assert again == expected


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_that_count_as_text_encode_to_themselves(data: bytes) -> None:
    for path in ("a.txt", "a.py"):
        try:
            text = decode(data, path)
        except PathError:
            continue
        assert encode(text.text, text) == data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\r\n", Text("a\r\n")),
        (b"\xef\xbb\xbfa", Text("a", "utf-8", b"\xef\xbb\xbf")),
        ("é".encode("utf-16"), Text("é", "utf-16-le", b"\xff\xfe")),
        (b"caf\xe9", Text("café", "latin-1", b"", True)),
        (b"# coding: cp1252\n\x80", Text("# coding: cp1252\n€", "cp1252")),
    ],
)
def test_encodings_are_seen(data: bytes, expected: Text) -> None:
    assert decode(data, "a.py") == expected


def test_binary_is_refused() -> None:
    for data in (b"\x00\x01", b"\x89PNG\r\n\x1a\n\x00", b"\x01\x02\xff"):
        with pytest.raises(PathError, match="binary"):
            decode(data, "x.png")


def test_what_holds_a_word_is_found_once_and_in_order() -> None:
    files = [Component("b.py", b"import one"), Component("a.md", b"one and two"), Component("c.py", b"three")]
    blueprint = Blueprint(files)
    assert blueprint.holding("one") == [files[1], files[0]]
    assert blueprint.holding("two", "one") == [files[1], files[0]]
    assert blueprint.holding("four") == blueprint.holding() == []


TEXTS = st.text(st.sampled_from('aab_1 .\n"é–'), max_size=12)
FILES = st.lists(st.tuples(PATHS, TEXTS, st.sampled_from(["utf-8", "latin-1", "utf-16", "utf-8-sig"])), max_size=6)


def written(path: str, text: str, encoding: str) -> Component:
    return Component(path, text.encode(encoding, "replace"))


@settings(deadline=None)
@given(st.lists(FILES, min_size=1, max_size=4), st.lists(TEXTS, min_size=1, max_size=3))
def test_a_search_by_the_words_a_bucket_knows_finds_what_looking_everywhere_does(
    rounds: list[list[tuple[str, str, str]]], sought: list[str]
) -> None:
    blueprint = Blueprint()
    for files in rounds:
        blueprint = blueprint.with_changes((path, written(path, text, code)) for path, text, code in files)
        everywhere = [item for item in blueprint if Sought(*sought).inside(item)]
        for _ in range(WORTH_IT + 2):
            assert blueprint.holding(*sought) == everywhere


def test_the_words_of_some_files_are_never_longer_than_they_are() -> None:
    files = [Component("a.py", b"import os"), Component("b.py", b"import re; import os")]
    assert sorted(words_of(files).split()) == [b"import", b"os", b"re"]
    assert len(words_of(files)) <= sum(len(item.data) for item in files)


@settings(deadline=None)
@given(CHANGES, CHANGES)
def test_the_paths_are_those_known_and_those_there(
    one: list[tuple[str, bytes | None, int]], two: list[tuple[str, bytes | None, int]]
) -> None:
    blueprint = Blueprint(known=frozenset({"a0.txt", "z.txt"}))
    for changes in (one, two):
        blueprint = blueprint.with_changes((path, component(path, data, mode)) for path, data, mode in changes)
        assert blueprint.paths() == blueprint.known | {item.path for item in blueprint}
