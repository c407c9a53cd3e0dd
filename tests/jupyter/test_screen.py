"""What is drawn, and in which order."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from codemaestro_jupyter.jupyter.screen import NAME, Screen


@pytest.fixture
def screen() -> Iterator[Screen]:
    screen = Screen(interval=0.01)
    yield screen
    screen.close()
    assert NAME not in [thread.name for thread in threading.enumerate()]


def test_the_newest_drawing_of_a_thing_wins_and_closing_draws_it(screen: Screen) -> None:
    drawn: list[str] = []
    gate = threading.Event()
    screen.draw("gate", lambda: gate.wait(10))
    for number in range(100):
        screen.draw("a", lambda number=number: drawn.append(f"a{number}"))  # type: ignore[misc]
    screen.draw("b", lambda: drawn.append("b"))
    gate.set()
    screen.close()
    assert sorted(drawn) == ["a99", "b"]


def test_a_newer_drawing_never_comes_later_than_the_one_it_replaces(screen: Screen) -> None:
    drawn: list[str] = []
    done = threading.Event()
    screen.draw("a", lambda: drawn.append("first"), delay=1000)
    screen.draw("a", lambda: (drawn.append("second"), done.set()))
    assert done.wait(10)
    gate = threading.Event()
    screen.draw("gate", lambda: gate.wait(10))
    screen.draw("b", lambda: drawn.append("third"))
    done.clear()
    screen.draw("b", lambda: (drawn.append("fourth"), done.set()), delay=1000)
    gate.set()
    assert done.wait(10)
    assert drawn == ["second", "fourth"]


def test_what_is_meant_for_later_is_dropped_on_closing_and_what_comes_after_it_too(screen: Screen) -> None:
    drawn: list[str] = []
    screen.draw("later", lambda: drawn.append("later"), delay=1000)
    screen.close()
    screen.draw("after", lambda: drawn.append("after"))
    screen.close()
    assert drawn == []


def test_a_drawing_that_fails_stops_no_other(screen: Screen) -> None:
    done = threading.Event()
    screen.draw("broken", lambda: 1 / 0)
    screen.draw("whole", done.set)
    assert done.wait(10)


def test_a_forgotten_drawing_is_not_drawn(screen: Screen) -> None:
    drawn: list[str] = []
    gate = threading.Event()
    screen.draw("gate", lambda: gate.wait(10))
    screen.draw("a", lambda: drawn.append("a"))
    screen.forget("a")
    gate.set()
    screen.close()
    assert drawn == []
