"""Which notebook is which: known by its name, by its file and, once it was moved, by the ids of its cells."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import orjson

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.store.text import storable
from codemaestro_jupyter.types import NotebookId, NotebookPicture, RelPath


@dataclass(frozen=True, slots=True)
class Known:
    """A notebook as it was last seen; `path` is absolute outside of the project, and empty where it is not known."""

    id: NotebookId
    path: str
    cells: frozenset[str]


def known(notebook: NotebookPicture) -> Known:
    """What of a notebook tells it from others."""
    return Known(notebook.id, notebook.path or notebook.file, frozenset(cell.id for cell in notebook.cells))


def formerly(notebook: Known, others: Iterable[Known], exists: Callable[[RelPath], bool]) -> NotebookId | None:
    """The name under which a notebook with a new name was known; None if it was not.

    The same file is the same notebook, whatever a server calls it. A file that is gone was moved to the one that has
    most of its cells, at least half: their ids are random. A copy leaves the file it was made from where it was.
    """
    others = [other for other in others if other.id != notebook.id]
    for other in others:
        if notebook.path and other.path == notebook.path:
            return other.id
    common = {other: len(other.cells & notebook.cells) for other in others}
    moved = [
        other
        for other in others
        if common[other] and 2 * common[other] >= len(other.cells) and other.path and not exists(RelPath(other.path))
    ]
    return max(moved, key=common.__getitem__).id if moved else None


class Notebooks:
    """The notebooks that were opened, and since when the conversation on their screens goes back.

    `written()` sees to it that every turn is in its table.
    """

    def __init__(
        self, database: Database, clock: Callable[[], float], written: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._written = written
        self._clock = clock
        self._met: dict[NotebookId, Known] = {}

    def meet(self, picture: NotebookPicture, exists: Callable[[RelPath], bool]) -> NotebookId | None:
        """Remember a notebook as it stands; its former name if it was renamed, whose turns are then its own.

        `exists` says whether a file is still there. What the page says about a new name counts without looking, so that
        a notebook without ids of cells, or out of our sight, keeps its conversation too.
        """
        notebook, told = known(picture), picture.formerly
        if told in ("", notebook.id) and (not notebook.cells or self._met.get(notebook.id) == notebook):
            return None  # of a notebook that is not watched only the name is told

        def change(connection: sqlite3.Connection) -> NotebookId | None:
            former: NotebookId | None = None
            rows = connection.execute("SELECT id, path, cells FROM notebook").fetchall()
            others = [Known(NotebookId(row[0]), row[1], frozenset(orjson.loads(row[2]))) for row in rows]
            if told and told != notebook.id:
                former = told
                connection.execute("DELETE FROM notebook WHERE id = ?", (notebook.id,))
            elif all(other.id != notebook.id for other in others):
                former = formerly(notebook, others, exists)
            if former is not None:
                connection.execute("UPDATE notebook SET id = ? WHERE id = ?", (notebook.id, former))
                connection.execute("UPDATE turn SET notebook_id = ? WHERE notebook_id = ?", (notebook.id, former))
            cells = orjson.dumps(sorted(map(storable, notebook.cells))).decode()
            connection.execute(
                "INSERT INTO notebook (id, path, cells, seen) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET path = excluded.path, cells = excluded.cells, seen = excluded.seen",
                (storable(notebook.id), storable(notebook.path), cells, self._clock()),
            )
            return former

        self._written()
        former = self._database.write(change)
        self._met[notebook.id] = notebook
        return former

    def clear(self, notebooks: Collection[NotebookId], now: float) -> None:
        """Bring none of their turns until `now` back on the screen; they stay in the history."""
        rows = [(storable(notebook), now, now) for notebook in notebooks]
        self._database.write(
            lambda connection: connection.executemany(
                "INSERT INTO notebook (id, path, cells, cleared, seen) VALUES (?, '', '[]', ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET cleared = excluded.cleared, seen = excluded.seen",
                rows,
            )
        )

    def delete_older(self, before: float) -> None:
        """Forget notebooks that were last seen before a time (seconds since the epoch)."""
        self._met.clear()
        self._database.write(lambda connection: connection.execute("DELETE FROM notebook WHERE seen < ?", (before,)))
