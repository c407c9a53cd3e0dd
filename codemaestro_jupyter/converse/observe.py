"""What a person means by what they type: a request to the maestro, or code whose names give it away."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Literal

from codemaestro_jupyter.types import TypingEvent

MAGIC = re.compile(r"\A\s*%{1,2}maestro\b[^\n]*(?:\n|\Z)")
LINE_MAGIC = re.compile(r"\A\s*%maestro[ \t]+(?:ask|edit)\b[ \t]*(?P<request>[^\n]*)\Z")
OPTION = re.compile(r"^(?:-f|--into)\s+\S+\s*|^--?[a-z][\w-]*\s*")
WORD = re.compile(r"[^\W\d]\w*")
NEAR_LINES = 12
"""Lines of code around the cursor that are read: about one screenful; what is farther says little of now."""
LONGEST = 4000
"""Characters of a text that prediction reads, the end nearest the cursor: a 1 MB paste must cost nothing."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a typing event is about; `text` is empty where there is nothing to predict from."""

    kind: Literal["request", "code"]
    text: str


def observe(event: TypingEvent) -> Observed:
    """The request in a chat box or `%%maestro` cell, or what an ordinary cell's code suggests."""
    if event.source == "chat":
        return Observed("request", _tail(event.text))
    line = LINE_MAGIC.match(event.text)
    if line:
        return Observed("request", _tail(line["request"]))
    if MAGIC.match(event.text):
        return Observed("request", _tail(strip_magic(event.text)))
    return Observed("code", code_intent(event.text, event.cursor))


def strip_magic(cell: str) -> str:
    """The text of a `%%maestro` cell without its magic line; text on that line that is no option counts."""
    match = MAGIC.match(cell)
    if not match:
        return cell
    first = re.sub(r"^\s*%{1,2}maestro", "", match.group(0)).strip()
    while option := OPTION.match(first):
        first = first[option.end() :]
    return "\n".join(part for part in (first, cell[match.end() :]) if part)


def code_intent(code: str, cursor: int) -> str:
    """Comments, imported modules and names near the cursor, as words: what the code being typed is about.

    Comments say it best and come first; the line being typed comes last, so that its half-typed word is
    completed like that of a request.
    """
    cursor = max(0, min(cursor, len(code)))
    window = code[max(0, cursor - LONGEST) : cursor + LONGEST]
    at = cursor - max(0, cursor - LONGEST)
    lines = window.split("\n")
    here = window.count("\n", 0, at)
    near = range(max(0, here - NEAR_LINES), min(len(lines), here + NEAR_LINES // 2))
    comments: list[str] = []
    names: dict[str, None] = {}
    for number in near:
        code_part, _, comment = lines[number].partition("#")
        if comment.strip() and number != here:
            comments.append(comment.strip())
        if number != here:
            names.update(dict.fromkeys(_names(code_part)))
    column = at - (window.rfind("\n", 0, at) + 1)
    line, _, comment = lines[here][:column].partition("#")
    last = comment.strip() if comment.strip() else " ".join(_names(line))
    if last and lines[here][:column].endswith((" ", "\t")):
        last += " "
    return _tail(" ".join([*comments, *names, last]).strip("\n"))


def _names(code: str) -> list[str]:
    return [word for word in WORD.findall(code) if not keyword.iskeyword(word) and len(word) > 1]


def _tail(text: str) -> str:
    return text[-LONGEST:]
