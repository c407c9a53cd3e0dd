"""What a string says in full: code with its own imports (templates, examples, `>>>`), and dotted names inside a text.

`"from pkg.errors import Old"` and `"count of pkg.errors.Old"` can mean nothing else than what they name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

TOKEN = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+)+")
START = r"(?:^|(?<=[\"'])|(?<=\\n))[ \t]*(?:(?:>>>|\.\.\.) )?"
DOTTED = r"(?P<module>[A-Za-z_]\w*(?:\.\w+)*)"
FROM = re.compile(rf"{START}from[ \t]+{DOTTED}[ \t]+import[ \t]+(?P<names>[^\n\\\"']*)", re.MULTILINE)
IMPORT = re.compile(rf"{START}import[ \t]+{DOTTED}(?=[ \t]+as\b|[ \t]*(?:$|\\n|[\"']))", re.MULTILINE)
Span = tuple[int, int]


def modules(text: str) -> Iterator[Span]:
    """Where import statements in a string name modules."""
    for pattern in (FROM, IMPORT):
        for match in pattern.finditer(text):
            yield match.span("module")


def dotted(text: str) -> Iterator[Span]:
    """Where dotted names stand in a string."""
    for match in TOKEN.finditer(text):
        yield match.span()


def imported(text: str, name: str, ours: Callable[[str], bool]) -> list[Span]:
    """Every place of a name in code in a string that imports it from one of `ours`; none if one may be another."""
    word = re.compile(rf"(?:(?<=\\[nrt])|\b){re.escape(name)}\b")  # a word begins after an escape too
    if not any(ours(match["module"]) and word.search(match["names"]) for match in FROM.finditer(text)):
        return []
    places = [match.span() for match in word.finditer(text)]
    other = any(text[start - 1 : start] == "." or re.match(r"[ \t]*=(?!=)", text[end:]) for start, end in places)
    return [] if other else places
