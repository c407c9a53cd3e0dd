"""A keystroke never waits for what is being made ready: the ground before answers, then the new one does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from codemaestro_jupyter.experiment.commit_view import MemoryView, view_of_texts
from codemaestro_jupyter.predict import Predictor, WarmPredictor, ground
from codemaestro_jupyter.predict.past import Past
from codemaestro_jupyter.predict.shape import Shape
from codemaestro_jupyter.types import LiveContext

from .conftest import COMMITS, TEXTS

LIVE = LiveContext()


class Later(Executor):
    """Runs nothing until told to."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], object]] = []

    def submit(self, function: Callable[..., Any], /, *_: Any, **__: Any) -> Future[Any]:
        self.waiting.append(function)
        return Future()

    def run(self) -> None:
        waiting, self.waiting = self.waiting, []
        for function in waiting:
            function()


class Project:
    """The newest view, and the views that a ground was made for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.view = view_of_texts(TEXTS, COMMITS)
        self.shapes: list[int] = []
        monkeypatch.setattr(ground, "Shape", self._shape)
        self.pool = Later()
        self.predictor = WarmPredictor(Predictor(projects=1), lambda: self.view, self.pool)

    def _shape(self, paths: list[str], earlier: Shape | None) -> Shape:
        self.shapes.append(len(paths))
        return Shape(paths, earlier)

    def grow(self, name: str) -> MemoryView:
        """A file comes."""
        self.view = view_of_texts(
            {**dict.fromkeys(self.view.paths, ""), **TEXTS, name: "def brand_new(): ...\n"}, COMMITS
        )
        self.predictor.changed()
        return self.view

    def files(self) -> list[str]:
        return [file.path for file in self.predictor.predict("explain brand_new", LIVE, 20).files]


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(monkeypatch)


def test_the_first_question_waits_for_the_first_ground(project: Project) -> None:
    assert project.predictor.predict("Fix the basket", LIVE).files[0].path == "shop/basket.py"
    assert project.shapes == [len(TEXTS)]


def test_a_question_meanwhile_is_answered_from_the_ground_before_which_is_then_replaced(project: Project) -> None:
    before = project.files()
    project.grow("shop/brand_new.py")
    assert project.files() == before
    assert "shop/brand_new.py" not in before
    project.pool.run()
    assert project.files()[0] == "shop/brand_new.py"
    assert project.shapes == [len(TEXTS), len(TEXTS) + 1]


def test_who_can_wait_is_answered_from_the_newest_view(project: Project) -> None:
    before = project.files()
    project.grow("shop/brand_new.py")
    assert project.files() == before
    newest = project.predictor.predict_now("explain brand_new", LIVE)
    assert newest.files[0].path == "shop/brand_new.py"


def test_who_was_answered_from_an_older_ground_is_told_when_a_newer_is_ready(project: Project) -> None:
    told: list[int] = []
    project.predictor.on_better = lambda: told.append(len(project.shapes))
    project.files()
    project.grow("shop/brand_new.py")
    assert told == []
    project.pool.run()
    assert told == [2]
    project.files()
    project.predictor.changed()
    project.pool.run()
    assert told == [2]
    project.grow("shop/newest.py")
    project.predictor.predict_now("explain newest", LIVE)
    assert told == [2, 3]


def test_each_view_is_made_ready_once_and_those_that_were_overtaken_never(project: Project) -> None:
    project.files()
    for number in range(5):
        project.grow(f"shop/more{number}.py")
        project.files()
    assert len(project.pool.waiting) == 1
    project.pool.run()
    project.pool.run()
    assert project.shapes == [len(TEXTS), len(TEXTS) + 5]


def test_if_only_contents_changed_the_newest_view_answers_at_once(project: Project) -> None:
    project.files()
    old = project.view
    project.view = view_of_texts({**TEXTS, "shop/basket.py": "def brand_new(): ...\n"}, COMMITS)
    project.view.paths = old.paths  # as the index does
    assert project.files()[0] == "shop/basket.py"
    assert project.shapes == [len(TEXTS)]
    assert project.pool.waiting == []


def test_after_closing_nothing_begins_and_questions_are_answered_still(project: Project) -> None:
    before = project.files()
    project.predictor.close()
    project.grow("shop/brand_new.py")
    assert project.files() == before
    assert project.pool.waiting == []


def test_what_fails_once_is_tried_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = project.files()

    def fail(*_: Any) -> Past:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(ground, "Past", fail)
        project.grow("shop/brand_new.py")
        project.pool.run()
        assert project.files() == before
    project.pool.run()
    assert project.files()[0] == "shop/brand_new.py"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_nobody_waits_for_another_views_ground(monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor) -> None:
    began, go_on = threading.Event(), threading.Event()
    view = view_of_texts(TEXTS, COMMITS)
    predictor = WarmPredictor(Predictor(), lambda: view, pool)
    first = predictor.ground()

    def slow(*arguments: Any) -> Past:
        began.set()
        go_on.wait()
        return Past(*arguments)

    monkeypatch.setattr(ground, "Past", slow)
    view = view_of_texts({**TEXTS, "shop/brand_new.py": ""}, COMMITS)
    predictor.changed()
    began.wait()
    try:
        assert predictor.ground() is first
    finally:
        go_on.set()
    pool.shutdown()
    assert predictor.ground().view is view


def test_what_was_asked_before_changes_no_answer() -> None:
    view = view_of_texts(TEXTS, COMMITS)
    kept = Predictor(clock=lambda: 1e9)
    for text in ("Fix the colour of the basket and log", "Add retries to fetch_user", "Fix the colour of the clien"):
        for length in range(4, len(text) + 1):
            fresh = Predictor(clock=lambda: 1e9)
            again, anew = (one.predict(text[:length], view, LIVE, 5) for one in (kept, fresh))
            assert (again.files, again.words) == (anew.files, anew.words)
