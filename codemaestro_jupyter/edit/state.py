"""What one command's execution carries along: the blueprint as it stands, and what was found out on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.text import Text, decode, encode, visible
from codemaestro_jupyter.errors import EditError, PathError


@dataclass(frozen=True, slots=True)
class Correction:
    """A common mistake that was put right by itself."""

    step: int
    kind: str
    """`moved text`, `changed indent`, `whitespace`, `line ends`, `fuzzy`, `missing import`, `duplicate insertion`."""
    message: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reference that could not be resolved: shown, unticked. `line` counts from 1 in the text after the step."""

    path: str
    line: int
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What a step says will be true afterwards: a name is defined in a file, or is not any more."""

    path: str
    name: str
    present: bool
    step: int


@dataclass(slots=True)
class State:
    """One command under way. Steps read and write through it, so that what they touch is known."""

    blueprint: Blueprint
    step: int = 0
    touched: set[str] = field(default_factory=set)
    corrections: list[Correction] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    moved: dict[str, Component] = field(default_factory=dict)
    """By new path: what a moved file was."""
    origins: dict[str, str] = field(default_factory=dict)
    """By new path: where a moved file was."""
    loader: Callable[[str], Component | None] | None = None
    """Reads a component that the blueprint does not hold yet (None: the blueprint is the whole world)."""
    loaded: dict[str, Component] = field(default_factory=dict)
    """What the loader gave: the state before, for components that were not in the blueprint."""

    gone: set[str] = field(default_factory=set)
    """What a step took away: the loader would find it still."""
    made: dict[str, list[tuple[int, Component | None]]] = field(default_factory=dict)
    """By path: what each step (0: the start) made of a component, in order."""

    def find(self, path: str) -> Component | None:
        """The component at a path, read if need be; raises `PathError` for a path out of the root."""
        found = self.blueprint.get(path)
        if found is not None or self.loader is None or path in self.touched or path in self.gone:
            return found
        clean(path)
        found = self.loader(path)
        if found is not None:
            self.loaded[path] = found
            version = self.blueprint.version
            self.blueprint = self.blueprint.with_changes(((path, found),))
            self.blueprint.version = version  # reading is no change
        return found

    def need(self, path: str) -> Component:
        """The component at a path; raises `EditError` that lists the closest paths if there is none."""
        found = self.find(path)
        if found is not None:
            return found
        clean(path)
        close = closest(path, self.blueprint.paths())
        raise EditError(
            f"There is no file {path}.",
            hint=f"Did you mean {', '.join(close)}?" if close else "Give its path relative to the project's root.",
            candidates=close,
        )

    def text(self, path: str) -> tuple[Component, Text]:
        """A component and its decoded text."""
        component = self.need(path)
        return component, decode(component.data, path)

    def put(self, component: Component) -> None:
        """Put a changed or new component."""
        self.touched.add(component.path)
        self.gone.discard(component.path)
        self.blueprint = self.blueprint.with_changes(((component.path, component),))

    def put_text(self, component: Component, like: Text, text: str) -> None:
        """Put a component with another text, encoded as before."""
        data = encode(text, like, component.path)
        if data != component.data:
            self.put(Component(component.path, data, component.mode, component.live, component.extra))

    def remove(self, path: str) -> None:
        """Take a component out."""
        self.touched.add(path)
        self.gone.add(path)
        self.blueprint = self.blueprint.with_changes(((path, None),))

    def correct(self, kind: str, message: str) -> None:
        """Report something put right by itself."""
        self.corrections.append(Correction(self.step, kind, message))

    def promise(self, path: str, name: str, *, present: bool = True) -> None:
        """State a name that must (not) be defined in a file once the step is done."""
        self.promises.append(Promise(path, name, present, self.step))


LONGEST_NAME = 255
"""Bytes of one part of a path, on every usual file system."""
LONGEST_PATH = 900
"""Bytes of a path below the root: macOS takes 1,024 with the root, Linux 4,096."""


def clean(path: str) -> str:
    """The path itself if it is relative, POSIX and inside the root; raises `PathError` otherwise."""
    parts = path.split("/")
    if not path or path.startswith(("/", "~")) or "\\" in path or "\0" in path or (path[1:2] == ":"):
        raise PathError(
            f"{visible(path)!r} is not a path relative to the project's root.", hint="Write it like src/app.py."
        )
    if ".." in parts or "." in parts or "" in parts:
        raise PathError(
            f"{visible(path)!r} leads out of the project or is not in plain form.", hint="Write it like src/app.py."
        )
    if long := next((part for part in parts if len(part.encode("utf8", "replace")) > LONGEST_NAME), ""):
        raise PathError(f"{visible(long, 40)!r} is too long for a file's name.", hint="Choose a shorter one.")
    if len(path.encode("utf8", "replace")) > LONGEST_PATH:
        raise PathError(f"{visible(path, 40)!r} is too long for a path.", hint="Choose a shorter one.")
    return path


def closest(path: str, paths: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Existing paths a person may have meant: the same file name first, then alike ones."""
    from difflib import get_close_matches

    paths = sorted(paths)
    name = path.rsplit("/", 1)[-1]
    same = [other for other in paths if other.rsplit("/", 1)[-1] == name]
    return tuple(dict.fromkeys([*same, *get_close_matches(path, paths, limit)]))[:limit]
