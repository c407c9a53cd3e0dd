"""Values that variables of a failed call, or of the environment, call secret: withheld from what an error says.

A key of no known shape cannot be told from other text, but a variable named `api_key` tells what it holds. Only plain
texts are looked at, and none is kept.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType

from codemaestro_jupyter.workspace.secrets import WITHHELD, is_secret_line

_NAME = re.compile(r"(?i)passw|passphrase|pwd|secret|token|key|credential")
_SHORTEST, _LONGEST = 8, 500
"""Characters: shorter words stand in messages by chance, and texts are no keys."""
_MOST_NAMES = 2_000
_PLAIN = (dict, (lambda: type(sys._getframe().f_locals))())
"""What holds variables; another mapping, as `exec` takes one, may run a person's code when it is read."""


def called_secret(tracebacks: Iterable[TracebackType | None]) -> tuple[str, ...]:
    """Such values among the variables of these tracebacks' frames and in the environment, the longest first."""
    found = set(_among(os.environ))
    for traceback in tracebacks:
        while traceback is not None:
            variables = traceback.tb_frame.f_locals
            found.update(_among(variables) if type(variables) in _PLAIN else ())
            traceback = traceback.tb_next
    return tuple(sorted(found, key=len, reverse=True))


def without(text: str, values: Iterable[str]) -> str:
    """The text with these values withheld."""
    for value in values:
        text = text.replace(value, WITHHELD)
    return text


def _among(variables: Mapping[str, object]) -> Iterator[str]:
    """Names and values are exact strings: others may run a person's code, too."""
    for name, value in list(variables.items())[:_MOST_NAMES]:
        if type(value) is not str or type(name) is not str or not _SHORTEST <= len(value) <= _LONGEST:
            continue
        if _NAME.search(name) and "\n" not in value and is_secret_line(f"{name} = {value!r}"):
            yield value
