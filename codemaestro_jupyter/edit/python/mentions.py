"""List mentions that are no references Python resolves: docs, comments, strings, Markdown cells. Shown, unticked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.python.units import ASKED, OTHER
from codemaestro_jupyter.edit.sought import holds
from codemaestro_jupyter.edit.state import Candidate, State
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import EditError, PathError


def list_mentions(state: State, path: str, old: str, new: str) -> None:
    """List every place of a component that still reads `old` (a dotted name, a path), to become `new`."""
    component = state.blueprint.get(path)
    if component is None or not holds(component, old):
        return
    word = re.compile(rf"(?<![\w./]){re.escape(old)}(?![\w/])")
    for where, text in texts(component):
        for number, line in enumerate(text.splitlines(), 1):
            if word.search(line):
                add(state, where, number, line, word.sub(new, line), "in a text")


def add(state: State, where: str, number: int, before: str, after: str, why: str) -> None:
    """List one line, once; a second name on the same line changes with the first."""
    for index, earlier in enumerate(state.candidates):
        if (earlier.path, earlier.line) == (where, number) and earlier.before == before:
            if earlier.after != after:
                state.candidates[index] = Candidate(where, number, before, merged(before, earlier.after, after), why)
            return
    state.candidates.append(Candidate(where, number, before, after, why))


def merged(before: str, one: str, two: str) -> str:
    """A line with two changes to different words of it; the first alone where they meet."""
    words, first, second = (re.split(r"(\W+)", text) for text in (before, one, two))
    if len(words) == len(first) == len(second):
        return "".join(b if a == w else a for w, a, b in zip(words, first, second, strict=True))
    return one


def texts(component: Component, *, prose: bool = False) -> Iterator[tuple[str, str]]:
    """A component's text; of a notebook each cell's as `nb.ipynb#3` (`prose`: only those that hold no code)."""
    try:
        text = decode(component.data, component.path).text
        if not component.path.endswith(".ipynb"):
            yield component.path, text
            return
        for index, cell in enumerate(notebook.scan(text, component.path).cells, 1):
            code = cell.value.get("cell_type") == "code"
            if not prose or not code or (OTHER.match(cell.source) and not ASKED.match(cell.source)):
                yield f"{component.path}#{index}", cell.source
    except (EditError, PathError):
        return


def mentioned(old: str) -> str:
    """The pattern of a mention in prose: an ordinary word (`print`) counts only where it is written like code."""
    word = rf"\b{re.escape(old)}\b"
    return rf"(?<=[.`'\"]){word}|{word}(?=[(`'\"])" if old.isalpha() and old.islower() else word
