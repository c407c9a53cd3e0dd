"""What `@` completes to: a variable of the kernel or a file of the project."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from codemaestro_jupyter.types import Variable


@dataclass(frozen=True, slots=True)
class Completion:
    """One thing that can stand behind `@`; `detail` says what it is."""

    label: str
    kind: Literal["file", "variable"]
    detail: str = ""


def complete(prefix: str, paths: Iterable[str], variables: Iterable[Variable], limit: int = 20) -> list[Completion]:
    """At most `limit` completions of `prefix` (without its `@`), best first.

    Variables come before files, starts before the middle of a name, short paths before long ones.
    """
    wanted = prefix.removeprefix("@").lower()
    found: list[tuple[tuple[int, int, str], Completion]] = []
    for variable in variables:
        place = variable.name.lower().find(wanted)
        if place >= 0:
            rank = (0 if place == 0 else 2, len(variable.name), variable.name)
            found.append((rank, Completion(variable.name, "variable", describe(variable))))
    for path in paths:
        low = path.lower()
        if wanted not in low:
            continue
        starts = posixpath.basename(low).startswith(wanted) or low.startswith(wanted)
        found.append(((1 if starts else 3, len(path), path), Completion(path, "file", posixpath.dirname(path))))
    found.sort(key=lambda item: item[0])
    return [completion for _, completion in found[:limit]]


def describe(variable: Variable) -> str:
    """A variable's picture in a few words: `DataFrame 100 × 3: id, name, age`."""
    shape = " × ".join(str(size) for size in variable.shape) if variable.shape else ""
    columns = ", ".join(variable.columns[:5]) + (", …" if len(variable.columns) > 5 else "")
    return f"{variable.type} {shape}".strip() + (f": {columns}" if columns else "")
