"""Permissions are judged over what is ticked: a place that stays as it is stands in nobody's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.edit import card
from codemaestro_jupyter.edit.card import proposal_markdown
from codemaestro_jupyter.edit.cellhost import ScriptedCells
from codemaestro_jupyter.edit.choosing import named
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.proposal import FileDiff, Hunk, Proposal
from codemaestro_jupyter.edit.proposed import Proposed
from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import TurnId

from .engine_project import RENAME, engine, tree
from .test_notebook import notebook_text

WHY = "doc.md is write-protected."


def mentioning(root: Path) -> tuple[Engine, Proposal]:
    """A rename that a write-protected file only mentions: its place is not ticked."""
    (root / "doc.md").write_text("See fetch_user.\n", encoding="utf8")
    (root / "doc.md").chmod(0o444)
    run = engine(root)
    return run, run.propose(RENAME)


def test_a_place_that_is_not_ticked_takes_apply_away_only_once_it_is(root: Path) -> None:
    _, found = mentioning(root)
    loose = [hunk.id for diff in found.diffs if diff.path == "doc.md" for hunk in diff.hunks]
    assert (found.applicable, found.possible, found.ways_out()) == (True, True, ())
    chosen = Proposed(TurnId("t"), found)
    ticked = Proposed(TurnId("t"), found, accepted=found.ticked | set(loose))
    views = [each.view() for each in (chosen, ticked)]
    assert [view["applicable"] for view in views] == [True, False]
    assert [view["blocked"] for view in views] == [[], [WHY]]
    assert [view["fixes"] for view in views] == [[], ["Change doc.md though write-protected."]]
    beside = [{file["path"]: file["blocked"] for file in view["files"]} for view in views]
    assert beside[0] == beside[1] == {diff.path: WHY * (diff.path == "doc.md") for diff in found.diffs}
    assert ticked.since(chosen)["taken"] == loose
    assert f"**`doc.md`** changed, ✗ {WHY}" in proposal_markdown(found)
    assert f"- ✗ doc.md: {WHY}" not in proposal_markdown(found)


def test_an_open_notebook_out_of_reach_that_only_mentions_a_name_is_left_alone(root: Path) -> None:
    text = notebook_text(["# fetch_user is slow"])
    (root / "far.ipynb").write_text(text, encoding="utf8")
    page = ScriptedCells({})
    page.others = frozenset({"far.ipynb"})
    run = engine(root, page)
    found = run.propose(RENAME)
    assert found.reason(next(diff for diff in found.diffs if diff.path == "far.ipynb")).startswith("far.ipynb is open")
    assert found.applicable
    run.apply(found)
    assert (root / "far.ipynb").read_text(encoding="utf8") == text
    assert b"load_user" in tree(root)["src/pkg/api.py"]


def test_what_is_ticked_is_written_and_what_may_not_be_is_refused_whole(root: Path) -> None:
    run, found = mentioning(root)
    before = tree(root)
    with pytest.raises(PathError, match="write-protected"):
        run.apply(found, named(found, ["+doc.md:1"]))
    assert tree(root) == before
    run.apply(found)
    assert (root / "doc.md").read_text(encoding="utf8") == "See fetch_user.\n"
    assert b"load_user" in tree(root)["src/pkg/api.py"]
    run.undo()
    assert tree(root) == before


def test_without_the_file_that_may_not_be_changed_the_rest_can_be_written(root: Path) -> None:
    (root / "src/pkg/api.py").chmod(0o444)
    run = engine(root)
    found = run.propose(RENAME)
    rest = named(found, ["-src/pkg/api.py"])
    assert (found.applicable, found.possible, found.applies(rest)) == (False, True, True)
    assert "src/pkg/api.py is write-protected." in [item.reason for item in found.denied()]
    assert "src/pkg/api.py" not in run.apply(found, rest).files


def test_what_follows_a_part_is_the_whole_card(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from codemaestro_jupyter.converse.broadcast import followed, renewed

    monkeypatch.setattr(card, "CARD_LINES", 1)
    _, found = mentioning(root)
    names = [hunk.id for hunk in found.hunks()]
    first = Proposed(TurnId("t"), found)
    assert sum(hunk["more"] for file in first.view()["files"] for hunk in file["hunks"]) > 0
    second = Proposed(TurnId("t"), found, accepted=frozenset(names[:2]), shown=frozenset(names[-1:]))
    third = Proposed(
        TurnId("t"), found, "applied", transaction="1", accepted=frozenset(names[1:]), shown=frozenset(names[-2:])
    )
    assert renewed(first.view(), second.since(first)) == second.view()
    assert renewed(first.view(), followed(second.since(first), third.since(second))) == third.view()


def test_lines_that_a_card_has_no_room_for_are_counted_and_come_when_asked_for() -> None:
    lines = tuple(f"+{number}" for number in range(card.CARD_LINES))
    hunks = (Hunk("a.py:1", "@@", lines), Hunk("a.py:2", "@@", lines))
    found = Proposal("much", None, (FileDiff("a.py", None, None, hunks),))
    told = [
        [
            (len(hunk["lines"]), hunk["more"])
            for hunk in Proposed(TurnId("t"), found, shown=shown).view()["files"][0]["hunks"]
        ]
        for shown in (frozenset[str](), frozenset({"a.py:2"}))
    ]
    assert told == [[(len(lines), 0), (0, len(lines))], [(len(lines), 0), (len(lines), 0)]]
