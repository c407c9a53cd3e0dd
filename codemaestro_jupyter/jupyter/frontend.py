"""Who asked for the running cell, and what can be shown there: decides between returning at once and waiting."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from IPython.core.displaypub import CapturingDisplayPublisher


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """What the front end of the running cell can do."""

    displays: bool
    """It shows displays; a plain terminal does not."""
    replaces: bool
    """It replaces outputs by display id; a console of text shows what came first, and only that."""
    lives_on: bool
    """Somebody is there, and the cell's output may still change after the cell ended."""
    cell_id: str
    """The front end's id of the cell; empty where it gives none."""


TERMINAL = FrontEnd(displays=False, replaces=False, lives_on=False, cell_id="")


def front_end(shell: Any) -> FrontEnd:
    """The front end whose request the shell is executing."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return TERMINAL
    front = of_request(kernel.get_parent("shell"))
    if isinstance(shell.display_pub, CapturingDisplayPublisher):  # under %%capture: what comes later is not captured
        return replace(front, displays=False, replaces=False, lives_on=False)
    return front


def of_request(parent: Mapping[str, Any]) -> FrontEnd:
    """The front end behind an `execute_request`.

    nbclient and papermill set `allow_stdin` false: nobody can answer. Notebooks name the cell (`cellId`); consoles
    of text do not (`jupyter console`, Qt's), and they neither replace outputs nor draw widgets: the cell waits there.
    """
    content = parent.get("content") or {}
    cell_id = (parent.get("metadata") or {}).get("cellId")
    cell_id = cell_id if isinstance(cell_id, str) else ""
    answers = bool(content.get("allow_stdin"))
    return FrontEnd(
        displays=True, replaces=bool(cell_id) or not answers, lives_on=answers and bool(cell_id), cell_id=cell_id
    )


def listens(shell: Any) -> bool:
    """Whether a panel may hear the kernel's announcement: nbclient and papermill would only log it as an error.

    They run cells, not silently, and answer no `input()`; the panel's own loading is silent, and at the kernel's start,
    where an IPython config loads us, no request is known yet.
    """
    content = shell.kernel.get_parent("shell").get("content") or {}
    return bool(content.get("silent", True) or content.get("allow_stdin", True))


def new_display() -> str:
    """A display id that no other output has."""
    return f"codemaestro-{uuid.uuid4().hex}"
