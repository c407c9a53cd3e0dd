"""What says the same as a module follows it: its stubs, wherever they lie, and the notebook a script is paired with."""

from __future__ import annotations

import json

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run


def did(said: str, files: dict[str, str]) -> Outcome:
    components = [Component(path, text.encode()) for path, text in files.items()]
    return run(said, Blueprint(components, known=frozenset(files)))


def texts(found: Outcome) -> dict[str, str]:
    return {item.path: item.data.decode() for item in found.blueprint}


MODULE = (
    "class Client:\n    def get(self, key):\n        return key\n\n\ndef fetch(url):\n    return Client().get(url)\n"
)
STUB = "class Client:\n    def get(self, key: str) -> str: ...\n\ndef fetch(url: str) -> str: ...\n"
PLACES = (
    ("pkg/api.py", "pkg/api.pyi"),
    ("pkg/api.py", "typings/pkg/api.pyi"),
    ("src/pkg/api.py", "typings/pkg/api.pyi"),
    ("src/pkg/api.py", "stubs/pkg/api.pyi"),
    ("src/pkg/api.py", "src/pkg-stubs/api.pyi"),
    ("pkg/api.py", "stubs/pkg-stubs/api.pyi"),
    ("api.py", "typings/api.pyi"),
)


def project(module: str, stub: str) -> dict[str, str]:
    packages = {f"{path.rpartition('/')[0]}/__init__.py": "" for path in (module,) if "/" in path}
    return {**packages, module: MODULE, stub: STUB}


@pytest.mark.parametrize(("module", "stub"), PLACES)
def test_a_stub_follows_its_module_wherever_it_lies(module: str, stub: str) -> None:
    files = project(module, stub)
    for said, old, new in (
        ("rename fetch to load", "fetch(", "load("),
        ("rename method Client.get to find", "get(", "find("),
        ("rename class Client to Session", "Client", "Session"),
        ("rename parameter url of fetch to address", "url", "address"),
        ("rename parameter key of Client.get to name", "key", "name"),
    ):
        found = did(said, files)
        assert texts(found) == files | {module: MODULE.replace(old, new), stub: STUB.replace(old, new)}, said
        assert (found.candidates, found.warnings) == ((), ()), said


@pytest.mark.parametrize(("module", "stub"), PLACES)
def test_a_parameter_that_is_added_is_added_to_each_stub(module: str, stub: str) -> None:
    found = did("add parameter wait: int = 1 to fetch", project(module, stub))
    assert texts(found)[stub] == STUB.replace("url: str", "url: str, wait: int = 1")


@pytest.mark.parametrize(("module", "stub"), PLACES)
def test_a_stub_moves_with_its_module(module: str, stub: str) -> None:
    there = stub.replace("api.pyi", "web.pyi")
    files = project(module, stub)
    found = did(f"rename {module} to web.py", files)
    renamed = {module.replace("api.py", "web.py"): files.pop(module), there: files.pop(stub)}
    assert texts(found) == files | renamed


def test_a_stub_moves_with_its_package() -> None:
    files = {"src/pkg/__init__.py": "", "src/pkg/api.py": MODULE, "typings/pkg/api.pyi": STUB}
    found = did("rename package pkg to web", files)
    assert texts(found) == {"src/web/__init__.py": "", "src/web/api.py": MODULE, "typings/web/api.pyi": STUB}


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def notebook(*cells: str) -> str:
    made = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{at}",
            "metadata": {},
            "outputs": [],
            "source": lines(text),
        }
        for at, text in enumerate(cells)
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n# ---\n\n"
CELLS = ("def clean(rows, deep=False):\n    kept = rows\n    return kept", "clean([1], deep=True)")
SCRIPT = f"{HEADER}# %%\n{CELLS[0]}\n\n\n# %%\n{CELLS[1]}\n"


@pytest.mark.parametrize(
    ("said", "old", "new"),
    [
        ("rename clean to tidy", "clean", "tidy"),
        ("rename parameter deep of clean to whole", "deep", "whole"),
        ("rename variable kept of clean to left", "kept", "left"),
    ],
)
def test_the_notebook_that_a_script_is_paired_with_says_the_same_afterwards(said: str, old: str, new: str) -> None:
    found = did(said, {"work.py": SCRIPT, "work.ipynb": notebook(*CELLS)})
    assert texts(found) == {
        "work.py": SCRIPT.replace(old, new),
        "work.ipynb": notebook(*(cell.replace(old, new) for cell in CELLS)),
    }
    assert found.candidates == ()


def test_a_parameter_is_added_on_both_sides_of_a_pair() -> None:
    found = did("add parameter wide=0 to clean", {"work.py": SCRIPT, "work.ipynb": notebook(*CELLS)})
    assert texts(found) == {
        "work.py": SCRIPT.replace("deep=False", "deep=False, wide=0"),
        "work.ipynb": notebook(CELLS[0].replace("deep=False", "deep=False, wide=0"), CELLS[1]),
    }


def test_a_notebook_beside_a_module_of_its_name_is_no_pair() -> None:
    files = {"work.py": CELLS[0] + "\n", "work.ipynb": notebook("from work import clean\nclean([1])")}
    found = did("rename clean to tidy", files)
    assert texts(found) == {path: text.replace("clean", "tidy") for path, text in files.items()}
