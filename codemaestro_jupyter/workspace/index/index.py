"""The index of one project as everybody uses it: a view of what is known now, kept up to date by a child process."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from codemaestro_jupyter.workspace.index.loading import Loader, is_transient
from codemaestro_jupyter.workspace.index.process import ChildProcess
from codemaestro_jupyter.workspace.index.view import IndexView
from codemaestro_jupyter.workspace.watch import LIVELY_SECONDS, Watcher

THREAD = "maestro-index"
AGAIN_SECONDS = 60.0
"""A process that does not live is tried again after this long."""
CATCH_UP_SECONDS = 0.1
NO_PROCESS = "The indexing process does not live; predictions rest on what was known before. It is tried again."
CHILD = "codemaestro_jupyter.workspace.index.child"


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far the index is: files done, of how many."""

    done: int
    total: int
    state: Literal["listing", "indexing", "ready", "failed"]


class Index:
    """Build it, `start` it, ask for `view()`; `close` it. Only `wait`, `catch_up` and `close` ever wait.

    `path` is the database's file, shared with other processes; None keeps the index in a temporary folder.
    With `watch` the project is watched, and what changes is seen by itself. `hurried` is for commands that wait for the
    index: the child process then keeps normal priority.
    """

    def __init__(self, root: Path, path: Path | None, *, watch: bool = True, hurried: bool = False) -> None:
        self.root = root
        self.notices: list[str] = []
        """What a person should know: a database set aside, a full disk."""
        self._path = path
        self._child = ChildProcess(CHILD, [str(root), str(path or ""), *["hurried"] * hurried], hurried=hurried)
        self._loader = Loader()
        self._watcher = Watcher(root, self._saw, self._folders) if watch else None
        self._tickets = itertools.count(1)
        self._open: dict[int, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._callbacks: list[Callable[[], None]] = []
        self._watchers: list[Callable[[], None]] = []
        self._progress = IndexProgress(0, 0, "listing")
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)
        self._closing = False
        self._stirred_at = time.monotonic()
        self._spare: Path | None = None
        self._followed: list[str] | None = None

    # -- use ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin: paths and history are there within a second, contents follow."""
        self.refresh()
        self._thread.start()

    def view(self) -> IndexView:
        """What is known now; another object only if something changed. Empty before anything is known."""
        return self._loader.view

    def follow(self, path: Path) -> None:
        """Take over what another process wrote to the database at `path`; for a process that only reads it."""
        self._path = path
        self._load()

    def refresh(self, paths: Iterable[str] | None = None) -> None:
        """Compare these paths (relative to the root), or everything, with what is stored; `wait` waits for it."""
        with self._changed:
            ticket = next(self._tickets)
            command: dict[str, Any] = {"do": "scan", "ticket": ticket}
            if paths is not None:
                command = {"do": "changed", "ticket": ticket, "paths": sorted(set(paths))}
            self._open[ticket] = command
        self._child.send(command)

    def stir(self) -> None:
        """Somebody types or runs a cell: what changes is seen at once from here on. Costs nothing worth counting."""
        now = time.monotonic()
        if now - self._stirred_at > LIVELY_SECONDS / 2:
            self._stirred_at = now
            self._child.send({"do": "look"})
        if self._watcher is not None:
            self._watcher.stir()

    def catch_up(self) -> None:
        """The same for what cannot wait: after a long rest, return once what changed meanwhile is told."""
        self.stir()
        if self._watcher is not None:
            self._watcher.awake.wait(CATCH_UP_SECONDS)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the view shows all that was there when the last `refresh` was called; False if it does not.

        `timeout` in seconds. After `start` or `refresh()` that is HEAD, its history, and every file's contents.
        """
        with self._changed:
            wanted = set(self._open)
            self._changed.wait_for(lambda: not wanted & self._open.keys() or self._is_over(), timeout)
            return not wanted & self._open.keys()

    def progress(self) -> IndexProgress:
        """How far it is."""
        return self._progress

    def rebuild(self) -> None:
        """Throw everything away and index anew."""
        with self._changed:
            ticket = next(self._tickets)
            self._open[ticket] = {"do": "rebuild", "ticket": ticket}
        self._child.send(self._open[ticket])

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` on the thread `maestro-index` after each new view; the result takes it back."""
        return _listed(self._callbacks, callback)

    def on_progress(self, callback: Callable[[], None]) -> Callable[[], None]:
        """The same whenever `progress()` is another, which it may be without a new view."""
        return _listed(self._watchers, callback)

    @property
    def child_pid(self) -> int | None:
        """The child process while it lives; for `doctor` and benchmarks."""
        return self._child.pid

    @property
    def path(self) -> Path | None:
        """Where the database is; None while that is not known."""
        return self._path

    def close(self) -> None:
        """End the child process and the threads; the last view keeps what it has read."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._watcher is not None:
            self._watcher.close()
        self._child.close()
        if self._thread.ident is not None:
            self._thread.join()
        self._loader.close()
        if self._spare is not None:
            shutil.rmtree(self._spare, ignore_errors=True)
        with self._changed:
            self._changed.notify_all()

    # -- the thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        if self._path is not None and self._path.exists():
            self._load()
        while not self._closing:
            if not self._child.start():
                self._give_up_for_a_while()
                continue
            with self._changed:
                again = list(self._open.values())
            for command in again:
                self._child.send(command)
            for report in self._child.reports():
                self._handle(report)
        with self._changed:
            self._changed.notify_all()

    def _give_up_for_a_while(self) -> None:
        """The process died too often, or does not start: what takes its place later may do better."""
        with self._changed:
            if self._closing:
                return
            self._reached(self._progress.done, self._progress.total, "failed")
            if NO_PROCESS not in self.notices:
                self.notices.append(NO_PROCESS)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closing, AGAIN_SECONDS)

    def _handle(self, report: dict[str, Any]) -> None:
        match report:
            case {"report": "database", "path": path}:
                self._take_path(Path(path))
            case {"report": "progress", "done": done, "total": total, "ready": ready}:
                self._load()
                listing = not ready and total == 0
                self._reached(done, total, "ready" if ready else "listing" if listing else "indexing")
            case {"report": "finished", "ticket": ticket}:
                self._load()
                with self._changed:
                    self._open.pop(ticket, None)
                    self._changed.notify_all()
            case {"report": "notice", "text": text}:
                self.notices.append(text)

    def _reached(self, done: int, total: int, state: Literal["listing", "indexing", "ready", "failed"]) -> None:
        before, self._progress = self._progress, IndexProgress(done, total, state)
        if self._progress != before:
            for callback in tuple(self._watchers):
                callback()

    def _take_path(self, path: Path) -> None:
        if path != self._path:
            self._path = path
            self._spare = path.parent if path.parent.name.startswith("codemaestro-") else None

    def _load(self) -> None:
        """Make a new view if there is something new; a broken database is reported to the child."""
        if self._path is None:
            return
        try:
            new = self._loader.load(self._path)
        except sqlite3.Error as error:
            if not is_transient(error):
                self._child.send({"do": "check"})
            return
        if new:
            view = self._loader.view
            if self._watcher is not None and view.paths is not self._followed:
                self._followed = view.paths
                self._watcher.follow()
            for callback in tuple(self._callbacks):
                callback()

    def _is_over(self) -> bool:
        return self._closing or self._progress.state == "failed"

    # -- watching -----------------------------------------------------------------------------------

    def _saw(self, paths: Iterable[str] | None) -> None:
        self.refresh(paths)

    def _folders(self) -> set[str]:
        folders = {""}
        for path in self.view().paths:
            folder = path.rpartition("/")[0]
            while folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        return folders


def _listed(callbacks: list[Callable[[], None]], callback: Callable[[], None]) -> Callable[[], None]:
    callbacks.append(callback)

    def forget() -> None:
        with contextlib.suppress(ValueError):
            callbacks.remove(callback)

    return forget
