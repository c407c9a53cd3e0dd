"""What prediction needs to know of a project: the reading side of the index, as narrow as it is used.

`workspace.index.IndexView` has this form; so has the view that experiments build from a commit in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Documents = NDArray[np.int32]
Searched = Literal["path", "content", "symbols"]


class PastCommits(Protocol):
    """HEAD's ancestors without merges, newest first; `files` are positions in the view's `paths`."""

    @property
    def subjects(self) -> Sequence[str]: ...
    @property
    def timestamps(self) -> NDArray[np.float64]: ...
    @property
    def files(self) -> Sequence[Documents]: ...


class Searchable(Protocol):
    """One field: which documents hold a term, and which terms begin with a prefix."""

    @property
    def lengths(self) -> Floats:
        """Terms per document, float32[n]."""
        ...

    def postings(self, term: str) -> tuple[Documents, Floats]:
        """Documents (each once) and frequencies."""
        ...

    def complete(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Terms that start with the prefix and how many documents hold them, most frequent first."""
        ...


class ProjectView(Protocol):
    """One generation of the index; it never changes."""

    @property
    def paths(self) -> Sequence[str]: ...
    @property
    def tokens(self) -> Floats: ...
    @property
    def history(self) -> PastCommits: ...

    def field(self, name: Searched) -> Searchable: ...
    def words(self, prefix: str, limit: int) -> list[tuple[str, int]]: ...
