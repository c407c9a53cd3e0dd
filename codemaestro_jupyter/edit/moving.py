"""Which files a rename or move step moves, and where to: one file, a module by its dotted name, or a whole folder."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from codemaestro_jupyter.edit.beside import with_stubs
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.state import clean
from codemaestro_jupyter.edit.steps import MoveFile, RenameFile
from codemaestro_jupyter.errors import EditError, PathError

PYTHON = (".py", ".pyi")


def target(path: str, to: str, *, moving: bool) -> str:
    """Where a file goes: a folder (ends in `/`, or has no suffix where the file has one) keeps its name.

    A new name without a suffix keeps the old one: `rename src/a.py to b` gives `src/b.py`.
    """
    folder, name = posixpath.split(path)
    suffix = posixpath.splitext(name)[1]
    if not moving:
        if "/" in to and posixpath.dirname(to) != folder:
            raise PathError(f"{to} is in another folder.", hint="Say move instead of rename.")
        new = posixpath.basename(to)
        if suffix in PYTHON and "." not in new:
            new += suffix
        return clean(posixpath.join(folder, new))
    to = "" if to in (".", "./") else to
    if not to or to.endswith("/") or ("." in name and "." not in posixpath.basename(to)):
        to = posixpath.join(to, name)
    return clean(to)


def stem_of(path: str) -> str:
    """The name that imports use for a module's file."""
    folder, name = posixpath.split(path)
    stem = posixpath.splitext(name)[0]
    return posixpath.basename(folder) if stem == "__init__" else stem


def moves_of(step: RenameFile | MoveFile, paths: AbstractSet[str]) -> dict[str, str]:
    """Old path to new path of every file that a step moves; a file that is not there is left for others to report.

    The stubs of a module go along. Raises `PathError` for a rename into another folder, `EditError` for a module's
    name that leads nowhere.
    """
    return with_stubs(named_moves(step, paths), paths)


def named_moves(step: RenameFile | MoveFile, paths: AbstractSet[str]) -> dict[str, str]:
    """The moves of what a step names; raises as `moves_of` does."""
    moving = isinstance(step, MoveFile)
    path, to = step.path.rstrip("/"), step.to
    if path not in paths:
        inside = [item for item in paths if item.startswith(path + "/")]
        if inside:
            return folder_moves(path, to, sorted(inside), paths, moving=moving)
        modules = Modules(paths)
        module = modules.resolve("", path) if dotted(path) else ""
        if module and moving and dotted(to) and modules.resolve("", to).endswith("/__init__.py"):
            to = f"{to}.{path.rpartition('.')[2]}"  # into that package
        if module.endswith("/__init__.py"):
            folder = posixpath.dirname(module)
            inside = sorted(item for item in paths if item.startswith(folder + "/"))
            return folder_moves(folder, dotted_target(folder, to, path, moving=moving), inside, paths, moving=True)
        if module:
            return {module: dotted_target(module, to, path, moving=moving)}
    elif moving and path.endswith(PYTHON) and _into_package(to, paths):
        return {path: dotted_target(path, to, Modules(paths).name(path), moving=moving)}
    return {path: target(path, to, moving=moving)}


def new_packages(moves: Mapping[str, str], paths: AbstractSet[str]) -> list[str]:
    """The folders that need an `__init__.py`: a module is the first file in them, and they lie in a package."""
    found = []
    for to in moves.values():
        folder = posixpath.dirname(to)
        package = f"{posixpath.dirname(folder)}/__init__.py"
        if not (folder and to.endswith(".py") and (package in paths or package in moves.values())):
            continue
        if not any(item.startswith(folder + "/") for item in (*paths, *moves.values()) if item != to):
            found.append(folder)
    return found


def dotted(name: str) -> bool:
    """Whether something reads like a module's dotted name."""
    return all(part.isidentifier() for part in name.split("."))


def _into_package(to: str, paths: AbstractSet[str]) -> bool:
    """Whether a module's full dotted name is given; `b.py` is a file's."""
    return "." in to and dotted(to) and not to.endswith(PYTHON) and bool(Modules(paths).resolve("", to.split(".")[0]))


def dotted_target(path: str, to: str, name: str, *, moving: bool) -> str:
    """Where a module given by its dotted name goes: another dotted name, or, for a rename, the last part alone."""
    bare, suffix = (path, "") if not path.endswith(PYTHON) else posixpath.splitext(path)
    if not dotted(to):
        if suffix and to.endswith(PYTHON) and "/" not in to:
            return clean(posixpath.join(posixpath.dirname(path), to))
        return target(path, to, moving=moving)
    top = bare[: len(bare) - len(name)] if bare.endswith(name.replace(".", "/")) else ""
    if "." not in to and (not moving or "." not in name):
        return clean(posixpath.join(posixpath.dirname(path), to) + suffix)
    if "." not in to:
        raise EditError(f"{to} is no full name for {name}.", hint="Give the whole dotted name, e.g. `pkg.sub.module`.")
    return clean(top + to.replace(".", "/") + suffix)


def folder_moves(folder: str, to: str, inside: list[str], paths: AbstractSet[str], *, moving: bool) -> dict[str, str]:
    """The moves of every file of a folder: into `to` if that is a folder (or ends in `/`), else to that path."""
    parent, name = posixpath.split(folder)
    if not moving:
        if "/" in to.rstrip("/") and posixpath.dirname(to.rstrip("/")) != parent:
            raise PathError(f"{to} is in another folder.", hint="Say move instead of rename.")
        new = posixpath.join(parent, posixpath.basename(to.rstrip("/")))
    else:
        there = to.endswith("/") or any(item.startswith(to + "/") for item in paths)
        new = posixpath.join(to.rstrip("/"), name) if there else to
    if new == folder or new.startswith(folder + "/"):
        raise EditError(f"{folder} cannot become {new}.", hint="Give another folder.")
    return {item: clean(new + item[len(folder) :]) for item in inside}
