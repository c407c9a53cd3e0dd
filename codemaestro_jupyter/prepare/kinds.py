"""What each kind of preparation does: a plain function of what it may ask (`Allowed`) and its subject.

Each returns a JSON-able payload; `Allowed` notes the fingerprints. This file imports nothing that could reach the
outside, and a test holds it to that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan.structure import structure_of
from codemaestro_jupyter.prepare.boundary import Allowed
from codemaestro_jupyter.prepare.payloads import plain
from codemaestro_jupyter.prepare.rehearsal import file_payload, rehearse
from codemaestro_jupyter.prepare.tokens import estimate_tokens
from codemaestro_jupyter.types import PreparationKind, RelPath
from codemaestro_jupyter.workspace.secrets import redact

Payload = dict[str, Any]
COMMITS = 60
"""As many as the answers in plan/ ask for at most without a time limit; asking for fewer takes the first of them."""
DIFFS = 3
FRAMES = 3
CELLS_AROUND = 5
"""Cells before and after the active one that belong to its context."""
LONGEST_CELL = 10_000


def file(allowed: Allowed, subject: str) -> Payload:
    """A file's text, its definitions, and how many tokens it is."""
    text, symbols = allowed.outline(RelPath(subject))
    return file_payload(text, symbols)


def symbol(allowed: Allowed, subject: str) -> Payload:
    """Where a name is defined and where it is used."""
    return {"definitions": plain(allowed.definitions(subject)), "uses": plain(allowed.uses(subject))}


def neighbours(allowed: Allowed, subject: str) -> Payload:
    """The tests and modules that go with a file."""
    found = allowed.neighbours(RelPath(subject))
    return {"tests": list(found.tests), "modules": list(found.modules)}


def history(allowed: Allowed, subject: str) -> Payload:
    """The commits on a topic (`topic:…`), of a file (`file:…`), or the `recent` ones."""
    what, _, name = subject.partition(":")
    if what == "file":
        return {"commits": plain(allowed.history("", (RelPath(name),), COMMITS))}
    return {"commits": plain(allowed.history(name, (), COMMITS))}


def status(allowed: Allowed, subject: str) -> Payload:
    """What differs from HEAD, and how for the first few files."""
    found = allowed.status()
    return {"status": plain(found), "diffs": {path: allowed.diff(path) for path in found.changed[:DIFFS]}}


def failure(allowed: Allowed, subject: str) -> Payload:
    """What went wrong lately, and the files that the newest traceback goes through."""
    found = allowed.failures()
    texts = {}
    if found:
        inside = [frame.path for frame in reversed(found[0].frames) if frame.path is not None]
        for path in list(dict.fromkeys(inside))[:FRAMES]:
            try:
                texts[path] = allowed.read(path).text
            except PathError:  # it went away since
                continue
    return {"failures": plain(found), "texts": texts}


def cell(allowed: Allowed, subject: str) -> Payload:
    """The active cell of the open notebook, the cells around it, and the variables there are."""
    notebook = allowed.notebook()
    if notebook is None:
        return {"cells": [], "active": None, "variables": []}
    places = [place for place, item in enumerate(notebook.cells) if item.id == notebook.active]
    middle = places[0] if places else len(notebook.cells) - 1
    around = notebook.cells[max(0, middle - CELLS_AROUND) : middle + CELLS_AROUND + 1]
    cells = [{"id": item.id, "kind": item.kind, "source": redact(item.source[:LONGEST_CELL])[0]} for item in around]
    return {"cells": cells, "active": notebook.active, "variables": [item.name for item in allowed.variables()]}


def tool(allowed: Allowed, subject: str) -> Payload:
    """Everything that answering the request as it stands looks up (see rehearsal.py); warms what it needs, too."""
    return rehearse(allowed, subject.partition(":")[2])


def scope(allowed: Allowed, subject: str) -> Payload:
    """The map of a part of the project (a file, or a folder with a slash at its end): modules, patterns, tests."""
    return dict(plain(structure_of(allowed, subject)))


def change(allowed: Allowed, subject: str) -> Payload:
    """What a command would change: its proposal, not written anywhere (see changing.py)."""
    return allowed.change(subject)


KINDS: Mapping[PreparationKind, Callable[[Allowed, str], Payload]] = {
    "file": file,
    "symbol": symbol,
    "neighbours": neighbours,
    "history": history,
    "status": status,
    "failure": failure,
    "cell": cell,
    "tool": tool,
    "scope": scope,
    "change": change,
}


def tokens_of(payload: Mapping[str, Any]) -> int:
    """Estimated tokens of what was prepared: a file's are counted with it, the rest by its words."""
    counted = payload.get("tokens")
    return int(counted) if counted is not None else estimate_tokens(str(payload))
