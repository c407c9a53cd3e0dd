"""What happens where a database may only be read; run as somebody without rights."""

from __future__ import annotations

from pathlib import Path

from codemaestro_jupyter.store.database import open_database
from codemaestro_jupyter.store.migrations import Migration

STEPS = (Migration("first", "CREATE TABLE item (name TEXT PRIMARY KEY);"),)


def test_a_file_that_may_only_be_read_moves_work_into_memory_with_what_it_holds(powerless: Path) -> None:
    folder = powerless / "data"
    folder.mkdir()
    path = folder / "a.db"
    first = open_database(path, STEPS, name="test")
    first.write(lambda connection: connection.execute("INSERT INTO item VALUES ('kept')"))
    first.close()
    path.chmod(0o400)
    folder.chmod(0o500)
    database = open_database(path, STEPS, name="test", memory_on_failure=True)
    database.write(lambda connection: connection.execute("INSERT INTO item VALUES ('new')"))
    assert database.in_memory
    assert database.read("SELECT name FROM item ORDER BY name") == [("kept",), ("new",)]
    database.close()
    folder.chmod(0o700)
