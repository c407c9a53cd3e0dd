"""Laws of the journal's records: changes come back byte for byte; what was cut short or damaged is not there."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.journal import Journal, delta, pack, pack_changes, unpack, unpack_changes
from codemaestro_jupyter.edit.transaction import Transactions
from codemaestro_jupyter.errors import ConflictError, EditError

from .engine_project import RENAME, engine

BYTES = st.binary(max_size=60) | st.lists(st.sampled_from([b"a\n", b"bb\r\n", b"\xff"]), max_size=20).map(b"".join)
MODES = st.sampled_from([0o644, 0o600, 0o755, 0o444])
COMPONENTS = st.none() | st.builds(Component, st.just("x"), BYTES, MODES, st.booleans())
CHANGES = st.lists(st.builds(Change, st.just("x"), COMPONENTS, COMPONENTS), max_size=5)


@settings(deadline=None)
@given(CHANGES, st.binary(max_size=10))
def test_changes_come_back_byte_for_byte(changes: list[Change], rest: bytes) -> None:
    listed, blob = pack_changes(changes)
    record = pack({"changes": listed}, blob)
    found = unpack(rest + record + rest, len(rest))
    assert found is not None
    head, packed, end = found
    assert unpack_changes(head["changes"], zlib.decompress(packed)) == tuple(changes)
    assert end == len(rest + record)


@settings(deadline=None)
@given(CHANGES, st.data())
def test_a_record_cut_short_or_damaged_anywhere_is_not_there(changes: list[Change], data: st.DataObject) -> None:
    listed, blob = pack_changes(changes)
    record = pack({"changes": listed}, blob)
    assert unpack(record[: data.draw(st.integers(0, len(record) - 1))], 0) is None
    at = data.draw(st.integers(0, len(record) - 1))
    damaged = record[:at] + bytes([record[at] ^ data.draw(st.integers(1, 255))]) + record[at + 1 :]
    assert unpack(damaged, 0) is None


@settings(deadline=None)
@given(BYTES, BYTES)
def test_a_delta_keeps_what_is_common_at_both_ends(before: bytes, after: bytes) -> None:
    head, tail, middle = delta(before, after)
    assert before[:head] + middle + before[len(before) - tail :] == after
    assert len(middle) <= len(after)


def test_a_deleted_journal_holds_nothing_and_other_processes_see_it(root: Path) -> None:
    one, two = engine(root), engine(root)
    applied = one.apply(one.propose(RENAME)).transaction
    assert [line.transaction for line in two.log()] == [applied]
    folder = Path(one.transactions.journal.folder)
    assert one.forget() == 1
    assert sum(path.stat().st_size for path in folder.glob("*.log")) == 0
    for each in (one, two, engine(root)):
        assert each.log() == []
        with pytest.raises(EditError):
            each.undo()
    later = two.apply(two.propose("rename load_user to get_user"))
    assert [line.transaction for line in one.log()] == [later.transaction]
    one.undo()
    assert [line.state for line in two.log()] == ["done", "undone"]
    assert (one.forget(), two.forget()) == (1, 0)


def test_a_journal_is_kept_while_a_change_waits_for_recovery(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = engine(root)
    one.apply(one.propose(RENAME))
    monkeypatch.setattr(Journal, "pending", lambda self: self.entries()[-1:])
    monkeypatch.setattr(Transactions, "recover", lambda self: [])
    with pytest.raises(ConflictError, match="waits for recovery"):
        one.forget()
    assert len(one.log()) == 1
