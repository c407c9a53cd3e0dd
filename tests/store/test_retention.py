"""What is pruned by age and size, and what is forgotten on request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.store.store import Pruned, Store
from codemaestro_jupyter.types import (
    PreparationKey,
    Rating,
    RelPath,
    TurnId,
)

from .samples import DAY, KEY, Clock, preparation, turn


def test_what_is_older_than_the_retention_is_pruned_unless_it_was_used_since(store: Store, clock: Clock) -> None:
    old = store.preparations.put(preparation(created=clock.now - 31 * DAY))
    used = store.preparations.put(preparation(created=clock.now - 31 * DAY))
    new = store.preparations.put(preparation(created=clock.now))
    store.preparations.mark_used([used.id], TurnId("t"), clock.now - DAY)
    store.turns.add(turn("old", clock.now - 31 * DAY))
    store.turns.add(turn("new", clock.now))
    assert store.prune(days=30, megabytes=100) == Pruned(preparations=1, turns=1)
    assert [item.id for item in store.preparations.versions(KEY)] == [new.id, used.id]
    assert store.preparations.get(old.id) is None
    assert [item.id for item in store.turns.list()] == ["new"]


def test_size_is_bounded_and_outdated_and_unused_work_goes_first(store: Store, clock: Clock) -> None:
    import random

    empty = store.database.size()
    noise = random.Random(1).randbytes(150_000).hex()  # hardly compressible
    keys = [PreparationKey("file", name) for name in "abc"]
    outdated = store.preparations.put(preparation(keys[0], noise))
    current = store.preparations.put(preparation(keys[0], noise))
    unused = store.preparations.put(preparation(keys[1], noise))
    used = store.preparations.put(preparation(keys[2], noise))
    store.preparations.mark_used([used.id, outdated.id], TurnId("t"), clock.now)
    store.turns.add(turn())
    left = []
    for more in (900_000, 550_000, 370_000, 200_000, 30_000, 0):  # 155,000 for each
        store.prune(days=30, megabytes=(empty + more) / 1e6)
        assert store.database.size() <= empty + more + 20_000
        left.append([item.id for item in reversed(store.preparations.list(limit=-1))])
    assert left == [
        [current.id, unused.id, used.id],
        [current.id, unused.id, used.id],
        [unused.id, used.id],
        [used.id],
        [],
        [],
    ]
    store.prune(days=30, megabytes=0)
    assert store.turns.list() == ()
    assert store.path is not None
    assert store.path.stat().st_size < 200_000


@pytest.mark.parametrize(
    ("what", "deleted", "turns", "preparations", "learned"),
    [("turns", 2, 0, 1, True), ("preparations", 1, 1, 0, True), ("everything", 3, 0, 0, False)],
)
def test_forgetting_removes_the_bytes_from_the_disk(
    store: Store, what: str, deleted: int, turns: int, preparations: int, learned: bool
) -> None:
    assert store.path is not None
    store.turns.add(turn(request="my secret request"))
    store.ratings.add(TurnId("t1"), Rating(fast=1))
    store.preparations.put(replace(preparation(), request="my secret draft"))
    store.learning.record(RelPath("a.py"), True)
    store.learning.record_use("file", 9, 0)
    store.costs.observe("file", 1, 99.0)
    aside = store.path.with_name("maestro.db.corrupt-1")
    aside.write_bytes(b"")

    assert store.forget(what) == deleted  # type: ignore[arg-type]

    assert (len(store.turns.list()), len(store.preparations.list())) == (turns, preparations)
    assert bool(store.learning.accepted()) is learned
    assert (store.learning.usefulness("file") > 0.75) is learned
    assert aside.exists() is learned
    content = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
    assert (b"my secret request" in content) is bool(turns)
    assert (b"my secret draft" in content) is bool(preparations)


def test_nothing_else_can_be_forgotten(store: Store) -> None:
    with pytest.raises(OptionError, match=r"'all'.*turns, preparations, everything"):
        store.forget("all")  # type: ignore[arg-type]


def test_one_turn_or_key_can_be_forgotten(store: Store) -> None:
    store.turns.add(turn())
    store.preparations.put(preparation())
    store.preparations.put(preparation())
    assert store.turns.forget(TurnId("t1")) == 1
    assert store.preparations.forget(KEY) == 2
    assert store.preparations.put(preparation()).version == 1
