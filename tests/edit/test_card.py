"""A proposal in text and as a card: whole where it is small, bounded where it is large, told apart from other text."""

from __future__ import annotations

from pathlib import Path

from codemaestro_jupyter.edit import card
from codemaestro_jupyter.edit.card import change_view, diff_markdown, proposal_markdown, without_diffs
from codemaestro_jupyter.edit.proposal import FileDiff, Hunk, Proposal

from .engine_project import RENAME, engine


def test_the_card_is_the_proposal(root: Path) -> None:
    found = engine(root).propose(f"{RENAME}, then add logging to it")
    view = change_view("t1", found)
    assert view["steps"] == ["rename symbol fetch_user to load_user", "add logging load_user"]
    assert [(file["path"], file["live"]) for file in view["files"]] == [(diff.path, False) for diff in found.diffs]
    shown = [(hunk["id"], hunk["lines"], hunk["ticked"]) for file in view["files"] for hunk in file["hunks"]]
    assert shown == [(hunk.id, list(hunk.lines), hunk.ticked) for hunk in found.hunks()]
    assert (view["applicable"], view["problem"], view["state"]) == (True, "", "proposed")


def test_what_stands_beside_the_card_has_no_diff_in_it(root: Path) -> None:
    found = engine(root).propose(RENAME)
    text = proposal_markdown(found)
    assert "-from .api import fetch_user" in text
    assert without_diffs(f"Before.\n\n{text}\nAfter.\n") == f"Before.\n\n**{RENAME}**\n\nAfter.\n"


def test_a_fence_in_the_diff_does_not_end_it() -> None:
    diff = FileDiff("a.md", None, None, (Hunk("a.md:1", "@@", ("+```python", "+````", "+x")),))
    assert without_diffs(diff_markdown(diff) + "\n\nrest") == "rest"


def test_what_is_very_large_is_bounded() -> None:
    lines = tuple(f"+{number}" for number in range(card.SHOWN_LINES))
    diffs = tuple(FileDiff(f"{at:03}.py", None, None, (Hunk(f"{at:03}.py:1", "@@", lines),)) for at in range(100))
    found = Proposal("much", None, diffs)
    text = proposal_markdown(found)
    assert len(text.splitlines()) < card.TEXT_LINES + 2 * card.SHOWN_LINES
    assert all(f"`{diff.path}`" in text for diff in diffs)
    files = change_view("t1", found)["files"]
    assert sum(len(hunk["lines"]) for file in files for hunk in file["hunks"]) <= card.CARD_LINES + card.SHOWN_LINES
    assert [file["hunks"][0]["id"] for file in files] == [f"{at:03}.py:1" for at in range(100)]
