"""Odd but real Python: what a step must not take for something else."""

from __future__ import annotations

import json
import re

import pytest

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.errors import EditError

OVERLOADED = """import typing
from typing import overload


@overload
def f(x: int) -> int: ...
@typing.overload
def f(x: str) -> str: ...
def f(x):
    return x
"""


def did(said: str, **files: str) -> Outcome:
    """What a command comes to on some files."""
    named = {
        name.replace("____init__", "/__init__").replace("p__a", "p/a").replace("_py", ".py"): text
        for name, text in files.items()
    }
    return run(said, Blueprint([Component(path, text.encode()) for path, text in named.items()]))


def text(outcome: Outcome, path: str) -> str:
    component = outcome.blueprint.get(path)
    assert component is not None
    return component.data.decode()


@pytest.mark.parametrize(
    ("said", "new"),
    [
        ("add docstring 'Do.' to f", 'def f(x):\n    """Do."""\n    return x\n'),
        ("add logging to f", 'def f(x):\n    logger.debug("f(x=%r)", x)\n    return x\n'),
    ],
)
def test_of_an_overloaded_function_the_one_that_runs_is_meant(said: str, new: str) -> None:
    found = did(said, a_py=OVERLOADED)
    assert text(found, "a.py").endswith("def f(x: str) -> str: ...\n" + new)
    assert "def f(x: int) -> int: ...\n" in text(found, "a.py")
    assert found.warnings == ()


@pytest.mark.parametrize("how", ["append('one')", "extend(['one', 'two'])", "insert(0, 'one')", "remove('one')"])
@pytest.mark.parametrize("where", ["", "if True:\n    "])
def test_a_name_that_is_put_into_all_by_a_call_is_exported(how: str, where: str) -> None:
    module = f"__all__ = []\none = two = 1\n{where}__all__.{how}\n"
    found = did("rename one to first", a_py=module, b_py="from a import *\nprint(one)\n")
    assert text(found, "a.py") == module.replace("one", "first")
    assert text(found, "b.py") == "from a import *\nprint(first)\n"
    assert found.candidates == ()


def test_a_definition_in_a_file_that_does_not_parse_is_not_called_missing() -> None:
    with pytest.raises(EditError) as caught:
        did("rename Box to Crate", a_py="class Box:\n    x = = 1\n")
    assert "a.py, which seems to define it, does not parse with Python 3." in caught.value.message
    assert "(line 2)" in caught.value.message
    assert "Mend" in caught.value.hint


def test_a_name_that_is_handed_on_as_itself_keeps_doing_so() -> None:
    found = did(
        "rename p/a.py::f to g",
        p____init___py="from .a import f as f\nfrom .a import (\n    f  as  f,\n)\n\nf()\n",
        p__a_py="def f(): ...\n",
        b_py="from p import f\nfrom p import f as h\n\nf()\nh()\n",
    )
    assert text(found, "p/__init__.py") == "from .a import g as g\nfrom .a import (\n    g  as  g,\n)\n\ng()\n"
    assert text(found, "b.py") == "from p import g\nfrom p import g as h\n\ng()\nh()\n"
    assert (found.candidates, found.warnings) == ((), ())


def sources(outcome: Outcome) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(text(outcome, "n.ipynb"))["cells"]]


def test_what_a_shell_or_a_magic_gives_is_bound_in_a_notebook() -> None:
    cells = ["files = !ls {load}\n", "x = load(1)\n", "best = %timeit -o load(2)\n", "print(files, best)"]
    raw = [
        {"cell_type": "code", "metadata": {}, "source": item, "outputs": [], "execution_count": None} for item in cells
    ]
    before = json.dumps({"cells": raw, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    files = [Component("n.ipynb", before.encode()), Component("a.py", b"def load(x): ...\n")]
    imported = before.replace("x = load(1)", "from a import load\\nx = load(1)")
    found = run("rename load to fetch", Blueprint([Component("n.ipynb", imported.encode()), files[1]]))
    renamed = [cell.replace("load", "fetch") for cell in cells]
    assert sources(found) == [renamed[0], f"from a import fetch\n{renamed[1]}", *renamed[2:]]
    assert (found.candidates, found.warnings) == ((), ())
    found = run("rename files to paths", Blueprint(files))
    assert sources(found) == ["paths = !ls {load}\n", *cells[1:3], "print(paths, best)"]


TYPED = """from __future__ import annotations
import typing as t
from typing import TYPE_CHECKING, Annotated, Literal, cast

if TYPE_CHECKING:
    import a
    from a import Foo


def f(x: 'Foo', *y: "list[Foo | Foo]", z: t.Optional["Foo"] = None) -> 'dict[str, a.Foo]':
    other: 'Foo.Inner' = cast('Foo', x)
    return 'Foo'


def g(x: Literal['Foo'], y: Annotated['Foo', 'Foo'], z: 'b.Foo', Foo: int) -> 'Foo and bar': ...
"""


def test_a_string_that_is_a_type_is_renamed_where_it_means_the_class() -> None:
    found = did("rename class a.py::Foo to Bar", a_py="class Foo:\n    class Inner: ...\n", use_py=TYPED)
    lines = [
        (one, two) for one, two in zip(TYPED.split("\n"), text(found, "use.py").split("\n"), strict=True) if one != two
    ]
    assert [new.strip() for _, new in lines] == [
        "from a import Bar",
        "def f(x: 'Bar', *y: \"list[Bar | Bar]\", z: t.Optional[\"Bar\"] = None) -> 'dict[str, a.Bar]':",
        "other: 'Bar.Inner' = cast('Bar', x)",
        "def g(x: Literal['Foo'], y: Annotated['Bar', 'Foo'], z: 'b.Foo', Foo: int) -> 'Bar and bar': ...",
    ]
    assert {item.line for item in found.candidates} == {12, 15}


@pytest.mark.parametrize(
    ("said", "where", "name"),
    [
        ("rename ns/one/a.py to c.py", "ns.one", "c"),
        ("move ns/one/a.py to ns/two/", "ns.two", "a"),
        ("rename ns/one to ns/three", "ns.three", "a"),
    ],
)
@pytest.mark.parametrize("top", ["", "src/"])
def test_who_imports_from_a_folder_without_init_follows(said: str, where: str, name: str, top: str) -> None:
    use = "from ns.one.a import f\nimport ns.one.a\nfrom ns.one import a\n\nns.one.a.f()\na.f()\n"
    files = {f"{top}ns/one/a.py": "def f(): ...\n", f"{top}use.py": use}
    before = Blueprint([Component(path, text.encode()) for path, text in files.items()])
    found = run(said.replace(" ns/", f" {top}ns/"), before)
    assert text(found, f"{top}use.py") == (
        f"from {where}.{name} import f\nimport {where}.{name}\nfrom {where} import {name}\n\n"
        f"{where}.{name}.f()\n{name}.f()\n"
    )


STUBBED = {
    "p/a.py": "def f(x): ...\n\n\nclass C:\n    def m(self): ...\n",
    "p/a.pyi": "def f(x: int) -> int: ...\n\nclass C:\n    def m(self) -> None: ...\n",
    "use.py": "from p.a import f, C\n\nf(1)\nC().m()\n",
}


@pytest.mark.parametrize(
    ("said", "old", "new"),
    [("rename f to g", "f", "g"), ("rename class C to D", "C", "D"), ("rename C.m to n", "m", "n")],
)
def test_a_stub_is_no_second_definition_and_follows(said: str, old: str, new: str) -> None:
    found = run(said, Blueprint([Component(path, text.encode()) for path, text in STUBBED.items()]))
    for path, was in STUBBED.items():
        assert text(found, path) == re.sub(rf"\b{old}\b", new, was)
    assert found.candidates == ()


DEEP = ("b" + ".b" * 700, "b" + ".b" * 3_000, "(" * 300 + "b" + ")" * 300)
"""Trees that the parser takes and no walk does; that the parser refuses; that are no Python."""


@pytest.mark.parametrize("deep", DEEP)
@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("rename f to g", "def g(old=1):\n    return old\n"),
        ("rename parameter old of f to new", "def f(new=1):\n    return new\n"),
        ("rename variable old in f to new", "def f(new=1):\n    return new\n"),
    ],
)
def test_a_file_nested_too_deeply_is_named_and_not_in_the_way(said: str, changed: str, deep: str) -> None:
    found = did(said, a_py="def f(old=1):\n    return old\n", b_py=f"from a import f\nold = f(old={deep})\n")
    assert text(found, "a.py") == changed
    assert text(found, "b.py") == f"from a import f\nold = f(old={deep})\n"
    assert [warning.split(" ")[0] for warning in found.warnings] == ["b.py"]


@pytest.mark.parametrize("deep", DEEP)
def test_a_module_moves_where_a_file_is_nested_too_deeply(deep: str) -> None:
    found = did("rename module a to c", a_py="def f(): ...\n", b_py=f"import a\nold = a.f({deep})\n", d_py="import a\n")
    assert text(found, "d.py") == "import c\n"
    assert [warning.split(" ")[0] for warning in found.warnings] == ["b.py"]


@pytest.mark.parametrize(
    "said", ["rename f to g", "rename parameter old of f to new", "delete function f anyway", "rename Box.get to fetch"]
)
def test_a_definition_in_a_file_nested_too_deeply_is_refused_by_name(said: str) -> None:
    module = f"def f(old=1):\n    return old\n\n\nclass Box:\n    def get(self): ...\n\n\nx = {DEEP[0]}\n"
    with pytest.raises(EditError, match=r"a\.py is nested too deeply"):
        did(said, a_py=module)


@pytest.mark.parametrize(
    "line",
    [
        'T = TypeVar("T", bound="Old")',
        'T = TypeVar("T", "Old", int)',
        'N = NewType("N", "Old")',
        'x = typing.cast("list[Old]", 1)',
        'x = typing.cast(type["Old"], 1)',
    ],
)
def test_a_type_in_quotes_that_a_call_is_given(line: str) -> None:
    source = f"class Old: ...\n\n\n{line}\n"
    found = run("rename class Old to New", Blueprint([Component("a.py", source.encode())]))
    assert [item.data.decode() for item in found.blueprint] == [source.replace("Old", "New")]
    assert found.candidates == ()
