"""A reference that cannot be resolved, on a line that changes anyway, is a place of its own: both may be wanted.

Places that share lines are folded, word by word: each says what it makes of which text, whether the other is there or
not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codemaestro_jupyter.edit.merge import merge_words
from codemaestro_jupyter.edit.state import Candidate
from codemaestro_jupyter.errors import ConflictError, OptionError

Op = tuple[int, int, Sequence[str]]
"""Lines of the old text (from 0, half open), and what they become."""
ANYWAY = "on a line that changes anyway"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a candidate is: the lines of the old text, what is `made` of which `base` there, and its line after."""

    span: tuple[int, int]
    base: tuple[str, ...]
    made: tuple[str, ...]
    line: int
    """From 0, in the text as it is after what is certain."""
    at: int
    """Which of `base` it is."""
    rides: bool
    """Whether the line changes anyway."""


def place_of(candidate: Candidate, old: Sequence[str], new: Sequence[str], ops: Iterable[Op]) -> Place | None:
    """The place of a candidate among the certain `ops`, which lead from `old` to `new`; None where its line is gone."""
    at, after = line_after(candidate, new)
    if at < 0:
        return None
    shift = 0
    for start, end, lines in ops:
        if at < start + shift:
            break
        if at < start + shift + len(lines):
            inside = at - start - shift
            made = (*lines[:inside], after, *lines[inside + 1 :])
            return Place((start, end), tuple(lines), made, at, inside, rides=True)
        shift += len(lines) - (end - start)
    place = at - shift
    if not 0 <= place < len(old):
        return None
    return Place((place, place + 1), (old[place],), (after,), at, 0, rides=False)


def line_after(candidate: Candidate, new: Sequence[str]) -> tuple[int, str]:
    """The number (from 0) of a candidate's line and what it would become, with its end; -1 if it is not there."""
    same = [index for index, line in enumerate(new) if line.rstrip("\r\n") == candidate.before]
    if same:
        at = min(same, key=lambda index: abs(index + 1 - candidate.line))
        return at, candidate.after + new[at][len(candidate.before) :]
    at = candidate.line - 1
    if 0 <= at < len(new):  # a later step changed other words of it
        line = new[at].rstrip("\r\n")
        try:
            after = merge_words(candidate.before, candidate.after, line)
        except ConflictError:
            return -1, ""
        if after != line:
            return at, after + new[at][len(line) :]
    return -1, ""


def folded(before: Sequence[str], places: Iterable[tuple[Sequence[str], Sequence[str]]]) -> str:
    """The text of lines after each `(base, made)` in turn; raises `OptionError` where one needs another that is not."""
    text = "".join(before)
    for base, made in places:
        text = with_words("".join(base), "".join(made), text)
    return text


def with_words(base: str, made: str, text: str) -> str:
    """`text` with the words that lead from `base` to `made`; raises `OptionError` where they are not in it."""
    try:
        return merge_words(base, made, text)
    except ConflictError as error:
        raise OptionError(error.message, hint="Tick the other places of this line as well, or not this one.") from error
