"""A notebook's conversation outlives its kernel: found again where another session left it, unless it was cleared."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.converse.session import RECENT, Session
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import NotebookId, NotebookPicture, Turn, TurnId

CHANGING = ("edit", "brief", "test", "failure")
"""Tools whose turns may have changed something: commands, and plans of a model."""


class Memory:
    """Joins the session to the stored turns; `met` and `clear` belong on the loop, the others on any other thread.

    `changed` is called when the picture is another, `failed` with what the store could not do, `cancel` with turns that
    are cleared, `restore` (beside the loop) with turns that may have changed something.
    """

    def __init__(
        self,
        session: Session,
        store: Store,
        root: Path,
        background: Background,
        changed: Callable[[], object],
        failed: Callable[[MaestroError], object],
        cancel: Callable[[TurnId], object],
        restore: Callable[[Collection[TurnId]], object] = lambda turns: None,
    ) -> None:
        self._session = session
        self._store = store
        self._root = root
        self._background = background
        self._changed = changed
        self._failed = failed
        self._cancel = cancel
        self._restore = restore
        self._met: set[NotebookId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def met(self, notebook: NotebookPicture) -> None:
        """A notebook is open, as it stands: its conversation goes on, also under a new name."""
        first = bool(notebook.id) and notebook.id not in self._met
        self._met |= {notebook.id} - {""}
        self._start(self._recall(notebook, first))

    def named(self, notebook: NotebookId) -> None:
        """A notebook is open of which only the name is known: its conversation goes on. From any thread, at once."""
        self._background.call(self.met, NotebookPicture(notebook, None))

    def resume(self, notebook: NotebookId | None = None) -> int:
        """What was asked in this project, wherever that was, moves what is expected from now on; blocks for a moment.

        The conversation of `notebook` goes on, too; returns how many requests it has.
        """
        try:
            known = [turn for turn in self._store.turns.list(RECENT) if turn.state == "done"]
            turns = self._store.turns.on_screen(notebook) if notebook is not None else ()
        except MaestroError as error:
            self._background.call(self._failed, error)
            return 0
        self._background.ask(lambda: self._session.expect(known))
        self._background.ask(lambda: notebook is not None and self._session.recall(notebook, turns))
        self._restore([turn.id for turn in turns if turn.tool in CHANGING])
        return len(turns)

    def clear(self, notebook: NotebookId | None, now: float) -> None:
        """Begin anew on the screen of a notebook (None: on all of them), in this session and in later ones."""
        turns = self._session.of(notebook)
        for turn in turns:
            self._cancel(TurnId(turn["id"]))
        shown = {NotebookId(turn["notebook_id"]) for turn in turns}
        cleared = shown | (self._met if notebook is None else {notebook})
        self._session.clear(notebook, now)
        self._changed()
        self._start(self._work(self._store.notebooks.clear, cleared - {""}, now))

    async def _recall(self, notebook: NotebookPicture, first: bool) -> None:
        former, turns = await self._work(self._known, notebook, first)
        if self._session.recall(notebook.id, turns, former):
            self._changed()
        changing = [turn.id for turn in turns if turn.tool in CHANGING]
        if changing:
            await self._work(self._restore, changing)

    def _work(self, function: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
        return self._background.loop.run_in_executor(self._background.pool, function, *arguments)

    def _known(self, notebook: NotebookPicture, first: bool) -> tuple[NotebookId | None, tuple[Turn, ...]]:
        former = self._store.notebooks.meet(notebook, lambda path: (self._root / path).exists())
        return former, self._store.turns.on_screen(notebook.id) if first else ()

    def _start(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Awaitable[Any]) -> None:
        try:
            await work
        except MaestroError as error:
            self._failed(error)
