"""HEAD's ancestors, newest first: a commit never changes, so each is asked for once and kept by its id."""

from __future__ import annotations

import sqlite3
import sys
from array import array
from collections.abc import Sequence

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.types import Commit

MOST_COMMITS = 3000
"""As many as the prediction research looked back."""
FIRST_SLICE = 200
MOST_FILES = 1000
"""A commit that touched more files says nothing about any of them; the rest of its files are not kept."""
KEPT_COMMITS = 20_000
"""Commits of other branches stay for the next checkout, up to this many in all."""


def unknown(database: Database, shas: Sequence[str]) -> list[str]:
    """Those of the commits that are not stored yet."""
    known = {sha for (sha,) in database.read("SELECT sha FROM commits")}
    return [sha for sha in shas if sha not in known]


def write_history(connection: sqlite3.Connection, shas: Sequence[str], new: Sequence[Commit], generation: int) -> None:
    """Make `shas` the stored history, `new` being those not stored yet."""
    connection.executemany(
        "INSERT OR IGNORE INTO commits (sha, timestamp, author, subject, files) VALUES (?, ?, ?, ?, ?)",
        [(c.sha, int(c.timestamp), c.author, c.subject, "\0".join(c.files[:MOST_FILES])) for c in new],
    )
    known = dict(connection.execute("SELECT sha, id FROM commits"))
    order = array("I", [known[sha] for sha in shas if sha in known])
    if len(known) > KEPT_COMMITS:
        keep = set(order)
        drop = [(number,) for number in known.values() if number not in keep]
        connection.executemany("DELETE FROM commits WHERE id = ?", drop)
    if sys.byteorder == "big":
        order.byteswap()
    facts = (("history", order.tobytes()), ("history_version", generation))
    connection.executemany("UPDATE facts SET value = ? WHERE name = ?", [(value, name) for name, value in facts])
