"""What SQLite leaves to its users: atomic blocks, journal modes, and what its error codes mean."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
MEMORY_COPY_BYTES = 32_000_000
"""A database up to this size is copied into memory when its disk fails; a larger one goes on empty."""


def code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; -1 for errors of the module itself (a closed connection, wrong parameters)."""
    extended = getattr(error, "sqlite_errorcode", None)
    return -1 if extended is None else int(extended) & 0xFF


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file, None if it is gone: tells a file from one that took its place."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextlib.contextmanager
def atomic(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that takes the write lock at once (it cannot fail halfway for that), or a savepoint within one."""
    nested = connection.in_transaction
    connection.execute("SAVEPOINT part" if nested else "BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("RELEASE part" if nested else "COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled everything back already
            if nested:
                connection.execute("ROLLBACK TO part")
                connection.execute("RELEASE part")
            else:
                connection.execute("ROLLBACK")
        raise


def set_journal(connection: sqlite3.Connection, mode: str) -> None:
    """Switch to journal mode `wal` or `delete`, waiting up to a second for others that open the file just now."""
    for attempt in range(20):
        [current] = connection.execute("PRAGMA journal_mode").fetchone()
        if current == mode:
            break
        try:
            connection.execute(f"PRAGMA journal_mode={mode}").fetchone()
        except sqlite3.OperationalError as error:
            # Changing the mode needs the file alone and does not wait by itself while another process opens it too.
            if code(error) not in BUSY or attempt == 19:
                raise
            time.sleep(0.05)
    if mode == "wal":
        connection.execute("PRAGMA synchronous=NORMAL")  # safe with a write-ahead log, and no fsync a commit


def copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy a database of moderate size; one that cannot be read any more leaves the target as it is."""
    with contextlib.suppress(sqlite3.Error):
        [(pages,)] = source.execute("PRAGMA page_count").fetchall()
        [(page,)] = source.execute("PRAGMA page_size").fetchall()
        if pages * page <= MEMORY_COPY_BYTES:
            source.backup(target)


def copy_readable(path: Path, target: sqlite3.Connection) -> bool:
    """Copy what a file holds that cannot be written; False if nothing could be read.

    Read-only first, which sees the write-ahead log but needs a place for its index beside the file; then as a file
    that nobody changes (`immutable`), which sees what the log has not handed over yet as missing.
    """
    for mode in ("mode=ro", "immutable=1"):
        with contextlib.suppress(sqlite3.Error):
            source = sqlite3.connect(f"file:{quote(path.as_posix())}?{mode}", uri=True)
            try:
                source.execute("SELECT count(*) FROM sqlite_master").fetchall()
                if path.stat().st_size <= MEMORY_COPY_BYTES:
                    source.backup(target)
                    return True
            finally:
                source.close()
    return False
