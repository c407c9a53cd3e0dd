"""Merge segments that became many, and drop what ceased: work for idle moments, in slices.

The merged segment is written beside the old ones and put in their place in one last transaction. The old ones' rows
are swept some time later, so that views which still ask for them find them.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from codemaestro_jupyter.store.database import Database
from codemaestro_jupyter.workspace.index.segments import INSERT, merged_rows, segments_to_merge

TERMS_A_SLICE = 4_000
"""Merged before others may have a turn: about 20 ms."""
BLOCKS_A_SLICE = 100
PAGES_A_SLICE = 500
MOST_FREE_PAGES = 2_500
"""Pages of 4 kB that stay in the file for what comes next."""
FEWEST_CEASED = 500
"""Everything is rewritten once more than this many, and more than half as many as are living, ceased."""


def plan(database: Database) -> list[int]:
    """Segments that should become one; none if all is well."""
    [(ceased, living)] = database.read("SELECT count(*) FILTER (WHERE died > 0), count(*) FROM docs")
    sizes = dict(database.read("SELECT id, postings FROM segments"))
    if ceased > max(FEWEST_CEASED, (living - ceased) // 2):
        return sorted(sizes)
    return segments_to_merge(sizes)


def merge(database: Database, sources: Sequence[int], target: int) -> Generator[None, None, bool]:
    """Write `sources` as one segment `target`, a slice at a time; True if it took their place.

    Documents that ceased and have all their postings in `sources` are dropped. Raises `StoreError`.
    """
    within = ",".join(str(int(segment)) for segment in [*sources, 0])
    ceased = f"died > 0 AND segment IN ({within}) AND path_segment IN ({within})"
    dropped = frozenset(number for (number,) in database.read(f"SELECT id FROM docs WHERE {ceased}"))  # noqa: S608
    postings = 0
    for rows in merged_rows(database, sources, dropped, TERMS_A_SLICE):
        with database.transaction() as connection:
            connection.executemany(INSERT, ((target, *row) for row in rows))
        postings += sum(len(row[-1]) for row in rows) // 4
        yield
    with database.transaction() as connection:
        back = {number for (number,) in connection.execute("SELECT id FROM docs WHERE died = 0")} & dropped
        known = {number for (number,) in connection.execute("SELECT id FROM segments")}
        if back or not known.issuperset(sources):  # a version came back meanwhile, or another process merged
            return False
        connection.execute("INSERT INTO segments VALUES (?, ?)", (target, postings))
        connection.execute(f"DELETE FROM segments WHERE id IN ({within})")  # noqa: S608
        for column in ("segment", "path_segment"):
            connection.execute(f"UPDATE docs SET {column} = ? WHERE {column} IN ({within}) AND {column} > 0", (target,))  # noqa: S608
        drop = [(number,) for number in dropped]
        connection.executemany("DELETE FROM docs WHERE id = ?", drop)
        connection.executemany("DELETE FROM outlines WHERE doc = ?", drop)
        connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'generation'")
        if drop:
            connection.execute(
                "UPDATE facts SET value = (SELECT value FROM facts WHERE name = 'generation') WHERE name = 'floor'"
            )
    return True


def sweep(database: Database) -> Generator[None, None, None]:
    """Delete blocks of segments that are none (any more), then shrink the file, in slices. Raises `StoreError`."""
    known = {segment for (segment,) in database.read("SELECT id FROM segments")}
    segment = -1
    while True:
        [(segment,)] = database.read("SELECT min(segment) FROM blocks WHERE segment > ?", (segment,))
        if segment is None:
            break
        while segment not in known:
            with database.transaction() as connection:
                done = connection.execute(
                    "DELETE FROM blocks WHERE id IN (SELECT id FROM blocks WHERE segment = ? LIMIT ?)",
                    (segment, BLOCKS_A_SLICE),
                )
                left = done.rowcount == BLOCKS_A_SLICE
            yield
            if not left:
                break
    while _free_pages(database) > MOST_FREE_PAGES:
        database.read(f"PRAGMA incremental_vacuum({PAGES_A_SLICE})")
        yield


def _free_pages(database: Database) -> int:
    [(free,)] = database.read("PRAGMA freelist_count")
    return int(free)
