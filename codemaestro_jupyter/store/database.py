"""One SQLite file that survives bad days: opened, migrated, and made again when it is gone or broken.

What can happen, and what is done about it:

    newer version       refused with `NewerDatabaseError`; nothing is touched
    corrupt             set aside as `<file>.corrupt-<time>`, rebuilt, said in `notices`
    deleted or replaced made again (or the new one taken) before the next statement, said
    full or read-only   `DiskError`; with `memory_on_failure` work goes on in memory, said
    several processes   write-ahead log and a busy timeout; a rollback journal on network file systems
    kill -9             transactions are atomic, the next process finds the last committed state

Statements go through `sqlite3` directly. sqlite-utils imports pandas wherever pandas is installed (measured: 0.3-0.7 s
and about 60 MB), which the person's kernel must not pay, so it stands ready as `Database.utils` for tools and for
migrations that need `transform`, and is imported on first use only.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from codemaestro_jupyter.errors import DiskError, StoreError
from codemaestro_jupyter.store import sqlite
from codemaestro_jupyter.store.location import make_folder, on_network
from codemaestro_jupyter.store.migrations import Migration, migrate

if TYPE_CHECKING:
    import sqlite_utils

T = TypeVar("T")
BUSY_SECONDS = 5.0


def open_database(
    path: Path | None,
    migrations: Sequence[Migration],
    *,
    name: str,
    clock: Callable[[], float] = time.time,
    memory_on_failure: bool = False,
) -> Database:
    """Open (make, migrate, repair) the database at `path`; None means in memory.

    Raises `NewerDatabaseError` if it holds migrations that `migrations` lacks, `DiskError` if it cannot be opened or
    written (unless `memory_on_failure`), and `StoreError` if another process keeps it busy for over 5 s.
    """
    return Database(path, migrations, name=name, clock=clock, memory_on_failure=memory_on_failure)


class Database:
    """An open database; any thread may use it, one at a time."""

    def __init__(
        self,
        path: Path | None,
        migrations: Sequence[Migration],
        *,
        name: str,
        clock: Callable[[], float] = time.time,
        memory_on_failure: bool = False,
    ) -> None:
        self.path = path
        self.name = name
        self.notices: list[str] = []
        """What a person should know: set aside, made again, gone on in memory."""
        self._migrations = tuple(migrations)
        self._clock = clock
        self._memory_on_failure = memory_on_failure
        self._lock = threading.RLock()
        self._identity: tuple[int, int] | None = None
        self._connection: sqlite3.Connection | None = self._open_or_repair()

    @property
    def in_memory(self) -> bool:
        """Whether nothing is kept beyond this process."""
        return self.path is None

    # -- use ----------------------------------------------------------------------------------------

    def read(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one query; after a repair the query runs once more. Raises `StoreError`."""
        return self._retrying(lambda connection: connection.execute(sql, arguments).fetchall(), transaction=False)

    def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Run `change(connection)` in a transaction; after a repair it runs once more. Raises `StoreError`."""
        return self._retrying(change, transaction=True)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is committed at the end of the block, and leaves no trace if the block raises.

        A transaction inside a transaction is a part of the outer one that can fail alone. Raises `StoreError`; a
        corrupt or lost database is repaired before the error is raised, so that the next attempt works.
        """
        with self._lock:
            connection = self._current()
            try:
                with sqlite.atomic(connection):
                    yield connection
            except sqlite3.Error as error:
                if not connection.in_transaction:
                    self._repair(error)
                raise self._translated(error) from error

    @property
    def utils(self) -> sqlite_utils.Database:
        """The same connection with sqlite-utils' tools; expensive to import (see above), so not for kernels."""
        import sqlite_utils

        with self._lock:
            return sqlite_utils.Database(self._current())

    def size(self) -> int:
        """Bytes that the database's rows and indexes take, free pages not counted."""
        [(pages,)] = self.read("PRAGMA page_count")
        [(free,)] = self.read("PRAGMA freelist_count")
        [(page,)] = self.read("PRAGMA page_size")
        return int((pages - free) * page)

    def shrink(self, *, thoroughly: bool = False) -> None:
        """Give free pages back to the disk; `thoroughly` rewrites the file, so that deleted bytes are gone from it."""
        with self._lock:
            connection = self._current()
            try:
                # As a script: `execute` stops after the first page that the pragma frees.
                connection.executescript("VACUUM" if thoroughly else "PRAGMA incremental_vacuum")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.OperationalError as error:  # another process reads: it will be done another time
                if sqlite.code(error) not in sqlite.BUSY:
                    raise self._translated(error) from error

    def close(self) -> None:
        """Close the connection; closing twice is fine, using it afterwards raises `StoreError`."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # -- opening ------------------------------------------------------------------------------------

    def _open_or_repair(self) -> sqlite3.Connection:
        try:
            return self._open()
        except sqlite3.Error as error:
            if sqlite.code(error) in sqlite.CORRUPT and self.path is not None:
                self._set_aside(self.path)
                with self._translating():
                    return self._open()
            translated = self._translated(error)
            if isinstance(translated, DiskError) and self._memory_on_failure:
                return self._open_in_memory(translated)
            raise translated from error

    def _open(self) -> sqlite3.Connection:
        if self.path is not None and not self.path.parent.exists():
            try:
                make_folder(self.path.parent)
            except OSError as error:
                unwritable = sqlite3.OperationalError(f"the folder cannot be written: {error}")
                unwritable.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
                raise unwritable from error
        connection = sqlite3.connect(
            ":memory:" if self.path is None else self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # transactions begin where we say
            check_same_thread=False,
        )
        try:
            if connection.execute("PRAGMA page_count").fetchone() == (0,):
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # must come before the first table
            connection.execute("PRAGMA trusted_schema=OFF")  # the file may have come with a cloned project
            connection.execute("PRAGMA foreign_keys=ON")
            if self.path is not None:
                sqlite.set_journal(connection, "delete" if on_network(self.path) else "wal")
            migrate(connection, self._migrations, self.name, self._clock)
            if self.path is not None:
                self._identity = sqlite.identity(self.path)
        except BaseException:
            if self.path is not None:
                self._identity = sqlite.identity(self.path)
            connection.close()
            raise
        return connection

    def _open_in_memory(self, reason: DiskError) -> sqlite3.Connection:
        self.notices.append(f"{reason.message} CodeMaestro goes on in memory: what is new is lost when it ends.")
        known, self.path = self.path, None
        connection = self._open()
        if known is not None and known.exists() and sqlite.copy_readable(known, connection):
            try:
                migrate(connection, self._migrations, self.name, self._clock)  # the file may be an older one
            except (sqlite3.Error, StoreError):
                connection.close()
                return self._open()
        return connection

    # -- repairing ----------------------------------------------------------------------------------

    def _current(self) -> sqlite3.Connection:
        """The connection, opened anew if its file was deleted or replaced since."""
        if self._connection is None:
            raise StoreError(f"The {self.name} database is closed.", hint="Start CodeMaestro again.")
        if (
            self.path is not None
            and not self._connection.in_transaction
            and sqlite.identity(self.path) != self._identity
        ):
            gone = not self.path.exists()
            self._connection.close()  # SQLite leaves the journal of a moved file alone
            self._connection = self._open_or_repair()
            if gone:
                self.notices.append(f"{self.path} was deleted while CodeMaestro was running; it was made again, empty.")
        return self._connection

    def _retrying(self, work: Callable[[sqlite3.Connection], T], *, transaction: bool) -> T:
        with self._lock:
            for attempt in (1, 2):
                connection = self._current()
                nested = connection.in_transaction
                try:
                    with sqlite.atomic(connection) if transaction else contextlib.nullcontext():
                        return work(connection)
                except sqlite3.Error as error:
                    if attempt == 2 or nested or not self._repair(error):
                        raise self._translated(error) from error
            raise AssertionError  # the second attempt returns or raises

    def _repair(self, error: sqlite3.Error) -> bool:
        """Do what helps against `error`; False if a second attempt would meet the same."""
        code = sqlite.code(error)
        if self.path is None or self._connection is None:
            return False
        if code in sqlite.CORRUPT:
            self._connection.close()
            self._set_aside(self.path)
        elif code == sqlite3.SQLITE_ERROR and "no such table" in str(error):  # emptied under us
            self._connection.close()
        elif code in sqlite.DISK and sqlite.identity(self.path) != self._identity:
            return True  # deleted or replaced under us: `_current` opens it anew
        elif code in sqlite.DISK and self._memory_on_failure:
            old, translated = self._connection, self._translated(error)
            assert isinstance(translated, DiskError)
            self._connection = self._open_in_memory(translated)
            sqlite.copy(old, self._connection)
            old.close()
            return True
        else:
            return False
        self._connection = self._open_or_repair()
        return True

    def _set_aside(self, path: Path) -> None:
        if sqlite.identity(path) != self._identity:
            return  # another process was faster and put a new one there
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(self._clock()))
        aside = path.with_name(f"{path.name}.corrupt-{stamp}")
        number = 1
        while aside.exists():
            number += 1
            aside = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
        try:
            for suffix in ("-wal", "-shm", "-journal"):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{path}{suffix}", f"{aside}{suffix}")
            os.replace(path, aside)
        except OSError as error:
            raise DiskError(
                f"{path} is corrupt and cannot be set aside ({error.strerror}).", hint="Move that file away by hand."
            ) from error
        self.notices.append(f"{path} was corrupt; it was set aside as {aside.name} and a new one was made.")

    @contextlib.contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.Error) -> StoreError:
        code, where = sqlite.code(error), self.path or f"The {self.name} database"
        if code in sqlite.DISK:
            return DiskError(
                f"{where} cannot be written: {error}.",
                hint="Free some space, or set `database` to `cache` to keep it elsewhere.",
            )
        if code in sqlite.BUSY:
            return StoreError(f"{where} is busy: another process is writing.", hint="Try again in a moment.")
        return StoreError(f"{where} cannot be used: {error}.", hint="`codemaestro doctor` says more.")
