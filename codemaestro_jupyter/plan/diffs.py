"""A unified diff in numbers: how many lines it adds and removes, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass

SHORT_DIFF = 24
"""Changed lines up to which a diff is shown whole."""
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DiffSummary:
    """One file's diff in numbers; `lines` are the new lines that changed, from 1."""

    added: int
    removed: int
    lines: tuple[int, ...]
    text: str


def summarise(diff: str) -> DiffSummary:
    """Count a unified diff of one file, and name the new lines that it adds or that stand where it removed some."""
    added = removed = 0
    lines: list[int] = []
    number = 0
    inside = False
    body: list[str] = []
    for text in diff.split("\n"):
        hunk = _HUNK.match(text)
        if hunk:
            number, inside = int(hunk[1]), True
        elif inside and text.startswith("+"):
            added += 1
            lines.append(number)
            number += 1
        elif inside and text.startswith("-"):
            removed += 1
            lines.append(max(1, number))
        elif inside and text.startswith(" "):
            number += 1
        if inside:
            body.append(text)
    return DiffSummary(added, removed, tuple(dict.fromkeys(lines)), "\n".join(body).rstrip("\n"))
