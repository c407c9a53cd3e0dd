"""What stays from command to command, for a process that understands the same files again with every word typed.

Parsing is most of what a rename takes, telling who means what by a name is the next. One megabyte of source is some
50 MB of trees: the first files stay, the rest is parsed each time (throwing the oldest out would throw out all of them,
one after the other).
"""

from __future__ import annotations

import ast
import contextlib
import threading
from collections.abc import Callable, Hashable, Iterator
from typing import Any, TypeVar

MOST = 1_500_000
"""Characters of source whose trees are kept."""
NOTED = 3
"""So many times as many characters may what is noted be of: that takes a fifth of what trees take."""
_LOCAL = threading.local()
T = TypeVar("T")


class Library:
    """Trees by their source, and what was found out about them; both are read, never changed.

    Several threads may have it open.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._characters = most, 0
        self._lock = threading.Lock()
        self._trees: dict[str, ast.Module] = {}
        self._notes: dict[Hashable, Any] = {}
        self._noted = 0

    def __len__(self) -> int:
        return len(self._trees)

    def tree(self, source: str, make: Callable[[str], ast.Module]) -> ast.Module:
        """The tree of a source, made on first need; raises what `make` raises."""
        found = self._trees.get(source)
        if found is None:
            found = make(source)
            with self._lock:
                if source not in self._trees and self._characters + len(source) <= self._most:
                    self._trees[source] = found
                    self._characters += len(source)
        return found

    def note(self, about: Hashable, make: Callable[[], T], weight: int) -> T:
        """What was found out, on first need; `weight` in characters of source that it keeps the picture of.

        All is forgotten once that was too much: the wordings of one command ask for the same.
        """
        if about in self._notes:
            found: T = self._notes[about]
            return found
        found = make()
        with self._lock:
            self._noted += weight
            if self._noted > NOTED * self._most:
                self._notes, self._noted = {}, weight
            self._notes[about] = found
        return found

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._trees, self._notes, self._characters, self._noted = {}, {}, 0, 0

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """What this thread parses inside comes from here."""
        _LOCAL.library = self
        try:
            yield
        finally:
            del _LOCAL.library


def tree_from(source: str, make: Callable[[str], ast.Module]) -> ast.Module:
    """The tree of a source, from the library that this thread has open, if any."""
    library: Library | None = getattr(_LOCAL, "library", None)
    return make(source) if library is None else library.tree(source, make)


def noted(about: Hashable, make: Callable[[], T], weight: int = 0) -> T:
    """What depends on nothing but what it is about, from the library that this thread has open, if any."""
    library: Library | None = getattr(_LOCAL, "library", None)
    return make() if library is None else library.note(about, make, weight)
