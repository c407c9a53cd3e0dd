"""Both rankings are judged alike: each repository under weights of the others, the blend by its own signals."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from codemaestro_jupyter.experiment.blend_comparison import (
    ahead,
    blend_outcomes,
    blend_samples,
    compare,
    drawn,
    fit_blend,
)
from codemaestro_jupyter.experiment.own_history import Case
from codemaestro_jupyter.experiment.predict_training import Samples
from codemaestro_jupyter.predict.signals import ROW, SIGNALS

PATHS = ["a.py", "b.py", "c.py", "d.py", "e.py"]


class Part:
    """A signal that is one for the file whose name's letter the text holds, times a factor."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def scores(self, text: str) -> np.ndarray:
        return np.array([self.factor * (path[0] in text) for path in PATHS], np.float32)


class Blend:
    W: ClassVar = {"content": 1.0, "prior": 0.5}

    def build(self, snapshot: object, history: object) -> None:
        self.parts = {"content": Part(10.0), "prior": Part(4.0)}


class Repository:
    def __init__(self, name: str) -> None:
        self.name, self.closed, self.counted = name, False, 0

    def counts(self, sha: str, path: str) -> None:
        self.counted += 1

    def history(self, parent: str) -> list[object]:
        return []

    def close(self) -> None:
        self.closed = True


def harness() -> Any:
    def snapshot(repository: Repository, parent: str) -> Any:
        return SimpleNamespace(paths=PATHS, sha=str)

    return SimpleNamespace(
        Repo=Repository, Snapshot=snapshot, Blend4=Blend, CONST=("prior",),
        normed=lambda values: values / values.max() if values.max() > 0 else values,
    )  # fmt: skip


def case(request: str, *truth: str) -> Case:
    return Case("one/two", "parent", request, frozenset(truth), (1, 1, 1, len(request)), "src")


def test_the_blends_signals_are_measured_as_the_blend_weighs_them() -> None:
    found = blend_samples(harness(), "one+two", [case("xb", "b.py"), case("zz", "gone.py")])
    assert found.begin.tolist() == [0, 5, 10, 15, 20]
    assert found.share.tolist() == [25, 50, 75, 100]
    assert set(found.project.tolist()) == {"one+two"}
    assert found.signals[:5].tolist() == [[0, 0]] * 5
    assert found.signals[15:].tolist() == [[0, 0], [1, 1], [0, 0], [0, 0], [0, 0]]
    assert found.right[15:].tolist() == [False, True, False, False, False]


def questions(project: str, signal: int, width: int) -> Samples:
    """Four questions of five files; the last file is right, and only the given signal says so."""
    signals = np.zeros((20, width), np.float32)
    signals[4::5, signal] = 1
    return Samples(
        signals,
        right=np.array([False, False, False, False, True] * 4),
        reached=np.ones(20, np.bool_),
        begin=np.arange(0, 21, 5),
        complete=np.ones(4, np.float32),
        share=np.array([25, 50, 75, 100]),
        kind=np.array(["src"] * 4),
        project=np.array([project] * 4),
    )


def test_a_repository_is_judged_by_what_the_others_teach() -> None:
    named = ROW["named"]
    ours = Samples.join([questions(name, named, len(SIGNALS)) for name in ("one", "two")])
    # what helps in one repository says nothing of the other, so fitted on the other the blend finds nothing
    blend = Samples.join([questions("one", 0, 2), questions("two", 1, 2)])
    found = compare(ours, blend, ["one", "two"])
    every = {"25": 100.0, "50": 100.0, "75": 100.0, "100": 100.0}
    assert found["ours"]["src"]["hit@3"] == every
    assert found["blend"]["src"]["hit@3"] == dict.fromkeys(every, 0.0)
    assert found["ahead"]["src"] == every
    seen = questions("one", 0, 2)
    assert all(outcome.right[0] for outcome in blend_outcomes(fit_blend(seen), seen))


def test_further_commits_teach_but_not_their_own_repository_and_are_not_judged() -> None:
    named, stem = ROW["named"], ROW["stem"]
    ours = Samples.join([questions("one", named, len(SIGNALS)), questions("two", stem, len(SIGNALS))])
    blend = Samples.join([questions("one", 0, 2), questions("two", 1, 2)])
    own = questions("one", named, len(SIGNALS)), questions("one", 0, 2)
    other = questions("two", named, len(SIGNALS)), questions("two", 0, 2)
    nothing = dict.fromkeys(["25", "50", "75", "100"], 0.0)
    every = dict.fromkeys(nothing, 100.0)
    assert compare(ours, blend, ["one"])["ours"]["src"]["hit@3"] == nothing
    assert compare(ours, blend, ["one"], own)["ours"]["src"]["hit@3"] == nothing
    found = compare(ours, blend, ["one"], other)
    assert found["ours"]["src"] == {"cases": 1, "hit@1": every, "hit@3": every}
    assert found["blend"]["src"]["hit@3"] == every


def test_drawn_repositories_teach_and_all_the_others_are_judged() -> None:
    names = ("one", "two", "three")
    ours = Samples.join([questions(name, ROW["named"], len(SIGNALS)) for name in names])
    blend = Samples.join([questions(name, number % 2, 2) for number, name in enumerate(names)])
    found = drawn(ours, blend, 5, 1)
    every = dict.fromkeys(["25", "50", "75", "100"], 100.0)
    assert found["ours"] == {"src": {"cases": 5 * 2, "hit@1": every, "hit@3": every}}
    assert drawn(ours, blend, 5, 1) == found
    assert found["blend"]["src"]["hit@3"]["100"] <= 50


def test_ahead_is_the_difference_of_the_kinds_that_both_have() -> None:
    ours = {"src": {"hit@3": {"25": 57.9, "100": 83.6}}, "md": {"hit@3": {"25": 1.0}}}
    assert ahead(ours, {"src": {"hit@3": {"25": 53.3, "100": 84.0}}}) == {"src": {"25": 4.6, "100": -0.4}}
