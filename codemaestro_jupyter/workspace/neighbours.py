"""Which files stand close to a file: the tests that cover it, what it imports, and what imports it.

Pure functions of paths and import lists, so they answer from the index without reading a file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from codemaestro_jupyter.types import RelPath

_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|testing|e2e|specs?)/|(?:^|/)(?:test_[^/]*|conftest)\.py$|_test\.(?:py|go)$"
    r"|[.-](?:spec|test)\.[jt]sx?$|(?:^|/)tests?\.(?:c|cc|cpp)$"
)
_ENDINGS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".vue", ".svelte", ".css", "/index.ts", "/index.tsx", "/index.js")


class Neighbours(NamedTuple):
    """Files that stand close to one file, nearest first."""

    tests: tuple[RelPath, ...] = ()
    modules: tuple[RelPath, ...] = ()


def is_test(path: str) -> bool:
    """Whether a path is that of a test, or of what only tests use."""
    return _TEST.search(path) is not None


def stem(path: str) -> str:
    """What a test and its subject have in common: `tests/test_reader.py` and `src/reader.ts` → `reader`."""
    name = path.rpartition("/")[2]
    folder = path.rpartition("/")[0].rpartition("/")[2]
    base = name.split(".", 1)[0] if not name.startswith(".") else name
    base = (
        base.removeprefix("test_")
        .removeprefix("test-")
        .removesuffix("_test")
        .removesuffix("-test")
        .removesuffix("_spec")
        .lower()
    )
    return folder.lower() if base in ("__init__", "index", "mod") and folder else base


def covering_tests(path: str, paths: Iterable[str], importers: Collection[str] = ()) -> tuple[RelPath, ...]:
    """Tests that cover a file: those of its name (those in the same folder names first), then those that import it."""
    if is_test(path):
        return ()
    wanted, folders = stem(path), set(path.lower().split("/")[:-1])

    def distance(test: str) -> tuple[int, str]:
        return (-len(folders.intersection(test.lower().split("/"))), test)

    named = sorted((test for test in paths if stem(test) == wanted and is_test(test)), key=distance)
    others = sorted((test for test in importers if is_test(test) and test not in named), key=distance)
    return tuple(RelPath(test) for test in (*named, *others))


def imported_paths(path: str, imports: Sequence[str], paths: Collection[str]) -> tuple[RelPath, ...]:
    """The project's files that a file imports, in the order of its imports; what is not the project's is left out."""
    found: dict[str, None] = {}
    for module in imports:
        for candidate in _candidates(path, module):
            if candidate in paths and candidate != path:
                found[candidate] = None
                break
    return tuple(RelPath(name) for name in found)


def module_names(path: str) -> tuple[str, ...]:
    """Names that other files may import a Python file by: `src/io/csv.py` → `src.io.csv`, `io.csv`, `csv`."""
    base = path.removesuffix(".py").removesuffix(".pyi").removesuffix("/__init__").split("/")
    return tuple(".".join(base[start:]) for start in range(len(base)))


def relative_names(path: str) -> tuple[str, ...]:
    """How files nearby may write an import of a file: `.reader`, `..reader`, `./reader`, `../reader`, `reader.h`."""
    *folders, name = path.split("/")
    base = name.rpartition(".")[0] or name
    if path.endswith((".py", ".pyi")):
        parts = [*folders, *([] if base == "__init__" else [base])]
        return tuple(
            "." * dots + ".".join(parts[start:])
            for start in range(max(0, len(parts) - 3), len(parts))
            for dots in (1, 2, 3)
        )
    tails = ["/".join([*folders[start:], base]) for start in range(max(0, len(folders) - 2), len(folders) + 1)]
    return (name, path, *(f"{dots}/{tail}" for tail in tails for dots in (".", "..", "../..")))


def _candidates(path: str, module: str) -> Iterable[str]:
    """Paths that an import may mean, likeliest first."""
    folder = path.split("/")[:-1]
    if path.endswith((".py", ".pyi", ".pyw", ".ipynb")):
        level = len(module) - len(module.lstrip("."))
        if level > len(folder) + 1:
            return
        parts = [part for part in module.lstrip(".").split(".") if part]
        if level:
            bases = [folder[: len(folder) - level + 1]]
        else:  # from the root, from a source folder, or beside the file
            bases = [[], ["src"], ["lib"], ["python"], *(folder[:depth] for depth in range(len(folder), 0, -1))]
        for base in bases:
            for end in range(len(parts), 0, -1):  # `from package.module import name` may name a class too
                whole = "/".join([*base, *parts[:end]])
                yield from (f"{whole}.py", f"{whole}/__init__.py", f"{whole}.pyi")
                if not level:
                    break
        return
    if module.startswith("."):
        parts = list(folder)
        for part in module.split("/"):
            if part == "..":
                if not parts:
                    return
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        whole = "/".join(parts)
        yield from (whole + ending for ending in _ENDINGS)
        if whole.endswith((".js", ".jsx")):  # TypeScript names what will be compiled
            yield from (whole.rpartition(".")[0] + ending for ending in (".ts", ".tsx"))
        return
    yield from ("/".join([*folder, module]), module, f"include/{module}", f"src/{module}")
