"""The index and the reader name the same files, whatever kind of place the root is."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter.workspace.index.files import Files
from codemaestro_jupyter.workspace.index.repository import Repository
from codemaestro_jupyter.workspace.reader import Reader

from .index_laws import Built


@pytest.mark.parametrize("place", [".", "docs", "scratch", "nested", "../bare.git", "../tree", "../plain"])
def test_the_index_lists_what_the_reader_lists(repository: Path, run, write, place: str) -> None:
    write(repository, {".gitignore": "scratch/\n*.gen\n", "x.gen": "", "new.py": "", "scratch/s.py": "", ".env": ""})
    run("init", "-q", "nested")
    write(repository, {"nested/n.py": ""})
    run("clone", "-q", "--bare", str(repository), str(repository.parent / "bare.git"))
    run("worktree", "add", "-q", str(repository.parent / "tree"))
    write(repository.parent, {"plain/.gitignore": "*.gen", "plain/a.py": "", "plain/b.gen": "", "plain/d/c.py": ""})
    root = (repository / place).resolve()
    git = Repository(root)
    files = Files(root, git)
    listed = sorted(path for chunk in files.listed() for path in chunk if files.stat(path))
    assert listed == [file.path for file in Reader(root, git).list()]
    assert (listed == []) == (place == "../bare.git")
    asked = ["a.py", "b.md", "s.py", "n.py", "x.gen", "b.gen", "config", "HEAD"]
    assert {path for path in files.among(asked) if files.stat(path)} == {path for path in listed if path in asked}  # type: ignore[arg-type]


def test_what_is_behind_a_link_is_no_file_of_the_project(root: Path, write, tmp_path: Path) -> None:
    write(tmp_path, {"elsewhere/x.py": ""})
    write(root, {"real/a.py": ""})
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (root / "in").symlink_to(root / "real")
    (root / "file.py").symlink_to(root / "real" / "a.py")
    files = Files(root, Repository(root))
    asked = ["out", "in", "file.py", "out/x.py", "in/a.py", "real"]
    assert files.among(asked) == {"real/a.py"}  # type: ignore[arg-type]


def test_a_list_that_git_cannot_give_is_not_an_empty_one(repository: Path, write) -> None:
    write(repository, {".gitignore": "*.gen\n", "x.gen": "", "new.py": ""})
    built = Built(repository, repository.parent / "data" / "index.db")
    paths = [".gitignore", "a.py", "docs/b.md", "new.py"]
    assert list(built.update().paths) == paths
    (repository / ".git" / "index").write_bytes(b"broken")
    assert list(built.update().paths) == paths
    write(repository, {"later.py": "", "later.gen": ""})
    assert list(built.update(["later.py", "later.gen"]).paths) == sorted([*paths, "later.py"])
    built.close()


def test_a_file_that_may_be_read_later_is_read_later(powerless: Path) -> None:
    (powerless / "a.py").write_text("def found(): ...\n", encoding="utf8")
    (powerless / "a.py").chmod(0)
    built = Built(powerless, powerless / ".codemaestro" / "index.db")
    assert built.update().definitions("found") == []
    (powerless / "a.py").chmod(0o600)
    assert [symbol.path for symbol in built.update().definitions("found")] == ["a.py"]
    built.close()
