"""Trees are built right in any thread, also where CPython mixes two of them up (gh-106905)."""

from __future__ import annotations

import ast
import gc
import threading
import time
from collections.abc import Iterator

import pytest

from codemaestro_jupyter.workspace import parsing

DEEP = "x = " + "[" * 40 + "1, 2" + "]" * 40 + "\n"
SHALLOW = "def f(a, b):\n    return [a, (b, {a: b})]\n" * 20


class Cyclic:
    """Garbage whose end lets another thread run."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        time.sleep(0)


@pytest.fixture
def collected_often() -> Iterator[None]:
    """The collector runs in nearly every tree that is built."""
    before = gc.get_threshold()
    gc.set_threshold(20)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collected_often")
def test_two_threads_build_trees_at_once() -> None:
    failed: list[BaseException] = []

    def build(text: str) -> None:
        try:
            for _ in range(300):
                Cyclic()
                assert isinstance(parsing.module(text), ast.Module)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=build, args=(text,)) for text in (DEEP, SHALLOW)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.usefixtures("collected_often")
def test_no_cell_fails_because_something_is_prepared() -> None:
    over = threading.Event()

    def prepare() -> None:
        while not over.is_set():
            parsing.module(SHALLOW)

    thread = threading.Thread(target=prepare)
    thread.start()
    try:
        for _ in range(300):
            Cyclic()
            ast.parse(DEEP)
    finally:
        over.set()
        thread.join()


def test_what_is_no_python_is_told_as_python_tells_it() -> None:
    with pytest.raises(SyntaxError):
        parsing.module("def")
    with pytest.raises(SyntaxError):
        parsing.expression("x = 1")
    with pytest.raises(ValueError, match="malformed"):
        parsing.literal("open('x')")


def test_values_and_trees_are_those_of_ast() -> None:
    assert parsing.literal("  {'a': [1, -2.5, None]}") == {"a": [1, -2.5, None]}
    assert ast.dump(parsing.module(SHALLOW)) == ast.dump(ast.parse(SHALLOW))
    assert ast.dump(parsing.module(b"# coding: latin-1\nx = '\xe9'")) == ast.dump(ast.parse("x = '\u00e9'"))
    assert ast.dump(parsing.expression("a.b(1)")) == ast.dump(ast.parse("a.b(1)", mode="eval"))
