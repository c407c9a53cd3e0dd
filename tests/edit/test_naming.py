"""Where `A.py` and `a.py` are one file (macOS, Windows): renamed by case alone, undone, and never mixed up."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from codemaestro_jupyter.edit import naming
from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.files import DiskFiles
from codemaestro_jupyter.edit.naming import Names, folded, in_order
from codemaestro_jupyter.errors import DiskError

from .engine_project import engine, tree


class Folding(DiskFiles):
    """A disk that takes two spellings for one file; `fails` is the name whose link fails."""

    fails = ""

    def _there(self, path: str) -> str:
        folder, name = os.path.split(path)
        alike = (each for each in self.names(folder) if folded(each) == folded(name))
        return f"{folder}/{next(alike, name)}"

    def read(self, path: str) -> tuple[bytes, int] | None:
        return super().read(path) if self._there(path) == path else None

    def spelled(self, root: str, path: str) -> str:
        return self._there(f"{root}/{path}").removeprefix(f"{root}/")

    def link(self, source: str, target: str) -> None:
        if target.endswith(self.fails) and self.fails:
            raise PermissionError(1, "Operation not permitted", target)
        if os.path.lexists(self._there(target)):
            raise FileExistsError(17, "File exists", target)
        super().link(source, target)

    def replace(self, source: str, target: str) -> None:
        super().replace(source, target)
        for name in self.names(os.path.dirname(target)):
            other = f"{os.path.dirname(target)}/{name}"
            if other != target and folded(other) == folded(target):
                os.remove(other)

    def remove(self, path: str) -> None:
        super().remove(self._there(path))


@pytest.fixture
def start(root: Path) -> dict[str, bytes]:
    for name, text in {"A.py": "def f():\n    return 1\n", "x.py": "y = 1\n", "use.py": "import A, x\n"}.items():
        (root / name).write_text(text, encoding="utf8")
    return tree(root)


@pytest.mark.parametrize(("old", "new"), [("A.py", "a.py"), ("x.py", "X.py")])
def test_a_rename_by_case_alone_is_done_undone_and_done_again(
    root: Path, start: dict[str, bytes], old: str, new: str
) -> None:
    run = engine(root, files=Folding())
    run.apply(run.propose(f"rename {old} to {new}"))
    done = tree(root)
    assert done == {
        **{path: data for path, data in start.items() if path != old},
        new: start[old],
        "use.py": start["use.py"].replace(old[:1].encode(), new[:1].encode()),
    }
    run.undo()
    assert tree(root) == start
    run.redo()
    assert tree(root) == done


@pytest.mark.parametrize(("old", "new"), [("A.py", "a.py"), ("x.py", "X.py")])
def test_where_it_fails_half_way_every_byte_is_there_as_before(
    root: Path, start: dict[str, bytes], old: str, new: str
) -> None:
    files = Folding()
    files.fails = new
    run = engine(root, files=files)
    with pytest.raises(DiskError):
        run.apply(run.propose(f"rename {old} to {new}"))
    assert tree(root) == start


def test_a_file_beside_one_of_the_same_name_is_not_offered(root: Path, start: dict[str, bytes]) -> None:
    run = engine(root, files=Folding())
    said = "X.py cannot be made beside x.py: this file system takes both for one."
    for command in ("create X.py with `z = 1`", "rename A.py to X.py"):
        found = run.propose(command)
        assert said in [item.reason for item in found.denied()]
        assert not found.applicable
    assert tree(root) == start


def test_a_name_goes_before_one_comes_that_may_be_taken_for_it() -> None:
    gone, kept, made = (
        Change("a.py", Component("a.py", b""), None),
        Change("b.py", Component("b.py", b""), Component("b.py", b"x")),
        Change("A.py", None, Component("A.py", b"")),
    )
    assert in_order([made, gone, kept]) == [gone, made, kept]
    assert in_order([kept, made]) == [kept, made]


def disk(*names: str, folds: bool) -> Any:
    """The `os` of a folder with these names."""
    key = folded if folds else str
    there = {key(f"/p/{name}") for name in names} | {"/p"}
    path = SimpleNamespace(lexists=lambda path: key(path) in there)
    return SimpleNamespace(path=path, listdir=lambda folder: list(names))


def test_names_are_spelled_as_their_folder_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "os", disk("A.py", "b.py", "cafe\u0301.py", folds=True))
    names = Names()
    asked = ["A.py", "a.py", "B.py", "new.py", "caf\u00e9.py"]
    assert [names.spelled("/p", each) for each in asked] == ["A.py", "A.py", "b.py", "new.py", "caf\u00e9.py"]
    assert [names.exact(f"/p/{each}") for each in asked] == [True, False, False, True, True]
    monkeypatch.setattr(naming, "os", disk("A.py", "a.py", folds=False))
    names = Names()
    assert [names.spelled("/p", each) for each in ("a.py", "A.py")] == ["a.py", "A.py"]
    assert [names.exact(f"/p/{each}") for each in ("a.py", "A.py")] == [True, True]
