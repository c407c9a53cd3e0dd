"""Names beyond ASCII, in files of any encoding; words are looked for before a file is decoded."""

from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.sought import Sought, holds
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import PathError

COOKIE = "# -*- coding: latin-1 -*-\n"
FILES = {
    "a.py": f"{COOKIE}\nclass K:\n    def größe(self, maß):\n        return maß\n\n\ndef länge():\n    return 'ü'\n",
    "b.py": f"{COOKIE}\nfrom a import K, länge\n\nprint(länge(), K().größe(maß=1))\n",
}


def did(said: str, files: dict[str, str], encoding: str = "latin-1") -> Outcome:
    components = [Component(path, text.encode(encoding)) for path, text in files.items()]
    return run(said, Blueprint(components, known=frozenset(files)))


def bytes_of(found: Outcome) -> dict[str, bytes]:
    return {item.path: item.data for item in found.blueprint}


@pytest.mark.parametrize(
    ("said", "old", "new"),
    [
        ("rename länge to weite_ä", "länge", "weite_ä"),
        ("rename K.größe to groesse", "größe", "groesse"),
        ("rename K.größe.maß to maß2", "maß", "maß2"),
    ],
)
def test_a_name_beyond_ascii_is_renamed_in_latin_1(said: str, old: str, new: str) -> None:
    found = did(said, FILES)
    assert bytes_of(found) == {path: text.replace(old, new).encode("latin-1") for path, text in FILES.items()}
    assert (found.warnings, found.candidates) == ((), ())


def test_calls_that_lack_a_new_parameter_are_found_in_latin_1() -> None:
    assert did("add parameter q to länge", FILES).warnings == (
        "q has no default: these calls of länge lack it: b.py:5.",
    )


def test_the_line_that_names_the_encoding_outlives_the_function_below_it() -> None:
    found = did("delete f", {"a.py": f"#!/usr/bin/env python\n{COOKIE}# It does.\ndef f(): ...\n\n\nx = 'ü'\n"})
    assert bytes_of(found) == {"a.py": f"#!/usr/bin/env python\n{COOKIE}\n\nx = 'ü'\n".encode("latin-1")}


def test_a_notebook_may_spell_a_name_in_escapes() -> None:
    cell = {
        "cell_type": "code",
        "id": "b",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": "from a import größe",
    }
    book = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert book.isascii()
    found = did("rename größe to weite", {"a.py": "def größe(): ...\n", "n.ipynb": book}, "utf-8")
    assert json.loads(bytes_of(found)["n.ipynb"])["cells"][0]["source"] == ["from a import weite"]


def test_a_text_in_wide_letters_is_searched() -> None:
    wide = Component("README.md", codecs.BOM_UTF16_LE + "Use fetch_user.".encode("utf-16-le"))
    assert holds(wide, "fetch_user")
    assert not holds(wide, "load_user")


@settings(deadline=None)
@given(st.text(min_size=1, max_size=4), st.text(max_size=30), st.sampled_from(("utf-8", "latin-1", "utf-16", "cp1252")))
def test_what_a_file_reads_is_found_in_its_bytes(word: str, around: str, encoding: str) -> None:
    for text in (around + word + around, around):
        cookie = f"# coding: {encoding}\n" if encoding in ("latin-1", "cp1252") else ""
        try:
            component = Component("a.py", (cookie + text).encode(encoding))
            reads = decode(component.data, "a.py").text
        except (UnicodeEncodeError, PathError):
            continue
        assert not (word in reads and not Sought("no such word", word).inside(component))
