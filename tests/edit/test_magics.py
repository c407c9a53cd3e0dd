"""What IPython alone understands is read as Python of the same length, and its names are followed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.python.magics import plain


@pytest.mark.parametrize(
    ("magic", "read"),
    [
        ("%time f(1)", "0    ;f(1)"),
        ("%timeit -n 3 -r2 f(1)", "0               ;f(1)"),
        ("x = %timeit -o f(1)", "x = 0         ,f(1)"),
        ("%lprun -f g f(1)", "0        ;g;f(1)"),
        ("f?", "f "),
        ("a.f??", "a.f  "),
        ("?f", "+f"),
        ("!echo {f(1)} $f", "0     ;f(1)  ;f"),
        ("    !ls", "    0  "),
        ("%cd f", "0    "),
        ("!pip install a \\\n  b", "0" + " " * 15 + "\n   "),
        ("%time for x in f: pass", "0" + " " * 21),
    ],
)
def test_a_magic_as_python_of_the_same_length(magic: str, read: str) -> None:
    assert plain(magic) == read


@settings(deadline=None)
@given(st.lists(st.text("%!?fx=({})$ \\-n1.;", max_size=14), max_size=4))
def test_every_character_keeps_its_place(lines: list[str]) -> None:
    source = "\n".join(lines)
    made = plain(source)
    assert len(made) == len(source)
    assert [at for at, letter in enumerate(made) if letter == "\n"] == [
        at for at, letter in enumerate(source) if letter == "\n"
    ]


def code(source: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["fetch\n"]}],
        "source": source.splitlines(keepends=True),
    }


def book(*cells: str) -> str:
    return json.dumps({"cells": list(map(code, cells)), "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)


API = "def fetch(a, key=1):\n    return a\n"


def did(said: str, notebook: str) -> tuple[Outcome, list[str]]:
    """What came of it, and the sources of the cells."""
    files = {"api.py": API, "a.ipynb": notebook}
    found = run(said, Blueprint([Component(path, text.encode()) for path, text in files.items()]))
    text = {item.path: item.data.decode() for item in found.blueprint}["a.ipynb"]
    return found, ["".join(cell["source"]) for cell in json.loads(text).get("cells", ())]


FOLLOWED = (
    "from api import fetch",
    "%timeit -n 1 fetch(1, key=2)\nx = %timeit -o fetch(2)",
    "%%time\nfetch(3)",
    "fetch?",
    "?fetch",
    "!echo {fetch(1)}\nif x:\n    !ls {fetch(2)} \\\n      -l\n    %prun -l 5 fetch(3)",
    "%lprun -f fetch fetch(1)",
)


def test_a_name_is_followed_into_magics() -> None:
    found, cells = did("rename fetch to load", book(*FOLLOWED))
    expected = [cell.replace("fetch", "load") for cell in FOLLOWED]
    assert (cells, found.candidates, found.warnings) == (expected, (), ())


def test_a_keyword_is_followed_into_magics() -> None:
    found, cells = did("rename parameter key of fetch to name", book(*FOLLOWED))
    assert (cells, found.candidates) == ([cell.replace("key=", "name=") for cell in FOLLOWED], ())


def test_a_cell_for_another_program_is_listed() -> None:
    cells = ("from api import fetch", "%%writefile b.py\nfetch(1)\n", "%%bash\npython -c 'fetch()'")
    found, after = did("rename fetch to load", book(*cells))
    assert after == [cells[0].replace("fetch", "load"), *cells[1:]]
    assert [(item.path, item.line, item.after, item.why) for item in found.candidates] == [
        ("a.ipynb#2", 2, "load(1)", "in a text"),
        ("a.ipynb#3", 2, "python -c 'load()'", "in a text"),
    ]


def test_what_was_asked_of_us_stays_as_it_was_said() -> None:
    cells = ("from api import fetch", "%%maestro\nrename fetch to load")
    found, after = did("rename fetch to load", book(*cells))
    assert (after, found.candidates) == ([cells[0].replace("fetch", "load"), cells[1]], ())


@pytest.mark.parametrize("said", ["rename fetch to load", "rename parameter key of fetch to name"])
def test_a_notebook_of_an_older_form_is_said_not_to_be_followed(said: str) -> None:
    old = {
        "worksheets": [{"cells": [{"cell_type": "code", "input": "fetch(1, key=1)"}]}],
        "metadata": {},
        "nbformat": 3,
    }
    found, _ = did(said, json.dumps(old))
    assert found.blueprint.get("a.ipynb") == Component("a.ipynb", json.dumps(old).encode())
    (warning,) = found.warnings
    assert warning.startswith("a.ipynb is not a valid notebook")
    assert warning.endswith("is not followed in it.")
