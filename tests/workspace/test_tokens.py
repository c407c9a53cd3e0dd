"""Cutting text into terms: fixed examples, and the laws that index and question rely on."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.workspace.tokens import (
    STANDARD,
    WORD,
    Tokenizer,
    counts,
    light_stem,
    subtokens,
    tokens,
    whole,
    words,
)


@pytest.mark.parametrize(
    ("word", "terms"),
    [
        ("getHTTPResponse_v2", ("get", "http", "response", "gethttpresponse_v2")),
        ("read_csv", ("read", "csv", "read_csv")),
        ("__init__", ("init",)),
        ("x", ()),
        ("xAxis", ("axis", "xaxis")),
        ("3.11", ("11", "3.11")),
        ("größen", ("größen",)),
        ("Größe_der_Fläche", ("größe", "der", "fläche", "größe_der_fläche")),
        ("größeBerechnen", ("größe", "berechnen", "größeberechnen")),
        ("gro\u0308\u00dfen", ("größen",)),
        ("данные2", ("данные2",)),
        ("文件 → 索引", ("文件", "索引")),
        ("indexing", ("index",)),
        ("Python", ("python",)),
        ("_", ()),
    ],
)
def test_words_become_parts_and_the_whole(word: str, terms: tuple[str, ...]) -> None:
    assert tuple(tokens(word)) == terms


def test_the_stemming_function_sees_parts_only() -> None:
    seen: list[str] = []

    def stem(part: str) -> str:
        seen.append(part)
        return part.upper()

    assert Tokenizer(stem).subtokens("loadFiles") == ("LOAD", "FILES", "loadfiles")
    assert seen == ["load", "files"]
    assert Tokenizer(whole).subtokens("loadFiles") == ("load", "files", "loadfiles")


def test_runs_longer_than_any_word_are_left_out() -> None:
    assert tokens("a" * 61 + " short " + "é" * 61) == ["short"]


def test_a_question_loses_its_stop_words_and_keeps_its_half_typed_end() -> None:
    assert STANDARD.query("fix the read_csv of the par") == (["fix", "read", "csv", "read_csv", "par"], "par")
    assert STANDARD.query("fix the parser ") == (["fix", "parser"], None)
    assert STANDARD.query("") == ([], None)


def test_terms_of_a_path() -> None:
    assert STANDARD.path_terms("src/my_pkg/readCsv.spec.ts") == (
        ["read", "csv", "readcsv"],
        ["src", "my", "pkg", "my_pkg"],
    )
    assert STANDARD.path_terms("pkg/io/__init__.py") == (["init", "io"], ["pkg", "io"])
    assert STANDARD.path_terms(".gitignore") == (["gitignore"], [])


def test_memory_is_bounded_and_forgetting_changes_nothing() -> None:
    small = Tokenizer(memory=3)
    words = ["alphaBeta", "b_c", "delta", "epsilon", "alphaBeta"]
    assert [small.subtokens(word) for word in words] == [subtokens(word) for word in words]
    assert len(small._known) <= 3


@given(st.text() | st.text("abAB_1. \n", max_size=200))
def test_counting_words_first_counts_the_same_terms(text: str) -> None:
    assert counts(text) == Counter(tokens(text))


@given(st.text("abcXYZ_09", min_size=1, max_size=30))
def test_terms_are_lower_case_and_never_empty(word: str) -> None:
    assert all(term and term == term.lower() for term in subtokens(word))


@given(st.text("abé_Z019. -\n"))
def test_text_in_ascii_has_the_same_words_as_any(text: str) -> None:
    assert words(text) == WORD.findall(text)


@given(st.text("inged sé", max_size=9))
def test_one_common_ending_is_dropped(part: str) -> None:
    assert light_stem(part) == (re.sub(r"(?:ing|ed|es|s)\Z", "", part) if len(part) > 4 else part)
