"""What git is in the middle of, and what it says of a repository that is damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from codemaestro_jupyter.types import GitStatus
from codemaestro_jupyter.workspace.git import Git


def test_what_git_is_in_the_middle_of_and_where_it_stopped(repository: Path, run, write) -> None:
    run("checkout", "-q", "-b", "other", "HEAD~1")
    write(repository, {"a.py": "x = 7\n"})
    run("commit", "-q", "-a", "-m", "Mine")
    with pytest.raises(AssertionError):
        run("merge", "-q", "main")
    status = Git(repository).status()
    assert (status.underway, status.changed, status.conflicts) == ("merge", ("a.py",), ("a.py",))
    run("merge", "--abort")
    with pytest.raises(AssertionError):
        run("rebase", "-q", "main")
    assert Git(repository).status().underway == "rebase"
    run("rebase", "--abort")
    assert Git(repository).status() == GitStatus("other", run("rev-parse", "HEAD"))


def test_a_damaged_repository_is_not_taken_for_an_unchanged_one(repository: Path) -> None:
    for folder in (repository / ".git" / "objects").glob("??"):
        shutil.rmtree(folder)
    status = Git(repository).status()
    assert (status.branch, status.changed, status.known) == ("main", (), False)
