"""What goes wrong between a plan and its application: the error names the step, and nothing is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from codemaestro_jupyter.edit.files import DiskFiles, NewFile
from codemaestro_jupyter.edit.proposal import Proposal
from codemaestro_jupyter.errors import DiskError, MaestroError, PathError

from .engine_project import API, FullDisk, engine, tree

CREATE = "append 'More.' to README.md; create new/fresh.py with 'x = 1'"
CHANGE = "append 'More.' to README.md; append 'import re' to src/pkg/api.py"


class Refusing(DiskFiles):
    """A disk that refuses to read or to write what lies below a name."""

    def __init__(self, name: str, *, write: bool = False) -> None:
        super().__init__()
        self.name, self.write = name, write
        self.on = True

    def read(self, path: str) -> tuple[bytes, int] | None:
        if self.on and not self.write and path.endswith(self.name):
            raise PermissionError(13, "Permission denied", path)
        return super().read(path)

    def create(self, files: list[NewFile]) -> None:  # type: ignore[override]
        for path, _, _ in files:
            if self.on and self.write and self.name in path:
                raise PermissionError(13, "Permission denied", path)
        super().create(files)


def linked(root: Path, path: str, to: Path) -> None:
    (root / path).rename(to)
    (root / path).symlink_to(to)


@pytest.mark.parametrize(
    ("said", "meanwhile", "message"),
    [
        (CHANGE, lambda root: linked(root, "src/pkg/api.py", root / "other.py"), "Step 2 .*api.py is a link by now"),
        (CHANGE, lambda root: linked(root, "src/pkg/api.py", root.parent / "api.py"), "Step 2 .*is a link by now"),
        (CHANGE, lambda root: linked(root, "src", root.parent / "src"), "Step 2 .*lies behind one that leads out"),
        (CHANGE, lambda root: (root / "src/pkg/api.py").unlink(), "Step 2 .*src/pkg/api.py changed since"),
        (CHANGE, lambda root: (root / "src/pkg/api.py").write_text("x"), "Step 2 .*src/pkg/api.py changed since"),
        (CREATE, lambda root: (root / "new").write_text("x"), "Step 2 .*new is a file by now"),
        (CREATE, lambda root: (root / "new").symlink_to(root.parent), "Step 2 .*lies behind one that leads out"),
        (CREATE, lambda root: (root / "new/fresh.py").mkdir(parents=True), "Step 2 .*was created this very moment"),
        ("rename fetch_user to load_user", lambda root: (root / "README.md").unlink(), "Step 1 .*changed since"),
    ],
)
def test_what_changed_since_names_the_step(
    root: Path, said: str, meanwhile: Callable[[Path], object], message: str
) -> None:
    one = engine(root)
    proposal = one.propose(said)
    hunks = {hunk.id for hunk in proposal.hunks()}
    meanwhile(root)
    before = tree(root)
    with pytest.raises(MaestroError, match=message) as error:
        one.apply(proposal, hunks)
    assert error.value.hint
    assert tree(root) == before


def refused(root: Path, files: DiskFiles) -> tuple[MaestroError, Proposal]:
    one = engine(root, files=files)
    before = tree(root)
    proposal = one.propose(CHANGE)
    with pytest.raises(MaestroError) as error:
        one.apply(proposal)
    assert tree(root) == before
    return error.value, proposal


def test_a_folder_that_cannot_be_written_names_the_step(root: Path) -> None:
    error, _ = refused(root, Refusing(".api.py.", write=True))
    assert type(error) is DiskError
    assert error.message == (
        "Step 2 (insert text src/pkg/api.py): src/pkg/api.py: Permission denied. Nothing was changed."
    )
    assert error.hint == "Make the file and its folder writable, then apply again."


def test_a_full_disk_names_the_step(root: Path) -> None:
    error, _ = refused(root, FullDisk(2))
    assert error.message == (
        "Step 2 (insert text src/pkg/api.py): src/pkg/api.py: No space left on device. Nothing was changed."
    )
    assert error.hint == "Free some space, then apply again."


def test_a_file_that_cannot_be_read_names_the_step_when_planned_and_when_applied(root: Path) -> None:
    files = Refusing("/api.py")
    one = engine(root, files=files)
    problem = one.propose(CHANGE).problem
    assert problem is not None
    assert problem.message.startswith("Step 2 (insert text src/pkg/api.py): src/pkg/api.py cannot be read: Permission")
    files.on = False
    proposal = one.propose(CHANGE)
    files.on = True
    with pytest.raises(PathError, match=r"Step 2 .*src/pkg/api.py cannot be read: Permission denied"):
        one.apply(proposal)
    assert (root / "src/pkg/api.py").read_text(encoding="utf8") == API


def test_what_could_not_be_searched_is_said(root: Path) -> None:
    one = engine(root, files=Refusing("README.md"))
    said = "README.md cannot be read (Permission denied): what it mentions stays as it is."
    assert said in one.propose("rename fetch_user to load_user").warnings
    lost = engine(root, files=Refusing("/api.py")).propose("rename fetch_user to load_user").problem
    assert lost is None or "api.py cannot be read" in lost.hint


@pytest.mark.parametrize("place", ["data", "data/journal"])
def test_a_journal_that_cannot_be_opened_is_a_clear_error(root: Path, place: str) -> None:
    path = root.parent / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("in the way", encoding="utf8")
    with pytest.raises(DiskError, match=r"The journal in .* cannot be opened") as error:
        engine(root)
    assert "writable" in error.value.hint


def test_names_that_other_systems_do_not_have_and_other_names_of_a_file_are_said(root: Path) -> None:
    os.link(root / "README.md", root / "also.md")
    proposal = engine(root).propose(
        "append 'More.' to README.md; create con.py with 'x = 1'; create readme.MD with 'x'"
    )
    assert proposal.applicable
    assert proposal.warnings == (
        "con.py cannot be on Windows: choose another name if anybody works there.",
        "README.md has another name (a hard link), which keeps the file as it was.",
        "readme.MD differs from README.md only in capitals: on macOS and Windows they are one file.",
    )


def test_files_of_long_names_that_begin_alike_change_together(root: Path) -> None:
    names = [f"{'ä' * 110}{end}.txt" for end in "ab"]
    for name in names:
        (root / name).write_text("one\n", encoding="utf8")
    one = engine(root)
    one.apply(one.propose([{"do": "insert_text", "path": name, "text": "two"} for name in names]))
    assert [(root / name).read_text(encoding="utf8") for name in names] == ["one\ntwo\n"] * 2
    one.undo()
    assert [(root / name).read_text(encoding="utf8") for name in names] == ["one\n"] * 2
