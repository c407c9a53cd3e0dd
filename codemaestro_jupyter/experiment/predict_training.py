"""Fit how much each signal counts, from the histories of other projects; writes `predict/weights.json`.

    python -m codemaestro_jupyter.experiment.predict_training CLONE... [--count 100] [--samples FOLDER]
        [--harness FOLDER --mirror FOLDER] [--output FILE]

One conditional logit over the files of each question (a softmax over signals; the loss is the probability given to the
right files together), with ridge. Each signal has two weights: one that always counts and one that fades as words
become complete. Calibration is fitted on projects that the weights were not fitted on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.experiment.commit_view import Repository
from codemaestro_jupyter.experiment.fitting import Groups, calibrate, fit
from codemaestro_jupyter.experiment.own_history import (
    SHARES,
    Case,
    by_repository,
    cases_of,
    changes_by_convention,
    read_cases,
)
from codemaestro_jupyter.experiment.predict_measures import Outcome, expected_error, table
from codemaestro_jupyter.predict.ground import Grounds
from codemaestro_jupyter.predict.model import FILE, Model, certainty_features, fading
from codemaestro_jupyter.predict.question import ask
from codemaestro_jupyter.predict.signals import ROW, SIGNALS, measure, whole

KEPT = 60
"""Files kept for each question: those that a rough score puts first.

The right ones among the rest are neither learned from nor ever counted as found: kept alone without their like, they
would teach that what looks hopeless is right.
"""
ROUGH = {
    "prior_20": 0.3, "prior_60": 0.3, "last_rank": 0.2, "tokens": 1.0, "content_told": 0.08, "path_told": 0.1,
    "symbol_told": 0.06, "subject_told": 0.06, "content_exact": 0.05, "content_begun": 0.05, "path_begun": 0.05,
    "subject_begun": 0.05, "stem": 1.0, "named": 3.0, "pair": 0.5, "file_lift": 0.2, "class_lift": 0.2,
}  # fmt: skip
RIDGE = 3e-3
KIND_COUNTS = {"src": 1.0, "ipynb": 3.0, "md": 0.5}
"""How much a question counts by what was changed: people in JupyterLab ask about notebooks more often than the clones
have them, and seldom about prose alone (32 repositories, none seen: source +0.2, notebooks +0.8, prose -3 points)."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Questions of several projects: signals [row, signal], and one entry per question for the rest."""

    signals: NDArray[np.float32]
    right: NDArray[np.bool_]
    reached: NDArray[np.bool_]
    """Whether the rough score kept the row; right ones are there either way."""
    begin: NDArray[np.int64]
    """First row of each question, and the number of rows at the end."""
    complete: NDArray[np.float32]
    """Complete terms of each question."""
    share: NDArray[np.int64]
    kind: NDArray[np.str_]
    project: NDArray[np.str_]

    @staticmethod
    def join(parts: Sequence[Samples]) -> Samples:
        """All questions of several samples."""
        offsets = np.cumsum([0] + [part.begin[-1] for part in parts])
        begin = [part.begin[:-1] + offset for part, offset in zip(parts, offsets, strict=False)]
        every = ("signals", "right", "reached", "complete", "share", "kind", "project")
        joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in every}
        return Samples(begin=np.concatenate([*begin, offsets[-1:]]), **joined)

    def of(self, chosen: NDArray[np.bool_]) -> Samples:
        """The chosen questions."""
        sizes = np.diff(self.begin)
        rows = np.repeat(chosen, sizes)
        begin = np.concatenate([[0], np.cumsum(sizes[chosen])])
        return Samples(
            self.signals[rows], self.right[rows], self.reached[rows], begin, self.complete[chosen], self.share[chosen],
            self.kind[chosen], self.project[chosen],
        )  # fmt: skip

    def learnable(self) -> Samples:
        """What can be learned from: rows that the rough score kept, of questions with a right one among them."""
        begin = np.concatenate([[0], np.cumsum(self.reached)])[self.begin]
        rows = self.reached
        kept = Samples(
            self.signals[rows], self.right[rows], self.reached[rows], begin, self.complete, self.share, self.kind,
            self.project,
        )  # fmt: skip
        found = np.concatenate([[0], np.cumsum(kept.right)])[begin]
        return kept.of(np.diff(found) > 0)

    def groups(self, scale: NDArray[np.float32]) -> Groups:
        """The logit's inputs: scaled signals and the same once more, fading; a project counts by √(its questions)."""
        scaled = self.signals / scale
        fade = fading(self.complete)
        wide = np.concatenate([scaled, scaled * np.repeat(fade, np.diff(self.begin))[:, None]], 1)
        return Groups(wide, self.right, self.begin, self.weight)

    @property
    def weight(self) -> NDArray[np.float64]:
        """How much each question counts: by its kind, and the less the more its project has."""
        _, inverse, counts = np.unique(self.project, return_inverse=True, return_counts=True)
        kinds = np.array([KIND_COUNTS.get(str(kind), 1.0) for kind in self.kind])
        weight: NDArray[np.float64] = counts[inverse] ** -0.5 * kinds
        return weight


def collect(folder: Path, cases: Sequence[Case]) -> Samples:
    """Measure the signals of all prefixes of cases of one clone."""
    rough = np.zeros(len(SIGNALS), np.float32)
    for name, weight in ROUGH.items():
        rough[ROW[name]] = weight
    signals, right, reached, sizes, complete, share, kind = [], [], [], [], [], [], []
    with Repository(folder) as repository:
        for case in cases:
            ground = Grounds().of(repository.view(case.parent))
            truth = np.array([path in case.truth for path in ground.shape.paths])
            if not truth.any():
                continue
            # Changelogs and the like, which most commits change by convention, are neither right nor wrong.
            aside = np.array([-1e9 if changes_by_convention(path) else 0.0 for path in ground.shape.paths], np.float32)
            for percent, end in zip(SHARES, case.prefixes, strict=True):
                question = ask(case.request[:end])
                matrix = whole(ground, measure(ground, question))
                found = np.zeros(len(truth), np.bool_)
                found[np.argsort(-(rough @ matrix + aside), kind="stable")[:KEPT]] = True
                keep = (truth | found) & (aside == 0)
                signals.append(matrix[:, keep].T)
                right.append(truth[keep])
                reached.append(found[keep])
                sizes.append(int(keep.sum()))
                complete.append(len(question.terms))
                share.append(percent)
                kind.append(case.kind)
    project = cases[0].repository if cases else folder.name
    return Samples(
        np.concatenate([np.zeros((0, len(SIGNALS)), np.float32), *signals]),
        np.concatenate([np.zeros(0, np.bool_), *right]),
        np.concatenate([np.zeros(0, np.bool_), *reached]),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array(complete, np.float32), np.array(share, np.int64), np.array(kind), np.array([project] * len(sizes)),
    )  # fmt: skip


def train(samples: Samples, start: Model | None = None, ridge: float = RIDGE) -> Model:
    """Fit weights on some projects, from those of `start`; the calibration is still the identity."""
    samples = samples.learnable()
    scale = samples.signals.std(0) + np.float32(1e-6)
    both = np.concatenate([scale, scale])
    begin = None if start is None else np.concatenate([start.steady, start.fading]).astype(np.float64) * both
    weights = fit(samples.groups(scale), ridge, begin) / both
    return Model.of_weights(weights.astype(np.float32))


def outcomes(model: Model, samples: Samples) -> list[Outcome]:
    """What a model puts first for each question."""
    found = []
    for number in range(len(samples.share)):
        place = slice(samples.begin[number], samples.begin[number + 1])
        scores = model.scores(samples.signals[place].T, float(samples.complete[number]))
        scores = scores[samples.reached[place]]
        top = np.argsort(-scores, kind="stable")[:3]
        raw = certainty_features(scores, top)
        right = samples.right[place][samples.reached[place]][top]
        found.append(
            Outcome(str(samples.project[number]), str(samples.kind[number]), int(samples.share[number]),
                    tuple(bool(one) for one in right), tuple(model.probabilities(raw).tolist()), raw)
        )  # fmt: skip
    return found


def leave_one_out(samples: Samples, always: Samples | None = None, start: Model | None = None) -> list[Outcome]:
    """Outcomes of each project under weights fitted on the other projects (and on `always`).

    `start` must not know any of the projects in `samples`.
    """
    found: list[Outcome] = []
    for project in dict.fromkeys(samples.project.tolist()):
        others = samples.of(samples.project != project)
        model = train(Samples.join([others, always]) if always is not None else others, start)
        found += outcomes(model, samples.of(samples.project == project))
    return found


def certainty_of(found: Sequence[Outcome]) -> NDArray[np.float64]:
    """Calibration weights that fit some outcomes."""
    return calibrate([one.raw for one in found], [one.right for one in found])


def crossed_error(found: Sequence[Outcome]) -> float:
    """Expected calibration error of each project under the calibration of the others, all together."""
    said: list[Outcome] = []
    for project in dict.fromkeys(one.project for one in found):
        model = fitted_on_nothing().with_certainty(certainty_of([one for one in found if one.project != project]))
        said += [
            replace(one, probabilities=tuple(model.probabilities(one.raw).tolist()))
            for one in found
            if one.project == project
        ]
    return expected_error(said)


def fitted_on_nothing() -> Model:
    """A model whose weights are all zero: a bearer of calibrations."""
    return Model.of_weights(np.zeros(2 * len(SIGNALS), np.float32))


def load_or_collect(
    folder: Path, cases: Sequence[Case] | None, count: int, store: Path | None, seed: int = 7
) -> Samples:
    """Samples of a clone, from `store` if they are there; without `cases` of `count` commits drawn with `seed`."""
    name = (
        cases[0].repository.replace("/", "+") if cases else folder.parent.name if folder.name == "repo" else folder.name
    )
    file = store / f"{name}.npz" if store else None
    if file is not None and file.exists():
        with np.load(file) as kept:
            return Samples(**kept)
    if cases is None:
        with Repository(folder) as repository:
            cases = cases_of(repository, count, newest=False, seed=seed)
        cases = sorted(cases, key=lambda case: case.when)
    found = collect(folder, cases)
    found = replace(found, project=np.array([name] * len(found.share)))
    print(f"{name}: {len(found.share) // len(SHARES)} cases, {found.begin[-1]} rows", file=sys.stderr, flush=True)
    if file is not None:
        np.savez(file, **{field: getattr(found, field) for field in Samples.__slots__})
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Collect, fit, calibrate, report, write."""
    parser = argparse.ArgumentParser(prog="predict_training", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("clones", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=100, help="cases of each clone")
    parser.add_argument("--samples", type=Path, help="folder that keeps measured signals between runs")
    parser.add_argument("--harness", type=Path, help="folder with dev.jsonl: fitted leaving one project out")
    parser.add_argument("--mirror", type=Path, help="folder with OWNER+NAME/repo for the harness")
    parser.add_argument("--output", type=Path, default=None, help=f"default: {FILE.name} in the package")
    parser.add_argument("--collect-only", action="store_true")
    options = parser.parse_args(arguments)
    if options.samples:
        options.samples.mkdir(parents=True, exist_ok=True)
    shared: list[Samples] = []
    if options.harness:
        for name, cases in by_repository(read_cases(options.harness / "dev.jsonl")):
            shared.append(load_or_collect(options.mirror / name.replace("/", "+") / "repo", cases, 0, options.samples))
    others = [load_or_collect(folder, None, options.count, options.samples) for folder in options.clones]
    if options.collect_only:
        return 0
    figures: dict[str, Any] = {}
    if shared and others:
        other, harness = Samples.join(others), Samples.join(shared)
        start = train(other)
        figures["harness, fitted on the clones only"] = table(outcomes(start, harness))
        held_out = leave_one_out(harness, other, start)
        figures["harness, leave one out, with the clones"] = table(held_out)
        every = Samples.join([other, harness])
    else:
        every, start = Samples.join(others + shared), None
        held_out = leave_one_out(every)
        figures["leave one out"] = table(held_out)
    figures["calibration error, leave one out"] = crossed_error(held_out)
    model = train(every, start).with_certainty(certainty_of(held_out))
    if shared:
        figures["harness, in the sample"] = table(outcomes(model, Samples.join(shared)))
    (options.output or FILE).write_text(model.dumps(sorted(set(every.project.tolist()))), encoding="utf8")
    print(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
