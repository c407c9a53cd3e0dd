"""However a group of syncs runs, all of them run, and the first error is told."""

from __future__ import annotations

import threading

import pytest

from codemaestro_jupyter.edit import syncing
from codemaestro_jupyter.edit.syncing import Grouped


@pytest.mark.parametrize("slow", [False, True], ids=["fast disk", "slow disk"])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 20])
def test_all_of_a_group_are_synced_once(slow: bool, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "SLOW_SYNC", -1.0 if slow else 1e9)
    grouped = Grouped()
    done: list[int] = []
    threads: set[str] = set()

    def sync(number: int) -> None:
        threads.add(threading.current_thread().name)
        done.append(number)

    for _ in range(2):
        grouped([lambda number=number: sync(number) for number in range(count)])  # type: ignore[misc]
    assert sorted(done) == sorted([*range(count), *range(count)])
    assert (len(threads) > 1) == (slow and count > 1)


@pytest.mark.parametrize("slow", [False, True], ids=["fast disk", "slow disk"])
def test_an_error_of_one_is_raised(slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "SLOW_SYNC", -1.0 if slow else 1e9)

    def fail() -> None:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        Grouped()([lambda: None, fail, lambda: None])
