"""Follow a rename or a move into configuration: a whole value that is a full dotted path can mean nothing else.

`serve = "pkg.api:main"`, `module = "pkg.api.*"`, `"ignore::pkg.errors.Old"`: such values change with what they name, in
TOML strings and in the lines of `.cfg` and `.ini` files. Anything else is a mention, and listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import PathError

SUFFIXES = (".toml", ".cfg", ".ini")
TOML = re.compile(r"#[^\n]*|\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|\"([^\"\\\n]*)\"|'([^'\n]*)'")
LINE = re.compile(r"^(?![#;\[])(?:[^=\n]*=)?[ \t]*([^\s=][^=\n]*?)[ \t]*\r?$", re.MULTILINE)


def follow(state: State, component: Component, respell: Callable[[str], str]) -> None:
    """Put each whole value of a configuration file that `respell` changes; any other file stays as it is."""
    if not component.path.endswith(SUFFIXES):
        return
    try:
        text = decode(component.data, component.path)
    except PathError:
        return
    changed, last = "", 0
    for start, end in values(text.text, component.path):
        changed += text.text[last:start] + respell(text.text[start:end])
        last = end
    state.put_text(component, text, changed + text.text[last:])


def values(text: str, path: str) -> Iterator[tuple[int, int]]:
    """Where the values of a configuration file stand: strings on one line in TOML, else what follows `=`, or a line."""
    pattern, groups = (TOML, (1, 2)) if path.endswith(".toml") else (LINE, (1,))
    for match in pattern.finditer(text):
        yield from (match.span(group) for group in groups if match[group])
