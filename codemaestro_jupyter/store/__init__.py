"""What we remember: one SQLite file with preparations by version, turns, learning, costs, ratings and spending."""

from __future__ import annotations

__all__ = ["Database", "Migration", "Store", "data_folder", "open_database"]

from codemaestro_jupyter.store.database import Database, open_database
from codemaestro_jupyter.store.location import data_folder
from codemaestro_jupyter.store.migrations import Migration
from codemaestro_jupyter.store.store import Store
