"""Bring the index up to date: compare the files with what is stored, then read what changed, a little at a time.

    scan()             list the files and HEAD's history; what is new, changed or gone
    changed(paths)     the same for a few paths, and read them at once
    step()             read some of what is still to be read

A file is as it was if size, times and inode are, unless it changed so shortly before it was looked at that a second
change could have left the same times (git calls such an entry racy); its bytes' hash decides then. A version that was
seen before comes back without being read into the index again.
"""

from __future__ import annotations

import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from codemaestro_jupyter.errors import StoreError
from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.types import RelPath
from codemaestro_jupyter.workspace.index import history
from codemaestro_jupyter.workspace.index.batch import Batch, Numbers, Stored, stored_rows
from codemaestro_jupyter.workspace.index.documents import Analyser
from codemaestro_jupyter.workspace.index.files import Files, Stat
from codemaestro_jupyter.workspace.index.repository import Repository
from codemaestro_jupyter.workspace.index.schema import MOST_DOCUMENTS

FIRST_LISTED = 64
"""With more files to read than this the paths of new ones are written before their contents are read."""
COMMIT_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Time between commits while much is read: soon something, later seldom, since each makes a segment and a new view."""


class OutpacedError(StoreError):
    """Another process wrote to the index meanwhile: compare again."""


class Builder:
    """Writes one project's index; one thread, and one process at a time (see `lock.py`).

    `clock` gives nanoseconds since the epoch, as the file system's times do.
    """

    def __init__(self, root: Path, database: Database, clock: Callable[[], int] = time.time_ns) -> None:
        self._root = root
        self._database = database
        self._git = Repository(root)
        self._files = Files(root, self._git)
        self._clock = clock
        self._analyser = Analyser()
        self._begin()

    def _begin(self) -> None:
        """Forget what was to be done; what is stored tells what is."""
        self._pending: OrderedDict[RelPath, Stored] = OrderedDict()
        self._history: list[str] = []
        self._head = ""
        self._total = 0
        self._commits = 0
        self._committed = time.monotonic()
        self._foreign: set[str] = set()
        self._generation = self._fact("generation")
        self._numbers = Numbers(self._fact("next_document"), self._fact("next_segment"))
        self._batch = self._new_batch()

    @property
    def busy(self) -> bool:
        """Whether `step` has something to do."""
        return bool(self._pending or self._batch.statements or self._history)

    @property
    def generation(self) -> int:
        """The generation last written or found."""
        return self._generation

    @property
    def progress(self) -> tuple[int, int]:
        """Files done, of how many in all."""
        return self._total - len(self._pending), self._total

    @property
    def current(self) -> bool:
        """Whether HEAD is still the one that was compared with."""
        return self._git.head() == self._head

    # -- comparing ----------------------------------------------------------------------------------

    def scan(self, anew: bool = False, wrote: Callable[[], None] = lambda: None) -> None:
        """Compare all files and HEAD with the index; write paths and the newest history, leave contents to `step`.

        `anew` throws away what is stored first; `wrote()` is called when a part of the paths can be seen. Raises
        `StoreError`.
        """
        with suppress(OutpacedError):  # what it noted is compared again, with what the other process wrote
            self._commit()
        self._begin()
        if anew or self._numbers.document > MOST_DOCUMENTS * 3 // 4:
            self._empty()
        self._git = Repository(self._root)  # it may have been made, or its ignore rules changed
        self._files = Files(self._root, self._git)
        self._head = self._git.head()
        stored = stored_rows(self._database, "true")
        seen: set[str] = set()
        for chunk in self._files.listed():
            checked = self._clock()
            new: list[tuple[RelPath, Stat]] = []
            for path in chunk:
                stat = self._files.stat(path) if path not in seen else None
                if stat is None:
                    continue
                seen.add(path)
                known = stored.get(path)
                if known is None:
                    new.append((path, stat))
                elif not known.holds(stat):
                    self._pending[path] = known
            self._total = len(seen)
            self._expect(new, checked)
            self._remember()
            wrote()
        self._remember()
        for path in stored.keys() - seen:
            self._batch.kill(stored[path].document)
        self._total = len(seen)
        self._commit()
        self._order()

    def changed(self, paths: Iterable[RelPath]) -> None:
        """Compare these paths (and what is below those that are folders) with the index and write what changed."""
        self._commit()
        unknown = set()
        for path in paths:
            # `0` follows `/`: everything below the folder
            known = stored_rows(self._database, "(path = ? OR path > ? AND path < ?)", (path, f"{path}/", f"{path}0"))
            if path not in known and path not in self._foreign:
                unknown.add(path)
            for below, stored in known.items():
                self._look(below, stored)
        ours = self._files.among(sorted(unknown))
        for path in sorted(ours):
            if not stored_rows(self._database, "path = ?", (path,)):
                self._look(path, Stored())
        # What is no file of ours stays none until the rules change, and then everything is compared.
        self._foreign |= {path for path in unknown - ours if (self._root / path).is_file()}
        self._commit()

    def _look(self, path: RelPath, stored: Stored) -> None:
        checked, stat = self._clock(), self._files.stat(path)
        if stat is None or not stored.holds(stat):
            self._pending.pop(path, None)
            self._take(path, stored, checked, stat)

    def _expect(self, new: Sequence[tuple[RelPath, Stat]], checked: int) -> None:
        """New files' contents are to be read; where that will take a while, their paths are written at once."""
        many = len(self._pending) + len(new) > FIRST_LISTED
        for path, stat in new:
            self._pending[path] = self._batch.list(path, stat, checked) if many else Stored()
        self._commit()

    def _remember(self) -> None:
        """Make HEAD's history the stored one; if much of it is unknown the newest now, the rest in a `step`."""
        [(stored,)] = self._database.read("SELECT value FROM facts WHERE name = 'history_head'")
        if stored == self._head or self._history:
            return
        shas = self._git.ancestors(self._head, history.MOST_COMMITS)
        complete = len(history.unknown(self._database, shas)) <= history.FIRST_SLICE
        self._write_history(shas if complete else shas[: history.FIRST_SLICE], complete)
        self._history = [] if complete else shas

    def _write_history(self, shas: Sequence[str], complete: bool) -> None:
        """Between batches only."""
        new = self._git.commits(history.unknown(self._database, shas))
        with self._writing() as connection:
            history.write_history(connection, shas, new, self._generation + 1)
            head = self._head if complete else "?"
            connection.execute("UPDATE facts SET value = ? WHERE name = 'head'", (self._head,))
            connection.execute("UPDATE facts SET value = ? WHERE name = 'history_head'", (head,))
        self._batch = self._new_batch()  # nothing is noted yet; what will be belongs to the generation after this one

    def _order(self) -> None:
        """Read first what changed last: it is asked for most."""
        if len(self._pending) < FIRST_LISTED:
            return
        recent: dict[str, int] = {}
        for (files,) in self._database.read("SELECT files FROM commits ORDER BY timestamp DESC LIMIT 500"):
            for path in files.split("\0"):
                recent.setdefault(path, len(recent))
        for path in sorted(self._pending, key=lambda path: (recent.get(path, len(recent)), path)):
            self._pending.move_to_end(path)

    # -- reading ------------------------------------------------------------------------------------

    def step(self, seconds: float = 0.05) -> None:
        """Read files for about that long; write them if that is due. Raises `StoreError`."""
        if self._history:
            shas, self._history = self._history, []
            self._commit()
            self._write_history(shas, complete=True)
            return
        until = time.monotonic() + seconds
        while self._pending and time.monotonic() < until and not self._batch.full:
            path, stored = self._pending.popitem(last=False)
            self._take(path, stored, self._clock(), self._files.stat(path))
        pause = COMMIT_SECONDS[min(self._commits, len(COMMIT_SECONDS) - 1)]
        if self._batch.full or not self._pending or time.monotonic() - self._committed > pause:
            self._commits += 1
            self._commit()

    def forget(self) -> None:
        """Give back what only speeds up reading."""
        self._analyser = Analyser()
        self._batch = self._new_batch()

    def _take(self, path: RelPath, stored: Stored, checked: int, stat: Stat | None) -> None:
        if stat is not None:
            self._batch.take(path, stored, stat, checked, self._files.read(path))
        elif stored.document:
            self._batch.kill(stored.document)

    # -- writing ------------------------------------------------------------------------------------

    def reserve_segment(self) -> int:
        """The number of a segment that somebody else will write (between batches only). Raises `StoreError`."""
        number, self._numbers.segment = self._numbers.segment, self._numbers.segment + 1
        with self._writing(visible=False):
            return number

    def moved_on(self) -> None:
        """Take over the generation that a merge made."""
        self._generation = self._fact("generation")
        self._batch = self._new_batch()

    def _new_batch(self) -> Batch:
        return Batch(self._database, self._numbers, self._generation + 1, self._analyser, self._total)

    def _commit(self) -> None:
        """Write what was noted."""
        batch = self._batch
        if batch.statements:
            with self._writing(batch.visible) as connection:
                batch.write(connection)
        self._committed = time.monotonic()
        self._batch = self._new_batch()

    @contextmanager
    def _writing(self, visible: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction that makes the next generation; raises `OutpacedError` if another process made one."""
        with self._database.transaction() as connection:
            [(current,)] = connection.execute("SELECT value FROM facts WHERE name = 'generation'")
            if current != self._generation:
                raise OutpacedError("Another process wrote to the index.", hint="It is compared again by itself.")
            yield connection
            done, total = self.progress
            values = {
                "generation": current + 1 if visible else current, "done": done, "total": total,
                "next_document": self._numbers.document, "next_segment": self._numbers.segment,
            }  # fmt: skip
            connection.executemany("UPDATE facts SET value = ? WHERE name = ?", [(v, k) for k, v in values.items()])
        self._generation = int(values["generation"])

    def _empty(self) -> None:
        """Begin anew: it was asked for, or document numbers run out."""
        with self._writing() as connection:
            for table in ("docs", "segments", "blocks", "outlines", "commits"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
            if self._numbers.document > MOST_DOCUMENTS * 3 // 4:
                self._numbers.document = 1  # otherwise go on: views that still exist know documents by these numbers
            connection.execute("UPDATE facts SET value = '' WHERE name = 'history_head'")
            connection.execute("UPDATE facts SET value = ? WHERE name = 'floor'", (self._generation + 1,))
        self._begin()

    def _fact(self, name: str) -> int:
        [(value,)] = self._database.read("SELECT value FROM facts WHERE name = ?", (name,))
        return int(value)
