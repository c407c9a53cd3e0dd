"""`the notebook` in a command means the one that the person is in; where none is known, the only one of the project."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from codemaestro_jupyter.errors import InputError

HERE = re.compile(
    r"\b(?P<link>in|from|of|on)\s+(?:(?:the|this|my|our)\s+)?(?:(?:open|current|whole|entire|same)\s+)?notebook"
    r"(?=\s*(?:[?!,;\n]|\.(?!\w)|\Z|\b(?:then|and|please)\b))",
    re.IGNORECASE,
)
NAMED = 4
"""Notebooks that are named where it is not clear which one is meant."""
Files = Callable[[], Sequence[str]]


def placed(text: str, here: str | None, files: Files) -> str:
    """The text with a notebook's path in place of "the notebook"; as it is where nobody can tell which is meant."""
    if HERE.search(text) is None:
        return text
    found = [here] if here else notebooks(files)
    return _with(text, found[0]) if len(found) == 1 else text


def settled(text: str, here: str | None, files: Files) -> str:
    """The same, for a command that is to be worked out; raises `InputError` where nobody can tell which is meant."""
    said = placed(text, here, files)
    if HERE.search(said) is None:
        return said
    found = notebooks(files)
    if not found:
        raise InputError("There is no notebook in this project.", hint="Name the file that it is about.")
    named = ", ".join(f"`{path}`" for path in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    raise InputError(f"Which notebook? There are {named}{more}.", hint=f"Say e.g. `{_with(text.strip(), found[0])}`.")


def notebooks(files: Files) -> list[str]:
    """Every notebook of the project."""
    return [path for path in files() if path.endswith(".ipynb")]


def _with(text: str, path: str) -> str:
    name = f'"{path}"' if re.search(r"\s", path) else path
    return HERE.sub(lambda found: f"{found['link']} {name}", text)
