"""Finding the project's root: git's top level, the folder itself, what overrides it, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import RootError
from codemaestro_jupyter.workspace.root import find_root


def test_a_folder_without_git_is_its_own_root(root: Path) -> None:
    (root / "deep").mkdir()
    assert find_root(root / "deep") == root / "deep"


def test_the_top_of_the_repository_is_the_root(repository: Path) -> None:
    assert find_root(repository / "docs") == repository
    assert find_root(repository / "docs" / "b.md") == repository


def test_the_root_of_a_worktree_and_of_a_submodule_is_their_own_folder(repository: Path, run, tmp_path: Path) -> None:
    run("worktree", "add", "-q", str(tmp_path / "tree"))
    (tmp_path / "tree" / "docs").mkdir(exist_ok=True)
    assert find_root(tmp_path / "tree" / "docs") == (tmp_path / "tree").resolve()
    outer = tmp_path / "outer"
    run("init", "-q", str(outer))
    run("submodule", "--quiet", "add", str(repository), "inner", cwd=outer)
    assert find_root(outer / "inner" / "docs") == (outer / "inner").resolve()


def test_an_override_wins_over_git(repository: Path) -> None:
    assert find_root(repository, override=repository / "docs") == repository / "docs"
    with pytest.raises(RootError, match=r"b\.md' is not a folder"):
        find_root(repository, override=repository / "docs" / "b.md")


def test_a_file_names_its_folder_but_is_no_root_to_be_told(repository: Path) -> None:
    assert find_root(repository / "a.py") == repository
    with pytest.raises(RootError, match="not a folder"):
        find_root(repository, override=repository / "a.py")


@pytest.mark.parametrize("broken", ["empty folder", "other file"])
def test_what_only_looks_like_a_repository_is_none(root: Path, broken: str) -> None:
    (root / "below").mkdir()
    if broken == "empty folder":
        (root / ".git").mkdir()
    else:
        (root / ".git").write_text("nothing of git's\n")
    assert find_root(root / "below") == root / "below"


def test_links_are_resolved(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert find_root(tmp_path / "link") == root


def test_a_home_folder_what_is_above_it_and_a_drive_are_refused_unless_allowed() -> None:
    for folder in (Path.home(), Path.home().parent, Path("/")):
        with pytest.raises(RootError) as error:
            find_root(folder)
        assert "index_home" in error.value.hint
    assert find_root(Path.home(), allow_home=True) == Path.home().resolve()


def test_a_repository_of_the_home_folder_does_not_swallow_projects_in_it(run) -> None:
    run("init", "-q", cwd=Path.home())
    project = Path.home() / "work"
    project.mkdir()
    assert find_root(project) == project.resolve()


@pytest.mark.parametrize("bad", ["missing", "loop", "nul\0name", "~nobody-of-this-name/x"])
def test_what_is_no_folder_is_said_clearly(root: Path, bad: str) -> None:
    (root / "loop").symlink_to(root / "loop")
    with pytest.raises(RootError) as error:
        find_root(bad if bad.startswith("~") else root / bad)
    assert "--root" in error.value.hint


def test_a_pipe_is_no_folder(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(RootError, match="not a folder"):
        find_root(root / "pipe")


def test_an_unreadable_folder_is_said_clearly(powerless: Path) -> None:
    (powerless / "closed").mkdir(mode=0)
    with pytest.raises(RootError, match="may not be read"):
        find_root(powerless / "closed")
    with pytest.raises(RootError, match="may not be read"):
        find_root(powerless / "closed" / "below")
