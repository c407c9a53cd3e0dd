"""`%maestro edit` and `apply` on a real project: what is shown, what is written, and places chosen by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.errors import OptionError, PathError
from codemaestro_jupyter.jupyter.commands import COMMANDS
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings
from tests.conftest import eventually
from tests.test_dialogue import draft, last, made, question

TEXT = "create a.txt with `a`, then create b.txt with `b`"


class Door:
    """What a command needs of its door."""

    last_turn = None

    def __init__(self, maestro: Maestro) -> None:
        self.maestro = maestro

    def run(self, name: str, *words: str) -> Any:
        return COMMANDS[name].run(self, list(words))  # type: ignore[arg-type]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with Maestro(Settings(environment={}, policy={}), root=tmp_path) as maestro:
        yield Door(maestro)


def written(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("*.txt"))


def test_places_are_left_out_by_name(door: Door, tmp_path: Path) -> None:
    said = door.run("edit", TEXT).markdown
    assert "`%maestro apply -FILE:N` leaves the N-th place of a file out" in said
    with pytest.raises(OptionError, match=r"There is no place 'c\.txt'"):
        door.run("apply", "-c.txt")
    assert written(tmp_path) == []
    door.run("apply", "-a.txt")
    assert written(tmp_path) == ["b.txt"]
    door.run("undo")
    door.run("edit", TEXT)
    door.run("apply", "a.txt:1")
    assert written(tmp_path) == ["a.txt"]


def test_applied_without_asking_the_diff_is_shown_all_the_same(door: Door, tmp_path: Path) -> None:
    door.run("settings", "auto_apply", "true")
    report = door.run("edit", TEXT)
    assert written(tmp_path) == ["a.txt", "b.txt"]
    assert "+a\n" in report.markdown
    assert "Applied `000001-" in report.markdown
    assert report.data["applied"]["files"] == ("a.txt", "b.txt")


def test_every_line_of_a_long_diff_can_be_seen_and_of_one_place_alone(door: Door, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="There is no change to look at"):
        door.run("diff")
    (tmp_path / "long.txt").write_text("a\n" * 500, encoding="utf8")
    said = door.run("edit", 'replace every "a" with "b" in long.txt, then create x.txt with `x`').markdown
    assert "… 801 more lines" in said
    assert said.endswith("`%maestro diff` shows every line.")
    whole = door.run("diff").markdown
    assert (whole.count("\n-a"), whole.count("\n+b"), "+x" in whole) == (500, 500, True)
    assert door.run("diff", "x.txt").markdown == "```diff\n--- /dev/null\n+++ x.txt\nnew file\n+x\n\n```"


def test_what_may_not_be_changed_is_left_out_by_name(door: Door, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old\n", encoding="utf8")
    (tmp_path / "a.txt").chmod(0o444)
    command = 'replace "old" with "new" in a.txt, then create b.txt with `b`'
    said = door.run("edit", command).markdown
    assert "✗ a.txt is write-protected." in said
    assert "`%maestro apply -FILE` writes the rest" in said
    with pytest.raises(PathError, match=r"a\.txt is write-protected") as error:
        door.run("apply")
    assert "or leave a.txt out" in error.value.hint
    assert written(tmp_path) == ["a.txt"]
    door.run("apply", "-a.txt")
    assert (written(tmp_path), (tmp_path / "a.txt").read_text(encoding="utf8")) == (["a.txt", "b.txt"], "old\n")
    door.run("settings", "auto_apply", "true")
    door.run("undo")
    assert "Applied" not in door.run("edit", command).markdown, "nobody was asked, so nothing is left out"


def test_what_was_declined_is_written_only_where_its_places_are_named(door: Door, tmp_path: Path) -> None:
    door.run("edit", TEXT)
    turn = door.maestro.changes.newest
    assert turn is not None
    door.maestro.changes.perform(turn, "discard")
    with pytest.raises(OptionError, match="You left this change as it is") as refused:
        door.run("apply")
    assert written(tmp_path) == []
    assert "`%maestro apply a.txt b.txt`" in str(refused.value)
    assert "+a" in door.run("diff").markdown
    door.run("apply", "a.txt", "b.txt")
    assert written(tmp_path) == ["a.txt", "b.txt"]


def test_applying_a_plan_that_waits_in_a_cell_is_its_yes(project: Path) -> None:
    maestro, _ = made(project, [draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")])
    with maestro:
        pending = maestro.submit("change the timeout in auth.py to 60", source="cell", cell_id="c1", asks=True)
        question(maestro)
        history = Door(maestro).run("history")
        assert "| running |" in history.markdown
        assert "Applied" in Door(maestro).run("apply").markdown
        assert "**Done:** `auth.py` changed." in pending.result(30).markdown
        assert (last(maestro)["state"], maestro.view()["question"]) == ("done", None)
        assert "TIMEOUT = 60" in (project / "auth.py").read_text("utf8")
        assert maestro.view()["notices"] == []


def test_what_another_session_did_not_end_is_not_said_to_run(project: Path) -> None:
    maestro, _ = made(project, [draft("auth.py", "TIMEOUT = 30", "TIMEOUT = 60")])
    with maestro:
        maestro.submit("change the timeout in auth.py to 60", source="cell", cell_id="c1", asks=True)
        question(maestro)
        eventually(maestro.store.turns.list)
        after, _ = made(project, [])  # as if this kernel were gone: nothing else is told there
        with after:
            assert "| unfinished |" in Door(after).run("history").markdown
