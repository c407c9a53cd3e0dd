"""`@name` in a request means a variable of the kernel, `@path` a file of the project: look up which."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

from codemaestro_jupyter.converse.completion import Completion

MENTION = re.compile(r"(?<![\w@.`/])@((?:[^\W\d]|\.)[\w./-]*[\w/]|[^\W\d])")
"""Not inside an e-mail address, nor in code between backticks."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Names of the variables that a text mentions, and remarks on the files that do not exist."""

    variables: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def mentions(text: str, namespace: Container[str], root: Path, complete: Callable[[str], list[Completion]]) -> Mentions:
    """Look up every `@…`. A word that is neither a variable nor looks like a path is just text (a decorator, say)."""
    variables: dict[str, None] = {}
    remarks: list[str] = []
    for name in dict.fromkeys(MENTION.findall(text)):
        variable = name.partition(".")[0]  # @frame.columns is about `frame`
        if "/" not in name and variable in namespace:
            variables[variable] = None
        elif ("/" in name or "." in name) and not (root / name).exists():
            close = [each.label for each in complete(name.rpartition("/")[2]) if each.kind == "file"][:3]
            hint = f" Did you mean {', '.join(f'`@{each}`' for each in close)}?" if close else ""
            remarks.append(f"There is no file `{name}` in the project.{hint}")
    return Mentions(tuple(variables), tuple(remarks))
