"""What stands close to a file, asked of one view of the index: what one question found out, the next one knows.

The maps of a project ask for thirty files of the same part, which mostly import one another.
"""

from __future__ import annotations

from codemaestro_jupyter.types import RelPath
from codemaestro_jupyter.workspace.index.view import IndexView
from codemaestro_jupyter.workspace.neighbours import (
    Neighbours,
    covering_tests,
    imported_paths,
    is_test,
    module_names,
    relative_names,
    stem,
)


class Nearby:
    """The neighbours of the files of one view; any thread may ask."""

    def __init__(self, view: IndexView) -> None:
        self.view = view
        self._paths = frozenset(view.paths)
        self._imported: dict[int, tuple[RelPath, ...]] = {}
        self._tests: dict[str, list[str]] | None = None

    def of(self, path: str) -> Neighbours:
        """Tests that cover a file; modules that it imports, then those that import it."""
        document = self.view.position(path)
        if document is None:
            return Neighbours()
        asking: set[int] = set()
        for module in (*module_names(path), *relative_names(path)):
            asking.update(self.view.field("imports").postings(module)[0].tolist())
        asking.discard(document)
        importers = sorted(self.view.paths[other] for other in asking if path in self._imports(other))
        modules = dict.fromkeys((*self._imports(document), *map(RelPath, importers)))
        tests = covering_tests(path, self._tests_named(stem(path)), importers)
        return Neighbours(tests, tuple(module for module in modules if module not in tests))

    def _imports(self, document: int) -> tuple[RelPath, ...]:
        found = self._imported.get(document)
        if found is None:
            modules = self.view.outline(document)[1]
            found = self._imported[document] = imported_paths(self.view.paths[document], modules, self._paths)
        return found

    def _tests_named(self, name: str) -> list[str]:
        if self._tests is None:
            tests: dict[str, list[str]] = {}
            for path in filter(is_test, self.view.paths):
                tests.setdefault(stem(path), []).append(path)
            self._tests = tests
        return self._tests.get(name, [])
