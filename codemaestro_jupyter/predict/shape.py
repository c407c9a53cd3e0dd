"""What paths alone tell: kinds of files, names without endings, and which test belongs to which source.

Made once for a list of paths and kept until a file comes or goes; a changed file does not disturb it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from codemaestro_jupyter.predict import kinds
from codemaestro_jupyter.predict.project import Documents, Floats

MOST_NAMESAKES = 40
"""A name that more files share says nothing (`__init__`, `index`, `utils` in a large tree)."""
MOST_SOURCES = 3
"""A test lifts its sources only if it has this few: else the name is a common word."""
_TEST_NAME = re.compile(r"^tests?_|_tests?$")
_NAMED_BY_FOLDER = ("__init__", "index", "readme")
_NO_DOCUMENTS: Documents = np.zeros(0, np.int32)


class Names:
    """Names → the documents that carry them, as numbers in one array (a list per name would cost ten times that)."""

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        ordered = sorted(set(pairs))
        self.documents: Documents = np.array([document for _, document in ordered], np.int32)
        self._begin: dict[str, int] = {}
        for place, (name, _) in enumerate(ordered):
            self._begin.setdefault(name, place)
        self.sorted = list(self._begin)
        ends = [*list(self._begin.values())[1:], len(ordered)][: len(self._begin)]
        self._end = dict(zip(self.sorted, ends, strict=True))

    def of(self, name: str) -> Documents:
        """Documents of that name."""
        begin = self._begin.get(name)
        return _NO_DOCUMENTS if begin is None else self.documents[begin : self._end[name]]


class Shape:
    """Everything about a list of paths that no text and no history changes; all arrays float32[n] or int32."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        tests = [kinds.is_test(path) for path in paths]
        self.is_test = np.array(tests, np.float32)
        self.substance = _flags(paths, kinds.substance)
        self.is_documentation = _flags(paths, kinds.is_documentation)
        self.is_automation = _flags(paths, kinds.is_automation)
        self.names_dependencies = _flags(paths, kinds.names_dependencies)
        self.is_entry = _flags(paths, kinds.is_entry)
        self.depth = np.array([path.count("/") for path in paths], np.float32) / 5
        classes: dict[str, int] = {}
        self.classes: Documents = np.array(
            [
                classes.setdefault(kinds.extension(path) + ("T" if test else ""), len(classes))
                for path, test in zip(paths, tests, strict=True)
            ],
            np.int32,
        )
        """Document → its class: extension, tests apart."""
        self.areas = _numbered("/".join(path.split("/")[:-1][:2]) for path in paths)
        """Document → the upper two of its folders."""
        self.class_sizes = np.bincount(self.classes, minlength=len(classes)).astype(np.float32)
        stems = [kinds.stem_of(path) for path in paths]
        self.stems = Names(_stem_pairs(paths, stems))
        self.test_stems = Names(
            (_TEST_NAME.sub("", stem), number)
            for number, (stem, test) in enumerate(zip(stems, tests, strict=True))
            if test
        )
        self.pair_tests, self.pair_sources, self.pair_back = self._pairs(tests)

    def position_of_name(self, mention: str) -> list[int]:
        """Documents whose path ends with a mentioned path, file name or dotted module (`a.b.c` → `a/b/c.py`)."""
        name = mention.rsplit("/", 1)[-1]
        stem = kinds.stem_of(name) if "." in name else name
        found = self._ending(stem, mention)
        if found or "/" in mention:
            return found
        return self.position_of_module(mention)

    def position_of_module(self, module: str) -> list[int]:
        """Documents of a dotted module in lower case, or of the longest beginning of it that is one."""
        parts = module.split(".")
        if len(parts) == 1:
            return self._containing(module, f"/{module}.") or self._containing(module, f"/{module}/__init__.")
        for length in range(len(parts), 1, -1):  # `a.b.c` may be a function c in a/b.py
            inner = "/".join(parts[:length])
            found = self._containing(parts[length - 1], f"/{inner}.") or self._containing(
                parts[length - 1], f"/{inner}/__init__."
            )
            if found:
                return found
        return []

    def _ending(self, stem: str, mention: str) -> list[int]:
        paths = self.paths
        whole = f"/{mention}"
        return [n for n in self.stems.of(stem).tolist() if f"/{paths[n].lower()}".endswith(whole)]

    def _containing(self, stem: str, inner: str) -> list[int]:
        return [n for n in self.stems.of(stem).tolist() if inner in f"/{self.paths[n].lower()}"]

    def _pairs(self, tests: Sequence[bool]) -> tuple[Documents, Documents, Floats]:
        """Edges test → source of the same stem; the third array is 1 where the source is lifted by its test as well."""
        left: list[int] = []
        right: list[int] = []
        back: list[bool] = []
        for name in self.test_stems.sorted:
            sources = [
                source for stem in (name, f"_{name}") for source in self.stems.of(stem).tolist() if not tests[source]
            ]
            if 0 < len(sources) <= MOST_NAMESAKES:
                for test in self.test_stems.of(name).tolist():
                    left += [test] * len(sources)
                    right += sources
                    back += [len(sources) <= MOST_SOURCES] * len(sources)
        return np.array(left, np.int32), np.array(right, np.int32), np.array(back, np.float32)


def _flags(paths: Sequence[str], is_so: Callable[[str], float]) -> Floats:
    return np.array([is_so(path) for path in paths], np.float32)


def _numbered(names: Iterable[str]) -> Documents:
    """Equal names as equal numbers."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int32)


def _stem_pairs(paths: Sequence[str], stems: Sequence[str]) -> Iterable[tuple[str, int]]:
    for number, (path, stem) in enumerate(zip(paths, stems, strict=True)):
        yield stem, number
        if stem in _NAMED_BY_FOLDER and "/" in path:
            yield path.lower().split("/")[-2], number
