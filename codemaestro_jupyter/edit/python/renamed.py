"""What a name that is gone is called now: its old definition is found again by its body, or in its old place.

Whoever knows a file as it was while it still defined the name (a journal, git) gives it here. Two definitions are
compared as Python writes them, their own names left out, so that neither a new name nor new blanks matter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from codemaestro_jupyter.edit.blueprint import Blueprint, Component
from codemaestro_jupyter.edit.python.locate import definitions
from codemaestro_jupyter.edit.python.units import Unit, parse, units

ALIKE = 0.6
"""Share of equal lines from which a new definition in the old one's file is taken for it."""
IN_PLACE = 0.3
"""The same where it also stands between the old one's neighbours."""
MOST = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """A definition without its own name: kind, lines, and the names beside it."""

    qualified: str
    kind: type[ast.stmt]
    lines: tuple[str, ...]
    beside: tuple[str, str]

    @property
    def size(self) -> int:
        """Letters that are compared."""
        return sum(map(len, self.lines))


def shapes(unit: Unit, only: Iterable[str] | None = None) -> Iterator[Shape]:
    """The definitions of a piece of Python; those of these names, if given. None if it does not parse."""
    try:
        found = sorted(definitions(parse(unit.source)), key=lambda item: item[1].lineno)
    except SyntaxError:
        return
    names = [qualified for qualified, _ in found]
    chosen = None if only is None else set(only)
    for at, (qualified, node) in enumerate(found):
        if chosen is None or qualified in chosen:
            own = qualified.rpartition(".")[2]
            text = re.sub(rf"\b{re.escape(own)}\b", "_", ast.unparse(node))
            beside = (names[at - 1] if at else "", names[at + 1] if at + 1 < len(names) else "")
            yield Shape(qualified, type(node), tuple(text.splitlines()), beside)


def named(unit: Unit, name: str) -> Iterator[Shape]:
    """The definitions in an old file that a name means: in full, or by its last parts."""
    for shape in shapes(unit):
        if shape.qualified == name or shape.qualified.endswith(f".{name}"):
            yield shape


def called_now(name: str, former: Iterable[tuple[str, bytes]], now: Blueprint) -> tuple[str, ...]:
    """Addresses of what `name` is called now, likeliest first; `former`: files as they were when they defined it."""
    found: dict[str, float] = {}
    for path, data in former:
        for unit in units(Component(path, data)):
            for shape in named(unit, name):
                for address, score in (*in_its_file(shape, unit, now), *elsewhere(shape, path, now)):
                    found[address] = max(score, found.get(address, 0.0))
    return tuple(sorted(found, key=lambda address: (-found[address], address)))[:MOST]


def in_its_file(shape: Shape, old: Unit, now: Blueprint) -> Iterator[tuple[str, float]]:
    """Definitions that came into the old one's file and are like it, or stand in its place."""
    component = now.get(old.path)
    if component is None:
        return
    before = {item.qualified for item in shapes(old)}
    for unit in units(component):
        for other in shapes(unit):
            if other.qualified in before or other.kind is not shape.kind:
                continue
            score = SequenceMatcher(None, shape.lines, other.lines, autojunk=False).ratio()
            place = other.beside == shape.beside
            if score >= (IN_PLACE if place else ALIKE):
                yield f"{unit.where}::{other.qualified}", score + place


def elsewhere(shape: Shape, path: str, now: Blueprint) -> Iterator[tuple[str, float]]:
    """Definitions in other files that are the old one, line by line: it was moved, and renamed on the way."""
    if shape.size < 40 or len(shape.lines) < 2:  # `return None` is everywhere
        return
    words = set(re.findall(r"[A-Za-z_]\w+", "\n".join(shape.lines)))  # what holds them all is parsed
    for component in now:
        if component.path == path:
            continue
        for unit in units(component):
            if all(word in unit.source for word in words):
                for other in shapes(unit):
                    if other.kind is shape.kind and other.lines == shape.lines:
                        yield f"{unit.where}::{other.qualified}", 1.0
