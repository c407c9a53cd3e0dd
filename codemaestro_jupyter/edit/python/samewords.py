"""Names that are made of the same words: `fetch` and `fetch_url`, `user_load` and `load_user`."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
SHARED = 0.5
"""Share of the words of both that both have: `fetch` and `fetch_url` one of two."""
SHORTEST = 3
"""Letters of a word that says something."""


def words(name: str) -> frozenset[str]:
    """The words of a name, in small letters."""
    return frozenset(word.lower() for word in WORD.findall(name))


def same_words(name: str, names: Iterable[str], limit: int) -> list[str]:
    """Those names that have at least half of all words in common with `name`, most first."""
    wanted = words(name)
    found = []
    for other in names:
        both = wanted & words(other)
        share = len(both) / len(wanted | words(other) or {""})
        if share >= SHARED and any(len(word) >= SHORTEST for word in both):
            found.append((-share, len(other), other))
    return [other for _, _, other in sorted(found)][:limit]
