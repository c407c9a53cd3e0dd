"""Requests that the project itself answers, word for word: where a model would know no better, and take longer.

`show FILE`, `where is X`, `find uses of X`, `history of FILE`. Whatever asks for words about it (why, how, what,
explain, …) or for anything more is for the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from codemaestro_jupyter.plan.grammar import HERE
from codemaestro_jupyter.plan.naming import find_file
from codemaestro_jupyter.plan.requests import Request, classify
from codemaestro_jupyter.types import RelPath, Tool

EXACT: frozenset[Tool] = frozenset({"read", "find", "history"})
LONGEST = 160
"""Characters of a request that can be one short command."""
ANSWERED = "*Answered without the model, from the project as it stands: exact, and free.*"
_IN_WORDS = re.compile(
    r"\b(?:why|how|what|whether|explain\w*|describe\w*|summar\w+|compare\w*|tell|review\w*|should|could|better|best|good"
    r"|bad|wrong|bugs?|problems?|understand|means?|safe|sense|idea|purpose|help)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"[?.!;]\s+\S|,|\n|\b(?:and|then|but|so|if|or|because|except|that|with)\b", re.IGNORECASE)


def in_exact_form(text: str) -> bool:
    """Whether a text is one short command whose answer the project holds, if it knows the name."""
    text = text.strip()
    if not text or len(text) > LONGEST or _IN_WORDS.search(text) or _MORE.search(text):
        return False
    request = classify(text)
    return request.tool in EXACT or request.aspect == "undo"


def is_exact(text: str, files: Sequence[RelPath], defined: Callable[[str], bool]) -> bool:
    """Whether a request is in that form and names what is there; `defined(name)` says so of a symbol."""
    if not in_exact_form(text):
        return False
    request = classify(text.strip())
    name = request.argument
    if name.lower() in HERE or request.cell is not None:
        return request.tool == "read"  # which one is meant is on the screen
    if request.aspect in ("text", "commit", "tree", "branch", "undo"):
        return True  # lines with these words, a commit by its id, what differs: there or not there
    if not name:
        return request.tool == "history"
    found = find_file(name, files)
    return bool(found.paths) or _is_defined(request, name, defined)


def _is_defined(request: Request, name: str, defined: Callable[[str], bool]) -> bool:
    return "/" not in name and " " not in name and defined(name)
