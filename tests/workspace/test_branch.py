"""What the current branch has of its own, and which branch it is compared with."""

from __future__ import annotations

from pathlib import Path

from codemaestro_jupyter.types import BranchWork
from codemaestro_jupyter.workspace.git import Git


def test_a_branch_has_what_it_did_since_it_left_the_main_one(repository: Path, run, write) -> None:
    git = Git(repository)
    fork = git.head()
    assert git.branch() is None  # main itself
    run("switch", "-qc", "topic")
    assert git.branch() == BranchWork("main", fork)
    write(repository, {"a.py": "x = 3\ny = 4\n", "new/c.py": "z = 1\n", ".env": "KEY=1\n"})
    run("add", ".")
    run("commit", "-qm", "Add z")
    run("switch", "-q", "main")
    write(repository, {"main.py": "m = 1\n"})
    run("add", ".")
    run("commit", "-qm", "Go on without the branch")
    run("switch", "-q", "topic")
    work = git.branch()
    assert work is not None
    assert (work.base, work.fork) == ("main", fork)
    assert [(commit.subject, commit.files) for commit in work.commits] == [("Add z", ("a.py", "new/c.py"))]
    assert work.files == (("a.py", 2, 1), ("new/c.py", 1, 0))
    run("switch", "-q", "--detach")
    assert git.branch() is None


def test_a_branch_is_compared_with_the_one_that_the_remote_calls_its_own(repository: Path, run, write) -> None:
    run("update-ref", "refs/remotes/origin/stable", "HEAD~1")
    run("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/stable")
    run("switch", "-qc", "topic")
    work = Git(repository).branch()
    assert work is not None
    assert (work.base, [commit.subject for commit in work.commits]) == ("origin/stable", ["Fix the parser"])
