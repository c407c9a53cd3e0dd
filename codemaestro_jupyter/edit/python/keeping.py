"""Keep imports in the order they were in: where a name or a module is renamed or moved, its import moves with it.

Which order that is, is seen in the text before: the first of `ORDERS` in which all imports of a block stood. A block
that was in none of them stays as it comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

NAME = r"\w+(?:[ \t]+as[ \t]+\w+)?"
STATEMENT = re.compile(
    rf"(?P<indent>[ \t]*)(?:from[ \t]+(?P<source>[.\w]+)[ \t]+import[ \t]*"
    rf"(?P<names>(?<=[ \t]){NAME}(?:[ \t]*,[ \t]*{NAME})*|(?<=[ \t])\*|\([^()#\\]*\))"
    r"|import[ \t]+(?P<module>[.\w]+)(?:[ \t]+as[ \t]+\w+)?)"
    r"[ \t]*(?:#[^\n]*)?\r?\n"
)
"""One import on lines of its own; one with comments inside, or of several modules, is none and ends its block."""
DOCSTRING = re.compile(r"(?:#[^\n]*\n|\s)*[rRuU]?(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3})")
CODE = re.compile(r"^(?:async|def|class|@)\b", re.MULTILINE)
GUARDED = re.compile(r"^if [\w.]*TYPE_CHECKING:[ \t]*(?:#[^\n]*)?\r?\n(?:[ \t][^\n]*\n|\r?\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """One import statement of a text."""

    text: str
    module: str
    names: tuple[str, ...] = ()
    """None for `import module`."""
    spans: tuple[tuple[int, int], ...] = ()
    """Where each name stands in `text`."""


Key = Callable[[Any], Any]


def dots(module: str) -> int:
    """How many dots stand before a module."""
    return len(module) - len(module.lstrip("."))


NAMES: tuple[Key, ...] = (
    lambda name: (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name.lower(), name),
    lambda name: (name.lower(), name),
    lambda name: name,
)
"""Ways to sort names: by kind (isort, ruff), by the alphabet, capitals first."""
MODULES: tuple[Key, ...] = (
    lambda module: (-dots(module), module.lower()),
    lambda module: (dots(module) > 0, -dots(module), module.lower()),
    lambda module: (dots(module), module.lower()),
    lambda module: (-dots(module), module),
)
"""Ways to sort modules: `..` before `.` (isort, ruff), relative ones last, the nearest first, capitals first."""


def ordered(of: Key, by: Key, within: bool) -> Key:
    """The key of an import for a way to sort modules and one to sort names."""

    def key(line: Line) -> Any:
        names, module = [by(name) for name in line.names], of(line.module)
        return (module, bool(names), names) if within else (bool(names), module, names)

    return key


ORDERS: tuple[tuple[Key, Key], ...] = tuple(
    (ordered(of, by, within), by) for of in MODULES for by in NAMES for within in (False, True)
)
"""Ways to sort imports (`import a` before `from a import b`, or both as one), each with the way their names are."""


def in_order(before: str, after: str) -> str:
    """The text after a change, with the imports that were in order before it put in order again.

    Only blocks that changed are looked at: imports above the code, one below the other, with neither a blank line nor a
    comment between.
    """
    if before == after:
        return after
    old, new = blocks(before), blocks(after)
    was = [block for _, block in old if block not in [other for _, other in new]]
    now = [(start, block) for start, block in new if block not in [other for _, other in old]]
    if len(was) != len(now):
        return after
    pieces, end = list[str](), 0
    for earlier, (start, block) in zip(was, now, strict=True):
        pieces += [after[end:start], "".join(line.text for line in sorted_like(earlier, block))]
        end = start + sum(len(line.text) for line in block)
    return "".join([*pieces, after[end:]])


def sorted_like(earlier: Sequence[Line], block: Sequence[Line]) -> list[Line]:
    """A block of imports in the order in which another one stands; as it is where that is in none."""
    for key, by in ORDERS:
        if in_sequence(earlier, key) and all(in_sequence(line.names, by) for line in earlier):
            return sorted((renamed(line, sorted(line.names, key=by)) for line in block), key=key)
    return list(block)


def in_sequence(items: Sequence[Any], key: Key) -> bool:
    """Whether items stand in the order of a key."""
    return all(key(one) <= key(two) for one, two in pairwise(items))


def renamed(line: Line, names: Sequence[str]) -> Line:
    """An import with its names in another order, each in the place of one that was there."""
    text = line.text
    for (start, end), name in reversed([*zip(line.spans, names, strict=True)]):
        text = text[:start] + name + text[end:]
    return Line(text, line.module, tuple(names)) if list(names) != list(line.names) else line


def blocks(source: str) -> list[tuple[int, tuple[Line, ...]]]:
    """The blocks of imports above a module's code, and below `if TYPE_CHECKING:`, each with where it begins."""
    top = DOCSTRING.match(source)
    at = top.end() if top else 0
    code = CODE.search(source, at)
    stop = code.start() if code else len(source)
    guarded = [match.span() for match in GUARDED.finditer(source, at, stop)]
    found: list[tuple[int, tuple[Line, ...]]] = []
    while at < stop:
        start, lines, indent = at, list[Line](), ""
        while (match := STATEMENT.match(source, at, stop)) and (
            match["indent"] == indent
            if lines
            else not match["indent"] or any(first < at < last for first, last in guarded)
        ):
            indent = match["indent"]
            lines.append(line_of(match))
            at = match.end()
        if lines:
            found.append((start, tuple(lines)))
        else:
            at = source.find("\n", at) + 1 or stop
    return found


def line_of(match: re.Match[str]) -> Line:
    """The import that was matched."""
    if match["names"] is None:
        return Line(match[0], match["module"])
    start = match.start("names") - match.start()
    found = list(re.finditer(NAME, match["names"])) if match["names"] != "*" else []
    spans = tuple((start + item.start(), start + item.end()) for item in found)
    return Line(match[0], match["source"], tuple(item[0] for item in found) or ("*",), spans or ((start, start + 1),))
