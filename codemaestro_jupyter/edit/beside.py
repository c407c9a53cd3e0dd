"""What else says the same module: its stubs, wherever they lie, and the notebook that a script is paired with.

Stubs: beside the module, in a folder of stubs (`typings/`, where pyright looks, or `stubs/`), or in a package of stubs
(`pkg-stubs/`, PEP 561). Pairs: jupytext keeps a notebook and a script of the same name in step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

FOLDERS = ("typings/", "stubs/")
JUPYTEXT = re.compile(r"\A(?:#!.*\n)?(?:# ---\n(?:#.*\n)*?#\s+jupytext:|# %%)")
"""How a script begins that is a notebook too: by a header that says so, or with its first cell."""


def stub_places(inside: str, top: str) -> tuple[str, ...]:
    """Where the stub of a module may lie, given its path below `top` (the folder of its topmost package)."""
    package, slash, rest = inside.partition("/")
    stubs = f"{package}-stubs/{rest}" if slash else ""
    places = [f"{top}{inside}", *(f"{folder}{inside}" for folder in FOLDERS)]
    places += [f"{folder}{stubs}" for folder in dict.fromkeys((top, "", *FOLDERS)) if stubs]
    return tuple(f"{place}i" for place in places)


def split(path: str, paths: AbstractSet[str]) -> tuple[str, str]:
    """A module's path as the folder of its topmost package (with its slash, or empty) and what lies below."""
    folder = path.rpartition("/")[0]
    while folder and f"{folder}/__init__.py" in paths:
        folder = folder.rpartition("/")[0]
    top = f"{folder}/" if folder else ""
    return top, path[len(top) :]


def stubs_of(path: str, paths: AbstractSet[str]) -> list[str]:
    """The stubs of a module that are among `paths`."""
    if not path.endswith(".py"):
        return []
    top, inside = split(path, paths)
    return [place for place in stub_places(inside, top) if place in paths]


def with_stubs(moves: Mapping[str, str], paths: AbstractSet[str]) -> dict[str, str]:
    """Moves of files, and those of the stubs of the modules among them, where these go along."""
    found = dict(moves)
    for old, new in moves.items():
        top, inside = split(old, paths)
        if not (old.endswith(".py") and new.endswith(".py") and new.startswith(top)):
            continue
        there = stub_places(new[len(top) :], top)
        before = stub_places(inside, top)
        if len(there) == len(before):  # else it comes to lie in a package, or in none any more
            found |= {stub: to for stub, to in zip(before, there, strict=True) if stub in paths and stub not in moves}
    return found


def pair_of(path: str, paths: AbstractSet[str]) -> str:
    """The other half of what may be a pair, by its name: the notebook of a script, the script of a notebook."""
    stem, dot, suffix = path.rpartition(".")
    other = {"py": "ipynb", "ipynb": "py"}.get(suffix, "")
    return f"{stem}{dot}{other}" if other and f"{stem}{dot}{other}" in paths else ""


def is_paired(script: str) -> bool:
    """Whether a script is the text of a notebook."""
    return JUPYTEXT.match(script.replace("\r\n", "\n")) is not None


def same_module(home: str, sources: Mapping[str, str], paths: AbstractSet[str]) -> Iterator[str]:
    """Of the files at hand (`sources`, by path) those that say what the module `home` says."""
    yield from (stub for stub in stubs_of(home, paths) if stub in sources)
    other = pair_of(home, sources.keys())
    if other and is_paired(sources[other if home.endswith(".ipynb") else home]):
        yield other
