"""Which notebook is which: known by its name, by its file and, once it was moved, by its cells.

Their ids tell best; before nbformat 4.5 a notebook keeps none, and then what stands in the cells has to.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import orjson

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.store.text import storable
from codemaestro_jupyter.types import NotebookId, NotebookPicture, RelPath

TELLING = 20
"""Characters from which on the text of a cell tells notebooks apart: `import pandas as pd` stands in many."""
ALIKE = 0.6
"""Share of the longer notebook's telling cells that two have in common if they are one; at least two cells."""


@dataclass(frozen=True, slots=True)
class Known:
    """A notebook as it was last seen; `path` is absolute outside of the project, and empty where it is not known."""

    id: NotebookId
    path: str
    cells: frozenset[str]
    sources: tuple[str, ...] = ()
    """Digests of the cells' texts, sorted; of those that say something."""


def known(notebook: NotebookPicture) -> Known:
    """What of a notebook tells it from others."""
    texts = (cell.source.strip() for cell in notebook.cells)
    sources = sorted(_digest(text) for text in texts if len(text) >= TELLING)
    cells = frozenset(cell.id for cell in notebook.cells)
    return Known(notebook.id, notebook.path or notebook.file, cells, tuple(sources))


def _digest(text: str) -> str:
    return hashlib.blake2b(storable(text).encode(), digest_size=8).hexdigest()


def formerly(notebook: Known, others: Iterable[Known], exists: Callable[[RelPath], bool]) -> NotebookId | None:
    """The name under which a notebook with a new name was known; None if it was not.

    The same file is the same notebook, whatever a server calls it. A file that is gone was moved to the one that has
    most of its cells, at least half: their ids are random. A copy leaves the file it was made from where it was.
    Where no ids are in common, what stands in the cells counts, if it is that of exactly one file that is gone.
    """
    others = [other for other in others if other.id != notebook.id]
    for other in others:
        if notebook.path and other.path == notebook.path:
            return other.id
    common = {other: len(other.cells & notebook.cells) for other in others}

    def gone(other: Known) -> bool:
        return bool(other.path) and not exists(RelPath(other.path))

    moved = [other for other in others if common[other] and 2 * common[other] >= len(other.cells) and gone(other)]
    if moved:
        return max(moved, key=common.__getitem__).id
    same = [other for other in others if alike(other.sources, notebook.sources) and gone(other)]
    return same[0].id if len(same) == 1 else None


def alike(one: Collection[str], other: Collection[str]) -> bool:
    """Whether two notebooks are the same, a little worked on, by the digests of what stands in their cells."""
    common = (Counter(one) & Counter(other)).total()
    return common >= 2 and common >= ALIKE * max(len(one), len(other))


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
            rows = connection.execute("SELECT id, path, cells, sources FROM notebook").fetchall()
            others = [
                Known(NotebookId(row[0]), row[1], frozenset(orjson.loads(row[2])), tuple(orjson.loads(row[3])))
                for row in rows
            ]
            if told and told != notebook.id:
                former = told
                connection.execute("DELETE FROM notebook WHERE id = ?", (notebook.id,))
            elif all(other.id != notebook.id for other in others):
                former = formerly(notebook, others, exists)
            if former is not None:
                connection.execute("UPDATE notebook SET id = ? WHERE id = ?", (notebook.id, former))
                connection.execute("UPDATE turn SET notebook_id = ? WHERE notebook_id = ?", (notebook.id, former))
            cells = orjson.dumps(sorted(map(storable, notebook.cells))).decode()
            sources = orjson.dumps(notebook.sources).decode()
            connection.execute(
                "INSERT INTO notebook (id, path, cells, sources, seen) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET path = excluded.path, cells = excluded.cells,"
                " sources = excluded.sources, seen = excluded.seen",
                (storable(notebook.id), storable(notebook.path), cells, sources, self._clock()),
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
