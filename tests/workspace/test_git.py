"""Git as a guest: its answers, the states that are all normal, and that nothing configured ever runs or changes."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.types import Commit, GitStatus
from codemaestro_jupyter.workspace.git import FileNames, Git, on_topic
from codemaestro_jupyter.workspace.guest import Guest, find_git
from codemaestro_jupyter.workspace.reader import Reader
from codemaestro_jupyter.workspace.secrets import WITHHELD

NOTHING = (False, "", (), GitStatus(), "", None)
REFUSED = (False, "", (), GitStatus(known=False), "", None)


def told(git: Git) -> tuple[object, ...]:
    return git.available, git.head(), git.history(), git.status(), git.diff(), git.files()


def subjects(git: Git, **options: object) -> list[tuple[str, tuple[str, ...]]]:
    return [(commit.subject, commit.files) for commit in git.history(**options)]  # type: ignore[arg-type]


# -- states that are all normal ---------------------------------------------------------------------


def test_no_repository(root: Path) -> None:
    assert told(Git(root)) == NOTHING


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    git = Git(repository)
    assert told(git) == REFUSED
    assert "not installed" in git.problem


def test_an_empty_repository(root: Path, run, write) -> None:
    run("init", "-q", "-b", "main")
    write(root, {"a.py": ""})
    status = GitStatus("main", "", (), ("a.py",))
    assert told(Git(root)) == (True, "", (), status, "", FileNames((), ("a.py",)))


def test_history_and_status(repository: Path, run, write) -> None:
    git = Git(repository)
    second, first = git.history()
    assert (second.subject, second.files, second.author) == ("Fix the parser", ("a.py",), "Ada")
    assert (first.subject, first.files) == ("Add the first files", ("a.py", "docs/b.md"))
    assert second.sha == git.head() == run("rev-parse", "HEAD")
    assert second.timestamp == float(run("log", "-1", "--format=%ct"))
    write(repository, {"a.py": "x = 3\n", 'new dir/é "q".py': "", ".env": "", "sub/k.pem": ""})
    assert git.status() == GitStatus("main", second.sha, ("a.py",), ('new dir/é "q".py',))
    run("add", ".")
    (repository / "docs" / "b.md").unlink()
    assert git.status() == GitStatus("main", second.sha, ("a.py", "docs/b.md", 'new dir/é "q".py'))


def test_a_detached_head(repository: Path, run) -> None:
    run("checkout", "-q", "HEAD~1")
    git = Git(repository)
    assert git.status() == GitStatus("", run("rev-parse", "HEAD"))
    assert [commit.subject for commit in git.history()] == ["Add the first files"]


def test_only_ancestors_of_head_count(repository: Path, run, write) -> None:
    run("checkout", "-q", "-b", "other")
    write(repository, {"later.py": ""})
    run("add", ".")
    run("commit", "-q", "-m", "A later commit")
    later = run("rev-parse", "HEAD")
    git = Git(repository)
    assert len(git.history()) == 3
    run("checkout", "-q", "main")
    assert [commit.subject for commit in git.history()] == ["Fix the parser", "Add the first files"]
    with pytest.raises(InputError, match="no commit of this branch"):
        git.diff(commit=later)


def test_a_shallow_clone_does_not_say_that_its_oldest_commit_changed_everything(repository: Path, run) -> None:
    clone = repository.parent / "shallow"
    run("clone", "-q", "--depth=1", f"file://{repository}", str(clone))
    assert subjects(Git(clone)) == [("Fix the parser", ())]


def test_a_bare_repository_has_a_history_and_no_files(repository: Path, run) -> None:
    bare = repository.parent / "bare"
    run("clone", "-q", "--bare", str(repository), str(bare))
    git = Git(bare)
    head = run("rev-parse", "HEAD")
    assert len(git.history()) == 2
    assert (git.available, git.head(), git.status(), git.files()) == (True, head, GitStatus("main", head), None)


def test_a_worktree(repository: Path, run, write) -> None:
    tree = repository.parent / "tree"
    run("worktree", "add", "-q", "-b", "side", str(tree), "HEAD~1")
    write(tree, {"a.py": "x = 9\n"})
    git = Git(tree)
    assert git.status() == GitStatus("side", run("rev-parse", "HEAD~1"), ("a.py",))
    assert git.head() == git.status().head


def test_packed_references(repository: Path, run) -> None:
    head = run("rev-parse", "HEAD")
    run("pack-refs", "--all")
    assert Git(repository).head() == head


def test_a_folder_inside_a_repository_knows_its_own_part(repository: Path, run, write) -> None:
    write(repository, {"docs/b.md": "# Other\n", "docs/c.md": "", "a.py": "y = 1\n"})
    git = Git(repository / "docs")
    assert git.status() == GitStatus("main", git.head(), ("b.md",), ("c.md",))
    assert subjects(git) == [("Add the first files", ("b.md",))]
    assert git.files() == FileNames(("b.md",), ("c.md",))
    assert "a.py" not in git.diff()
    assert "b.md" in git.diff()


def test_a_repository_above_that_is_not_ours_is_not_asked(run) -> None:
    run("init", "-q", cwd=Path.home())
    project = Path.home() / "work"
    project.mkdir()
    assert not Git(project).problem


def test_a_repository_that_keeps_its_files_elsewhere_is_refused(repository: Path, run, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    run("config", "core.worktree", str(tmp_path / "elsewhere"))
    git = Git(repository)
    assert told(git) == REFUSED
    assert git.problem


def test_a_broken_repository_is_refused_with_git_s_own_words(root: Path, write) -> None:
    write(root, {".git/HEAD": "nonsense", ".git/config": "[broken"})
    git = Git(root)
    assert told(git) == REFUSED
    assert git.problem
    assert Reader(root, git).list() == []


def test_the_person_s_git_variables_do_not_lead_elsewhere(
    repository: Path, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = run("rev-parse", "HEAD")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path))
    git = Git(repository)
    assert (git.available, git.head(), len(git.history())) == (True, head, 2)


# -- history ----------------------------------------------------------------------------------------


def test_history_by_path_topic_and_number(repository: Path, run, write) -> None:
    write(repository, {"*.py": "odd name\n"})
    run("add", ".")
    run("commit", "-q", "-m", "Parse the odd name")
    git = Git(repository)
    assert subjects(git, paths=["docs"]) == [("Add the first files", ("docs/b.md",))]
    assert subjects(git, paths=["*.py"]) == [("Parse the odd name", ("*.py",))]
    assert subjects(git, topic="where is the parser?") == [("Fix the parser", ("a.py",))]
    assert subjects(git, topic="nothing like it") == []
    assert len(git.history(1)) == 1
    assert git.history(0) == ()


def test_merges_are_left_out_and_so_are_deletions_and_secrets(repository: Path, run, write) -> None:
    run("checkout", "-q", "-b", "side", "HEAD~1")
    write(repository, {"c.py": "", ".env": "A=1", "id_rsa": ""})
    run("add", "-f", ".")
    run("rm", "-q", "docs/b.md")
    run("commit", "-q", "-m", "Work aside")
    run("merge", "-q", "-m", "A merge", "main")
    found = dict(subjects(Git(repository)))
    assert found == {"Work aside": ("c.py",), "Fix the parser": ("a.py",), "Add the first files": ("a.py", "docs/b.md")}


def test_a_subject_cannot_forge_commits_nor_leak_secrets(repository: Path, run) -> None:
    run("commit", "-q", "--allow-empty", "-m", "a\x01b\x02c\x1b[31m" + "0" * 40)
    run("commit", "-q", "--allow-empty", "-m", "password = 'hunter2hunter2'")
    assert subjects(Git(repository))[:2] == [(WITHHELD, ()), ("a b c [31m" + "0" * 40, ())]


def test_the_rarest_words_of_a_topic_count_most() -> None:
    def commit(number: int, subject: str) -> Commit:
        return Commit(str(number), -number, "", subject, ())

    past = [commit(number, "Fix it again") for number in range(9)] + [commit(9, "Speed the parser up")]
    assert [found.sha for found in on_topic(past, "fix parser", 2)] == ["0", "9"]


# -- differences ------------------------------------------------------------------------------------


def test_differences_are_shown_without_secrets(repository: Path, run, write) -> None:
    write(repository, {".env": "A=1\n", "a.py": "x = 2\n", "docs/b.md": "# Title\n"})
    run("add", "-f", ".env")
    run("commit", "-q", "-m", "Settings")
    write(repository, {".env": "A=2\n", "a.py": "x = 3\npassword = 'hunter2hunter2'\n", "docs/b.md": "# New\n"})
    git = Git(repository)
    diff = git.diff()
    assert "A=2" not in diff
    assert ".env" not in diff
    assert "hunter2" not in diff
    assert f"-x = 2\n+x = 3\n{WITHHELD}\n" in diff
    assert git.diff(["docs/b.md"]).endswith("-# Title\n+# New\n")
    assert git.diff(["docs/b.md"], limit=10) == "diff --git"
    assert git.diff(commit=git.history()[1].sha).endswith("-x = 1\n+x = 2\n")
    assert git.diff(commit=git.history()[2].sha[:10]).count("new file") == 2
    assert git.diff(commit=git.head()) == ""
    for bad in ("HEAD; rm -rf", "--output=x", "0" * 40, "zz"):
        with pytest.raises(InputError):
            git.diff(commit=bad)


# -- what a repository may not make us do -----------------------------------------------------------


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a mark when it runs; the mark's path is `trap.with_suffix(".ran")`."""
    program = tmp_path / "trap"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{program.with_suffix('.ran')}'\ncat 2>/dev/null\nexit 0\n")
    program.chmod(0o755)
    return program


def everything(git: Git) -> None:
    assert git.available
    git.head()
    git.files()
    git.status()
    git.diff()
    for commit in git.history():
        git.diff(commit=commit.sha)
    git.history(topic="parser", paths=["a.py"])


def set_traps(folder: Path, trap: Path, run) -> None:
    for name in (
        "core.fsmonitor",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.odd=name.clean",
        "filter.evil2.process",
        "gpg.program",
        "core.pager",
        "pager.log",
        "pager.diff",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "credential.helper",
        "interactive.diffFilter",
        "uploadpack.packObjectsHook",
    ):
        run("config", name, str(trap), cwd=folder)
    run("config", "filter.evil.required", "true", cwd=folder)
    run("config", "log.showSignature", "true", cwd=folder)
    run("config", "alias.log", f"!{trap}", cwd=folder)
    run("config", "core.hooksPath", str(trap.parent / "hooks"), cwd=folder)
    hooks = trap.parent / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "fsmonitor-watchman", "post-checkout", "pre-auto-gc", "reference-transaction"):
        (hooks / hook).write_bytes(trap.read_bytes())
        (hooks / hook).chmod(0o755)


def touch(*files: Path) -> None:
    """Make git doubt what it knows of the files, so that it compares their contents."""
    for file in files:
        os.utime(file, (1, 1))


def test_nothing_that_is_configured_runs_and_nothing_is_written(repository: Path, run, write, trap: Path) -> None:
    write(
        repository,
        {".gitattributes": "*.py diff=evil filter=evil\n*.md filter=odd=name\n*.txt filter=evil2\n", "t.txt": "t"},
    )
    run("add", ".")
    run("commit", "-q", "-m", "Attributes")
    write(repository, {"a.py": "x = 5\n", "t.txt": "u"})
    set_traps(repository, trap, run)
    trap.with_suffix(".ran").unlink(missing_ok=True)
    touch(repository / "docs" / "b.md", repository / "t.txt")
    index = repository / ".git" / "index"
    before = {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")}
    content = index.read_bytes()
    everything(Git(repository))
    assert Git(repository).status().changed == ("a.py", "t.txt")
    assert not trap.with_suffix(".ran").exists(), trap.with_suffix(".ran").read_text()
    assert index.read_bytes() == content
    assert {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")} == before


def test_the_trap_works(repository: Path, run, trap: Path) -> None:
    set_traps(repository, trap, run)
    touch(repository / "a.py")
    run("status")
    assert trap.with_suffix(".ran").exists()


def test_a_person_s_own_traces_are_not_written(repository: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    (Path.home() / ".gitconfig").write_text(
        "".join(f'[trace2]\n{kind}Target = "{trace.as_posix()}"\n' for kind in ("event", "normal", "perf"))
    )
    subprocess.run(["git", "status"], cwd=repository, check=True, capture_output=True)
    assert trace.exists()
    trace.unlink()
    Git(repository).status()
    assert not trace.exists()


def test_nothing_runs_inside_submodules_either(repository: Path, run, trap: Path) -> None:
    run("clone", "-q", str(repository), str(repository.parent / "other"))
    run("submodule", "--quiet", "add", str(repository.parent / "other"), "module")
    run("commit", "-q", "-m", "A module")
    run("config", "submodule.recurse", "true")
    run("config", "status.submoduleSummary", "true")
    run("config", "diff.submodule", "diff")
    set_traps(repository / "module", trap, run)
    (repository / "module" / "a.py").write_text("x = 7\n")
    trap.with_suffix(".ran").unlink(missing_ok=True)
    everything(Git(repository))
    assert not trap.with_suffix(".ran").exists(), trap.with_suffix(".ran").read_text()


def test_nothing_is_fetched_for_a_partial_clone(repository: Path, run, trap: Path) -> None:
    run("config", "uploadpack.allowFilter", "true")
    clone = repository.parent / "partial"
    run("clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repository}", str(clone))
    run("config", "remote.origin.uploadpack", str(trap), cwd=clone)
    run("config", "protocol.file.allow", "always", cwd=clone)
    packs = sorted((clone / ".git" / "objects").rglob("*"))
    git = Git(clone)
    assert [commit.subject for commit in git.history()] == ["Fix the parser", "Add the first files"]
    everything(git)
    assert sorted((clone / ".git" / "objects").rglob("*")) == packs
    assert not trap.with_suffix(".ran").exists()


def test_a_git_inside_the_project_is_never_run(repository: Path, trap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = repository / "bin" / "git"
    fake.parent.mkdir()
    fake.write_bytes(trap.read_bytes())
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.chdir(fake.parent)
    monkeypatch.setenv("PATH", os.pathsep.join([str(fake.parent), "", ".", "bin", os.environ["PATH"]]))
    found = find_git(repository)
    assert found is not None
    assert not Path(found).is_relative_to(repository)
    everything(Git(repository))
    assert not trap.with_suffix(".ran").exists()


def test_what_takes_too_long_or_prints_too_much_is_ended(root: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    endless = tmp_path / "endless"
    endless.write_text("#!/bin/sh\nexec yes\n")
    for program in (slow, endless):
        program.chmod(0o755)
    assert Guest(str(slow), root, root).run("status", seconds=0.2) is None
    assert Guest(str(endless), root, root).run("status", most=10) == b"y\ny\ny\ny\ny\n"
    assert Guest(str(tmp_path / "none"), root, root).run("status") is None
