"""Who asked for the running cell, and what can be shown there: decides between returning at once and waiting."""

from __future__ import annotations

import os
import sys
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
    asks: bool = False
    """A person at a console of text, who can be asked by `input()` while the cell waits."""


TERMINAL = FrontEnd(displays=False, replaces=False, lives_on=False, cell_id="")
PAGES = ("JPY_SESSION_NAME", "VSCODE_PID")
"""Variables that a server of Jupyter, or an editor, sets for the kernel of a page: some name no cell there."""


def front_end(shell: Any) -> FrontEnd:
    """The front end whose request the shell is executing."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return replace(TERMINAL, asks=_at_a_terminal() and not isinstance(shell.display_pub, CapturingDisplayPublisher))
    front = of_request(kernel.get_parent("shell"), on_a_page=any(name in os.environ for name in PAGES))
    if isinstance(shell.display_pub, CapturingDisplayPublisher):  # under %%capture: what comes later is not captured
        return replace(front, displays=False, replaces=False, lives_on=False, asks=False)
    return front


def of_request(parent: Mapping[str, Any], *, on_a_page: bool = False) -> FrontEnd:
    """The front end behind an `execute_request`.

    nbclient and papermill set `allow_stdin` false: nobody can answer. Notebooks name the cell (`cellId`); consoles
    of text do not (`jupyter console`, Qt's), and they neither replace outputs nor draw widgets: the cell waits there,
    and asks, unless the kernel is that of a page: no cell of a notebook waits for a person.
    """
    content = parent.get("content") or {}
    cell_id = (parent.get("metadata") or {}).get("cellId")
    cell_id = cell_id if isinstance(cell_id, str) else ""
    answers = bool(content.get("allow_stdin"))
    return FrontEnd(
        displays=True,
        replaces=bool(cell_id) or not answers,
        lives_on=answers and bool(cell_id),
        cell_id=cell_id,
        asks=answers and "cellId" not in (parent.get("metadata") or {}) and not on_a_page,
    )


def _at_a_terminal() -> bool:
    """Whether somebody types into this process."""
    try:
        return sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):  # none, or closed
        return False


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
