"""Cut a half-typed request into what is complete and what is still being typed.

The last word counts as half-typed unless something follows it: nobody can know, so it is taken both ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from codemaestro_jupyter.workspace.tokens import LONGEST_WORD, STOP, WORD, subtokens

MOST_CHARACTERS = 2_000
"""Of a longer text the end counts: what was typed last."""
MOST_WORDS = 60
_UNSAID = STOP | {"fi", "ad"}
"""Beginnings that say nothing yet: stop words, and `fi(x)`, `ad(d)`."""
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_MENTION = re.compile(r"[\w./\\-]+")


@dataclass(frozen=True, slots=True)
class Question:
    """One text as prediction reads it."""

    text: str
    words: tuple[str, ...]
    """Complete words as typed."""
    partial: str
    """The word at the end that may go on, or empty."""
    terms: tuple[str, ...]
    """Distinct terms of the complete words, without stop words."""
    ending: tuple[str, ...]
    """Terms of the last word as far as it is typed, those of `terms` left out."""
    segment: str
    """The last part of the half-typed word in lower case (`getHTTPRe` → `re`), or empty where it says nothing."""
    mentions: tuple[str, ...]
    """Runs that look like a path, a file name or a dotted module, in lower case."""

    @property
    def lowered(self) -> tuple[str, ...]:
        """All words in lower case, the half-typed one included."""
        every = (*self.words, self.partial) if self.partial else self.words
        return tuple(word.lower() for word in every)


def ask(text: str) -> Question:
    """Read a text as typed so far."""
    text = text[-MOST_CHARACTERS:]
    words = [word for word in WORD.findall(text) if len(word) <= LONGEST_WORD][-MOST_WORDS:]
    partial = words.pop() if words and (text[-1].isalnum() or text[-1] == "_") else ""
    terms = dict.fromkeys(term for word in words if word.lower() not in STOP for term in subtokens(word))
    ending: tuple[str, ...] = ()
    segment = ""
    if partial and partial.lower() not in _UNSAID:
        ending = tuple(term for term in dict.fromkeys(subtokens(partial)) if term not in terms)
        parts = _PART.findall(partial.rsplit("_", 1)[-1])
        segment = parts[-1].lower() if parts else partial.lower()
    mentions = (mention.strip(".-").replace("\\", "/") for mention in _MENTION.findall(text.lower()))
    return Question(
        text,
        tuple(words),
        partial,
        tuple(terms),
        ending,
        segment,
        tuple(dict.fromkeys(m.removeprefix("/") for m in mentions if len(m) >= 3 and ("." in m or "/" in m)))[
            :MOST_WORDS
        ],
    )
