"""In a kernel that hears its pages only between cells, changes are done once the cell has ended, in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.events import EventManager

from codemaestro_jupyter.errors import ConflictError
from codemaestro_jupyter.jupyter import drawing, pagecells
from codemaestro_jupyter.jupyter.later import INSTEAD, WAITING, Later
from codemaestro_jupyter.jupyter.pagecells import PageCells
from tests.conftest import eventually
from tests.jupyter.test_pagecells import A, Browser


class Shell:
    """A shell whose cells end when the test says so."""

    def __init__(self) -> None:
        self.events = EventManager(self, {"post_run_cell": lambda result: None})

    def end(self) -> None:
        self.events.trigger("post_run_cell", None)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Every text that is published, and whether it replaces another one."""
    texts: list[tuple[str, bool]] = []

    def publish(bundle: Any, *, transient: Any, update: bool = False) -> None:
        texts.append((bundle["text/markdown"], update))

    monkeypatch.setattr("codemaestro_jupyter.jupyter.output.publish_display_data", publish)
    return texts


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def later(shell: Shell) -> Iterator[Later]:
    one = Later(shell)
    yield one
    one.close()
    one.close()
    assert shell.events.callbacks["post_run_cell"] == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("maestro-later")]


def test_it_begins_when_the_cell_has_ended_and_keeps_the_order(
    shell: Shell, later: Later, shown: list[tuple[str, bool]]
) -> None:
    later.run(lambda: drawing.bundle("one"))
    later.run(lambda: drawing.bundle("two"))
    assert shown == [(WAITING, False)] * 2
    shell.end()
    later.run(lambda: drawing.bundle("three"))
    shell.end()
    assert eventually(lambda: len(shown) == 6)
    assert [text for text, update in shown if update] == ["one", "two", "three"]


def test_what_cannot_be_done_says_so_and_what_to_do(shell: Shell, later: Later, shown: list[tuple[str, bool]]) -> None:
    errors: list[Exception] = [ConflictError("a.ipynb changed.", hint="Make the plan again."), KeyError("x")]

    def fail() -> drawing.Bundle:
        raise errors.pop(0)

    later.run(fail)
    later.run(fail)
    shell.end()
    assert eventually(lambda: len(shown) == 4)
    assert [text for text, update in shown if update] == [
        f"**a.ipynb changed.** Make the plan again. {INSTEAD}", f"**KeyError: 'x'** {INSTEAD}",
    ]  # fmt: skip


def test_what_has_not_begun_is_dropped(shell: Shell, later: Later, shown: list[tuple[str, bool]]) -> None:
    later.run(lambda: drawing.bundle("never"))
    later.close()
    shell.end()
    assert shown == [(WAITING, False)]


def test_a_running_cell_does_not_count_as_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = PageCells(lambda path: path, frozenset)
    page = Browser(cells, {"n.ipynb": [A]})
    looks = iter([True] * 3)
    monkeypatch.setattr(pagecells, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(pagecells, "LOOK_AGAIN", 0.2)
    cells.muted = lambda: next(looks, False)
    cells.refresh()
    assert cells.open_notebooks() == {"n.ipynb": (A,)}, "no second was given, and yet it was heard"
    page.deaf = True
    monkeypatch.setattr(pagecells, "MOST_MUTED", 0.1)
    monkeypatch.setattr(pagecells, "LOOK_AGAIN", 0.01)
    cells.muted = lambda: True
    assert cells.edit("t", "n.ipynb", (), 0.01).reason == "the page did not answer within 0.01 seconds"
