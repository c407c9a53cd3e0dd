"""The store joins its parts over one database: what they remember together is kept, bounded and forgotten here."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from codemaestro_jupyter.errors import DiskError, NewerDatabaseError, OptionError, StoreError
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.store.costs import Costs
from codemaestro_jupyter.store.database import open_database
from codemaestro_jupyter.store.eventlog import EventLog
from codemaestro_jupyter.store.learning import Learning
from codemaestro_jupyter.store.ledger import Ledger
from codemaestro_jupyter.store.location import STORE_FILE, data_folder
from codemaestro_jupyter.store.measures import Measures
from codemaestro_jupyter.store.notebooks import Notebooks
from codemaestro_jupyter.store.preparations import Preparations
from codemaestro_jupyter.store.providers import Providers
from codemaestro_jupyter.store.ratings import Ratings
from codemaestro_jupyter.store.schema import MIGRATIONS, NAME
from codemaestro_jupyter.store.turns import Turns

Forgettable = Literal["turns", "preparations", "everything"]
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows retention deleted."""

    preparations: int
    turns: int


class Store:
    """Everything that cannot be made again; any thread may use it. `path` None: in memory, lost at the end.

    A full disk or a folder that cannot be written is said in `notices`, and work goes on in memory. Raises
    `NewerDatabaseError` for a database that a newer CodeMaestro wrote.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._file = path
        self.database = open_database(path, MIGRATIONS, name=NAME, clock=clock, memory_on_failure=True)
        self.preparations = Preparations(self.database, clock)
        self.turns = Turns(self.database)
        self.notebooks = Notebooks(self.database, clock, self.turns.flush)
        self.learning = Learning(self.database, clock)
        self.costs = Costs(self.database)
        self.ratings = Ratings(self.database, clock, self.turns.flush)
        self.ledger = Ledger(self.database, clock)
        self.providers = Providers(self.database, clock)
        self.measures = Measures(self.database, EventLog(self._log, clock))

    @property
    def path(self) -> Path | None:
        """The database's file; None while work goes on in memory."""
        return self.database.path

    def _log(self) -> Path | None:
        return None if self.path is None else self.path.with_name("edit.log")

    @property
    def notices(self) -> list[str]:
        """What a person should know about the database, e.g. that it was corrupt and set aside."""
        return self.database.notices

    def forget(self, what: Forgettable) -> int:
        """Delete turns (with ratings), preparations, or everything, so that the bytes leave the file; how many rows.

        `everything` also deletes what was learned, and databases that were set aside as corrupt. Of the ledger only the
        dollars of the last day stay, without what they were for: forgetting is no way around a budget.
        """
        tables = {
            "turns": ("turn", "rating", "notebook"),
            "preparations": ("preparation", "version"),
            "everything": (
                *("turn", "rating", "notebook", "preparation", "version"),
                *("choice", "usefulness", "cost", "server", "consent", "measure"),
            ),
        }
        if what not in tables:
            raise OptionError(f"There is nothing called {what!r} to forget.", hint=f"Choose from {', '.join(tables)}.")
        self.ledger.flush()
        self.turns.flush()
        with self.database.transaction() as connection:
            deleted = {
                table: connection.execute(f"DELETE FROM {table}").rowcount  # noqa: S608 - a name from above
                for table in tables[what]
            }
            if what == "everything":
                self.ledger.forget(connection, self._clock() - DAY)
        if what == "everything":
            self.learning.reset()
            self.costs.reset()
            self.measures.forget()
            self._delete_set_aside()
        self.database.shrink(thoroughly=True)
        return sum(count for table, count in deleted.items() if table in ("turn", "preparation", "rating"))

    def prune(self, days: float, megabytes: float) -> Pruned:
        """Delete what is older than `days`, then the least useful until the rows take `megabytes` at most.

        Unused and outdated preparations go first, oldest first; turns only when nothing else is left.
        """
        before = self._clock() - days * DAY
        limit = int(megabytes * 1_000_000)
        preparations = self.preparations.delete_older(before)
        turns = self.turns.delete_older(before)
        self.notebooks.delete_older(before)
        self.ratings.delete_older(before)
        self.ledger.delete_older(before)
        self.learning.forget_faded()
        while (size := self.database.size()) > limit:
            deleted = self.preparations.delete_least_useful(size - limit)
            preparations += deleted
            if not deleted:
                removed = self.turns.delete_oldest(size - limit)
                turns += removed
                if not removed:
                    break
        if preparations or turns:
            self.database.shrink()
        return Pruned(preparations, turns)

    def close(self) -> None:
        """Close the database; closing twice is fine."""
        for waits in (self.turns, self.ledger):
            with contextlib.suppress(StoreError):
                waits.flush()
        self.database.close()

    def _delete_set_aside(self) -> None:
        if self._file is not None:
            for aside in self._file.parent.glob(f"{self._file.name}.corrupt-*"):
                with contextlib.suppress(OSError):
                    aside.unlink()


def open_store(
    root: Path, settings: Settings, clock: Callable[[], float] = time.time
) -> tuple[Path | None, Store, list[str]]:
    """The data folder of a project, the store in it, and what went wrong.

    Where no folder can be written or the database is of a newer version: no folder, and a store in memory.
    """
    try:
        folder = data_folder(root, settings)
        return folder, Store(folder / STORE_FILE, clock=clock), []
    except (DiskError, NewerDatabaseError) as error:
        return None, Store(None, clock=clock), [str(error)]
