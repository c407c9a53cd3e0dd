"""Trees that stay from command to command, for a process that understands the same files again with every word typed.

Parsing is most of what a rename takes. One megabyte of source is some 50 MB of trees: the first files stay, the rest is
parsed each time (throwing the oldest out would throw out all of them, one after the other).
"""

from __future__ import annotations

import ast
import contextlib
import threading
from collections.abc import Callable, Iterator

MOST = 1_500_000
"""Characters of source whose trees are kept."""
_LOCAL = threading.local()


class Library:
    """Trees by their source; trees are read, never changed. Several threads may have it open."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._characters = most, 0
        self._lock = threading.Lock()
        self._trees: dict[str, ast.Module] = {}

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

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._trees, self._characters = {}, 0

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
