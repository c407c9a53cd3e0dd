"""Find the project's root: the git top level of the notebook's folder, else that folder; never a whole home unasked."""

from __future__ import annotations

import os
from pathlib import Path

from codemaestro_jupyter.errors import RootError


def find_root(start: str | Path, override: str | Path = "", allow_home: bool = False) -> Path:
    """The project root as an absolute path without symbolic links.

    `start` is a folder, or a file (its folder counts). `override` (`--root`, the setting `root`) wins over git.
    Raises `RootError` if the result is no readable folder, or is a home folder, a folder above it or a drive and
    `allow_home` is off. A repository at such a place (dotfiles kept in git) is passed over: the folder itself is the
    root then.
    """
    if str(override):
        if Path(override).expanduser().is_file():
            raise RootError(
                f"{str(override)!r} is not a folder.", hint="Give a folder with --root or the setting `root`."
            )
        return _checked(resolved_folder(override), allow_home)
    folder = resolved_folder(start)
    top = repository_top(folder, allow_home)
    return _checked(top or folder, allow_home)


def resolved_folder(place: str | Path) -> Path:
    """The folder that `place` names (a file names its folder), `~` expanded and links resolved; raises `RootError`."""
    try:
        path = Path(place).expanduser().resolve(strict=True)
        path = path if path.is_dir() else path.parent if path.is_file() else path
        if not path.is_dir():
            raise RootError(f"{str(place)!r} is not a folder.", hint="Give a folder with --root or the setting `root`.")
        with os.scandir(path):
            return path
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RootError(
            f"{str(place)!r} does not exist.", hint="Give an existing folder with --root or the setting `root`."
        ) from error
    except PermissionError as error:
        raise RootError(
            f"{str(place)!r} may not be read.", hint="Ask for permission, or give another folder with --root."
        ) from error
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the name, no such user
        raise RootError(f"{str(place)!r} is not a usable path: {error}.", hint="Give a folder with --root.") from error


def repository_top(folder: Path, allow_home: bool = False) -> Path | None:
    """The nearest folder from `folder` upwards that holds a repository; found without starting git.

    The `.git` of a worktree or submodule is a file that starts with `gitdir:`.
    """
    for place in (folder, *folder.parents):
        if is_too_wide(place) and not allow_home:
            return None
        if is_repository(place):
            return place
    return None


def is_repository(folder: Path) -> bool:
    """Whether `folder/.git` is a repository or points to one; an empty `.git` folder is not."""
    mark = folder / ".git"
    try:
        if mark.is_dir():
            return (mark / "HEAD").is_file() or (mark / "HEAD").is_symlink()
        with mark.open("rb") as file:
            return mark.is_file() and file.read(8) == b"gitdir: "
    except OSError:
        return False


def is_bare_repository(folder: Path) -> bool:
    """Whether the folder itself is a repository without files."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def is_too_wide(folder: Path) -> bool:
    """Whether the folder is the person's home, something above it, or a whole drive."""
    if folder.parent == folder:
        return True
    try:
        home = Path.home().resolve()
    except (OSError, RuntimeError):  # no home at all
        return False
    return folder == home or folder in home.parents


def _checked(folder: Path, allow_home: bool) -> Path:
    if is_too_wide(folder) and not allow_home:
        raise RootError(
            f"{str(folder)!r} is a home folder or a whole drive, and those are not indexed unasked.",
            hint="Start from a project's folder, give one with --root, or set `index_home` to true.",
        )
    return folder
