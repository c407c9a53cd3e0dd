"""What people write: every example and many other wordings come to the steps that were meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.decompose import decompose
from codemaestro_jupyter.edit.grammar import parse
from codemaestro_jupyter.edit.phrases import EXAMPLES
from codemaestro_jupyter.errors import EditError


def test_every_kind_of_step_has_an_example_that_is_understood() -> None:
    kinds = {type(step) for example in EXAMPLES for step in parse(example)}
    assert kinds == set(s.KINDS)


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ("Please rename the method get of class Client to fetch", [s.RenameSymbol("Client.get", "fetch")]),
        ("rename the get method of Client to fetch, please", [s.RenameSymbol("Client.get", "fetch")]),
        ("rename Client.get to Client.fetch", [s.RenameSymbol("Client.get", "fetch")]),
        ("change the name of foo to bar", [s.RenameSymbol("foo", "bar")]),
        ("rename foo -> bar in a.py", [s.RenameSymbol("foo", "bar", "a.py")]),
        ("rename function foo in a.py to bar", [s.RenameSymbol("foo", "bar", "a.py")]),
        ("rename Test to Check", [s.RenameSymbol("Test", "Check")]),
        ("rename module pkg.old to pkg.new", [s.RenameFile("pkg.old", "pkg.new")]),
        ("move module pkg.a to pkg.sub", [s.MoveFile("pkg.a", "pkg.sub")]),
        ("rename the parameter method of src/a.py::fetch to how",
         [s.RenameSymbol("fetch.method", "how", "src/a.py")]),
        ("rename argument timeout of Client to limit", [s.RenameSymbol("Client.__init__.timeout", "limit")]),
        ("rename variable x in src/a.py to y", [s.RenameSymbol("x", "y", "src/a.py")]),
        ("add parameter timeout: float = 10.0 to Client.get",
         [s.AddParameter("Client.get", "timeout: float = 10.0")]),
        ("add an optional argument retries of type int with default 3 to fetch",
         [s.AddParameter("fetch", "retries: int = 3")]),
        ("add timeout=5 as a parameter to fetch and load",
         [s.AddParameter("fetch", "timeout=5"), s.AddParameter("load", "timeout=5")]),
        ("add docstrings to every public function in pkg.api", [s.AddDocstring("*public function", "", "pkg.api")]),
        ("add missing docstrings to a.py", [s.AddDocstring("*", "", "a.py")]),
        ("add type annotations to each method of Client", [s.AddTypeHints("Client.*method")]),
        ("add logging to f, g and h, then add error handling to a.py::k",
         [s.AddLogging("f"), s.AddLogging("g"), s.AddLogging("h"), s.AddErrorHandling("k", "a.py")]),
        ('in cell 3 of n.ipynb, replace "x" with "y"', [s.ReplaceText("n.ipynb", "x", "y", cell="3")]),
        ('add a markdown cell "# End" to the end of n.ipynb', [s.InsertCell("n.ipynb", "# End", 0, "markdown")]),
        ("in a.py: rename f to g and add a test for it",
         [s.RenameSymbol("f", "g", "a.py"), s.AddTestSkeleton("g", "a.py")]),
        ('in a.py, change "x" to "y"', [s.ReplaceText("a.py", "x", "y")]),
        ("I want you to rename foo to bar and then organise imports in a.py and b.py",
         [s.RenameSymbol("foo", "bar"), s.OrganizeImports("a.py"), s.OrganizeImports("b.py")]),
        ("extract lines 10 to 20 of a.py as helper", [s.ExtractFunction("a.py", 10, 20, "helper")]),
        ("extract function helper from lines 10-20 of a.py", [s.ExtractFunction("a.py", 10, 20, "helper")]),
        ("extract 30 as constant TIMEOUT in a.py", [s.ExtractConstant("a.py", "30", "TIMEOUT")]),
        ('add "x = 1" after line 3 in a.py', [s.EditLines("a.py", 4, 3, "x = 1")]),
        ("delete lines 5-7 of a.py", [s.EditLines("a.py", 5, 7)]),
        ('replace line 5 of a.py with "y"', [s.EditLines("a.py", 5, 5, "y")]),
        ('add a markdown cell "# Hi" at the top of n.ipynb', [s.InsertCell("n.ipynb", "# Hi", 1, "markdown")]),
    ],
)  # fmt: skip
def test_other_wordings(said: str, steps: list[s.Step]) -> None:
    assert [item.step for item in decompose(said).steps] == steps


def test_what_the_readme_says_one_can_write_is_understood() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf8")
    section = readme.partition("## What you can change without a model")[2].partition("## ")[0]
    said = [
        text for line in section.splitlines() if line.startswith("| `") for text in line.split("|")[1].split("`")[1::2]
    ]
    assert len(said) > 10
    for text in said:
        assert parse(text), text


def test_a_name_without_a_new_one_is_asked_for_it_and_nothing_else_is_offered() -> None:
    with pytest.raises(EditError, match="rename nothing_here to what") as caught:
        parse("rename nothing_here")
    assert (caught.value.hint, caught.value.candidates) == ("Say `rename nothing_here to NEW_NAME`.", ())


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("rename method fetch", "rename method Client.get to fetch"),
        ("add logging", "add logging to fetch_user"),
        ("delete the cell", "delete cell 3 of work.ipynb"),
        ("extract a function", "extract lines 10-20 of src/api.py as helper"),
    ],
)
def test_what_is_not_understood_names_everything_possible_nearest_first(said: str, first: str) -> None:
    with pytest.raises(EditError, match="do not understand") as caught:
        decompose(said)
    assert caught.value.candidates[0] == first
    assert sorted(caught.value.candidates) == sorted(EXAMPLES)


def test_a_request_that_is_no_edit_hears_what_is_possible() -> None:
    with pytest.raises(EditError, match="Without a model I can rename, move") as caught:
        decompose("fix the bug in fetch")
    assert "understand 'fix the bug in fetch'" in caught.value.message
