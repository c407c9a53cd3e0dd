"""Our ranking against the harness's linear blend, both fitted the same way: leaving the judged repository out.

    python -m codemaestro_jupyter.experiment.blend_comparison --harness FOLDER --mirror FOLDER [--samples FOLDER]
        [--count 100] [--further 100] [--draws 8] [--output FILE] [CLONE...]

The blend's signals are measured by the harness's own code (`evaluate.py`, `Blend4`); its weights are fitted by the same
logit as ours, without the fading half, which belongs to our model. The harness's cases judge; `CLONE`s only teach.
`--further` commits of each of the harness's repositories, drawn from its own history, teach as well, except where that
repository is judged: ours has ten times as many weights to learn, and sixty cases of each of six are few for that.
`--draws` times both learn from as few of the clones alone and are judged on the other clones. The blend was developed
on the harness's cases, some of our signals were chosen with the clones in sight: each has its home there.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.experiment.commit_view import Repository
from codemaestro_jupyter.experiment.fitting import Groups, fit
from codemaestro_jupyter.experiment.own_history import SHARES, Case, by_repository, cases_of, read_cases
from codemaestro_jupyter.experiment.predict_measures import Outcome, table
from codemaestro_jupyter.experiment.predict_training import RIDGE, Samples, load_or_collect, outcomes, train

KEPT = 80
"""Files kept for each question: those that the blend with its own weights puts first."""


FURTHER_SEED = 11

COMMAND = (
    "python -m codemaestro_jupyter.experiment.blend_comparison --harness DIR --mirror DIR --samples DIR --further 200"
    " --draws 8 CLONE..."
)


def load_harness(folder: Path, mirror: Path, cache: Path) -> ModuleType:
    """The harness's `evaluate` module, which takes its folders from the environment."""
    os.environ["BENCH_MIRROR"], os.environ["BENCH_CACHE"] = str(mirror), str(cache)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("evaluate")
    finally:
        sys.path.remove(str(folder))


def blend_samples(harness: Any, name: str, cases: Sequence[Case]) -> Samples:
    """The blend's signals for all prefixes of cases of the repository OWNER+NAME in the mirror."""
    repository = harness.Repo(name.replace("+", "/", 1))
    weights = harness.Blend4.W
    shipped = np.array(list(weights.values()), np.float32)
    signals, right, reached, sizes, share, kind = [], [], [], [], [], []
    for case in sorted(cases, key=lambda case: case.when):
        snapshot = harness.Snapshot(repository, case.parent)
        truth = np.array([path in case.truth for path in snapshot.paths])
        if not truth.any():
            continue
        for number, path in enumerate(snapshot.paths):  # all words are known before the first index is built
            repository.counts(snapshot.sha(number), path)
        blend = harness.Blend4()
        blend.build(snapshot, repository.history(case.parent))
        for percent, end in zip(SHARES, case.prefixes, strict=True):
            measured = [_scaled(harness, blend, part, case.request[:end]) for part in weights]
            matrix = np.stack(measured, 1).astype(np.float32)
            found = np.zeros(len(truth), np.bool_)
            found[np.argsort(-(matrix @ shipped), kind="stable")[:KEPT]] = True
            keep = truth | found
            signals.append(matrix[keep])
            right.append(truth[keep])
            reached.append(found[keep])
            sizes.append(int(keep.sum()))
            share.append(percent)
            kind.append(case.kind)
    repository.close()
    begin = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    questions = len(sizes)
    return Samples(
        np.concatenate([np.zeros((0, len(weights)), np.float32), *signals]),
        np.concatenate([np.zeros(0, np.bool_), *right]),
        np.concatenate([np.zeros(0, np.bool_), *reached]),
        begin, np.zeros(questions, np.float32), np.array(share, np.int64), np.array(kind), np.array([name] * questions),
    )  # fmt: skip


def _scaled(harness: Any, blend: Any, part: str, text: str) -> NDArray[np.float32]:
    """One signal as the blend's `scores` weighs it."""
    raw = blend.parts[part].scores(text)
    scaled: NDArray[np.float32] = harness.normed(raw) if part in harness.CONST else raw / 10
    return scaled


def fit_blend(samples: Samples, ridge: float = RIDGE) -> NDArray[np.float64]:
    """Weights of a plain linear blend; questions count as in our own fit."""
    samples = samples.learnable()
    scale = samples.signals.std(0) + np.float32(1e-6)
    weights: NDArray[np.float64] = (
        fit(Groups(samples.signals / scale, samples.right, samples.begin, samples.weight), ridge) / scale
    )
    return weights


def blend_outcomes(weights: NDArray[np.float64], samples: Samples) -> list[Outcome]:
    """What the blend puts first for each question; it says no probabilities."""
    found = []
    scores = samples.signals @ weights.astype(np.float32)
    for number, (begin, end) in enumerate(zip(samples.begin, samples.begin[1:], strict=False)):
        reached = samples.reached[begin:end]
        top = np.argsort(-scores[begin:end][reached], kind="stable")[:3]
        right = samples.right[begin:end][reached][top]
        found.append(
            Outcome(str(samples.project[number]), str(samples.kind[number]), int(samples.share[number]),
                    tuple(bool(one) for one in right), ())
        )  # fmt: skip
    return found


def compare(
    ours: Samples, blend: Samples, judged: Sequence[str], further: tuple[Samples, Samples] | None = None
) -> dict[str, Any]:
    """Hits of both on the judged repositories, each under weights fitted on all the other repositories.

    `further` samples, ours and the blend's, teach alike and are never judged.
    """
    ours_taught, blend_taught = ours, blend
    if further is not None:
        ours_taught, blend_taught = Samples.join([ours, further[0]]), Samples.join([blend, further[1]])
    ours_found: list[Outcome] = []
    blend_found: list[Outcome] = []
    for project in judged:
        model = train(ours_taught.of(ours_taught.project != project))
        weights = fit_blend(blend_taught.of(blend_taught.project != project))
        ours_found += outcomes(model, ours.of(ours.project == project))
        blend_found += blend_outcomes(weights, blend.of(blend.project == project))
    return _both(ours_found, blend_found)


def drawn(ours: Samples, blend: Samples, draws: int, teachers: int) -> dict[str, Any]:
    """Hits of both on all repositories but the `teachers` drawn at random, of which they learn; all draws together."""
    names = np.unique(ours.project)
    ours_found: list[Outcome] = []
    blend_found: list[Outcome] = []
    for number in range(draws):
        taught = np.random.default_rng(number).permutation(names)[:teachers]
        ours_taught, blend_taught = np.isin(ours.project, taught), np.isin(blend.project, taught)
        ours_found += outcomes(train(ours.of(ours_taught)), ours.of(~ours_taught))
        blend_found += blend_outcomes(fit_blend(blend.of(blend_taught)), blend.of(~blend_taught))
    return _both(ours_found, blend_found)


def _both(ours_found: Sequence[Outcome], blend_found: Sequence[Outcome]) -> dict[str, Any]:
    ours, blend = table(ours_found), table(blend_found)
    return {"ours": ours, "blend": blend, "ahead": ahead(ours, blend)}


def ahead(ours: dict[str, Any], blend: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Points of hit@3 by which we lead, by kind of change and percent typed."""
    return {
        kind: {share: round(hit - blend[kind]["hit@3"][share], 1) for share, hit in ours[kind]["hit@3"].items()}
        for kind in ours
        if kind in blend
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, fit both, compare, print."""
    parser = argparse.ArgumentParser(prog="blend_comparison", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("clones", nargs="*", type=Path, help="bare clones MIRROR/OWNER+NAME/repo that only teach")
    parser.add_argument("--harness", type=Path, required=True)
    parser.add_argument("--mirror", type=Path, required=True)
    parser.add_argument("--samples", type=Path, required=True, help="folder that keeps measured signals between runs")
    parser.add_argument("--count", type=int, default=100, help="cases of each clone")
    parser.add_argument("--further", type=int, default=0, help="commits of each harness repository that teach as well")
    parser.add_argument("--draws", type=int, default=0, help="times that both learn from as few of the clones alone")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    options.samples.mkdir(parents=True, exist_ok=True)
    harness = load_harness(options.harness, options.mirror, options.samples / "harness")
    shared = {name.replace("/", "+"): cases for name, cases in by_repository(read_cases(options.harness / "dev.jsonl"))}
    ours, blend = [], []
    for name in [*shared, *(folder.parent.name for folder in options.clones)]:
        folder = options.mirror / name / "repo"
        ours.append(load_or_collect(folder, shared.get(name), options.count, options.samples))
        blend.append(_blend_of(harness, name, folder, shared.get(name), options.count, options.samples))
    every, every_blend = Samples.join(ours), Samples.join(blend)
    own = np.isin(every.project, list(shared))
    own_blend = np.isin(every_blend.project, list(shared))
    figures: dict[str, Any] = {"harness only": compare(every.of(own), every_blend.of(own_blend), list(shared))}
    if options.further:
        figures[f"harness and {options.further} further commits each"] = compare(
            every.of(own), every_blend.of(own_blend), list(shared), _further(harness, list(shared), options)
        )
    if options.clones:
        if options.draws:
            teachers = len(shared) - 1
            figures[f"{teachers} of the clones"] = drawn(
                every.of(~own), every_blend.of(~own_blend), options.draws, teachers
            )
        figures["harness and clones"] = compare(every, every_blend, list(shared))
    names = sorted(str(name) for name in set(every.project.tolist()))
    text = json.dumps({"command": COMMAND, "figures": {"repositories": names, **figures}}, indent=1)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf8")
    print(text)
    return 0


def _further(harness: Any, names: Sequence[str], options: argparse.Namespace) -> tuple[Samples, Samples]:
    """Ours and the blend's samples of commits drawn from the histories of the harness's repositories."""
    count, store = options.further, options.samples / f"further-{options.further}"
    store.mkdir(exist_ok=True)
    folders = {name: options.mirror / name / "repo" for name in names}
    ours = [load_or_collect(folder, None, count, store, FURTHER_SEED) for folder in folders.values()]
    blend = [_blend_of(harness, *item, None, count, store, FURTHER_SEED) for item in folders.items()]
    return Samples.join(ours), Samples.join(blend)


def _blend_of(
    harness: Any, name: str, folder: Path, cases: Sequence[Case] | None, count: int, store: Path, seed: int = 7
) -> Samples:
    """The blend's samples of a repository, from `store` if they are there."""
    file = store / f"{name}.blend.npz"
    if file.exists():
        with np.load(file) as kept:
            return Samples(**kept)
    if cases is None:
        with Repository(folder) as repository:
            cases = cases_of(repository, count, newest=False, seed=seed)
    found = blend_samples(harness, name, cases)
    print(f"{name}: {len(found.share) // len(SHARES)} cases of the blend", file=sys.stderr, flush=True)
    np.savez(file, **{field: getattr(found, field) for field in Samples.__slots__})
    return found


if __name__ == "__main__":
    sys.exit(main())
