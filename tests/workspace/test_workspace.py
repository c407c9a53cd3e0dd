"""The project as one thing to ask, over a real index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import Failure, Match
from codemaestro_jupyter.workspace.neighbours import Neighbours
from codemaestro_jupyter.workspace.tokens import STANDARD
from codemaestro_jupyter.workspace.workspace import Workspace, lines_with

FILES = {
    "shop/cart.py": (
        '"""Carts."""\nfrom shop.price import total\n\n\n'
        "class Cart:\n    def checkout(self):\n        return total(self)\n"
    ),
    "shop/price.py": "def total(cart):\n    return 1\n\n\ndef Total(): ...\n",
    "shop/__init__.py": "",
    "tests/test_price.py": "from shop.price import total\n\n\ndef test_total():\n    assert total(None) == 1\n",
    ".env": "TOTAL=1\n",
}


R = "print.frame <- function(x) 1\n\nother <- function() frame\n\nprint.frame(2)\n"


@pytest.fixture
def workspace(repository: Path, write, run, tmp_path: Path) -> Iterator[Workspace]:
    write(repository, FILES)
    run("add", ".")
    run("commit", "-q", "-m", "Open the shop")
    opened = Workspace(repository, folder=tmp_path / "data", watch=False)
    (tmp_path / "data").mkdir()
    opened.start()
    assert opened.index.wait(60)
    yield opened
    opened.close()


def test_files_symbols_and_texts(workspace: Workspace) -> None:
    assert workspace.files() == (
        "a.py",
        "docs/b.md",
        "shop/__init__.py",
        "shop/cart.py",
        "shop/price.py",
        "tests/test_price.py",
    )
    assert workspace.read("a.py").text == "x = 2\n"
    assert [symbol.qualified for symbol in workspace.symbols("shop/cart.py")] == ["Cart", "Cart.checkout"]
    assert workspace.symbols("missing.py") == ()
    with pytest.raises(PathError):
        workspace.read(".env")


def test_python_too_long_to_parse_here_is_read_by_its_form(workspace: Workspace) -> None:
    text = "def f(): ...\n" * 3000
    assert len(workspace.symbols("a.py", text)) == 3000
    assert workspace.symbols("a.py", text)[0].docstring == ""


def test_search_puts_the_telling_lines_first(workspace: Workspace) -> None:
    first, *others = workspace.search("where is the checkout of the cart")
    assert first == Match("shop/cart.py", 6, "def checkout(self):")
    assert len(workspace.search("total", k=2)) == 2
    assert "total" in workspace.search("tot")[0].text
    assert workspace.search("zzz") == () == workspace.search("")
    assert all(match.path != ".env" for match in others)


def test_a_name_may_hold_dots(workspace: Workspace, repository: Path, write) -> None:
    write(repository, {"r/frame.R": R})
    workspace.index.refresh()
    assert workspace.index.wait(60)
    assert [(symbol.name, symbol.line) for symbol in workspace.definitions("print.frame")] == [("print.frame", 1)]
    assert [match.line for match in workspace.uses("print.frame")] == [5]
    assert [match.line for match in workspace.uses("x.frame")] == [1, 3, 5]


def test_definitions_and_uses(workspace: Workspace) -> None:
    assert [(found.path, found.line) for found in workspace.definitions("total")] == [("shop/price.py", 1)]
    assert [found.name for found in workspace.definitions("TOTAL")] == ["total", "Total"]
    assert [found.name for found in workspace.definitions("Basket.total")] == ["total"]  # and not the class `Total`
    assert [found.path for found in workspace.definitions("Cart.checkout")] == ["shop/cart.py"]
    assert workspace.definitions("nowhere") == ()
    assert workspace.uses("total") == (
        Match("shop/cart.py", 2, "from shop.price import total", "use"),
        Match("shop/cart.py", 7, "return total(self)", "use"),
        Match("tests/test_price.py", 1, "from shop.price import total", "use"),
        Match("tests/test_price.py", 5, "assert total(None) == 1", "use"),
    )
    assert workspace.uses("") == ()


def test_a_cell_that_asks_is_no_use(repository: Path, write, tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": "%%maestro\nfind uses of total"}, {**cell, "source": "total(None)"}]
    write(repository, {**FILES, "ask.ipynb": json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 4})})
    (tmp_path / "data").mkdir()
    opened = Workspace(repository, folder=tmp_path / "data", watch=False)
    opened.start()
    assert opened.index.wait(60)
    found = [match.text for match in opened.uses("total") if match.path == "ask.ipynb"]
    searched = [match.text for match in opened.search("find uses total") if match.path == "ask.ipynb"]
    opened.close()
    assert (found, searched) == (["total(None)"], ["total(None)"])


def test_neighbours(workspace: Workspace) -> None:
    assert workspace.neighbours("shop/price.py") == Neighbours(("tests/test_price.py",), ("shop/cart.py",))
    assert workspace.neighbours("shop/cart.py") == Neighbours((), ("shop/price.py",))
    assert workspace.neighbours("missing.py") == Neighbours()


def test_history(workspace: Workspace) -> None:
    assert [commit.subject for commit in workspace.history(limit=1)] == ["Open the shop"]
    assert [commit.subject for commit in workspace.history("the parser")] == ["Fix the parser"]
    assert [commit.subject for commit in workspace.history(paths=["docs"])] == ["Add the first files"]
    assert workspace.history(since=4e9) == ()


def test_fingerprints_follow_what_they_are_of(workspace: Workspace, write) -> None:
    resources = ("file:a.py", "git:head", "git:status", "index")
    before = {resource: workspace.fingerprint(resource) for resource in resources}
    assert None not in before.values()
    assert {resource: workspace.fingerprint(resource) for resource in resources} == before
    write(workspace.root, {"a.py": "x = 3 + 4\n"})
    changed = {resource for resource in resources if workspace.fingerprint(resource) != before[resource]}
    assert changed == {"file:a.py", "git:status"}
    assert workspace.diff("a.py").endswith("-x = 2\n+x = 3 + 4\n")
    status = workspace.fingerprint("git:status")
    write(workspace.root, {"a.py": "x = 5 + 6\n"})
    assert workspace.fingerprint("git:status") != status
    workspace.index.refresh(["a.py"])
    assert workspace.index.wait(60)
    assert workspace.fingerprint("index") != before["index"]
    assert workspace.fingerprint("file:.env") is None
    assert workspace.fingerprint("weather") is None


def test_failures_are_newest_first(workspace: Workspace, write) -> None:
    write(workspace.root, {"a.log": "ERROR in a log"})
    kernel = Failure("traceback", "KeyError", "", when=4e9)
    old = Failure("traceback", "Old", "", when=1.0)
    assert [failure.title for failure in workspace.failures((old, kernel))] == ["KeyError", "ERROR in a log", "Old"]


def test_an_empty_folder_without_git(root: Path) -> None:
    opened = Workspace(root, watch=False)
    try:
        opened.start()
        assert opened.index.wait(60)
        assert (opened.files(), opened.search("x"), opened.history(), opened.failures()) == ((), (), (), ())
        assert opened.notices == []
    finally:
        opened.close()


@given(st.text(alphabet="abAB_İß \n\r1", max_size=200), st.lists(st.text(alphabet="abAB_1", min_size=1, max_size=6)))
def test_looking_for_lines_misses_none_that_holds_a_term(text: str, words: list[str]) -> None:
    terms = {term for word in words for term in STANDARD.subtokens(word)}
    found = lines_with(text, terms)
    lines = text.split("\n")
    assert all(lines[number - 1] == line for number, line in found)
    assert {number for number, _ in found} >= {
        number for number, line in enumerate(lines, 1) if terms & set(STANDARD.tokens(line))
    }
