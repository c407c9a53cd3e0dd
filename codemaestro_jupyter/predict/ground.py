"""Everything about a project that no question changes, kept warm between keystrokes.

Three layers age differently: names (a file comes or goes), history (HEAD moves), lengths (a file changes). Each is made
again only when it has to be.
"""

from __future__ import annotations

import bisect
import threading
from collections import OrderedDict

import numpy as np

from codemaestro_jupyter.predict import okapi
from codemaestro_jupyter.predict.okapi import Field
from codemaestro_jupyter.predict.past import Past
from codemaestro_jupyter.predict.project import PastCommits, ProjectView
from codemaestro_jupyter.predict.shape import Shape

GROUNDS = 8
"""Projects kept warm, as many as the line protocol keeps roots."""


class Ground:
    """One generation of one project, ready for questions."""

    def __init__(self, view: ProjectView, shape: Shape, past: Past) -> None:
        self.view = view
        self.shape = shape
        self.past = past
        self.n = len(view.paths)
        content, path, symbols = view.field("content"), view.field("path"), view.field("symbols")
        self.content = Field(content.postings, content.complete, content.lengths, okapi.CONTENT)
        self.short_content = Field(content.postings, content.complete, content.lengths, okapi.TEXTBOOK)
        self.path = Field(path.postings, path.complete, path.lengths, okapi.PATH)
        self.symbols = Field(symbols.postings, symbols.complete, symbols.lengths, okapi.SYMBOLS)
        self.subjects = Field(past.frequencies_of, past.complete, past.subject_lengths, okapi.SUBJECTS)
        self.log_tokens = np.log1p(view.tokens).astype(np.float32) / np.float32(10)
        self.log_symbols = np.log1p(symbols.lengths).astype(np.float32) / np.float32(8)

    def place(self, path: str) -> list[int]:
        """The document of a path, or none."""
        paths = self.view.paths
        found = bisect.bisect_left(paths, path)
        return [found] if found < self.n and paths[found] == path else []


class Grounds:
    """The grounds of the last few views; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[int, tuple[Ground, PastCommits]] = OrderedDict()

    def of(self, view: ProjectView) -> Ground:
        """The ground of a view: known, made from an earlier one's layers, or made now (0.1 s for 2,500 files)."""
        with self._lock:
            for key, (ground, _) in self._known.items():
                if ground.view is view:
                    self._known.move_to_end(key)
                    return ground
            shape, past, replaced = None, None, None
            for key, (ground, history) in self._known.items():
                if ground.shape.paths is view.paths or list(ground.shape.paths) == list(view.paths):
                    shape, replaced = ground.shape, key
                    if same_history(history, view.history):
                        past = ground.past
                        break
            if shape is None:
                shape = Shape(view.paths)
            if past is None:
                past = Past(view.history, shape)
            if replaced is not None:
                del self._known[replaced]
            ground = Ground(view, shape, past)
            self._known[id(view)] = ground, view.history
            while len(self._known) > GROUNDS:
                self._known.popitem(last=False)
            return ground


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
