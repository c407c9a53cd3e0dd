from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import NewerDatabaseError, OptionError
from codemaestro_jupyter.store.costs import GUESSES, Costs
from codemaestro_jupyter.store.learning import HALF_LIFE, Learning
from codemaestro_jupyter.store.ledger import Spending
from codemaestro_jupyter.store.ratings import RatingMeans
from codemaestro_jupyter.store.schema import MIGRATIONS
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.store.turns import LATEST
from codemaestro_jupyter.types import (
    CellId,
    Fingerprint,
    NotebookId,
    NotebookPicture,
    PreparationId,
    PreparationKey,
    PreparationKind,
    Rating,
    RelPath,
    TurnId,
)

from .samples import DAY, KEY, Clock, preparation, turn

# -- preparations -----------------------------------------------------------------------------------


def test_a_preparation_comes_back_whole(store: Store) -> None:
    stored = store.preparations.put(preparation())
    assert stored == replace(preparation(), id=PreparationId(1), version=1)
    assert store.preparations.latest(KEY) == stored == store.preparations.get(stored.id)
    assert store.preparations.latest(PreparationKey("symbol", KEY.subject)) is None


def test_versions_of_a_key_grow_and_other_keys_count_for_themselves(store: Store) -> None:
    other = PreparationKey("file", "src/b.py")
    made = [store.preparations.put(preparation(key, str(n))) for n, key in enumerate([KEY, KEY, other, KEY])]
    assert [item.version for item in made] == [1, 2, 1, 3]
    assert store.preparations.versions(KEY) == (made[3], made[1], made[0])
    assert store.preparations.list() == store.preparations.list(limit=-1) == (made[3], made[2])
    assert store.preparations.list(subject="src/a.py", limit=2) == (made[3], made[1])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["put", "old", "small", "forget other"]))))
def test_versions_only_grow_whatever_retention_deletes(steps: list[tuple[str, str]]) -> None:
    store = Store(None, Clock())
    last: dict[str, int] = {}
    for subject, step in steps:
        if step == "put":
            version = store.preparations.put(preparation(PreparationKey("file", subject))).version
            assert version > last.get(subject, 0)
            last[subject] = version
        elif step == "old":
            store.preparations.delete_older(2e9)
        elif step == "small":
            store.preparations.delete_least_useful(1)
        else:
            store.preparations.forget(PreparationKey("file", "other"))
    store.close()


def test_using_a_preparation_is_recorded(store: Store) -> None:
    stored = store.preparations.put(preparation())
    store.preparations.mark_used([stored.id], TurnId("t1"), 5.0)
    assert store.preparations.get(stored.id) == replace(stored, used=5.0, turn=TurnId("t1"))


def test_the_difference_of_two_versions_shows_content_and_fingerprints(store: Store) -> None:
    old = store.preparations.put(preparation(text="x = 1\ny = 2\n"))
    changed = replace(preparation(text="x = 1\ny = 3\n"), fingerprints={"file:src/a.py": Fingerprint("sha256:2")})
    new = store.preparations.put(changed)
    assert store.preparations.difference(old.id, new.id).splitlines() == [
        "--- file src/a.py (version 1)",
        "+++ file src/a.py (version 2)",
        "@@ -1,4 +1,4 @@",
        "-made from file:src/a.py = sha256:1",
        "+made from file:src/a.py = sha256:2",
        " symbols:",
        " [",
        "  {",
        "@@ -8,4 +8,4 @@",
        " ]",
        " text:",
        " x = 1",
        "-y = 2",
        "+y = 3",
    ]
    assert store.preparations.difference(old.id, old.id) == ""
    with pytest.raises(OptionError, match="no preparation 99"):
        store.preparations.difference(old.id, PreparationId(99))


def test_damaged_content_is_never_returned(store: Store) -> None:
    stored = store.preparations.put(preparation())
    store.database.write(lambda connection: connection.execute("UPDATE preparation SET payload = x'00'"))
    assert store.preparations.get(stored.id) is None
    assert store.preparations.latest(KEY) is None
    assert store.preparations.put(preparation()).version == 2


def test_half_an_emoji_can_be_stored(store: Store) -> None:
    half = "\ud83d"
    stored = store.preparations.put(replace(preparation(text=half), request=half, key=PreparationKey("symbol", half)))
    back = store.preparations.get(stored.id)
    assert back is not None
    assert (back.payload["text"], back.request, back.key.subject) == ("?", "?", "?")
    store.turns.add(turn(request=half, answer=half))
    assert [(found.request, found.answer) for found in store.turns.list()] == [("?", "?")]


# -- turns ------------------------------------------------------------------------------------------


def test_a_turn_comes_back_whole_and_can_be_updated(store: Store) -> None:
    store.turns.add(turn())
    assert store.turns.get(TurnId("t1")) == turn()
    store.turns.update(turn(answer="better"))
    assert store.turns.list() == (turn(answer="better"),)
    assert store.turns.get(TurnId("t2")) is None


QUESTIONS: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.turns.get(TurnId("t1")),
    "list": lambda store: store.turns.list(),
    "search": lambda store: store.turns.search("fix"),
    "latest": lambda store: store.turns.latest(NotebookId("n.ipynb"), CellId("c"), "fix a.py"),
    "on_screen": lambda store: store.turns.on_screen(NotebookId("n.ipynb")),
    "forget": lambda store: store.turns.forget(TurnId("t1")),
    "delete_older": lambda store: store.turns.delete_older(1e12),
    "delete_oldest": lambda store: store.turns.delete_oldest(10),
    "forget turns": lambda store: store.forget("turns"),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_every_question_sees_a_turn_that_waits_to_be_written(store: Store, ask: Callable[[Store], object]) -> None:
    store.turns.soon(turn())
    assert store.database.read("SELECT count(*) FROM turn") == [(0,)]
    assert ask(store)


def test_a_turn_that_waits_is_rated_and_renamed_like_any_other_and_kept_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "maestro.db"
    store = Store(path)
    store.turns.soon(turn())
    store.ratings.add(TurnId("t1"), Rating(fast=2))
    store.turns.soon(turn("t2"))
    renamed = NotebookPicture(NotebookId("m.ipynb"), RelPath("m.ipynb"), formerly=NotebookId("n.ipynb"))
    store.notebooks.meet(renamed, bool)
    store.turns.soon(turn("t3"))
    store.close()
    again = Store(path)
    found = {each.id: (each.rating.fast, each.notebook_id) for each in again.turns.list()}
    again.close()
    assert found == {"t1": (2, "m.ipynb"), "t2": (5, "m.ipynb"), "t3": (5, "n.ipynb")}


def test_turns_are_listed_and_searched_newest_first(store: Store) -> None:
    turns = [
        turn("a", 1.0, "Fix the LOGIN page", "100% done"),
        turn("b", 2.0, "show a_b.py", "login"),
        turn("c", 3.0, "show axb.py", "100 % done"),
    ]
    for item in turns:
        store.turns.add(item)
    assert [item.id for item in store.turns.list(2)] == ["c", "b"]
    assert [item.id for item in store.turns.search("login")] == ["b", "a"]
    assert [item.id for item in store.turns.search("a_b")] == ["b"]
    assert [item.id for item in store.turns.search("100% page")] == ["a"]
    assert [item.id for item in store.turns.search("", limit=1)] == ["c"]


def test_the_latest_turn_of_a_cell_is_found_by_its_request(store: Store) -> None:
    for item in (turn("a", 1.0), turn("b", 2.0), replace(turn("c", 3.0), state="failed"), turn("d", 4.0, "other")):
        store.turns.add(item)
    found = store.turns.latest(NotebookId("n.ipynb"), CellId("c"), "fix a.py")
    assert found is not None
    assert found.id == "b"
    assert store.turns.latest(NotebookId("m.ipynb"), CellId("c"), "fix a.py") is None


def test_a_request_is_looked_for_among_those_that_begin_like_it(store: Store) -> None:
    long = "explain this: " + "x" * 100
    for number, request in enumerate((long, long + " again", "explain that")):
        store.turns.add(turn(f"t{number}", request=request))
    found = store.turns.latest(NotebookId("n.ipynb"), CellId("c"), long)
    assert found is not None
    assert found.request == long
    plan = store.database.read(f"EXPLAIN QUERY PLAN SELECT * FROM turn {LATEST}", ("c", "n.ipynb", long))
    assert [row[-1] for row in plan] == [
        "SEARCH turn USING INDEX turn_asked (cell_id=? AND notebook_id=? AND <expr>=?)"
    ], "neither read whole nor sorted"


# -- learning and costs -----------------------------------------------------------------------------


def test_choices_count_half_after_the_half_life(store: Store, clock: Clock) -> None:
    path = RelPath("src/a.py")
    store.learning.record(path, True)
    store.learning.record(path, True)
    clock.now += HALF_LIFE
    store.learning.record(path, False)
    assert store.learning.accepted() == {path: pytest.approx(1.0)}
    assert store.learning.rejected() == {path: pytest.approx(1.0)}
    clock.now += 8 * HALF_LIFE
    assert store.learning.accepted() == {}
    store.learning.forget_faded()
    assert store.database.read("SELECT * FROM choice") == []


def test_usefulness_follows_what_was_used_and_survives_a_restart(store: Store, clock: Clock) -> None:
    before = store.learning.usefulness("history")
    for _ in range(60):
        store.learning.record_use("history", used=0, wasted=1)
        store.learning.record_use("file", used=1, wasted=0)
    assert store.learning.usefulness("history") < 0.2 < before < 0.9 < store.learning.usefulness("file")
    again = Learning(store.database, clock)
    assert again.usefulness("file") == store.learning.usefulness("file")
    assert again.usefulness("status") == before


@given(
    st.sampled_from(sorted(GUESSES)),
    st.lists(st.tuples(st.floats(0, 1e7), st.floats(0, 100)), max_size=60),
    st.floats(0, 1e6),
)
def test_an_estimate_is_positive_and_grows_with_size(
    kind: PreparationKind, seen: list[tuple[float, float]], size: float
) -> None:
    store = Store(None)
    for amount, seconds in seen:
        store.costs.observe(kind, amount, seconds)
    small, large = store.costs.estimate(kind, size), store.costs.estimate(kind, size * 2)
    assert 0 < small <= large < math.inf
    store.close()


def test_costs_are_learned_from_what_was_measured_and_kept(store: Store) -> None:
    for number in range(100):
        size = 1000.0 * (number % 10)
        store.costs.observe("file", size, 0.01 + size * 1e-5)
    assert store.costs.estimate("file", 5000) == pytest.approx(0.06, rel=0.1)
    assert Costs(store.database).estimate("file", 5000) == store.costs.estimate("file", 5000)


def test_one_stall_does_not_become_the_rule(store: Store) -> None:
    for _ in range(50):
        store.costs.observe("file", 1000, 0.002)
    usual = store.costs.estimate("file", 1000)
    store.costs.observe("file", 1000, 60.0)
    assert store.costs.estimate("file", 1000) < 2 * usual


# -- ratings, spending ------------------------------------------------------------------------------


def test_a_rating_reaches_its_turn_and_the_means(store: Store) -> None:
    store.turns.add(turn())
    store.ratings.add(TurnId("t1"), Rating(fast=2))
    store.ratings.add(TurnId("t1"), Rating(fast=4, smooth=3))
    store.ratings.add(None, Rating(fast=5))
    found = store.turns.get(TurnId("t1"))
    assert found is not None
    assert found.rating == Rating(fast=4, smooth=3)
    assert store.ratings.means() == RatingMeans(count=2, fast=4.5, smooth=3.0, anticipated=None)


def test_spending_is_summed_by_time_and_turn(store: Store, clock: Clock) -> None:
    store.ledger.add("draft", "m", 100, 20, 0.25, TurnId("t1"))
    clock.now += DAY
    store.ledger.add("draft", "m", 10, 2, 0.5)
    assert store.ledger.since(clock.now - 1) == Spending(1, 10, 2, 0.5)
    assert store.ledger.since(0) == Spending(2, 110, 22, 0.75)
    assert store.ledger.of_turn(TurnId("t1")) == Spending(1, 100, 20, 0.25)


# -- the whole --------------------------------------------------------------------------------------


def test_a_store_without_a_file_works(clock: Clock) -> None:
    store = Store(None, clock)
    store.turns.add(turn())
    assert store.turns.list() == (turn(),)
    assert store.path is None
    store.close()


def test_a_newer_database_is_refused(store: Store) -> None:
    store.database.write(
        lambda connection: connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('maestro', '2031-flying', '')"
        )
    )
    with pytest.raises(NewerDatabaseError, match="2031-flying"):
        Store(store.path)


def test_released_migrations_keep_their_order() -> None:
    assert [step.name for step in MIGRATIONS][:1] == ["2026-11-begin"]


def test_opening_the_store_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from codemaestro_jupyter.store import Store; "
        "Store(Path(sys.argv[1])).close(); "
        "print(sorted({'pandas', 'numpy', 'sqlite_utils', 'click', 'asyncio'} & sys.modules.keys()))"
    )
    path = str(tmp_path / "new" / "maestro.db")
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
