"""What pytest hands over by name: a fixture to each parameter called like it, and the values of `parametrize`."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence

from codemaestro_jupyter.edit.python.callers import Function
from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.locate import definitions


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
    return any(item.arg == name for item in given) and not any(True for _ in parametrized(node, name))


def is_test_file(path: str) -> bool:
    """Whether pytest collects tests from a file."""
    base = posixpath.basename(path)
    return base.startswith("test") or base.endswith("_test.py")


def parametrized(node: Function, name: str) -> Iterator[ast.Constant]:
    """The strings in which a `parametrize` of a test names the parameter: `"a, b"`, `("a", "b")`."""
    marks = [item for item in node.decorator_list if isinstance(item, ast.Call) and item.args]
    for mark in [item for item in marks if said(item).endswith("mark.parametrize")]:
        texts = [item for item in ast.walk(mark.args[0]) if isinstance(item, ast.Constant)]
        yield from (item for item in texts if name in [word.strip() for word in str(item.value).split(",")])


def askers(documents: Sequence[Uses], home: str, name: str) -> Iterator[tuple[str, str, bool]]:
    """(path, dotted name, whether it is meant) of each function that asks for a fixture called `name`.

    The one in `home` is meant by what stands in that file, or below its folder if it is a `conftest.py`; unless a file
    that is nearer has one of its own.
    """
    defining = {
        uses.doc.path
        for uses in documents
        for qualified, node in definitions(uses.doc.tree)
        if qualified.rpartition(".")[2] == name and is_fixture(node)
    }
    for uses in documents:
        path = uses.doc.path
        for qualified, node in definitions(uses.doc.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not asks(node, path, name):
                continue
            places = [path]
            folder = path
            while folder:
                folder = posixpath.dirname(folder)
                places.append(posixpath.join(folder, "conftest.py"))
            yield path, qualified, next((place for place in places if place in defining), "") == home
