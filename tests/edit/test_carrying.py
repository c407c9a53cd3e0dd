"""A file that is replaced keeps its owner, its group and its attributes, through apply, undo and redo."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from codemaestro_jupyter.edit import carrying
from codemaestro_jupyter.edit.carrying import carry_over

from .engine_project import RENAME, engine

posix = pytest.mark.skipif(os.name != "posix", reason="owners are of POSIX")


def test_attributes_are_kept_through_apply_undo_and_redo(root: Path) -> None:
    path = root / "src/pkg/api.py"
    if sys.platform != "linux":
        pytest.skip("extended attributes are of Linux here")
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    path.chmod(0o640)
    one = engine(root)
    one.apply(one.propose(RENAME))
    for turn in (one.undo, one.redo):
        assert (os.getxattr(path, "user.note"), stat.S_IMODE(path.stat().st_mode)) == (b"mine", 0o640)
        turn()
    assert os.getxattr(path, "user.note") == b"mine"


@posix
@pytest.mark.parametrize(
    ("refused", "given", "mode"),
    [((), [(7, 8)], 0o2664), ((7,), [(7, 8), (-1, 8)], 0o2664), ((7, -1), [(7, 8), (-1, 8)], 0o2644)],
)
def test_an_owner_is_kept_where_the_system_lets_us_and_no_other_group_gains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: tuple[int, ...], given: list[tuple[int, int]], mode: int
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    new.touch()
    new.chmod(0o2664)
    asked: list[tuple[int, int]] = []
    real = os.stat

    def look(path: str) -> os.stat_result:
        found = list(real(path))
        found[4:6] = (7, 8) if path == str(old) else (1, 1)
        return os.stat_result(found)

    def chown(path: str, user: int, group: int) -> None:
        asked.append((user, group))
        if user in refused:
            raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(carrying.os, "stat", look)
    monkeypatch.setattr(carrying.os, "chown", chown)
    carry_over(str(old), str(new))
    monkeypatch.undo()
    assert asked == given
    assert stat.S_IMODE(new.stat().st_mode) == mode


def test_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    carry_over(str(tmp_path / "old"), str(tmp_path / "new"))
    assert list(tmp_path.iterdir()) == []
