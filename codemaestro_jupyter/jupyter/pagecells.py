"""The cells of notebooks that are open in JupyterLab, read and changed through its pages (`CellHost` over the comm).

An edit is refused by the page when it finds something else than the expected `before`, because the person typed
meanwhile. One that is not acknowledged in time counts as refused; should the page do it late, it is taken back.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from codemaestro_jupyter.edit.cellhost import CellAnswer, CellEdit, edits_between, with_edits
from codemaestro_jupyter.jupyter.protocol import CellsEdited, KernelMessage, OpenNotebooks
from codemaestro_jupyter.jupyter.said import WireEdit
from codemaestro_jupyter.types import Cell, CellId

LOOK_SECONDS = 1.0
"""How long pages are waited for when they are asked what is open."""
DEAF_SECONDS = 0.05
"""How long one that did not answer the last time is waited for: an older front end, a tab put to sleep."""


MOST_MUTED = 30.0
"""How long a running cell may keep us from hearing a page: others wait for the journal meanwhile."""
LOOK_AGAIN = 0.1
"""Seconds after which it is looked whether a cell still runs."""


class Page(Protocol):
    """One connected front end."""

    def send(self, message: KernelMessage) -> None:
        """Send it a message; from any thread."""


@dataclass
class _Open:
    """One notebook as a page has it."""

    page: Page
    path: str
    cells: tuple[Cell, ...]
    writable: bool


@dataclass
class _Asked:
    """A question to pages, and what they said."""

    waiting: set[int] = field(default_factory=set)
    answer: CellAnswer | None = None
    back: tuple[CellEdit, ...] = ()
    page: Page | None = None
    path: str = ""
    late: bool = False


class PageCells:
    """Open notebooks of every page of this kernel. `project_path` maps a server's path to the project's.

    `elsewhere` names the notebooks that a running server has a session for, asked anew with every look. `close()` ends
    whatever waits.
    """

    def __init__(self, project_path: Callable[[str], str | None], elsewhere: Callable[[], frozenset[str]]) -> None:
        self._project_path = project_path
        self._sessions = elsewhere
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._pages: dict[int, Page] = {}
        """By `id`; the one heard from last is last."""
        self._deaf: set[int] = set()
        self._asked: dict[str, _Asked] = {}
        self._open: dict[str, _Open] = {}
        self._told: dict[int, list[_Open]] = {}
        self._unsaved: dict[int, list[str]] = {}
        self._elsewhere: frozenset[str] = frozenset()
        self.muted: Callable[[], bool] = lambda: False
        """Whether no page can be heard just now, as a cell runs (ipykernel 6); that time does not count as waiting."""

    # -- pages come, go and answer ------------------------------------------------------------------

    def heard(self, page: Page) -> None:
        """A page is there, and the person is active on it."""
        with self._changed:
            self._pages.pop(id(page), None)
            self._pages[id(page)] = page

    def left(self, page: Page) -> None:
        """A page went away; nobody waits for it."""
        with self._changed:
            self._pages.pop(id(page), None)
            self._told.pop(id(page), None)
            self._unsaved.pop(id(page), None)
            for asked in self._asked.values():
                asked.waiting.discard(id(page))
                if asked.page is page and asked.answer is None:
                    asked.answer = CellAnswer(False, "its page was closed")
            self._changed.notify_all()

    def told(self, page: Page, message: OpenNotebooks) -> None:
        """A page says what is open there."""
        listed = []
        for each in message["notebooks"]:
            cells = tuple(Cell(CellId(cell["id"]), cell["kind"], cell["source"]) for cell in each["cells"])
            listed.append(_Open(page, each["path"], cells, each["writable"]))
        with self._changed:
            self._deaf.discard(id(page))
            self._told[id(page)] = listed
            self._unsaved[id(page)] = message.get("unsaved", [])
            asked = self._asked.get(message["request"])
            if asked is not None:
                asked.waiting.discard(id(page))
            self._changed.notify_all()

    def answered(self, message: CellsEdited) -> None:
        """A page did edits, or says why not."""
        with self._changed:
            asked = self._asked.get(message["request"])
            if asked is None:
                return
            if asked.late:
                del self._asked[message["request"]]
                if not message["accepted"] or asked.page is None:
                    return
            else:
                asked.answer = CellAnswer(message["accepted"], message["reason"])
                self._changed.notify_all()
                return
        # done too late: it counted as refused, so it is taken back
        self._send_edits(asked.page, f"back{next(self._numbers)}", asked.path, "", asked.back)

    # -- CellHost -----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask every page what is open there, and the servers what is open anywhere."""
        asked, request = _Asked(), f"look{next(self._numbers)}"
        with self._changed:
            pages = list(self._pages.values())
            asked.waiting = {id(page) for page in pages}
            self._asked[request] = asked
        try:
            for page in pages:
                page.send({"type": "list_notebooks", "request": request})
            sessions = self._sessions()
            with self._changed:
                patience = DEAF_SECONDS if asked.waiting <= self._deaf else LOOK_SECONDS
                self._wait(lambda: not asked.waiting, patience)
                self._deaf |= asked.waiting
                found: dict[str, _Open] = {}
                for page in pages:  # the page that was heard from last has the last word
                    for each in self._told.get(id(page), ()):
                        name = self._project_path(each.path)
                        if name is not None and name.endswith(".ipynb"):
                            found[name] = each
                self._open = {name: each for name, each in found.items() if each.writable}
                names = {self._project_path(path) for page in pages for path in self._unsaved.get(id(page), ())}
                unsaved = {name for name in names if name is not None}
                self._elsewhere = (sessions | found.keys() | unsaved) - self._open.keys()
        finally:
            with self._changed:
                self._asked.pop(request, None)

    def elsewhere(self) -> frozenset[str]:
        """Open in no page of ours, or where it may only be read; or not saved."""
        return self._elsewhere

    def open_notebooks(self) -> Mapping[str, Sequence[Cell]]:
        """As the pages said at the last look, with our own edits since."""
        with self._changed:
            return {name: each.cells for name, each in self._open.items()}

    def edit(self, transaction: str, path: str, edits: Sequence[CellEdit], timeout: float) -> CellAnswer:
        """Let the page do the edits; see `CellHost.edit`."""
        with self._changed:
            opened = self._open.get(path)
            if opened is None:
                return CellAnswer(False, f"{path} is not open any more")
            after = with_edits(opened.cells, edits)
            if isinstance(after, str):
                return CellAnswer(False, after)
            asked = _Asked(back=edits_between(after, opened.cells), page=opened.page, path=opened.path)
            request = f"edit{next(self._numbers)}"
            self._asked[request] = asked
        self._send_edits(opened.page, request, opened.path, transaction, edits)
        with self._changed:
            self._wait(lambda: asked.answer is not None, timeout)
            if asked.answer is not None:
                del self._asked[request]
                if asked.answer.accepted:
                    opened.cells = tuple(after)
                return asked.answer
            asked.late = True
        return CellAnswer(False, f"the page did not answer within {timeout:g} seconds")

    def _wait(self, heard: Callable[[], bool], seconds: float) -> None:
        """With the lock: until that was heard, or nothing came for so long while it could."""
        begun = start = time.monotonic()
        while not heard():
            now = time.monotonic()
            if self.muted() and now < begun + MOST_MUTED:
                start = now
            left = start + seconds - now
            if left <= 0.0:
                break
            self._changed.wait(min(left, LOOK_AGAIN))

    def _send_edits(self, page: Page, request: str, path: str, transaction: str, edits: Sequence[CellEdit]) -> None:
        wire = [
            WireEdit(
                op=edit.op,
                cell_id=edit.cell_id,
                index=edit.index,
                before=edit.before,
                source=edit.source,
                kind=edit.kind,
            )
            for edit in edits
        ]
        page.send({"type": "edit_cells", "request": request, "transaction": transaction, "path": path, "edits": wire})
