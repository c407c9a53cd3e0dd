"""What paths alone tell: kinds of files, names without endings, and which test belongs to which source.

Made once for a list of paths and kept until a file comes or goes; a changed file does not disturb it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from codemaestro_jupyter.predict import kinds
from codemaestro_jupyter.predict.memory import apart
from codemaestro_jupyter.predict.names import Names
from codemaestro_jupyter.predict.project import Documents, Floats

MOST_NAMESAKES = 40
"""A name that more files share says nothing (`__init__`, `index`, `utils` in a large tree)."""
MOST_NEW = 300
"""With more new paths than this everything is worked out anew."""
MOST_SOURCES = 3
"""A test lifts its sources only if it has this few: else the name is a common word."""
_TEST_NAME = re.compile(r"^tests?_|_tests?$")
_NAMED_BY_FOLDER = ("__init__", "index", "readme")


class Shape:
    """Everything about a list of paths that no text and no history changes; all arrays float32[n] or int32.

    From the shape of an `earlier` list that differs little, only what is new is worked out (0.04 s instead of 0.4 s for
    50,000 files); the outcome is the same.
    """

    def __init__(self, paths: Sequence[str], earlier: Shape | None = None) -> None:
        self.paths = paths
        came: Sequence[int] = range(len(paths))
        moved: Documents | None = None
        if earlier is not None and len(earlier.paths):
            before = np.fromiter(_places(paths, earlier.paths), np.int32, len(paths))
            unknown = np.flatnonzero(before < 0).tolist()
            if len(unknown) <= MOST_NEW:
                came = unknown
                moved = np.full(len(earlier.paths), -1, np.int32)
                moved[before[before >= 0]] = np.flatnonzero(before >= 0)
        facts = apart(FACTS, len(came))
        for place, number in enumerate(came):
            facts[:, place] = _facts(paths[number])
        stems = [kinds.stem_of(paths[number]) for number in came]
        tests = facts[0].astype(bool).tolist()
        of_stems = list(_stem_pairs(paths, came, stems))
        of_tests = [(_TEST_NAME.sub("", stem), n) for n, stem, test in zip(came, stems, tests, strict=True) if test]
        if earlier is None or moved is None:
            self._facts: Floats = facts
            classes, of_paths = _numbered(_class(path) for path in paths)
            self.stems, self.test_stems = Names.of_pairs(of_stems), Names.of_pairs(of_tests)
        else:
            self._facts = apart(FACTS, len(paths))
            for row, old, new in zip(self._facts, earlier._facts, facts, strict=True):
                row[before >= 0], row[before < 0] = old[before[before >= 0]], new
            classes, of_paths = _with_classes(earlier, before, [_class(paths[number]) for number in came])
            self.stems = earlier.stems.renumbered(moved, of_stems)
            self.test_stems = earlier.test_stems.renumbered(moved, of_tests)
        (
            self.is_test, self.substance, self.is_documentation, self.is_automation, self.names_dependencies,
            self.is_entry, self.depth,
        ) = self._facts  # fmt: skip
        self.class_names = classes
        self.classes = of_paths
        """Document → its class, a number in `class_names`: extension, tests apart."""
        _, self.areas = _numbered("/".join(path.split("/")[:-1][:2]) for path in paths)
        """Document → the upper two of its folders."""
        self.class_sizes = np.bincount(self.classes, minlength=len(classes)).astype(np.float32)
        self.pair_tests, self.pair_sources, self.pair_back = self._pairs()

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

    def _pairs(self) -> tuple[Documents, Documents, Floats]:
        """Edges test → source of the same stem; the third array is 1 where the source is lifted by its test as well."""
        left: list[int] = []
        right: list[int] = []
        back: list[bool] = []
        tests = self.is_test
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


FACTS = 7


def _facts(path: str) -> tuple[float, ...]:
    return (
        kinds.is_test(path), kinds.substance(path), kinds.is_documentation(path), kinds.is_automation(path),
        kinds.names_dependencies(path), kinds.is_entry(path), float(np.float32(path.count("/")) / np.float32(5)),
    )  # fmt: skip


def _class(path: str) -> str:
    return kinds.extension(path) + ("T" if kinds.is_test(path) else "")


def _places(paths: Sequence[str], among: Sequence[str]) -> Iterator[int]:
    """Where each path stands in another list, -1 if it does not; both ascend. (A dict would take 5 MB for a moment.)"""
    place, end = 0, len(among)
    for path in paths:
        while place < end and among[place] < path:
            place += 1
        yield place if place < end and among[place] == path else -1


def _numbered(names: Iterable[str]) -> tuple[list[str], Documents]:
    """The distinct names in the order they come, and for each that came its place among them."""
    known: dict[str, int] = {}
    places = np.fromiter((known.setdefault(name, len(known)) for name in names), np.int32)
    return list(known), places


def _with_classes(earlier: Shape, before: Documents, came: Sequence[str]) -> tuple[list[str], Documents]:
    """As `_numbered` gives the classes of all paths: `before` says where each stood (-1: it came)."""
    known = {name: number for number, name in enumerate(earlier.class_names)}
    numbers = np.empty(len(before), np.int32)
    numbers[before >= 0] = earlier.classes[before[before >= 0]]
    numbers[before < 0] = [known.setdefault(name, len(known)) for name in came]
    present, first = np.unique(numbers, return_index=True)
    order = present[np.argsort(first)]
    rank = np.zeros(len(known), np.int32)
    rank[order] = np.arange(len(order))
    names = list(known)
    return [names[number] for number in order.tolist()], rank[numbers]


def _stem_pairs(paths: Sequence[str], numbers: Sequence[int], stems: Sequence[str]) -> Iterable[tuple[str, int]]:
    for number, stem in zip(numbers, stems, strict=True):
        yield stem, number
        if stem in _NAMED_BY_FOLDER and "/" in paths[number]:
            yield paths[number].lower().split("/")[-2], number
