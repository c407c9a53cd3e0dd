"""Find the one place a text step means: try exact, then whitespace, then relative indent, then fuzzy.

The first rung that finds anything decides. More than one place on that rung is an error that lists them: never a
guess. `FUZZY_LIMIT` states how different a fuzzy match may be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from codemaestro_jupyter.edit.text import line_of, with_newlines
from codemaestro_jupyter.errors import AmbiguousError, EditError

Rung = Literal["exact", "line ends", "whitespace", "relative indent", "fuzzy"]
LEAST_LOOSE = 4
"""Characters that a piece of a line must have before blanks inside it are ignored."""
FUZZY_LIMIT = 0.85
"""Least ratio (difflib's, 2·matches/characters) of a fuzzy match."""
FUZZY_LEAD = 0.05
"""The best fuzzy match must lead any other place by this much, or it is ambiguous."""
FUZZY_LINES = 200
"""Longer texts are not matched fuzzily: the ladder ends at relative indent."""
FUZZY_FILE_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text was found, in characters; `indent` is what its lines have more (or, `outdent`, less) of."""

    start: int
    end: int
    rung: Rung = "exact"
    indent: str = ""
    outdent: int = 0

    def fit(self, new: str) -> str:
        """The replacement, indented as the place is."""
        if not self.indent and not self.outdent:
            return new
        lines = []
        for line in new.split("\n"):
            if self.outdent:
                spare = len(line) - len(line.lstrip(" \t"))
                lines.append(line[min(spare, self.outdent) :])
            else:
                lines.append(self.indent + line if line.strip() else line)
        return "\n".join(lines)


def exact(text: str, old: str) -> list[Place]:
    """Every place that reads `old`, character for character, none overlapping."""
    found, at = [], text.find(old)
    while at >= 0:
        found.append(Place(at, at + len(old)))
        at = text.find(old, at + len(old))
    return found


def line_ends(text: str, old: str) -> list[Place]:
    """As `exact`, with the line ends of `old` written as the file's."""
    if "\n" not in old and "\r" not in old:
        return []
    for newline in ("\r\n", "\n", "\r"):
        if newline in text:
            fitted = with_newlines(old, newline)
            if fitted != old and (found := exact(text, fitted)):
                return [Place(place.start, place.end, "line ends") for place in found]
    return []


def ignoring_whitespace(text: str, old: str) -> list[Place]:
    """Whole lines that differ in trailing blanks, runs of blanks or blank lines' content, at the same indent.

    A piece of one line (`retries=3`) is found wherever it differs in blanks between its words and signs only.
    """
    wanted = [squeezed(line, keep_indent=True) for line in trimmed(old)]
    if "\n" not in old.strip("\r\n") and len(old.strip()) >= LEAST_LOOSE:
        parts = re.findall(r"\w+|[^\w\s]", old)
        ends = [r"(?<!\w)" if parts[0].isalnum() else "", r"(?!\w)" if parts[-1].isalnum() else ""]
        loose = re.compile(ends[0] + r"[ \t]*".join(map(re.escape, parts)) + ends[1])
        return [Place(*match.span(), "whitespace") for match in loose.finditer(text)]
    return [Place(start, end, "whitespace") for start, end, _ in windows(text, wanted, keep_indent=True)]


def relative_indent(text: str, old: str) -> list[Place]:
    """Whole lines that read the same one or more levels deeper or shallower, all by the same amount."""
    lines = trimmed(old)
    wanted = [squeezed(line, keep_indent=False) for line in lines]
    found = []
    for start, end, window in windows(text, wanted, keep_indent=False):
        shift = {shift_of(mine, theirs) for mine, theirs in zip(lines, window, strict=True) if mine.strip()}
        if len(shift) == 1 and (only := shift.pop()) is not None:
            found.append(Place(start, end, "relative indent", only if isinstance(only, str) else "", 0))
            if isinstance(only, int):
                found[-1] = Place(start, end, "relative indent", "", only)
    return found


def fuzzy(text: str, old: str) -> list[Place]:
    """Whole lines at least `FUZZY_LIMIT` alike; only those within `FUZZY_LEAD` of the best are candidates."""
    wanted = trimmed(old)
    lines = text.splitlines(keepends=True)
    if not wanted or len(wanted) > FUZZY_LINES or len(lines) > FUZZY_FILE_LINES:
        return []
    goal = "\n".join(line.strip() for line in wanted)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(goal)
    scored: list[tuple[float, int, int]] = []
    bare = [line.strip() for line in lines]
    for size in {len(wanted), len(wanted) - 1, len(wanted) + 1} - {0}:
        for at in range(len(lines) - size + 1):
            if not bare[at] or not bare[at + size - 1]:
                continue
            matcher.set_seq1("\n".join(bare[at : at + size]))
            if matcher.real_quick_ratio() < FUZZY_LIMIT or matcher.quick_ratio() < FUZZY_LIMIT:
                continue
            ratio = matcher.ratio()
            if ratio >= FUZZY_LIMIT:
                scored.append((ratio, at, size))
    if not scored:
        return []
    scored.sort(key=lambda item: (-item[0], abs(item[2] - len(wanted)), item[1]))
    chosen: list[tuple[float, int, int]] = []
    for ratio, at, size in scored:
        if ratio < scored[0][0] - FUZZY_LEAD:
            break
        if all(at + size <= other or other + length <= at for _, other, length in chosen):
            chosen.append((ratio, at, size))
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    places = []
    for _, at, size in chosen:
        shift = shift_of(wanted[0], lines[at])
        end = offsets[at + size] - (len(lines[at + size - 1]) - len(lines[at + size - 1].rstrip("\r\n")))
        places.append(
            Place(
                offsets[at],
                end,
                "fuzzy",
                shift if isinstance(shift, str) else "",
                shift if isinstance(shift, int) else 0,
            )
        )
    return places


MATCHERS: tuple[Callable[[str, str], list[Place]], ...] = (
    exact,
    line_ends,
    ignoring_whitespace,
    relative_indent,
    fuzzy,
)


def find(text: str, old: str, *, every: bool = False, what: str = "The text") -> list[Place]:
    """The place (with `every`: the places) that `old` means.

    Raises `AmbiguousError` with the candidates when one was asked for and a rung finds several, `EditError` when
    no rung finds any (its candidates are the nearest lines) or `old` is empty.
    """
    if not old.strip():
        raise EditError(f"{what} to look for is empty.", hint="Say which text is meant.")
    for matcher in MATCHERS:
        found = matcher(text, old)
        if len(found) == 1 or (found and every):
            return found
        if found:
            listed = tuple(shown(text, place.start) for place in found[:10])
            more = f" and {len(found) - 10} more" if len(found) > 10 else ""
            raise AmbiguousError(
                f"{what} is there {len(found)} times: {'; '.join(listed)}{more}.",
                hint="Give more of the lines around the one you mean, or say `every`.",
                candidates=listed,
            )
    near = nearest(text, old)
    close = f" The nearest is {near[0]}." if near else ""
    raise EditError(
        f"{what} {shorten(old)!r} is not there (a fuzzy match needs {FUZZY_LIMIT:.0%}).{close}",
        hint="Read the file again and give the text as it stands.",
        candidates=near,
    )


def nearest(text: str, old: str, limit: int = 3) -> tuple[str, ...]:
    """The lines most like the first line of `old`, best first."""
    goal = next((line.strip() for line in old.splitlines() if line.strip()), "")
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(goal)
    scored = []
    for number, line in enumerate(text.splitlines()[:FUZZY_FILE_LINES], 1):
        matcher.set_seq1(line.strip())
        if matcher.real_quick_ratio() > 0.5 and matcher.quick_ratio() > 0.5:
            scored.append((matcher.ratio(), number, line.strip()))
    scored.sort(key=lambda item: (-item[0], item[1]))
    return tuple(f"line {number}: {shorten(line)}" for ratio, number, line in scored[:limit] if ratio > 0.5)


def shown(text: str, offset: int) -> str:
    """`line 12: def f(x):`, the line that holds `offset`."""
    end = text.find("\n", offset)
    start = text.rfind("\n", 0, offset) + 1
    return f"line {line_of(text, offset)}: {shorten(text[start : end if end >= 0 else None].strip())}"


def shorten(line: str, limit: int = 80) -> str:
    """One line of at most `limit` characters."""
    line = line.strip().replace("\r", "").replace("\n", "⏎")
    return line if len(line) <= limit else line[: limit - 1] + "…"


def trimmed(old: str) -> list[str]:
    """The lines of `old` without blank ones at its ends."""
    lines = with_newlines(old, "\n").split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def squeezed(line: str, *, keep_indent: bool) -> str:
    """A line with runs of blanks as one, and nothing at its end."""
    words = " ".join(line.split())
    if not keep_indent or not words:
        return words
    return line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4) + words


def windows(text: str, wanted: list[str], *, keep_indent: bool) -> Iterator[tuple[int, int, list[str]]]:
    """Every run of whole lines equal to `wanted` when squeezed: start, end (without the last line end), lines."""
    if not wanted:
        return
    lines = text.splitlines(keepends=True)
    have = [squeezed(line, keep_indent=keep_indent) for line in lines]
    offset = 0
    skip = 0
    for at, line in enumerate(lines):
        if at >= skip and have[at] == wanted[0] and have[at : at + len(wanted)] == wanted:
            window = lines[at : at + len(wanted)]
            body = "".join(window)
            yield offset, offset + len(body.rstrip("\r\n")), window
            skip = at + len(wanted)
        offset += len(line)


def shift_of(mine: str, theirs: str) -> str | int | None:
    """How the indent of `theirs` differs: a string to put before each line, characters to take, or None (mixed)."""
    left = mine[: len(mine) - len(mine.lstrip(" \t"))]
    right = theirs[: len(theirs) - len(theirs.lstrip(" \t"))]
    if right.endswith(left) or right.startswith(left):
        return right[len(left) :] if right.startswith(left) else right[: len(right) - len(left)]
    return len(left) - len(right) if left.startswith(right) else None
