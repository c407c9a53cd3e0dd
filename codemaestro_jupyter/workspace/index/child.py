"""The index's own process: compares, reads and writes at low priority, and ends when its standard input does.

Commands come in and reports go out as JSON, one a line. Work is done in slices, so that a file
that changes is looked at before the next one of a long list.

    in   {"do": "scan", "ticket": 1}                      compare everything
         {"do": "changed", "ticket": 2, "paths": [...]}   compare these
         {"do": "rebuild", "ticket": 3}                   throw everything away, then compare everything
         {"do": "check"}                                  a reader found the database broken
         {"do": "look"}                                   somebody is there again: look often whether others wrote
    out  {"report": "database", "path": …}                where the index is kept
         {"report": "progress", "generation": …, "done": …, "total": …, "ready": …}
         {"report": "finished", "ticket": 1}              the index matches what there was when the command came
         {"report": "notice", "text": …}                  what a person should know
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, NoReturn

import orjson

from codemaestro_jupyter.errors import DiskError, NewerDatabaseError, StoreError
from codemaestro_jupyter.store.database import open_database
from codemaestro_jupyter.store.location import INDEX_FILE
from codemaestro_jupyter.workspace.index import merging
from codemaestro_jupyter.workspace.index.builder import Builder, OutpacedError
from codemaestro_jupyter.workspace.index.lock import WriterLock
from codemaestro_jupyter.workspace.index.schema import MIGRATIONS
from codemaestro_jupyter.workspace.watch import rest_after

NICE = 15
"""A busy loop on the same core keeps 97 % of it (Linux: weight 36 to 1024); small changes are still seen at once."""
LOOK_SECONDS = 0.25
"""How often an idle child looks whether another process wrote; more rarely when nothing was asked of it for long."""
WAIT_SECONDS = 0.1
SWEEP_SECONDS = 5.0
"""Views older than this need no old segments any more."""
MANY_FILES = 200
COLLECT_SECONDS = 1.0


class Worker:
    """Carries out commands until the process ends."""

    def __init__(
        self, root: Path, path: Path, commands: queue.SimpleQueue[dict[str, Any]], hurried: bool = False
    ) -> None:
        self._root = root
        self._hurried = hurried
        self._commands = commands
        self._scans: list[int] = []
        self._paths: dict[str, None] = {}
        self._path_tickets: list[int] = []
        self._running: list[int] = []
        self._scan_again = False
        self._rebuild = False
        self._tidying: Generator[None, None, Any] | None = None
        self._merged = 0.0
        self._dirty = True
        self._large = False
        self._collected = self._asked = time.monotonic()
        self._reported: tuple[object, ...] = ()
        self._noticed = 0
        self._identity = ""
        self._open(path)

    def _open(self, path: Path) -> None:
        try:
            self._database = open_database(path, MIGRATIONS, name="index")
        except (DiskError, NewerDatabaseError) as error:
            report("notice", text=f"{error.message} The index is kept in a temporary folder.")
            self._database = open_database(spare_folder() / path.name, MIGRATIONS, name="index")
        self._path = self._database.path or path
        self._lock = WriterLock(self._path.with_name(f"{self._path.name}.lock"))
        self._builder = Builder(self._root, self._database)
        self._noticed = 0
        self._identity = self._fact("identity")
        report("database", path=str(self._path))

    def run(self) -> NoReturn:
        """Work until the process ends."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Take the commands that are there, then do one slice of work or wait a moment."""
        self._receive()
        try:
            self._work()
        except OutpacedError:
            self._scan_again = True
        except DiskError as error:
            report("notice", text=f"{error.message} The index is kept in a temporary folder.")
            self._abandon()
            self._open(spare_folder() / self._path.name)
        except StoreError as error:  # busy or just repaired: the next attempt finds out
            report("notice", text=error.message)
            self._abandon()
            time.sleep(WAIT_SECONDS)

    def _abandon(self) -> None:
        self._tidying = None
        self._scan_again = True

    def _receive(self) -> None:
        """Take all commands that are there; wait for one if there is nothing else to do."""
        idle = not (self._scans or self._scan_again or self._paths or self._running or self._builder.busy)
        idle = idle and self._tidying is None
        with contextlib.suppress(queue.Empty):
            seconds = max(LOOK_SECONDS, rest_after(time.monotonic() - self._asked))
            command = self._commands.get(timeout=seconds) if idle else self._commands.get_nowait()
            self._asked = time.monotonic()
            while True:
                self._accept(command)
                command = self._commands.get_nowait()

    def _accept(self, command: dict[str, Any]) -> None:
        match command:
            case {"do": "scan", "ticket": ticket}:
                self._scans.append(ticket)
            case {"do": "changed", "ticket": ticket, "paths": paths}:
                self._paths.update(dict.fromkeys(paths))
                self._path_tickets.append(ticket)
            case {"do": "rebuild", "ticket": ticket}:
                self._rebuild = True
                self._scans.append(ticket)
            case {"do": "check"}:
                self._check()

    def _work(self) -> None:
        wanted = self._scans or self._scan_again or self._paths or self._running or self._builder.busy
        if not wanted and self._tidying is None and not self._dirty and not self._sweep_is_due():
            self._lock.release()
            self._look()
            return
        if not self._lock.acquire():
            self._look()
            time.sleep(WAIT_SECONDS)
            return
        if self._scans or self._scan_again:
            self._running += self._scans + self._path_tickets
            self._scans, self._path_tickets, self._paths, self._scan_again = [], [], {}, False
            self._builder.scan(anew=self._rebuild, wrote=self._report_progress)
            self._rebuild = False
            self._large = self._builder.progress[1] - self._builder.progress[0] > MANY_FILES
            self._report_progress()
            if not self._hurried:
                lower_priority()  # paths and history are there: from here on nobody waits
        elif self._paths:
            tickets, self._path_tickets = self._path_tickets, []
            paths, self._paths = list(self._paths), {}
            self._running += tickets  # if this fails, a scan will do it
            self._builder.changed(paths)  # type: ignore[arg-type]
            self._finish(tickets)
        elif self._builder.busy:
            self._builder.step()
            self._report_progress()
            if time.monotonic() - self._collected > COLLECT_SECONDS:
                gc.collect()
                self._collected = time.monotonic()
        elif not self._running:
            self._tidy()
        if self._running and not self._builder.busy:
            self._finish_all()

    def _finish_all(self) -> None:
        """Everything is read; if HEAD moved meanwhile, once more."""
        if not self._builder.current:
            self._scan_again = True
            return
        self._finish(list(self._running))
        if self._large:
            self._large = False
            self._builder.forget()
            release_memory()

    def _finish(self, tickets: list[int]) -> None:
        self._dirty = True
        self._running = [ticket for ticket in self._running if ticket not in tickets]
        try:
            self._report_progress()
        except StoreError:
            self._running += tickets
            raise
        for ticket in tickets:
            report("finished", ticket=ticket, generation=self._builder.generation)

    def _tidy(self) -> None:
        if self._tidying is None:
            self._dirty = False
            if self._sweep_is_due():
                self._merged = 0.0
                self._tidying = merging.sweep(self._database)
            elif sources := merging.plan(self._database):
                self._tidying = merging.merge(self._database, sources, self._builder.reserve_segment())
            else:
                return
        try:
            next(self._tidying)
        except StopIteration as end:
            self._tidying = None
            if end.value is not None:
                self._merged, self._dirty = time.monotonic(), True
                self._builder.moved_on()
                self._report_progress()
                release_memory()

    def _sweep_is_due(self) -> bool:
        return self._merged > 0 and time.monotonic() - self._merged > SWEEP_SECONDS

    def _look(self) -> None:
        """See whether another process wrote to the index, or somebody took it away."""
        if self._fact("identity") != self._identity:
            self._identity = self._fact("identity")
            self._scan_again = True
        self._report_progress()

    def _check(self) -> None:
        """Read the whole database; if it is broken it is set aside and made again."""
        import sqlite3

        with contextlib.suppress(StoreError), self._database.transaction() as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchall()
            if found != [("ok",)]:
                broken = sqlite3.DatabaseError(str(found))
                broken.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise broken
        self._abandon()

    def _report_progress(self) -> None:
        for notice in self._database.notices[self._noticed :]:
            report("notice", text=notice)
        self._noticed = len(self._database.notices)
        facts = dict(self._database.read("SELECT name, value FROM facts WHERE name IN ('generation', 'done', 'total')"))
        ready = not (self._builder.busy or self._running or self._scans or self._scan_again)
        done, total = self._builder.progress if self._builder.busy else (facts["done"], facts["total"])
        state = (self._identity, facts["generation"], done, total, ready)
        if state != self._reported:
            self._reported = state
            report("progress", generation=facts["generation"], done=done, total=total, ready=ready)

    def _fact(self, name: str) -> Any:
        [(value,)] = self._database.read("SELECT value FROM facts WHERE name = ?", (name,))
        return value


def report(kind: str, **values: object) -> None:
    """Write one line to standard output; the parent being gone is not worth an error, as we end with it."""
    with contextlib.suppress(OSError):
        os.write(1, orjson.dumps({"report": kind, **values}) + b"\n")


def listen(commands: queue.SimpleQueue[dict[str, Any]]) -> NoReturn:
    """Hand over commands from standard input; end the process with it. SQLite is safe against that at any moment."""
    for line in sys.stdin.buffer:
        commands.put(orjson.loads(line))
    os._exit(0)


def watch_parent(parent: int) -> None:
    """End the process if its parent did: a fork of the parent may keep our standard input open."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(0)


def lower_priority() -> None:
    """Leave the processor (and, as Linux derives it from that, the disk) to others."""
    with contextlib.suppress(OSError, AttributeError):  # Windows: the parent started us below normal
        os.nice(max(0, NICE - os.nice(0)))


def release_memory() -> None:
    """Give freed memory back to the system (glibc keeps it otherwise)."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def spare_folder() -> Path:
    """A folder in memory where there is one, else the temporary folder; the parent removes it."""
    shared = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
    where = shared if shared.is_dir() and os.access(shared, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="codemaestro-", dir=where))


def main() -> NoReturn:
    """Arguments: the root, the database's path (empty: in a temporary folder), and `hurried` if somebody waits."""
    root, path = Path(sys.argv[1]), Path(sys.argv[2] or spare_folder() / INDEX_FILE)
    commands: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(commands,), name="maestro-index-commands", daemon=True).start()
    threading.Thread(target=watch_parent, args=(os.getppid(),), name="maestro-index-parent", daemon=True).start()
    gc.freeze()
    gc.disable()  # looking for cycles after each syntax tree takes a fifth of the time: we look when something is done
    Worker(root, path, commands, hurried="hurried" in sys.argv[3:]).run()


if __name__ == "__main__":
    main()
