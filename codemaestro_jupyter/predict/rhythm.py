"""What the order of past commits tells beside their words: which files are young, and what usually comes next.

Made once for a HEAD. On repositories that the weights were not fitted on, these two were worth half
a point of hit@3: a young file is still being worked on, and people go on as they went on after such a commit before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.predict.memory import apart
from codemaestro_jupyter.predict.project import Documents, Floats

OLD = 3000
"""Commits that count as long ago: a file that none touched was there before."""
LATEST = 2
"""The commits that the next one may follow."""
FOLLOWED, FOLLOWED_FADING = 1500, 300
"""How many past commits are asked what followed them, and after how many an answer counts half."""
UNSURE = 2.0
"""Added to what the shares of followers are taken of: a few coincidences must not decide."""


class Rhythm:
    """All float32[n]. `files` are documents, commit after commit (0 = newest), `sizes[i]` of them in commit i."""

    def __init__(self, files: Documents, sizes: NDArray[np.int64], n: int) -> None:
        ages = np.repeat(np.arange(len(sizes)), sizes)
        first = np.full(n, -1.0)
        np.maximum.at(first, files, ages)
        self.young, self.follows = apart(2, n)
        self.young[:] = -np.log1p(np.where(first < 0, OLD, first)) / 4
        """How lately a file was first touched, on a logarithmic scale."""
        self.follows[:] = _follows(files, sizes, ages, n)
        """How often it was changed right after commits like the last ones."""


def _follows(files: Documents, sizes: NDArray[np.int64], ages: NDArray[np.int64], n: int) -> Floats:
    if len(sizes) < 2:
        return np.zeros(n, np.float32)
    latest = np.zeros(n)
    latest[files[: int(sizes[:LATEST].sum())]] = 1
    alike = np.bincount(ages, latest[files], len(sizes)) / np.maximum(1, sizes)
    weight = np.zeros(len(sizes))
    weight[:-1] = alike[1:] * 0.5 ** (np.arange(1, len(sizes)) / FOLLOWED_FADING)
    weight[FOLLOWED - 1 :] = 0
    weight /= np.sqrt(np.maximum(1, sizes))
    found = np.bincount(files, weight[ages], n)
    share: Floats = (10 * found / (found.sum() + UNSURE)).astype(np.float32)
    return share
