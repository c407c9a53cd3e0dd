"""A reference that cannot be resolved on a line that changes anyway has a tick of its own, and both are merged."""

from __future__ import annotations

import json
from itertools import chain, combinations
from pathlib import Path

import pytest

from codemaestro_jupyter.edit.choosing import named
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.kept import keep, whole
from codemaestro_jupyter.edit.merge import merge_words
from codemaestro_jupyter.edit.proposal import Hunk, Proposal
from codemaestro_jupyter.errors import ConflictError

from .engine_project import engine

RENAME = "rename fetch to load"
USES = "from api import fetch\n\nrows = fetch(1)  # fetch is slow\nother = 2\nfetch(2); log('fetch it')\n"


@pytest.fixture
def uses(tmp_path: Path) -> Engine:
    (tmp_path / "api.py").write_text("def fetch(n):\n    return n\n")
    (tmp_path / "uses.py").write_bytes(USES.replace("\n", "\r\n").encode())
    return engine(tmp_path)


def hunks_of(proposal: Proposal, path: str) -> tuple[Hunk, ...]:
    return next(diff.hunks for diff in proposal.diffs if diff.path == path)


def test_it_is_shown_unticked_as_the_line_will_be(uses: Engine) -> None:
    proposal = uses.propose(RENAME)
    assert not proposal.warnings
    shown = [
        (hunk.id, hunk.ticked, hunk.why, [line for line in hunk.lines if line[0] in "-+"])
        for hunk in hunks_of(proposal, "uses.py")
    ]
    why = "in a string or a comment, on a line that changes anyway"
    assert shown == [
        ("uses.py:1", True, "", ["-from api import fetch", "+from api import load"]),
        ("uses.py:2", True, "", ["-rows = fetch(1)  # fetch is slow", "+rows = load(1)  # fetch is slow"]),
        ("uses.py:3", False, why, ["-rows = load(1)  # fetch is slow", "+rows = load(1)  # load is slow"]),
        ("uses.py:4", True, "", ["-fetch(2); log('fetch it')", "+load(2); log('fetch it')"]),
        ("uses.py:5", False, why, ["-load(2); log('fetch it')", "+load(2); log('load it')"]),
    ]


def test_any_choice_of_places_writes_just_these(uses: Engine) -> None:
    """Places 2 to 5 are one word each; the law holds whether the certain one of the line is accepted or not."""
    path = uses.project.root / "uses.py"
    for chosen in chain.from_iterable(combinations((2, 3, 4, 5), count) for count in range(5)):
        proposal = uses.propose(RENAME)
        first, second, third, fourth = ("load" if place in chosen else "fetch" for place in (2, 3, 4, 5))
        uses.apply(proposal, ["api.py:1", "uses.py:1", *(f"uses.py:{place}" for place in chosen)])
        lines = [f"rows = {first}(1)  # {second} is slow", "other = 2", f"{third}(2); log('{fourth} it')"]
        wanted = "\n".join(["from api import load", "", *lines, ""])
        assert path.read_bytes() == wanted.replace("\n", "\r\n").encode(), chosen
        uses.undo()
        assert path.read_bytes() == USES.replace("\n", "\r\n").encode()


def test_unasked_only_what_is_certain_is_written_and_words_tick_the_rest(uses: Engine) -> None:
    path = uses.project.root / "uses.py"
    proposal = uses.propose(RENAME)
    uses.apply(proposal)
    assert path.read_text().splitlines()[2] == "rows = load(1)  # fetch is slow"
    uses.undo()
    uses.apply(proposal, named(proposal, ["+uses.py:3"]))
    assert path.read_text().splitlines()[2:] == [
        "rows = load(1)  # load is slow",
        "other = 2",
        "load(2); log('fetch it')",
    ]


def test_a_later_step_on_the_same_line_takes_no_tick_away(uses: Engine) -> None:
    (uses.project.root / "more.py").write_text("def store(n): ...\n")
    (uses.project.root / "uses.py").write_text(
        "from api import fetch\nfrom more import store\n\nstore(fetch(1))  # store what fetch gives\n"
    )
    proposal = uses.propose("rename fetch to load, then rename store to keep")
    assert not proposal.warnings
    places = [hunk.id for hunk in hunks_of(proposal, "uses.py") if not hunk.ticked]
    ticked = [hunk.id for hunk in proposal.hunks() if hunk.ticked]
    lines = []
    for more in ((), places[:1], places[1:], places):
        uses.apply(proposal, [*ticked, *more])
        lines.append((uses.project.root / "uses.py").read_text().splitlines()[-1])
        uses.undo()
    assert lines == [
        "keep(load(1))  # store what fetch gives",
        "keep(load(1))  # store what load gives",
        "keep(load(1))  # keep what fetch gives",
        "keep(load(1))  # keep what load gives",
    ]


def test_a_kept_proposal_still_knows_it(uses: Engine) -> None:
    proposal = uses.propose(RENAME)
    again = whole(json.loads(json.dumps(keep(proposal))), uses.project.load)
    assert again is not None
    assert again.hunks() == proposal.hunks()


@pytest.mark.parametrize(
    ("more", "source"),
    [
        ([], "from api import load\nload(1)  # fetch"),
        ([":2"], "from api import load\nload(1)  # load"),
    ],
)
def test_a_cell_that_changes_anyway_has_a_second_tick(tmp_path: Path, more: list[str], source: str) -> None:
    (tmp_path / "api.py").write_text("def fetch(n):\n    return n\n")
    cell = {"cell_type": "code", "id": "a1", "metadata": {}, "outputs": [], "execution_count": None}
    cell["source"] = "from api import fetch\nfetch(1)  # fetch"
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_text(json.dumps(book))
    one = engine(tmp_path)
    proposal = one.propose(RENAME)
    assert [(hunk.id, hunk.ticked) for hunk in hunks_of(proposal, "n.ipynb")] == [
        ("n.ipynb#a1", True),
        ("n.ipynb#a1:2", False),
    ]
    one.apply(proposal, ["api.py:1", "n.ipynb#a1", *(f"n.ipynb#a1{name}" for name in more)])
    assert "".join(json.loads((tmp_path / "n.ipynb").read_text())["cells"][0]["source"]) == source


def test_a_longer_word_that_begins_alike_in_another_line_of_the_cell_stays(tmp_path: Path) -> None:
    (tmp_path / "api.py").write_text("def fetch_user(n):\n    return n\n")
    cell = {"cell_type": "markdown", "id": "a1", "metadata": {}, "source": "fetch_user\n\nfetch_user_all"}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_text(json.dumps(book))
    (hunk,) = hunks_of(engine(tmp_path).propose("rename fetch_user to load_user"), "n.ipynb")
    assert hunk.cell is not None
    assert hunk.cell.source == "load_user\n\nfetch_user_all"


def test_words_are_merged_or_a_conflict() -> None:
    assert merge_words("a(b) # b", "a(b) # c", "x(b) # b") == "x(b) # c"
    assert merge_words("a(b) # b", "a(b) # c", "a(b, 1) # b") == "a(b, 1) # c"
    with pytest.raises(ConflictError):
        merge_words("a b", "a c", "a d")
