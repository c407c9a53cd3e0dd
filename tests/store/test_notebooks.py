"""A notebook keeps its conversation under whatever name, and what was cleared stays away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codemaestro_jupyter.store.notebooks import Known, formerly
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import Cell, CellId, NotebookId, NotebookPicture, RelPath, TurnId

from .samples import Clock, turn

WORK, TALK = NotebookId("work.ipynb"), NotebookId("talk.ipynb")


def notebook(name: str, *cells: str) -> NotebookPicture:
    return NotebookPicture(
        NotebookId(name), RelPath(name), tuple(Cell(CellId(cell), "code", "") for cell in cells), None
    )


def here(*paths: str) -> object:
    return lambda path: path in paths


def ask(store: Store, name: str, notebook_id: str, started: float) -> None:
    store.turns.add(replace(turn(name, started=started), notebook_id=NotebookId(notebook_id)))


def shown(store: Store, name: str) -> list[TurnId]:
    return [turn.id for turn in store.turns.on_screen(NotebookId(name))]


def known(name: str, path: str, *cells: str, says: str = "") -> Known:
    return Known(NotebookId(name), path, frozenset(cells), tuple(says))


def written(name: str, ids: str, *sources: str) -> NotebookPicture:
    """A notebook whose cells have these ids, one letter each, and these texts."""
    cells = tuple(Cell(CellId(cell), "code", source) for cell, source in zip(ids, sources, strict=True))
    return replace(notebook(name), cells=cells)


@pytest.mark.parametrize(
    ("new", "there", "former"),
    [
        (known("a.ipynb", "a.ipynb", "x", "y"), (), None),  # known under its own name
        (known("lab/a.ipynb", "a.ipynb"), ("a.ipynb",), "a.ipynb"),  # a server with another root
        (known("b.ipynb", "b.ipynb", "x", "y", "z"), (), "a.ipynb"),  # moved
        (known("b.ipynb", "b.ipynb", "x"), (), "a.ipynb"),  # moved, and half of it deleted
        (known("b.ipynb", "b.ipynb", "x", "y"), ("a.ipynb",), None),  # a copy
        (known("b.ipynb", "b.ipynb", "z"), (), None),  # another notebook
        (known("b.ipynb", "b.ipynb"), (), None),  # a new one
        (known("c.ipynb", "c.ipynb", "o"), (), None),  # where the other one lay is not known
    ],
)
def test_a_notebook_is_known_again_by_its_file_or_its_cells(
    new: Known, there: tuple[str, ...], former: str | None
) -> None:
    others = [known("a.ipynb", "a.ipynb", "x", "y"), known("outside.ipynb", "", "o")]
    assert formerly(new, others, here(*there)) == former  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("says", "there", "former"),
    [
        ("abcde", (), "a.ipynb"),  # renamed
        ("abcx", (), "a.ipynb"),  # renamed and worked on
        ("abcde", ("a.ipynb",), None),  # a copy
        ("abxy", (), None),  # it has something of it, but not most
        ("abcdefghi", (), None),  # it has all of it, but is much more
        ("a", (), None),  # hardly anything
        ("pq", (), None),  # two notebooks begin like this
        ("", (), None),
    ],
)
def test_a_notebook_without_lasting_ids_is_known_again_by_what_stands_in_its_cells(
    says: str, there: tuple[str, ...], former: str | None
) -> None:
    """Before nbformat 4.5 cells get ids anew each time that a notebook is opened."""
    others = [
        known("a.ipynb", "a.ipynb", "1", "2", says="abcde"),
        known("here.ipynb", "here.ipynb", "3", says="abcde"),
        known("p.ipynb", "p.ipynb", "4", says="pq"),
        known("q.ipynb", "q.ipynb", "5", says="pq"),
    ]
    new = known("new.ipynb", "new.ipynb", "8", "9", says=says)
    assert formerly(new, others, here("here.ipynb", *there)) == former  # type: ignore[arg-type]


def test_ids_say_more_than_what_stands_in_the_cells() -> None:
    others = [known("a.ipynb", "a.ipynb", "1", "2", says="xy"), known("b.ipynb", "b.ipynb", "3", says="abc")]
    new = known("new.ipynb", "new.ipynb", "1", "2", says="abc")
    assert formerly(new, others, here()) == "a.ipynb"  # type: ignore[arg-type]


def test_a_notebook_renamed_out_of_sight_keeps_its_conversation_without_ids(store: Store, clock: Clock) -> None:
    load, fit, plot = "flights = load('flights.csv')", "model = fit(flights, 'delay')", "plot(model, flights.month)"
    store.notebooks.meet(written(WORK, "abc", load, fit, plot), here(WORK))  # type: ignore[arg-type]
    fit += "  # by carrier"
    store.notebooks.meet(written(WORK, "abc", load, fit, plot), here(WORK))  # type: ignore[arg-type]
    ask(store, "said", WORK, clock.now)
    assert store.notebooks.meet(written(TALK, "xyz", load, fit, plot), here(TALK)) == WORK  # type: ignore[arg-type]
    assert (shown(store, TALK), shown(store, WORK)) == (["said"], [])


def test_cells_that_say_next_to_nothing_tell_no_notebook_from_another(store: Store, clock: Clock) -> None:
    store.notebooks.meet(written(WORK, "abc", "import os", "import re", "x = 1"), here(WORK))  # type: ignore[arg-type]
    new = written(TALK, "uvw", "import os", "import re", "x = 1")
    assert store.notebooks.meet(new, here(TALK)) is None  # type: ignore[arg-type]


def test_a_notebook_has_its_own_turns_oldest_first_and_not_too_many(store: Store) -> None:
    for number in range(4):
        ask(store, f"w{number}", WORK, 1e9 + number)
    ask(store, "t", TALK, 1e9)
    assert (shown(store, WORK), shown(store, TALK)) == (["w0", "w1", "w2", "w3"], ["t"])
    assert [turn.id for turn in store.turns.on_screen(WORK, limit=2)] == ["w2", "w3"]


def test_what_was_cleared_is_not_shown_again_but_kept(store: Store, clock: Clock) -> None:
    store.notebooks.meet(notebook(WORK, "x"), here())  # type: ignore[arg-type]
    for name in (WORK, TALK):
        ask(store, f"old {name}", name, clock.now)
    store.notebooks.clear({WORK}, clock.now)
    ask(store, "new", WORK, clock.now + 1)
    ask(store, f"old {WORK}", WORK, clock.now)  # an answer that ends after the clearing
    assert (shown(store, WORK), shown(store, TALK)) == (["new"], [f"old {TALK}"])
    assert len(store.turns.list()) == 3


def test_a_clearing_outlives_the_turns_it_hides(store: Store, clock: Clock) -> None:
    store.notebooks.meet(notebook(WORK, "x"), here())  # type: ignore[arg-type]
    clock.now += 20 * 86_400
    ask(store, "old", WORK, clock.now)
    store.notebooks.clear({WORK}, clock.now)
    clock.now += 29 * 86_400
    store.prune(days=30, megabytes=100)
    assert (shown(store, WORK), len(store.turns.list())) == ([], 1)


def test_a_moved_notebook_takes_its_turns_and_its_clearing_along(store: Store, clock: Clock) -> None:
    store.notebooks.meet(notebook(WORK, "x", "y"), here(WORK))  # type: ignore[arg-type]
    ask(store, "cleared", WORK, clock.now)
    store.notebooks.clear({WORK}, clock.now)
    ask(store, "said", WORK, clock.now + 1)
    assert store.notebooks.meet(notebook(TALK, "x", "y", "z"), here(TALK)) == WORK  # type: ignore[arg-type]
    assert (shown(store, TALK), shown(store, WORK)) == (["said"], [])
    assert store.notebooks.meet(notebook(TALK, "x", "y"), here(TALK)) is None  # type: ignore[arg-type]
    assert store.notebooks.meet(notebook(WORK, "n"), here(WORK, TALK)) is None  # type: ignore[arg-type]


def test_what_the_page_says_of_a_new_name_counts_without_ids_and_out_of_sight(store: Store, clock: Clock) -> None:
    ask(store, "said", "old.ipynb", clock.now)
    bare = NotebookPicture(NotebookId("new.ipynb"), None, formerly=NotebookId("old.ipynb"))
    assert store.notebooks.meet(bare, here()) == "old.ipynb"  # type: ignore[arg-type]
    assert (shown(store, "new.ipynb"), shown(store, "old.ipynb")) == (["said"], [])
    store.notebooks.meet(notebook(WORK, "x"), here())  # type: ignore[arg-type]
    again = replace(notebook(WORK, "x"), formerly=NotebookId("new.ipynb"))
    assert store.notebooks.meet(again, here()) == "new.ipynb", "a name that was another notebook's before"  # type: ignore[arg-type]
    assert shown(store, WORK) == ["said"]


def test_out_of_the_project_a_moved_notebook_is_known_by_its_cells_too(store: Store, clock: Clock) -> None:
    first, second = (
        replace(notebook(name, "x", "y"), path=None, file=f"/elsewhere/{name}") for name in ("a.ipynb", "b.ipynb")
    )
    store.notebooks.meet(first, here("/elsewhere/a.ipynb"))  # type: ignore[arg-type]
    ask(store, "said", "a.ipynb", clock.now)
    assert store.notebooks.meet(second, here("/elsewhere/a.ipynb", "/elsewhere/b.ipynb")) is None  # type: ignore[arg-type]
    third = replace(second, id=NotebookId("c.ipynb"), file="/elsewhere/c.ipynb")
    assert store.notebooks.meet(third, here("/elsewhere/c.ipynb")) is not None  # type: ignore[arg-type]


def test_a_notebook_of_which_only_the_name_is_told_stays_known_by_its_cells(store: Store, clock: Clock) -> None:
    store.notebooks.meet(notebook(WORK, "x"), here(WORK))  # type: ignore[arg-type]
    ask(store, "said", WORK, clock.now)
    assert store.notebooks.meet(notebook(WORK), here(WORK)) is None  # type: ignore[arg-type]
    assert store.notebooks.meet(notebook(TALK, "x"), here(TALK)) == WORK  # type: ignore[arg-type]
    assert shown(store, TALK) == ["said"]


def test_forgetting_turns_forgets_the_notebooks_too(store: Store, clock: Clock) -> None:
    store.notebooks.clear({WORK}, clock.now)
    ask(store, "said", WORK, clock.now)
    assert store.forget("turns") == 1
    assert store.database.read("SELECT count(*) FROM notebook") == [(0,)]
