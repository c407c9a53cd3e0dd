"""Take a change back (or make it again) where the person has changed something else meanwhile.

Three texts: `base`, what the change should become (`target`), and what is there now (`current`). Places that only one
side changed are taken from it; a place that both changed is a conflict, never a guess.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.cellhost import CellEdit, edits_between
from codemaestro_jupyter.edit.matching import shorten
from codemaestro_jupyter.errors import ConflictError
from codemaestro_jupyter.types import Cell

LONG, FEW = 60, 0.2
"""Texts of as many lines, more than `LONG`, of which at most the share `FEW` differs, are compared line by line: what a
rename leaves. `SequenceMatcher` finds the same there, in 2 ms instead of 0.02 for 500 lines."""
LARGE = 1_000
"""Texts of more lines are compared between the lines that stand as often in both (patience diff, Bram Cohen): alone,
`SequenceMatcher` takes 50 s for 20,000 lines of which every second differs, and all that time every thread waits."""


def merge_text(base: str, target: str, current: str, path: str) -> str:
    """`current` with what leads from `base` to `target`; raises `ConflictError` naming the line both changed."""
    if current == base:
        return target
    lines, wanted, now = (text.splitlines(keepends=True) for text in (base, target, current))
    ours = changed(lines, wanted)
    theirs = changed(lines, now)
    for start, end, _ in ours:
        for other, stop, new in theirs:
            if start <= stop and other <= end:
                line = sum(len(item) for _, last, item in theirs if last <= other) + other
                line -= sum(last - first for first, last, _ in theirs if last <= other)
                shown = shorten(new[0]) if new else "(deleted)"
                raise ConflictError(
                    f"{path} line {line + 1} was changed since: {shown}.",
                    hint="Change it by hand, or undo your own change there first.",
                )
    merged, at = [], 0
    for start, end, new in sorted([*ours, *theirs], key=lambda item: (item[0], item[1])):
        merged += [*lines[at:start], *new]
        at = end
    merged += lines[at:]
    return "".join(merged)


def merge_words(base: str, target: str, current: str) -> str:
    """Like `merge_text`, by words and signs within lines; raises `ConflictError` where both changed the same word."""
    if current == base:
        return target
    words, wanted, now = (re.findall(r"\w+|\W", text) for text in (base, target, current))
    if len(words) == len(wanted) == len(now):  # names for names: each has its place
        both = list(zip(words, wanted, now, strict=True))
        if all(new == there or word in (new, there) for word, new, there in both):
            return "".join(there if new == word else new for word, new, there in both)
    theirs = changed(words, now)
    for start, end, _ in changed(words, wanted):
        if any(start <= stop and other <= end for other, stop, _ in theirs):
            raise ConflictError(f"The same words change twice: {shorten(target)}.", hint="Change them by hand.")
    edits = sorted([*changed(words, wanted), *theirs], key=lambda item: item[:2])
    merged, at = [], 0
    for start, end, new in edits:
        merged += [*words[at:start], *new]
        at = end
    return "".join([*merged, *words[at:]])


def changed(one: Sequence[str], two: Sequence[str]) -> list[tuple[int, int, list[str]]]:
    """The spans of lines of `one` that differ, each with what `two` has instead."""
    head = 0
    while head < min(len(one), len(two)) and one[head] == two[head]:
        head += 1
    tail = 0
    while tail < min(len(one), len(two)) - head and one[-1 - tail] == two[-1 - tail]:
        tail += 1
    first, second = one[head : len(one) - tail], two[head : len(two) - tail]
    if len(first) == len(second) > LONG:
        apart = [at for at, (old, new) in enumerate(zip(first, second, strict=True)) if old != new]
        if len(apart) <= len(first) * FEW:
            return [(start + head, end + head, list(second[start:end])) for start, end in runs(apart)]
    if len(first) + len(second) > LARGE and (lasting := anchors(first, second)):
        found, at, there = [], 0, 0
        for a, b in [*lasting, (len(first), len(second))]:
            spans = changed(first[at:a], second[there:b])
            found += [(start + at + head, end + at + head, new) for start, end, new in spans]
            at, there = a + 1, b + 1
        return found
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return [
        (a + head, b + head, list(two[c + head : d + head]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def anchors(one: Sequence[str], two: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that stay, as their places in both: the most of those that stand as often in both and in one order."""
    often, there = Counter(one), Counter(two)
    places: dict[str, list[int]] = {}
    for at, line in enumerate(two):
        if often[line] == there[line]:
            places.setdefault(line, []).append(at)
    pairs = []
    seen: Counter[str] = Counter()
    for at, line in enumerate(one):
        if line in places:
            pairs.append((at, places[line][seen[line]]))
            seen[line] += 1
    ends: list[int] = []  # of the chains of 1, 2, … pairs, the one that ends first in `two`
    last: list[int] = []
    before = [-1] * len(pairs)
    for number, (_, place) in enumerate(pairs):
        long = bisect_left(ends, place)
        before[number] = last[long - 1] if long else -1
        ends[long : long + 1], last[long : long + 1] = [place], [number]
    chain, number = [], last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as spans of neighbours: `[1, 2, 5]` → `[(1, 3), (5, 6)]`."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


def merge_cells(base: Sequence[Cell], target: Sequence[Cell], current: Sequence[Cell], path: str) -> list[Cell]:
    """`current` with the cell edits that lead from `base` to `target`; raises `ConflictError` naming the cell."""
    cells = list(current)
    ids = {cell.id for cell in current}
    for edit in edits_between(base, target):
        at = next((index for index, cell in enumerate(cells) if cell.id == edit.cell_id), -1)
        if edit.op == "insert":
            if edit.cell_id in ids:
                raise ConflictError(f"{path} has cell {edit.cell_id} again.", hint="Change it by hand.")
            cells.insert(min(edit.index, len(cells)), Cell(edit.cell_id, edit.kind, edit.source))
            continue
        if at >= 0 and edit.op == "replace" and cells[at].source == edit.source:
            continue  # the page that had the change was closed and never saved
        if at < 0 or (cells[at].source != edit.before and edit.op != "move"):
            place = _number(base if at < 0 else current, edit.cell_id)
            raise ConflictError(
                f"{path} cell {place} was {'deleted' if at < 0 else 'changed'} since.",
                hint="Change it by hand, or undo your own change there first.",
            )
        cell = cells.pop(at)
        if edit.op == "replace":
            cells.insert(at, Cell(cell.id, cell.kind, edit.source))
        elif edit.op == "move":
            cells.insert(min(edit.index, len(cells)), cell)
    return cells


def reads_so(base: Sequence[Cell], target: Sequence[Cell], current: Sequence[Cell]) -> bool:
    """Whether some cells differ between `base` and `target`, and each is in `current` as `target` has it."""
    before, wanted, now = ({cell.id: cell.source for cell in cells} for cells in (base, target, current))
    differing = [name for name in {*before, *wanted} if before.get(name) != wanted.get(name)]
    return bool(differing) and all(now.get(name) == wanted.get(name) for name in differing)


def _number(cells: Sequence[Cell], name: str) -> int:
    """Which cell of a notebook that is, counted as a person does."""
    return next((number for number, cell in enumerate(cells, 1) if cell.id == name), 0)


def with_cells(raw: notebook.RawNotebook, cells: Sequence[Cell]) -> str:
    """A closed notebook's text with these cells: those it has keep what they have, new ones are made."""
    have = {cell.id: item for cell, item in zip(notebook.cells_of(raw), raw.cells, strict=True)}
    written: list[notebook.RawCell | dict[str, object]] = []
    for cell in cells:
        item = have.get(cell.id)
        if item is None:
            value = notebook.new_cell(cell.source, cell.kind, raw, cell.id)
            if "id" in value:
                value["id"] = cell.id
            written.append(value)
        else:
            written.append(item if item.source == cell.source else notebook.with_source(item, cell.source))
    return notebook.rebuild(raw, written)


__all__ = ["CellEdit", "merge_cells", "merge_text", "merge_words", "reads_so", "with_cells"]
