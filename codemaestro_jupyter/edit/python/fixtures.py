"""What pytest hands over by name: a fixture to each parameter called like it, and the values of `parametrize`."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence

from codemaestro_jupyter.edit.python.callers import Function
from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.locate import definitions

ASKING = ("usefixtures", "getfixturevalue", "lazy_fixture")


def said(node: ast.expr) -> str:
    """A decorator without its arguments: `pytest.fixture`."""
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def is_fixture(node: ast.stmt) -> bool:
    """Whether a function is a fixture that goes by its own name."""
    marks = [item for item in getattr(node, "decorator_list", []) if said(item).rpartition(".")[2] == "fixture"]
    return bool(marks) and not any(
        keyword.arg == "name" for item in marks if isinstance(item, ast.Call) for keyword in item.keywords
    )


def asks(node: Function, path: str, name: str) -> bool:
    """Whether pytest, and nothing else, gives a fixture or a test its parameter `name`."""
    marks = [said(item) for item in node.decorator_list]
    fixture = any(mark.rpartition(".")[2] == "fixture" for mark in marks)
    if not fixture and not (node.name.startswith("test") and is_test_file(path)):
        return False
    if any(mark.rpartition(".")[2] != "fixture" and not mark.startswith("pytest.mark.") for mark in marks):
        return False  # `mock.patch` and the like give parameters too
    given = node.args.args[: len(node.args.args) - len(node.args.defaults)]
    given += [item for item, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if not default]
    if all(item.arg != name for item in given):
        return False
    return not any(True for _ in parametrized(node, name)) or indirect(node, name)


def is_test_file(path: str) -> bool:
    """Whether pytest collects tests from a file."""
    base = posixpath.basename(path)
    return base.startswith("test") or base.endswith("_test.py")


def marks(node: Function) -> list[ast.Call]:
    """The `parametrize` of a test."""
    found = [item for item in node.decorator_list if isinstance(item, ast.Call) and item.args]
    return [item for item in found if said(item).endswith("mark.parametrize")]


def parametrized(node: Function, name: str) -> Iterator[ast.Constant]:
    """The strings in which a `parametrize` of a test names the parameter: `"a, b"`, `("a", "b")`, `indirect=["a"]`."""
    for mark in marks(node):
        named = [mark.args[0], *(keyword.value for keyword in mark.keywords if keyword.arg == "indirect")]
        texts = [item for part in named for item in ast.walk(part) if isinstance(item, ast.Constant)]
        yield from (item for item in texts if name in [word.strip() for word in str(item.value).split(",")])


def indirect(node: Function, name: str) -> bool:
    """Whether what `parametrize` says goes to a fixture of that name, which then gives the parameter."""
    values = [keyword.value for mark in marks(node) for keyword in mark.keywords if keyword.arg == "indirect"]
    return any(
        isinstance(item, ast.Constant) and item.value in (True, name) for value in values for item in ast.walk(value)
    )


def texts_asking(uses: Uses, name: str) -> list[ast.Constant]:
    """The strings that ask for a fixture: of `usefixtures("a", "b")`, `request.getfixturevalue("a")`."""
    calls = [node for node in ast.walk(uses.doc.tree) if isinstance(node, ast.Call)]
    calls = [node for node in calls if said(node).rpartition(".")[2] in ASKING]
    found = [item for node in calls for item in node.args if isinstance(item, ast.Constant) and item.value == name]
    return sorted(found, key=lambda item: item.lineno)


class Askers:
    """Who asks for a fixture called `name`, and whether for the one in `home`.

    That is meant by what stands in that file, or below its folder if it is a `conftest.py`; unless a file that is
    nearer has one of its own.
    """

    def __init__(self, documents: Sequence[Uses], home: str, name: str) -> None:
        self._documents, self._home, self._name = documents, home, name
        self._defining = {
            uses.doc.path
            for uses in documents
            for qualified, node in definitions(uses.doc.tree)
            if qualified.rpartition(".")[2] == name and is_fixture(node)
        }

    def meant_in(self, path: str) -> bool:
        """Whether the fixture in `home` is the nearest for what stands in a file."""
        places = [path]
        folder = path
        while folder:
            folder = posixpath.dirname(folder)
            places.append(posixpath.join(folder, "conftest.py"))
        return next((place for place in places if place in self._defining), "") == self._home

    def functions(self) -> Iterator[tuple[str, str]]:
        """(path, dotted name) of each function that asks for it by a parameter."""
        for uses in self._documents:
            for qualified, node in definitions(uses.doc.tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and asks(node, uses.doc.path, self._name):
                    yield uses.doc.path, qualified

    def texts(self) -> dict[str, list[ast.Constant]]:
        """By path, the strings that ask for it."""
        said = (uses for uses in self._documents if any(word in uses.doc.source for word in ASKING))
        return {uses.doc.path: texts_asking(uses, self._name) for uses in said}

    def places(self, *, meant: bool) -> list[str]:
        """All of them, those that mean it or those that do not, as a person reads them."""
        found = [f"{path}::{qualified}" for path, qualified in self.functions() if self.meant_in(path) is meant]
        for path, texts in self.texts().items():
            found += [f"{path}:{item.lineno}" for item in texts if self.meant_in(path) is meant]
        return found
