"""See what changes in the project: the system tells us where it can, and where it cannot we look now and then.

On Linux a watch costs memory of the kernel and a person has only so many, so folders are watched one by one: those that
hold files of the project, never what is ignored. Elsewhere one watch covers the whole root. Where watches are used up,
or the files are on a network, everything is compared every few seconds instead (by the index's child process).

Being told means asking 20 times a second (watchfiles has nothing that one could sleep on). Where nothing changes and
nobody types or runs a cell, we ask ever more rarely, so that an open notebook lets the processor sleep; what changed
meanwhile is collected, and seen with the first key.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from codemaestro_jupyter.store.location import on_network
from codemaestro_jupyter.workspace.ignore import Ignore, built_in_reason
from codemaestro_jupyter.workspace.root import repository_top

THREAD = "maestro-watch"
STEP_MS = 50
"""Changes are handed over once nothing more changes for this long,"""
DEBOUNCE_MS = 200
"""or at the latest after this long."""
PEEK_MS = 2
"""After a rest we only look whether there is something."""
MOST_PATHS = 500
"""With more changed paths than this, comparing everything is cheaper."""
MOST_FOLDERS = 50_000
CLOCKS_APART = 2.0
"""Seconds by which a file system's times may lag behind the clock."""
POLL_SECONDS = 2.0
POLL_FILES_PER_SECOND = 5_000
"""Polling waits one more second for each so many folders' worth of files: comparing 50,000 files takes about 0.4 s."""
LIVELY_SECONDS = 30.0
"""For so long after a change, a key or a cell nobody rests,"""
LONGEST_REST = 5.0
"""and never longer than this at a time."""
_GIT_FILES = frozenset({"HEAD", "index", "packed-refs"})
_RULES = frozenset({".gitignore"})

Saw = Callable[[Iterable[str] | None], None]


class Watcher:
    """Calls `saw(paths)` (relative to the root; None: anything may have changed) on the thread `maestro-watch`.

    `folders()` gives the relative folders that hold files of the project; call `follow` when they may have changed.
    """

    def __init__(
        self,
        root: Path,
        saw: Saw,
        folders: Callable[[], set[str]],
        *,
        poll: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self.polling = on_network(root) if poll is None else poll
        """Whether changes are looked for instead of being told."""
        self._saw = saw
        self._folders = folders
        self._extra: set[str] = set()
        self._watched: set[str] = set()
        self._again = threading.Event()
        self._closed = threading.Event()
        self._clock = clock
        self._stirred_at = clock()
        self._stirred = threading.Event()
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)
        self.watching = threading.Event()
        """Set while changes are seen as they happen."""
        self.awake = threading.Event()
        """Set unless it rests after a long time without anything; what happened meanwhile is told before it is."""
        self.awake.set()

    def follow(self) -> None:
        """Watch the folders as they are now; the first call starts the thread."""
        self._again.set()
        self._stirred.set()
        if self._thread.ident is None and not self._closed.is_set():
            self._thread.start()

    def stir(self) -> None:
        """Somebody is there: see at once what changed, and for a while everything as it happens. From any thread."""
        self._stirred_at = self._clock()
        self._stirred.set()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._again.set()
        self._stirred.set()
        if self._thread.ident is not None:
            self._thread.join()

    def is_set(self) -> bool:
        """For watchfiles, on our thread: whether to stop, as we are closed or other folders are to be watched.

        Stopping loses what it has collected, so it must not be done without need, and everything is compared then.
        """
        if self._again.is_set():
            self._again.clear()
            return self._closed.is_set() or self._wanted() != self._watched
        return self._closed.is_set()

    # -- the thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        self._extra = empty_folders(self.root, self._folders())
        while not self._closed.is_set():
            if self.polling:
                self._poll()
                continue
            since = time.time() - CLOCKS_APART
            self._watched = self._wanted()
            if not self.polling:
                self._watch(self._watched, since)

    def _wanted(self) -> set[str]:
        if sys.platform != "linux":
            return {""}
        self._extra = {folder for folder in self._extra if is_real_folder(self.root / folder)}
        folders = {""} | self._folders() | self._extra
        self.polling = self.polling or len(folders) > MOST_FOLDERS
        return folders

    def _watch(self, wanted: set[str], since: float) -> None:
        """Watch until other folders are to be watched or we are closed; `since` is from before they were listed."""
        from watchfiles._rust_notify import RustNotify

        outside = git_folders(self.root)
        places = [str(self.root / folder) for folder in sorted(wanted)] + [str(folder) for folder in outside]
        places = [place for place in places if os.path.isdir(place) and may_read(place)]
        try:
            # Told to pass over what may not be read, it would pass over used-up watches as well, and see nothing.
            notify = RustNotify(places, False, False, 0, sys.platform != "linux", False)
        except FileNotFoundError:  # a folder vanished while we asked
            self._closed.wait(0.05)
            return
        except (OSError, RuntimeError):  # no watches left, none of this kind, or not allowed after all
            self.polling = True
            return
        with notify:
            self._saw(None)  # what changed before the watch began
            touched = {folder for folder in wanted if changed_since(self.root / folder, since)}
            if sys.platform == "linux" and (missed := empty_folders(self.root, wanted, touched)):
                self._extra |= missed  # made since the folders were listed: nobody would tell of what comes into them
                self._again.set()
            self.watching.set()
            while not self.is_set():
                rested = self._rest()
                changes = notify.watch(DEBOUNCE_MS, *((PEEK_MS, 1) if rested else (STEP_MS, 1_000)), self)
                if changes == "stop":
                    return
                if isinstance(changes, set):
                    self._stirred_at = self._clock()
                    self._tell([path for _, path in changes], outside)

    def _rest(self) -> bool:
        """Wait a moment if nothing has happened for long; whether we did."""
        self._stirred.clear()
        seconds = rest_after(self._clock() - self._stirred_at)
        if not seconds or self._closed.is_set():
            self.awake.set()
            return False
        self.awake.clear()
        self._stirred.wait(seconds)
        return True

    def _tell(self, changed: Iterable[str], outside: list[Path]) -> None:
        paths = set()
        for name in changed:
            path = Path(name)
            if path.parent in outside:
                if path.name in _GIT_FILES:
                    self._saw(None)
                    return
                continue
            relative = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else "."
            if path.name == ".git":  # a repository was made, or is no more
                self._watched = set()
                self._again.set()
            if relative == "." or built_in_reason(relative) is not None:
                continue
            if path.name in _RULES:
                self._saw(None)
                return
            if is_real_folder(path) and built_in_reason(f"{relative}/_") is None:
                self._extra |= {relative} | empty_folders(self.root, {relative})
                self._again.set()
            paths.add(relative)
        if paths:
            self._saw(None if len(paths) > MOST_PATHS else paths)

    def _poll(self) -> None:
        while not self._closed.is_set():
            self._saw(None)
            self._closed.wait(POLL_SECONDS + len(self._folders()) / POLL_FILES_PER_SECOND)
            self._rest()


def rest_after(quiet: float) -> float:
    """For how many seconds to look at nothing, when nothing has happened for `quiet` seconds."""
    return min(quiet / LIVELY_SECONDS, LONGEST_REST) if quiet > LIVELY_SECONDS else 0.0


def git_folders(root: Path) -> list[Path]:
    """Where git keeps HEAD, the list of tracked files and the log of HEAD's moves; nothing without a repository."""
    top = repository_top(root)
    if top is None:
        return []
    place = top / ".git"
    try:
        if place.is_file():  # a worktree or a submodule
            place = (top / place.read_text(encoding="utf8").removeprefix("gitdir:").strip()).resolve()
    except (OSError, ValueError):
        return []
    return [folder for folder in (place, place / "logs") if folder.is_dir()]


def changed_since(folder: Path, when: float) -> bool:
    """Whether something was made or deleted in a folder since then (seconds since the epoch)."""
    try:
        return folder.stat().st_mtime >= when
    except OSError:
        return False


def is_real_folder(place: Path) -> bool:
    """Whether there is a folder that no link leads to: what is behind one is not watched."""
    return place.is_dir() and os.path.realpath(place) == str(place)


def may_read(place: str) -> bool:
    """Whether this process may read there, with the rights that it has now."""
    return os.access(place, os.R_OK, effective_ids=os.access in os.supports_effective_ids)


def empty_folders(root: Path, known: Iterable[str], start: Iterable[str] | None = None) -> set[str]:
    """Folders below the known ones (or only below `start`) that may come to hold files, though none does yet."""
    ignore = Ignore(root)
    known = set(known)
    found: set[str] = set()
    waiting = list(known if start is None else start)
    while waiting and len(found) < MOST_FOLDERS:
        folder = waiting.pop()
        try:
            with os.scandir(root / folder) as entries:
                inside = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        for name in inside:
            path = f"{folder}/{name}" if folder else name
            if path not in known and path not in found and ignore.enters(path):
                found.add(path)
                waiting.append(path)
    return found
