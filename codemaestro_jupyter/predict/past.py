"""What history tells: what changed last, what changes often, and which words of past subjects led to which files.

Subjects are a small text collection of their own: a term's commits are kept as one array, and everything else is
counted from those when a question comes. Commits of more than `MOST_FILES` files say nothing about any of them.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.predict.kept import Kept
from codemaestro_jupyter.predict.memory import apart
from codemaestro_jupyter.predict.project import Documents, Floats, PastCommits
from codemaestro_jupyter.predict.rhythm import Rhythm
from codemaestro_jupyter.predict.shape import Shape
from codemaestro_jupyter.workspace.tokens import STANDARD

MOST_FILES = 20
FADING = 1500.0
"""Commits after which a past subject counts half (prediction research: weak decay beats none and strong)."""
RECENT, LATELY, BRIEFLY = 600, 200, 1000
"""How many of the newest commits priors, `last` and its rank look at."""
LATELY_SIMILAR, LATELY_FADING = 100, 15
"""The newest commits whose subjects are compared once more, and after how many one counts half."""
SIMILAR = 60
"""The most similar past commits whose files are counted."""
CLASS_COMMITS = 500
PSEUDO = 4.0
"""Pseudo-commits that pull a lift towards none: one coincidence must not decide."""
KEPT_WORDS = 4_000
KEPT_LIFTS = 200_000
"""Numbers kept of what the last words say about files."""
Lift = tuple[float, Documents, NDArray[np.float64], NDArray[np.float64]]
"""What a word says: of all files, of some files more, and of classes of files (log ratios)."""
_NOTHING: Documents = np.zeros(0, np.int32)


class Past:
    """History of one HEAD over one list of paths. Arrays are float32[n] unless said otherwise; m = usable commits."""

    def __init__(self, history: PastCommits, shape: Shape) -> None:
        n = len(shape.paths)
        chosen = [age for age, files in enumerate(history.files) if 0 < len(files) <= MOST_FILES]
        files = [history.files[age] for age in chosen]
        self.count = m = len(chosen)
        sizes = np.array([len(group) for group in files], np.int64)
        self.begin = np.concatenate([[0], np.cumsum(sizes)])
        self.files: Documents = np.concatenate([*files, _NOTHING]).astype(np.int32)
        self.sizes = sizes
        self.fading = 0.5 ** (np.arange(m) / FADING)
        self.share = 1 / np.sqrt(np.maximum(1, sizes))
        self.weight = np.repeat(self.fading * self.share, sizes)
        self.subjects = [history.subjects[age] for age in chosen]
        self._index(self.subjects)
        self.followers: Kept[str, list[tuple[str, float]]] = Kept(KEPT_WORDS, len)
        """What followed a word in past subjects (see `words.py`)."""
        self._lifts: Kept[str, Lift] = Kept(KEPT_LIFTS, lambda one: len(one[1]) + len(one[3]))
        ages = np.repeat(np.array(chosen, np.int64), sizes)
        self._when = np.asarray(history.timestamps)[chosen]
        (
            self.prior_20, self.prior_60, self.age, self.last, self.last_rank, self.class_prior, self.subject_lengths,
        ) = apart(7, n)  # fmt: skip
        """`age`: commits since the file changed, `BRIEFLY` if longer ago."""
        self.prior_20[:] = self._prior(ages, sizes, 20, n)
        self.prior_60[:] = self._prior(ages, sizes, 60, n)
        first = np.full(n, BRIEFLY, np.float64)
        near = ages < BRIEFLY
        np.minimum.at(first, self.files[near], ages[near].astype(np.float64))
        self.age[:] = first
        self.last[:] = np.where(first < LATELY, 1 / (first + 1), 0)
        self.last_rank[:] = -np.log((first + 2) / 2)
        self.file_weight = np.bincount(self.files, self.weight, n) if m else np.zeros(n)
        self.total_weight = float(self.fading.sum())
        self._classes(shape)
        self.rhythm = Rhythm(self.files, sizes, n)
        self._areas = shape.areas
        self._area_weight = np.bincount(shape.areas[self.files], self.weight) if m else np.zeros(0)
        if m:
            self.subject_lengths[:] = np.bincount(self.files, self.weight * np.repeat(self.subject_sizes, sizes), n)

    def changed_at(self, document: int) -> float:
        """When a file changed last by history, in seconds since the epoch; 0 if never."""
        commits = np.searchsorted(self.begin, np.flatnonzero(self.files == document), "right") - 1
        return float(self._when[commits].max(initial=0.0))

    def commits_of(self, term: str) -> NDArray[np.int32]:
        """Usable commits (0 = newest) whose subject holds the term."""
        place = self._terms.get(term)
        return _NOTHING if place is None else self._commits[self._term_begin[place] : self._term_begin[place + 1]]

    def frequencies_of(self, term: str) -> tuple[Documents, Floats]:
        """Files whose past subjects hold the term, and how often, faded (float32)."""
        commits = self.commits_of(term)
        if not len(commits):
            return _NOTHING, np.zeros(0, np.float32)
        places = self._places(commits)
        documents, back = np.unique(self.files[places], return_inverse=True)
        return documents.astype(np.int32), np.bincount(back, self.weight[places]).astype(np.float32)

    def complete(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Terms of past subjects that start with the prefix and their commits, most frequent first."""
        begin = bisect.bisect_left(self.vocabulary, prefix)
        end = bisect.bisect_left(self.vocabulary, prefix + "\U0010ffff")
        found = [(term, len(self.commits_of(term))) for term in self.vocabulary[begin:end]]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:limit]

    def telling(self, term: str) -> float:
        """How telling a word is in requests: 1 for rare ones, towards 0 for `fix` and `add`."""
        m = max(1, self.count)
        return min(1.0, math.log((m + 10) / (len(self.commits_of(term)) + 1)) / math.log(m + 10) * 1.3)

    def similar(self, terms: Sequence[str], completions: Sequence[str], n: int) -> Floats:
        """Files of past commits with a similar subject: Okapi weights (k1 = 1.2, b = 0.75), faded, shared."""
        scores = np.zeros(self.count)
        for term in terms:
            commits = self.commits_of(term)
            scores[commits] += self._okapi(commits)
        if completions:
            best = np.zeros(self.count)
            for term in completions:
                commits = self.commits_of(term)
                best[commits] = np.maximum(best[commits], 0.6 * self._okapi(commits))
            scores += best
        scores *= self.fading
        top = np.argpartition(-scores, SIMILAR - 1)[:SIMILAR] if self.count > SIMILAR else np.arange(self.count)
        top = top[scores[top] > 0]
        places = self._places(top)
        return np.bincount(self.files[places], np.repeat((scores * self.share)[top], self.sizes[top]), n).astype(
            np.float32
        )

    def lately_similar(self, terms: Sequence[str], completions: Sequence[str], n: int) -> Floats:
        """Files of the newest commits with a similar subject, telling words first: is this request their sequel?"""
        newest = min(self.count, LATELY_SIMILAR)
        scores = np.zeros(newest)
        for term in terms:
            commits, weights = self._newest_of(term)
            scores[commits] += weights
        begun = np.zeros(newest)
        for term in completions:
            commits, weights = self._newest_of(term)
            begun[commits] = np.maximum(begun[commits], 0.6 * weights)
        scores = (scores + begun) * 0.5 ** (np.arange(newest) / LATELY_FADING) * self.share[:newest]
        end = int(self.begin[newest])
        found: Floats = np.bincount(self.files[:end], np.repeat(scores, self.sizes[:newest]), n).astype(np.float32)
        return found

    def _newest_of(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        commits = self.commits_of(term)
        newest = int(np.searchsorted(commits, LATELY_SIMILAR))
        if not newest:
            return _NOTHING, np.zeros(0)
        return commits[:newest], self._okapi(commits)[:newest] * self.telling(term)

    def area_lifts(self, terms: Sequence[str], n: int) -> Floats:
        """How much likelier each file's area (its upper folders) is changed, given the words: sums of log ratios."""
        if not self.count:
            return np.zeros(n, np.float32)
        found = np.zeros(int(self._areas.max()) + 1)
        usual = np.zeros(len(found))
        usual[: len(self._area_weight)] = (self._area_weight + 0.02) / (self.total_weight + 1)
        usual[len(self._area_weight) :] = 0.02 / (self.total_weight + 1)
        for term in terms:
            commits = self.commits_of(term)
            if len(commits):
                places = self._places(commits)
                total = float(self.fading[commits].sum())
                seen = np.bincount(self._areas[self.files[places]], self.weight[places], len(found))
                found += np.log((seen + PSEUDO * usual) / (total + PSEUDO) / usual)
        return found[self._areas].astype(np.float32)

    def lifts(self, terms: Sequence[str], n: int) -> tuple[Floats, Floats]:
        """How much likelier each file and each file's class is changed, given the words: sums of log ratios."""
        of_files = np.zeros(n, np.float64)
        of_classes = np.zeros(len(self.class_share), np.float64)
        for term in terms:
            floor, documents, above, classes = self._lifts.get(term, self._lift_of)
            of_files += floor
            of_files[documents] += above
            of_classes += classes
        return of_files.astype(np.float32), of_classes.astype(np.float32)

    def _lift_of(self, term: str) -> Lift:
        commits, share = self.commits_of(term), self.class_share
        if not len(commits):
            return 0.0, _NOTHING, np.zeros(0), np.zeros(len(share))
        places = self._places(commits)
        total = float(self.fading[commits].sum())
        # Files no such commit touched all fall by one constant; only the touched ones need the logarithm of theirs.
        floor = math.log(PSEUDO / (total + PSEUDO))
        documents, back = np.unique(self.files[places], return_inverse=True)
        seen = np.bincount(back, self.weight[places])
        usual = (self.file_weight[documents] + 0.02) / (self.total_weight + 1)
        above = np.log((seen + PSEUDO * usual) / (total + PSEUDO) / usual) - floor
        touched = self._touched[commits].sum(0)
        return floor, documents, above, np.log((touched + PSEUDO * share) / (len(commits) + PSEUDO) / share)

    # -- making -------------------------------------------------------------------------------------

    def _index(self, subjects: Sequence[str]) -> None:
        pairs: dict[str, list[int]] = {}
        sizes = np.zeros(len(subjects), np.float32)
        lengths = np.zeros(len(subjects), np.float32)
        counts: dict[tuple[str, int], int] = {}
        for commit, subject in enumerate(subjects):
            found = STANDARD.counts(subject)
            sizes[commit], lengths[commit] = len(found), sum(found.values())
            for term, count in found.items():
                pairs.setdefault(term, []).append(commit)
                if count > 1:
                    counts[term, commit] = count
        self.vocabulary = sorted(pairs)
        self._terms = {term: place for place, term in enumerate(self.vocabulary)}
        groups = [pairs[term] for term in self.vocabulary]
        self._term_begin = np.concatenate([[0], np.cumsum([len(group) for group in groups])]).astype(np.int64)
        self._commits: Documents = np.array([commit for group in groups for commit in group], np.int32)
        self.subject_sizes = sizes
        self._subject_norm = 1.2 * (
            1 - 0.75 + 0.75 * lengths / max(1.0, float(lengths.mean()) if len(lengths) else 1.0)
        )

    def _okapi(self, commits: NDArray[np.int32]) -> NDArray[np.float64]:
        """Weights of one term in the subjects that hold it; a word twice in one subject counts as once."""
        idf = math.log(1 + (self.count - len(commits) + 0.5) / (len(commits) + 0.5))
        weights: NDArray[np.float64] = idf * 2.2 / (1 + self._subject_norm[commits].astype(np.float64))
        return weights

    def _places(self, commits: NDArray[np.integer]) -> NDArray[np.int64]:
        """Positions in `files` of all files of some commits, commit by commit."""
        sizes = self.sizes[commits]
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if len(ends) else 0
        places: NDArray[np.int64] = (
            np.arange(total) - np.repeat(ends - sizes, sizes) + np.repeat(self.begin[commits], sizes)
        )
        return places

    def _prior(self, ages: NDArray[np.int64], sizes: NDArray[np.int64], half: int, n: int) -> Floats:
        """Log share of recent changes, halved every `half` commits: log(p + 0.003)."""
        near = ages < RECENT
        shares = np.repeat(self.share, sizes)[near]
        weight = np.bincount(self.files[near], 0.5 ** (ages[near] / half) * shares, n)
        prior: Floats = np.log(weight / (weight.sum() + 1e-9) + 3e-3).astype(np.float32)
        return prior

    def _classes(self, shape: Shape) -> None:
        touched = np.zeros((self.count, len(shape.class_sizes)), np.float32)
        if self.count:
            touched[np.repeat(np.arange(self.count), self.sizes), shape.classes[self.files]] = 1
        self._touched = touched
        self.class_share = (touched.sum(0) + 0.5) / (self.count + 1)
        recent = touched[:CLASS_COMMITS].sum(0)
        share = (recent + 1) / (min(CLASS_COMMITS, self.count) + 10) / np.maximum(1, shape.class_sizes)
        if len(shape.classes):
            self.class_prior[:] = np.log(share).astype(np.float32)[shape.classes]
