"""The proposal of a command is worked out while it is typed: when, from what, and how it is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.kept import whole
from codemaestro_jupyter.errors import EditError
from codemaestro_jupyter.prepare.boundary import StoppedError
from codemaestro_jupyter.prepare.candidates import candidates
from codemaestro_jupyter.prepare.changing import Opened, opened, work_out
from codemaestro_jupyter.prepare.wordings import Wordings, left, newest
from codemaestro_jupyter.store.costs import GUESSES
from codemaestro_jupyter.types import (
    Answer,
    Cell,
    CellId,
    LikelyCommand,
    LiveContext,
    Prediction,
    PreparationKey,
    RelPath,
)
from codemaestro_jupyter.workspace.workspace import Workspace
from tests.prepare.conftest import House, prediction, turn
from tests.prepare.test_candidates import known

RENAME = "rename fetch_orders to load_orders"
KEY = PreparationKey("change", RENAME)


@pytest.fixture
def plain(root: Path, tmp_path: Path) -> Workspace:
    """A project without an index: what works a command out reads the files."""
    return Workspace(root, None, tmp_path / "data", watch=False)


def typed(sentence: str = RENAME, text: str = "", **more: Any) -> Prediction:
    return replace(prediction(text or sentence), command=LikelyCommand(sentence, **more))


# -- what is started --------------------------------------------------------------------------------


def test_a_command_is_all_that_its_answer_needs() -> None:
    [found] = candidates(typed(size=1000.0), LiveContext(), known())
    assert (found.key, found.aside, found.size) == (KEY, True, 1000.0)
    assert candidates(typed(""), LiveContext(), known()) == ()
    assert candidates(prediction(RENAME), LiveContext(), known()) != ()


def test_while_a_name_grows_its_first_wording_is_gone_on_with() -> None:
    def shares(settled: bool, *begun: str, goes_on: bool = True) -> dict[str, float]:
        knows = replace(known(), worked_out=dict.fromkeys(begun, 0.1))
        found = candidates(typed(goes_on=goes_on), LiveContext(), knows, settled=settled)
        return {item.key.subject: item.probability for item in found}

    first, other = "rename fetch_orders to lo", "rename decode to lo"
    assert shares(False) == shares(False, other) == shares(False, other, goes_on=False) == {RENAME: 0.5}
    assert shares(False, first) == {RENAME: 0.04, first: 0.4}, "files are understood once, not with every key"
    assert shares(True, first) == {RENAME: 0.7}, "the newest takes its place"
    assert shares(False, first, goes_on=False) == {RENAME: 0.5, first: 0.4}


def test_what_was_understood_for_one_wording_serves_the_next() -> None:
    wordings, change = Wordings(), lambda text: PreparationKey("change", text)
    wordings.follow(typed("rename a to b"))
    wordings.note(change("rename a to b"), 0.0)
    wordings.note(PreparationKey("file", "a.py"), 9.0)
    assert left(1.0, wordings.begun) == 1.0
    wordings.note(change("rename a to b"), 0.25)
    wordings.follow(typed(""))
    wordings.follow(typed("rename a to be"))
    assert wordings.begun == {"rename a to b": 0.25}
    assert (left(1.0, wordings.begun), left(0.3, wordings.begun), left(1.0, {})) == (0.75, pytest.approx(0.06), 1.0)
    wordings.follow(typed("rename b to be"))
    assert wordings.begun == {}
    keys = {change(text): text for text in ("rename a to b", "rename a to be")} | {PreparationKey("file", "a.py"): ""}
    assert list(newest(keys, typed("rename a to be")).values()) == ["rename a to be", ""]


def test_a_command_with_a_secret_is_not_kept() -> None:
    secret = 'replace "old" with "ghp_' + "a1B2" * 9 + '" in a.py'
    assert candidates(typed(secret), LiveContext(), known()) == ()


def test_its_cost_is_guessed_like_that_of_every_kind() -> None:
    assert "change" in GUESSES


# -- how it is used ---------------------------------------------------------------------------------


def keep(house: House, **more: Any) -> None:
    folder = house.root.parent / "data"
    house.engine.opened = lambda: opened(None, folder)
    house.update(typed(**more))


def test_it_is_there_on_submit_and_counts_as_used_once_its_diff_is_shown(house: House) -> None:
    keep(house)
    house.ready(*("change", RENAME))
    sources = house.engine.sources(turn(request=RENAME), LiveContext(), early=False)
    kept = sources.change(RENAME)
    assert kept is not None
    with Engine(house.root, house.workspace.reader, house.root.parent / "data") as engine:
        again = whole(kept, engine.project.load)
        assert again is not None
        assert engine.permitted(again) == engine.propose(RENAME)
    shown = "\n".join(line for hunk in again.hunks() for line in hunk.lines)
    receipt = sources.receipt(Answer(RENAME, "edit", shown, (), (), {}, {}))
    assert (receipt.prepared, receipt.used_keys) == (1, (KEY,))
    house.engine.record()
    stored = house.store.preparations.latest(KEY)
    assert stored is not None
    assert stored.used
    assert "def load_orders" not in str(stored.payload), "the store has no line of it"


def test_a_diff_that_was_not_shown_is_wasted(house: House) -> None:
    keep(house)
    house.ready(*("change", RENAME))
    sources = house.engine.sources(turn(request="show README.md"), LiveContext(), early=False)
    receipt = sources.receipt(Answer("show README.md", "read", "# Orders", (), (), {}, {}))
    assert (receipt.used, receipt.wasted) == (0, 1)


@pytest.mark.parametrize("path", ["app/client.py", "app/new.py"])
def test_whatever_file_changed_it_is_not_used(house: House, path: str) -> None:
    keep(house)
    house.ready(*("change", RENAME))
    text = (house.root / "app/client.py").read_text() if path == "app/client.py" else "from app.client import Client\n"
    (house.root / path).write_text(text + "\n\nClient().fetch_orders('x')\n")
    sources = house.engine.sources(turn(request=RENAME), LiveContext(), early=False)
    made = sources.change(RENAME)
    assert made is not None, "it is made again, beside what was made before"
    assert path in [item["path"] for item in made["diffs"]]
    assert sources.receipt(Answer(RENAME, "edit", "", (), (), {}, {})).used == 0


def test_a_longer_name_replaces_it_and_is_all_that_counts(house: House) -> None:
    keep(house, goes_on=True)
    house.ready(*("change", RENAME))
    longer = f"{RENAME}_now"
    house.update(typed(longer, goes_on=True))
    house.ready(*("change", longer))
    sources = house.engine.sources(turn(request=longer), LiveContext(), early=False)
    made = sources.change(longer)
    assert made is not None
    assert made["title"] == longer
    receipt = sources.receipt(Answer(longer, "edit", "def load_orders_now(self, day: str) -> list[str]:", (), (), {}))
    assert (receipt.prepared, receipt.used) == (1, 1)


def test_one_that_was_not_typed_to_its_end_is_worked_out_beside_its_beginning(house: House) -> None:
    keep(house, goes_on=True)
    house.ready(*("change", RENAME))
    sources = house.engine.sources(turn(request=f"{RENAME}_now"), LiveContext(), early=False)
    made = sources.change(f"{RENAME}_now")
    assert made is not None
    assert "load_orders_now" in str(made["diffs"])
    assert sources.change("rename decode to unpack") is None, "of which nothing was begun"


def test_notebooks_that_are_open_are_part_of_it(house: House) -> None:
    cells = (Cell(CellId("a"), "code", "client.fetch_orders('x')"),)
    journal = (house.root.parent / "data/journal").as_posix()
    house.engine.opened = lambda: Opened({"a.ipynb": cells}, journal=journal)
    house.update(typed())
    house.ready(*("change", RENAME))
    made = house.engine.sources(turn("t1", RENAME), LiveContext(), early=False).change(RENAME)
    assert made is not None
    assert "a.ipynb" in [item["path"] for item in made["diffs"]]
    house.engine.opened = lambda: Opened({"a.ipynb": (*cells, Cell(CellId("b"), "code", "x"))}, journal=journal)
    assert house.engine.sources(turn("t2", RENAME), LiveContext(), early=False).change(RENAME) is None


def test_nothing_is_worked_out_without_a_journal_or_while_a_change_is_half_done(root: Path, plain: Workspace) -> None:
    with pytest.raises(EditError, match="half-done"):
        work_out(plain, Opened(), RENAME, lambda: False)
    journal = root.parent / "data" / "journal"
    journal.mkdir(parents=True)
    (journal / "00000001.log").write_bytes(b"CMJ1 torn")
    with pytest.raises(EditError, match="half-done"):
        work_out(plain, Opened(journal=journal.as_posix()), RENAME, lambda: False)


def test_a_problem_and_too_much_are_told_on_submit(
    root: Path, plain: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Opened(journal=(root.parent / "data" / "journal").as_posix())
    with pytest.raises(EditError, match="cannot be done"):
        work_out(plain, there, "rename decode to fetch_orders in app/none.py", lambda: False)
    monkeypatch.setattr("codemaestro_jupyter.prepare.changing.MOST_TEXT", 3)
    with pytest.raises(EditError, match="too large"):
        work_out(plain, there, RENAME, lambda: False)


def test_one_that_nobody_wants_ends(root: Path, plain: Workspace) -> None:
    there = Opened(journal=(root.parent / "data" / "journal").as_posix())
    with pytest.raises(StoppedError):
        work_out(plain, there, RENAME, lambda: True)


def test_what_is_open_is_told_apart() -> None:
    cell, empty = Cell(CellId("a"), "code", "x"), Cell(CellId("b"), "code", "")
    looks = Opened({"n.ipynb": (cell,)}).looks()
    assert Opened({"n.ipynb": (cell, empty)}).looks() == looks, "running the last cell adds an empty one"
    assert Opened({"n.ipynb": (empty, cell)}).looks() != looks
    assert Opened({"n.ipynb": (cell,)}, ("m.ipynb",)).looks() != looks
    assert not Opened({}).edit("t", RelPath("n.ipynb"), (), 1.0).accepted
