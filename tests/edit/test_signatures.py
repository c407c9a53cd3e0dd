"""What else says how a function is called: its overloads, and the stub beside its module."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.proposal import propose

TYPING = "from typing import overload\n\n\n"


def did(said: str, files: dict[str, str]) -> Outcome:
    components = [Component(path, text.encode()) for path, text in files.items()]
    return run(said, Blueprint(components, known=frozenset(files)))


def texts(found: Outcome) -> dict[str, str]:
    return {item.path: item.data.decode() for item in found.blueprint}


def test_a_new_parameter_is_added_to_the_overloads_where_each_has_its_place_for_it() -> None:
    before = (
        f"{TYPING}@overload\ndef f(a: int, flag: bool = ...) -> int: ...\n"
        "@overload\ndef f(a: str, *, flag: int) -> str: ...\n"
        "@overload\ndef f(*a: bytes) -> bytes: ...\n"
        "@overload\ndef f(\n    a: float,\n) -> float: ...\n"
        "def f(a, flag=True):\n    return a\n"
    )
    found = did("add parameter y: int = 1 to f", {"a.py": before})
    assert texts(found) == {
        "a.py": (
            f"{TYPING}@overload\ndef f(a: int, flag: bool = ..., y: int = ...) -> int: ...\n"
            "@overload\ndef f(a: str, *, flag: int, y: int = ...) -> str: ...\n"
            "@overload\ndef f(*a: bytes, y: int = ...) -> bytes: ...\n"
            "@overload\ndef f(\n    a: float,\n    *,\n    y: int = ...,\n) -> float: ...\n"
            "def f(a, flag=True, y: int = 1):\n    return a\n"
        )
    }
    assert (found.warnings, found.candidates) == ((), ())


def test_the_stub_beside_a_module_gets_the_parameter_too() -> None:
    files = {
        "a.py": "class C:\n    def get(self, a, b=1):\n        return a\n\n\ndef get(): ...\n",
        "a.pyi": "class C:\n    def get(self, a: int, b: int = 1) -> int: ...\n\ndef get() -> None: ...\n",
    }
    found = did("add parameter wait: float = LONG to C.get", files)
    assert texts(found) == {
        "a.py": files["a.py"].replace("b=1)", "b=1, wait: float = LONG)"),
        "a.pyi": files["a.pyi"].replace("b: int = 1)", "b: int = 1, wait: float = ...)"),
    }
    assert (found.warnings, found.candidates) == ((), ())


def test_a_stub_that_does_not_know_the_type_is_listed_unticked_with_the_reason() -> None:
    files = {
        "a.py": "from pathlib import Path\n\n\ndef f(a): ...\ndef g(a): ...\n",
        "a.pyi": "def f(a: int) -> None: ...\ndef g(\n    a: int,\n) -> None: ...\n",
    }
    found = did("add parameter where: Path | None = None to f", files)
    assert texts(found)["a.pyi"] == files["a.pyi"]
    (diff,) = [diff for diff in propose(found, "", ()).diffs if diff.path == "a.pyi"]
    assert [(hunk.ticked, hunk.why, hunk.new) for hunk in diff.hunks] == [
        (False, "Path is not known there", ("def f(a: int, where: Path | None = None) -> None: ...\n",))
    ]
    found = did("add parameter where: Path = None to g", files)
    assert found.warnings == ("a.pyi:2: this signature of g stays as it is: Path is not known there.",)


def test_a_signature_that_has_the_parameter_already_stays_as_it_is() -> None:
    files = {"a.py": "def f(a): ...\n", "a.pyi": "def f(a: int, y: int = 0) -> None: ...\n"}
    found = did("add parameter y=0 to f", files)
    assert texts(found) == {"a.py": "def f(a, y=0): ...\n", "a.pyi": files["a.pyi"]}


def test_a_parameter_without_default_stays_out_of_a_signature_whose_earlier_ones_have_some() -> None:
    files = {"a.py": "def f(a, b=1): ...\n", "a.pyi": "def f(a: int = 0, b: int = 1) -> None: ...\n"}
    found = did("add parameter y to f", files)
    assert texts(found) == {"a.py": "def f(a, y, b=1): ...\n", "a.pyi": files["a.pyi"]}
    assert found.warnings == ("a.pyi:1: this signature of f stays as it is: it has a default before.",)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(a, **k): ...\n", "def f(a, y=1, **k): ...\n"),
        ("def f(*, a, **k): ...\n", "def f(*, a, y=1, **k): ...\n"),
        ("def f(\n    *,\n    a,\n): ...\n", "def f(\n    *,\n    a,\n    y=1,\n): ...\n"),
        ("def f(\n    *a,\n    **k,\n): ...\n", "def f(\n    *a,\n    y=1,\n    **k,\n): ...\n"),
        ("def f(\n    *a,\n): ...\n", "def f(\n    *a,\n    y=1,\n): ...\n"),
        ("def f(a=1, /): ...\n", "def f(a=1, /, y=1): ...\n"),
    ],
)
def test_the_layout_of_a_signature_is_kept(before: str, after: str) -> None:
    assert texts(did("add parameter y=1 to f", {"a.py": before})) == {"a.py": after}


@pytest.mark.parametrize("name", ["f", "C.get", "C"])
def test_a_renamed_parameter_is_renamed_in_overloads_and_stub(name: str) -> None:
    files = {
        "a.py": (
            f"{TYPING}@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\n"
            "def f(x):\n    return x\n\n\nclass C:\n    def __init__(self, x): ...\n    def get(self, x): ...\n"
        ),
        "a.pyi": (
            f"{TYPING}@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\n"
            "class C:\n    def __init__(self, x: int) -> None: ...\n    def get(self, x: int) -> None: ...\n"
        ),
        "b.py": "from a import C, f\n\nf(x=C(x=1).get(x=1))\n",
    }
    found = did(f"rename {name}.x to z", files)
    starts = {"f": "def f(", "C.get": "def get(self, ", "C": "def __init__(self, "}
    calls = {"f": " f(x=C(x=1).get(x=1))", "C.get": ".get(x=1)", "C": "C(x=1)"}
    call = {"f": "f(z=C(x=1).get(x=1))", "C.get": ".get(z=1)", "C": "C(z=1)"}[name]
    start = starts[name]
    after = {path: text.replace(f"{start}x", f"{start}z").replace("return x", "return z" if name == "f" else "return x")
             for path, text in files.items()}  # fmt: skip
    after["b.py"] = files["b.py"].replace(calls[name].strip(), call)
    assert texts(found) == after
    assert found.candidates == ()
