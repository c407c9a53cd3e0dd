"""`%maestro edit` and `apply` on a real project: what is shown, what is written, and places chosen by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.jupyter.commands import COMMANDS
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings

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
