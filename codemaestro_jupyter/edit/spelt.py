"""Python takes a name in normal form NFKC (PEP 3131): the micro sign is a Greek mu, a ligature is its letters.

What a tree says is in that form, what stands in the file may be spelt otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

OTHERWISE = re.compile(
    rb"\xc2[\xaa\xb5\xba]|\xc7|\xca[\xb0-\xb8]|\xcb[\xa0-\xa4]|\xcf[\x90-\xb9]|\xe1[\xb4-\xb6\xba\xbe-\xbf]"
    rb"|\xe2[\x81\x82\x84\x85\xb1]|\xef[\xac-\xbf]|\xf0\x9d[\x90-\x9f]"
)
"""The first bytes of what a letter may be spelt by: ligatures, letters of formulas, wide ones, raised ones."""


def nfkc(text: str) -> str:
    """A text in the form in which Python takes names."""
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def is_plain(text: str) -> bool:
    """Whether every name in a text stands there as Python takes it."""
    return text.isascii() or unicodedata.is_normalized("NFKC", text)


def word_in(name: str, text: str) -> re.Pattern[str]:
    """The pattern of a name as a whole word, in each of the ways in which that text may spell it."""
    if is_plain(text):
        return word(name)
    return spelt(name, "".join(sorted({letter for letter in text if nfkc(letter) != letter})))


@lru_cache(maxsize=256)
def word(name: str) -> re.Pattern[str]:
    """The pattern of a name as a whole word."""
    return re.compile(rf"(?<![\w]){re.escape(name)}(?![\w])")


@lru_cache(maxsize=256)
def spelt(name: str, letters: str) -> re.Pattern[str]:
    """The pattern of a name that may be spelt with some letters beyond those of the normal form."""
    ways = {letter: nfkc(letter) for letter in letters}
    longest = max(map(len, ways.values()), default=1)
    found = ""  # from the last letter on: each place is what is there, or what stands for it and some that follow
    tails = {len(name): ""}
    for at in range(len(name) - 1, -1, -1):
        choices = [re.escape(name[at]) + tails[at + 1]]
        choices += [
            re.escape(letter) + tails[at + len(way)]
            for letter, way in ways.items()
            if len(way) <= longest and name.startswith(way, at)
        ]
        found = choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"
        tails[at] = found
    return re.compile(rf"(?<![\w]){found}(?![\w])")
