"""Commands that stand side by side, `A; B; C` or one a line: cut apart only if each means alone what it means here."""

from __future__ import annotations

from collections.abc import Sequence

from codemaestro_jupyter.edit.blueprint import Blueprint
from codemaestro_jupyter.edit.footprints import Words, footprint, group
from codemaestro_jupyter.edit.grammar import TOKEN, cached_match, parse
from codemaestro_jupyter.edit.steps import Plan
from codemaestro_jupyter.errors import EditError

BETWEEN = (";", "\n")


def several(text: str) -> tuple[str, ...]:
    """The commands of a text, in order; only the text itself where it is one command, or its parts need one another.

    They do where one says `it`, `in a.py:` stands before all of them, a list goes on (`f; g`), or one says `then`.
    """
    parts, at = [], 0
    for match in TOKEN.finditer(text):
        if match.lastgroup == "then" and match[0][0] in BETWEEN:
            parts.append(text[at : match.start()])
            at = match.end()
    parts = [part.strip() for part in (*parts, text[at:]) if part.strip()]
    if len(parts) < 2 or any(part.split(maxsplit=1)[0].lower() in ("then", "and") for part in parts):
        return (text,)
    try:
        alone = [step for part in parts for step in parse(part, cached_match)]
        if alone != parse(text, cached_match):
            return (text,)
    except EditError:
        return (text,)
    return tuple(parts)


def apart(plans: Sequence[Plan], blueprint: Blueprint) -> bool:
    """Whether no command meets another one, by what they read and write."""
    words = Words(blueprint)
    return all(len(members) == 1 for members in group([footprint(plan, blueprint, words) for plan in plans]))
