"""What is seen while an index is being built: nothing that was read is missed, and what is new is there at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.workspace.index.builder import FIRST_LISTED
from codemaestro_jupyter.workspace.index.loading import Loader

from .index_laws import Built, git


def _files(root: Path, count: int) -> None:
    root.mkdir()
    for number in range(count):
        (root / f"file{number}.py").write_text(f"def word{number}(common):\n    return common\n", encoding="utf8")


@pytest.mark.parametrize("slices", [1000, 2])
def test_a_view_made_at_every_moment_ends_like_one_made_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slices: int
) -> None:
    monkeypatch.setattr("codemaestro_jupyter.workspace.index.history.FIRST_SLICE", slices)
    root = tmp_path / "root"
    _files(root, 5)
    git(root, "init", "-q")
    for number in range(4):
        (root / "file0.py").write_text(f"a = {number}\n", encoding="utf8")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", f"Commit {number}")
    built = Built(root, tmp_path / "data" / "index.db")
    built.builder.scan()
    built.view()  # history is written by now, contents are not
    while built.builder.busy:
        built.builder.step()
        built.view()
    step_by_step = built.knowledge()
    built.loader.close()
    built.loader = Loader()
    assert step_by_step == built.knowledge()
    assert len(step_by_step["paths"]) == 5
    built.close()


def test_new_files_that_git_does_not_know_are_listed_at_once_as_well(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _files(root, FIRST_LISTED + 1)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Begin")
    (root / "new.py").write_text("", encoding="utf8")
    built = Built(root, tmp_path / "data" / "index.db")
    built.builder.scan()
    assert built.builder.progress == (0, FIRST_LISTED + 2)
    assert "new.py" in built.view().paths
    built.close()


def test_a_large_project_is_told_chunk_by_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemaestro_jupyter.workspace.index.files.FIRST_CHUNK", 70)
    monkeypatch.setattr("codemaestro_jupyter.workspace.index.files.CHUNK", 100)
    root = tmp_path / "root"
    _files(root, 200)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Begin")
    built = Built(root, tmp_path / "data" / "index.db")
    told: list[tuple[int, int, tuple[int, int]]] = []

    def wrote() -> None:
        view = built.view()
        told.append((len(view.paths), len(view.history.subjects), built.builder.progress))

    built.builder.scan(wrote=wrote)
    assert told == [(70, 1, (0, 70)), (170, 1, (0, 170)), (200, 1, (0, 200))]
    built.close()
