"""Where a component stands: as before a change, as after it, or neither; and where its new bytes wait."""

from __future__ import annotations

import hashlib
import posixpath
from typing import Literal

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.types import Cell

MOST_OF_NAME = 200
"""Bytes of a file's name that its temporary neighbour's name takes over: with the rest it must not pass 255."""
Place = Literal["before", "after", "other"]


def place_of(change: Change, now: tuple[bytes, int] | None) -> Place:
    """Where a file that reads `now` stands: as before, as after, or neither."""
    data = None if now is None else now[0]
    if data == (None if change.before is None else change.before.data):
        return "before"
    return "after" if data == (None if change.after is None else change.after.data) else "other"


def new_mode(change: Change, now: int | None) -> int:
    """The permission bits a file gets: those it has now, unless the change is about them."""
    after = change.after.mode if change.after is not None else 0o644
    return now if now is not None and change.before is not None and change.before.mode == after else after


def is_live(change: Change) -> bool:
    """Whether a change goes through the front end."""
    return bool((change.before and change.before.live) or (change.after and change.after.live))


def cells(component: Component | None) -> tuple[Cell, ...]:
    """The cells of a notebook component."""
    if component is None:
        return ()
    return notebook.cells_of(notebook.scan(decode(component.data, component.path).text, component.path))


def temp_name(path: str, transaction: str) -> str:
    """Where new bytes wait beside their file: hidden, and named after their transaction."""
    folder, slash, name = path.rpartition("/")
    if len(name.encode()) > MOST_OF_NAME:  # two long names may begin alike
        name = f"{name[:10]}-{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"
    return f"{folder}{slash}.{name}.{transaction}.maestro"


def parents(path: str) -> list[str]:
    """The folders above a path, outermost first."""
    found = []
    folder = posixpath.dirname(path)
    while folder:
        found.append(folder)
        folder = posixpath.dirname(folder)
    return found[::-1]


def reason(error: BaseException) -> str:
    """An error in one sentence."""
    if isinstance(error, MaestroError):
        return error.message
    if isinstance(error, OSError):
        return f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}."
    return f"{type(error).__name__}: {error}".rstrip(": ") + "."
