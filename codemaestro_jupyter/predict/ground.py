"""Everything about a project that no question changes, kept warm between keystrokes.

Three layers age differently: names (a file comes or goes), history (HEAD moves), lengths (a file changes). Each is made
again only when it has to be.
"""

from __future__ import annotations

import bisect
import contextlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from codemaestro_jupyter.predict import okapi
from codemaestro_jupyter.predict.memory import apart
from codemaestro_jupyter.predict.okapi import Field
from codemaestro_jupyter.predict.past import Past
from codemaestro_jupyter.predict.project import Floats, PastCommits, ProjectView
from codemaestro_jupyter.predict.shape import Shape

GROUNDS = 8
"""Projects kept warm, as many as the line protocol keeps roots."""
ROOM = 4_096
"""Files for which a matrix has room beyond its own are made up to a multiple of this: most new files still fit in."""


class Spare:
    """Memory for the matrix of one question, handed on from one generation of a project to the next.

    Fresh memory costs more than what is written there (10 MB for 50,000 files), and a hole that the last generation
    left would be too small by the file that came. For any thread.
    """

    def __init__(self) -> None:
        self._free: list[Floats] = []

    def take(self, rows: int, columns: int) -> Floats:
        """A matrix [row, column] of zeros."""
        memory = np.zeros(0, np.float32)
        with contextlib.suppress(IndexError):  # not looked at first: another thread may take it meanwhile
            memory = self._free.pop()
        if len(memory) < rows * columns:
            memory = apart(rows, -(-columns // ROOM) * ROOM).reshape(-1)
        else:
            memory[: rows * columns] = 0
        return memory[: rows * columns].reshape(rows, columns)

    def give_back(self, matrix: Floats) -> None:
        """Let the next question write there."""
        memory = matrix.base if isinstance(matrix.base, np.ndarray) else matrix
        self._free[:] = [memory.reshape(-1)]


class Ground:
    """One generation of one project, ready for questions; what it shares with the one `before` is taken from there."""

    def __init__(self, view: ProjectView, shape: Shape, past: Past, before: Ground | None = None) -> None:
        self.view = view
        self.spare: Spare = before.spare if before else Spare()
        self.shape = shape
        self.past = past
        self.n = len(view.paths)
        content, path, symbols = view.field("content"), view.field("path"), view.field("symbols")
        self.content = Field(content.postings, content.complete, content.lengths, okapi.CONTENT, okapi.FETCHED)
        self.short_content = Field(content.postings, content.complete, content.lengths, okapi.TEXTBOOK)
        self.path = Field(path.postings, path.complete, path.lengths, okapi.PATH)
        self.symbols = Field(symbols.postings, symbols.complete, symbols.lengths, okapi.SYMBOLS)
        self.subjects: Field = (
            before.subjects
            if before and before.past is past
            else Field(past.frequencies_of, past.complete, past.subject_lengths, okapi.SUBJECTS)
        )
        self._usual: Floats | None = None
        self.log_tokens, self.log_symbols = apart(2, self.n)
        np.divide(np.log1p(view.tokens), np.float32(10), self.log_tokens)
        np.divide(np.log1p(symbols.lengths), np.float32(8), self.log_symbols)

    def matrix(self, rows: int) -> Floats:
        """A matrix [row, file] of zeros to write on."""
        return self.spare.take(rows, self.n)

    def give_back(self, matrix: Floats) -> None:
        """Let the next question write there."""
        self.spare.give_back(matrix)

    def usual(self, rows: Sequence[Floats]) -> Floats:
        """What each of these rows, always the same, is on average over the files."""
        if self._usual is None:
            self._usual = np.array([row.sum() for row in rows], np.float32) / np.float32(max(1, self.n))
        return self._usual

    def place(self, path: str) -> list[int]:
        """The document of a path, or none."""
        paths = self.view.paths
        found = bisect.bisect_left(paths, path)
        return [found] if found < self.n and paths[found] == path else []


class Grounds:
    """The grounds of the last `most` views; any thread may ask."""

    def __init__(self, most: int = GROUNDS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._known: OrderedDict[int, tuple[Ground, PastCommits]] = OrderedDict()

    def of(self, view: ProjectView) -> Ground:
        """The ground of a view: known, made from an earlier one's layers, or made now (0.4 s for 50,000 files).

        Who asks for a known one does not wait for one that is being made.
        """
        known = self._find(view)
        if known is not None:
            return known
        with self._making:
            return self._find(view) or self._make(view)

    def is_quick(self, view: ProjectView) -> bool:
        """Whether the ground of a view is known, or only contents changed since one that is."""
        with self._lock:
            return any(
                ground.view is view or (ground.shape.paths is view.paths and same_history(history, view.history))
                for ground, history in self._known.values()
            )

    def _find(self, view: ProjectView) -> Ground | None:
        with self._lock:
            for key, (ground, _) in self._known.items():
                if ground.view is view:
                    self._known.move_to_end(key)
                    return ground
            return None

    def _make(self, view: ProjectView) -> Ground:
        with self._lock:
            known = list(self._known.items())
        shape, past, replaced, before = None, None, None, None
        for key, (ground, history) in known:
            if ground.shape.paths is view.paths or list(ground.shape.paths) == list(view.paths):
                shape, replaced, before = ground.shape, key, ground
                if same_history(history, view.history):
                    past = ground.past
                    break
        if shape is None:
            before = _closest([ground for _, (ground, _) in known], view.paths)
            shape = Shape(view.paths, before.shape if before else None)
        if past is None:
            past = Past(view.history, shape)
        made = Ground(view, shape, past, before)
        with self._lock:
            if replaced is not None:
                self._known.pop(replaced, None)
            self._known[id(view)] = made, view.history
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made


def _closest(grounds: Sequence[Ground], paths: Sequence[str]) -> Ground | None:
    """The newest ground of what may be the same project: about as many paths."""
    return next(
        (
            ground
            for ground in reversed(grounds)
            if paths and ground.n and abs(ground.n - len(paths)) * 10 <= len(paths)
        ),
        None,
    )


def same_history(one: PastCommits, other: PastCommits) -> bool:
    """Whether two histories over the same paths are equal, as far as the ends tell (commits never change)."""
    if one is other:
        return True
    if len(one.subjects) != len(other.subjects):
        return False
    ends = (0, -1) if len(one.subjects) else ()
    return all(
        one.subjects[end] == other.subjects[end]
        and float(one.timestamps[end]) == float(other.timestamps[end])
        and np.array_equal(one.files[end], other.files[end])
        for end in ends
    )
