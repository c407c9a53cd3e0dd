"""What a written name means: one file, several that fit, or none with the closest spellings."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from codemaestro_jupyter.types import RelPath

SLIP, LEAD = 0.85, 0.08
"""How alike two spellings are where one is taken for the other, and by how much that must beat the next."""
MOST_COMPARED = 4_000
"""Names compared letter by letter at most (about 20 ms); in larger projects those that share a beginning."""


@dataclass(frozen=True, slots=True)
class Found:
    """Files that a name may mean: exactly one, several equally good ones, or none but similar spellings."""

    paths: tuple[RelPath, ...] = ()
    similar: tuple[RelPath, ...] = ()
    folder: str = ""
    """The folder that was named, if it was one; `paths` are then the files in it."""
    nearly: RelPath | None = None
    """The one similar file that must be meant: a slip of the fingers away, and no other comes close."""

    @property
    def one(self) -> RelPath | None:
        """The file, if there is no doubt."""
        return self.paths[0] if len(self.paths) == 1 and not self.folder else None


def find_file(written: str, files: Sequence[RelPath], base: str = "", *, folder_first: bool = False) -> Found:
    """What a path as written means, seen from the folder `base`; tried from exact to similar.

    The whole path, the path from `base`, the end of a path, the same ignoring case, a dotted module, a name without
    its extension, a folder (`folder_first`: before a name without extension). A name that fits several
    means them all, or the one beside the notebook or in the root: `readme` is the project's.
    """
    name = written.strip().replace("\\", "/")
    folder = name.rstrip("/")
    name = posixpath.normpath(name).lstrip("/") if name else ""
    if not name or name == ".":
        return Found()
    known = set(files)
    from_base = posixpath.normpath(posixpath.join(base, name))
    for candidate in (from_base, name):
        if candidate in known:
            return Found((RelPath(candidate),))
    low = name.lower().lstrip("./")
    module = low.replace(".", "/")
    attempts: tuple[Callable[[str], bool], ...] = (
        lambda path: path.endswith(f"/{name}"),
        lambda path: path.lower() == low or path.lower().endswith(f"/{low}"),
        lambda path: _is_module(path.lower(), module),
        lambda path: "/" not in low and (_stem(path) == low or path.lower().endswith(f"/{low}/__init__.py")),
    )
    inside = tuple(path for path in files if f"/{folder}/" in f"/{path}")
    for number, fits in enumerate(attempts):
        if folder_first and inside and number == 2:
            break
        paths = tuple(path for path in files if fits(path))
        nearest = [path for path in paths if posixpath.dirname(path) in (base, "")]
        if paths:
            return Found((nearest[0],) if len(nearest) == 1 and "/" not in name else paths)
    if inside:
        return Found(inside, folder=folder)
    starting = tuple(path for path in files if _stem(path).startswith(low)) if "." not in low and len(low) > 3 else ()
    if "/" not in low and len(starting) == 1:
        return Found(starting)
    scored = _scored(name, files)
    nearly = scored[0][1] if scored and scored[0][0] <= -SLIP and not _rival(scored) else None
    return Found(similar=tuple(path for _, path in scored), nearly=nearly)


def similar(name: str, files: Iterable[RelPath], most: int = 5) -> tuple[RelPath, ...]:
    """Paths whose file names are spelt most like a name, best first."""
    return tuple(path for _, path in _scored(name, files, most))


def _rival(scored: list[tuple[float, RelPath]]) -> bool:
    return len(scored) > 1 and scored[1][0] - scored[0][0] < LEAD


def _scored(name: str, files: Iterable[RelPath], most: int = 5) -> list[tuple[float, RelPath]]:
    wanted = name.rpartition("/")[2].lower()
    candidates = list(files)
    if len(candidates) > MOST_COMPARED:
        candidates = [path for path in candidates if path.rpartition("/")[2].lower()[:2] == wanted[:2]][:MOST_COMPARED]
    scored = [(-_likeness(wanted, path.rpartition("/")[2].lower()), path) for path in candidates]
    return [pair for pair in sorted(scored)[:most] if pair[0] <= -0.6]


def close_names(name: str, names: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Names spelt most like a name, best first; the name itself is not among them."""
    wanted = name.lower()
    unique = [other for other in dict.fromkeys(names) if other != name][:MOST_COMPARED]
    scored = sorted((-_likeness(wanted, other.lower()), other) for other in unique)
    return tuple(other for score, other in scored[:most] if score <= -0.7)


def _likeness(wanted: str, name: str) -> float:
    """From 0 to 1, the extension counting less than the name."""
    stems = SequenceMatcher(None, wanted.partition(".")[0], name.partition(".")[0])
    if stems.real_quick_ratio() < 0.6 or stems.quick_ratio() < 0.6:
        return 0.0
    same = wanted.rpartition(".")[2] == name.rpartition(".")[2] or "." not in wanted
    return stems.ratio() - (0 if same else 0.05)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0].lower()


def _is_module(path: str, module: str) -> bool:
    for ending in ("/__init__.py", ".py"):
        if path.endswith(ending) and "/" in module:
            base = path.removesuffix(ending)
            return base == module or base.endswith(f"/{module}")
    return False
