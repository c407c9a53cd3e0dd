"""What fails in the background is kept for `doctor`, in memory, and printed into no cell."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemaestro_jupyter import problems
from codemaestro_jupyter.doctor import checkup
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.workspace import parsing

log = logging.getLogger("codemaestro_jupyter.tests")


@pytest.fixture
def kept() -> Iterator[None]:
    end = problems.keep()
    yield
    end()


def fail(message: str, source: str) -> None:
    try:
        parsing.module(source)
    except SyntaxError as error:
        log.error(message, exc_info=error)


@pytest.mark.usefixtures("kept")
def test_what_failed_is_told_with_its_place_once_however_often_it_happened() -> None:
    fail("A plan could not be drafted", "def")
    fail("A plan could not be drafted", "def")
    log.info("nothing to tell")
    log.warning("The disk is full")
    first, second = problems.kept()
    assert (first.message, first.count, second.message, second.count) == (
        "A plan could not be drafted", 2, "The disk is full", 1,
    )  # fmt: skip
    assert first.where.startswith("SyntaxError: invalid syntax")
    assert "(parsing.py, line " in first.where
    assert str(first).endswith(" (2 times)")


@pytest.mark.usefixtures("kept")
def test_only_the_newest_are_kept() -> None:
    for number in range(problems.KEPT + 5):
        log.error("number %d", number)
    assert [problem.message for problem in problems.kept()] == [f"number {n}" for n in range(5, problems.KEPT + 5)]


def test_nothing_is_kept_before_and_after() -> None:
    log.error("before")
    end = problems.keep()
    assert problems.kept() == ()
    end()
    assert problems.kept() == ()


@pytest.mark.usefixtures("kept")
def test_doctor_tells_them_without_secrets(project: Path) -> None:
    log.error("first\nsecond")
    log.error("password = 'hunter2hunter2'")
    with Maestro(Settings(environment={}, policy={}), root=project) as maestro:
        found = [check for check in checkup(maestro).data["checks"] if check.name == "Problem"]
        assert [check.state for check in found] == ["warning", "warning"]
        assert found[0].detail.endswith("first second")
        assert "hunter2" not in checkup(maestro).markdown
