"""The index as it is used: a child process that writes, views that read, and bad days."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from codemaestro_jupyter.workspace.index import Index, IndexProgress

from .index_laws import Built, git

LONG = 60.0


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what another thread or process does; fail after a minute."""
    until = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "src").mkdir(parents=True)
    (root / "src" / "alpha.py").write_text("import os\n\ndef alpha_beta(gamma):\n    return gamma\n", encoding="utf8")
    (root / "README.md").write_text("# Alpha\n\nHow gamma works.\n", encoding="utf8")
    return root


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "index.db"


@pytest.fixture
def opened() -> Iterator[Callable[..., Index]]:
    """Makes started indexes, closes them, and fails if a thread or a process of theirs survives."""
    before = set(threading.enumerate())
    made: list[Index] = []

    def make(root: Path, path: Path | None, *, watch: bool = False) -> Index:
        index = Index(root, path, watch=watch)
        made.append(index)
        index.start()
        return index

    yield make
    children = [psutil.Process(index.child_pid) for index in made if index.child_pid]
    for index in made:
        index.close()
    assert [child for child in children if child.is_running()] == []
    assert [thread for thread in threading.enumerate() if thread not in before] == []


def commit_all(root: Path, subject: str) -> str:
    if not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", subject)
    return git(root, "rev-parse", "HEAD").strip()


def documents(index: Index, term: str) -> list[str]:
    view = index.view()
    return sorted(view.paths[document] for document in view.field("content").postings(term)[0])


def test_a_project_is_listed_read_and_found(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    head = commit_all(root, "Begin with alpha")
    index = opened(root, path)
    assert index.wait(LONG)
    view = index.view()
    assert list(view.paths) == ["README.md", "src/alpha.py"]
    assert view.head == head
    assert list(view.history.subjects) == ["Begin with alpha"]
    assert [files.tolist() for files in view.history.files] == [[0, 1]]
    assert documents(index, "gamma") == ["README.md", "src/alpha.py"]
    assert view.field("content").complete("gam", 3) == [("gamma", 2)]
    assert view.words("ALPHA", 3) == [("Alpha", 1), ("alpha_beta", 1)]
    assert [view.paths[document] for document in view.uses("alpha_beta")] == ["src/alpha.py"]
    [found] = view.definitions("alpha_beta")
    assert (found.path, found.line, found.kind, found.signature) == ("src/alpha.py", 3, "function", found.signature)
    assert view.outline(1)[1] == ("os",)
    assert view.field("content").complete("\ud83d", 3) == []  # half an emoji
    assert (view.position("src/alpha.py"), view.position("src")) == (1, None)
    assert index.progress() == IndexProgress(2, 2, "ready")


@pytest.mark.parametrize("in_git", [True, False])
def test_an_empty_folder_is_a_project_too(
    tmp_path: Path, path: Path, opened: Callable[..., Index], in_git: bool
) -> None:
    (tmp_path / "empty").mkdir()
    if in_git:
        git(tmp_path / "empty", "init", "-q")
    index = opened(tmp_path / "empty", path)
    assert index.wait(LONG)
    view = index.view()
    assert (list(view.paths), view.head, list(view.history.subjects)) == ([], "", [])
    assert view.words("a", 5) == []
    assert view.definitions("a") == []
    assert index.progress() == IndexProgress(0, 0, "ready")


def test_a_second_start_reads_only_what_changed(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    first = opened(root, path)
    assert first.wait(LONG)
    first.close()
    (root / "src" / "alpha.py").write_text("delta = 1\n", encoding="utf8")
    with sqlite3.connect(path) as connection:
        before = connection.execute("SELECT id FROM docs WHERE path = 'README.md'").fetchall()
    connection.close()
    second = opened(root, path)
    assert second.wait(LONG)
    assert documents(second, "delta") == ["src/alpha.py"]
    assert documents(second, "gamma") == ["README.md"]
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT id FROM docs WHERE path = 'README.md' AND died = 0").fetchall() == before
    connection.close()


def test_a_checkout_is_seen_though_sizes_and_times_are_equal(
    root: Path, path: Path, opened: Callable[..., Index]
) -> None:
    file = root / "src" / "alpha.py"
    commits = []
    for word in ("delta", "omega", "theta"):
        file.write_text(f"{word} = 1\n", encoding="utf8")
        commits.append((word, commit_all(root, f"Say {word}")))
    index = opened(root, path)
    assert index.wait(LONG)
    for number in range(12):
        word, commit = commits[number % 3]
        git(root, "checkout", "-q", "-f", "--detach", commit)
        os.utime(file, (1_700_000_000, 1_700_000_000))
        (root / "left_over.py").write_text("left_over = 1\n", encoding="utf8")
        git(root, "clean", "-qfdx")
        index.refresh()
        assert index.wait(LONG)
        view = index.view()
        assert view.head == commit
        assert [documents(index, each) for each in ("delta", "omega", "theta")].count(["src/alpha.py"]) == 1
        assert file.read_text(encoding="utf8") == f"{word} = 1\n"
        assert documents(index, word) == ["src/alpha.py"]
        assert list(view.paths) == ["README.md", "src/alpha.py"]
        assert view.history.subjects[0] == f"Say {word}"
        assert len(view.history.subjects) == number % 3 + 1


def test_a_view_stays_what_it_was(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    index = opened(root, path)
    assert index.wait(LONG)
    old = index.view()
    paths, found = list(old.paths), old.field("content").postings("gamma")[0].tolist()
    (root / "a.py").write_text("gamma = 1\n", encoding="utf8")
    index.refresh(["a.py"])
    assert index.wait(LONG)
    assert (list(old.paths), old.field("content").postings("gamma")[0].tolist()) == (paths, found)
    assert index.view().generation > old.generation
    assert documents(index, "gamma") == ["README.md", "a.py", "src/alpha.py"]
    same = index.view()
    index.refresh()
    assert index.wait(LONG)
    assert index.view() is same


def test_a_killed_child_is_started_again_and_nothing_is_lost(
    root: Path, path: Path, opened: Callable[..., Index]
) -> None:
    index = opened(root, path)
    assert index.wait(LONG)
    for number in range(3):
        pid = index.child_pid
        assert pid is not None
        (root / f"more{number}.py").write_text(f"more{number} = gamma\n", encoding="utf8")
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        index.refresh()
        assert index.wait(LONG)
        assert documents(index, f"more{number}") == [f"more{number}.py"]
        assert index.child_pid != pid


def test_killing_while_it_writes_leaves_a_usable_index(
    tmp_path: Path, path: Path, opened: Callable[..., Index]
) -> None:
    root = tmp_path / "many"
    root.mkdir()
    for number in range(250):
        text = "".join(f"word{number}_{word} = gamma{word % 7}\n" for word in range(30))
        (root / f"file{number}.py").write_text(text, encoding="utf8")
    index = opened(root, path)
    killed = 0
    while killed < 3 and index.progress().state != "ready":
        seen = index.progress().done
        eventually(lambda seen=seen: index.progress().done > seen or index.progress().state == "ready")  # type: ignore[misc]
        if index.child_pid is not None:
            os.kill(index.child_pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
            killed += 1
    assert index.wait(LONG)
    index.close()
    interrupted, fresh = Built(root, path), Built(root, tmp_path / "fresh" / "index.db")
    fresh.update()
    assert interrupted.knowledge() == fresh.knowledge()
    interrupted.close()
    fresh.close()


def test_the_child_ends_with_its_parent(root: Path, path: Path, tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib\n"
        "from codemaestro_jupyter.workspace.index import Index\n"
        "index = Index(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), watch=False)\n"
        "index.start(); index.wait(60); print(index.child_pid, flush=True); os._exit(1)\n"
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", program, str(root), str(path)], capture_output=True, text=True, check=False
    )
    pid = int(done.stdout)
    eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_two_processes_share_one_index_and_one_takes_over(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    first, second = opened(root, path), opened(root, path)
    assert first.wait(LONG)
    assert second.wait(LONG)
    (root / "new.py").write_text("delta = 1\n", encoding="utf8")
    first.refresh()
    assert first.wait(LONG)
    eventually(lambda: documents(second, "delta") == ["new.py"])  # without being asked
    first.close()
    (root / "newer.py").write_text("omega = 1\n", encoding="utf8")
    second.refresh()
    assert second.wait(LONG)
    assert documents(second, "omega") == ["newer.py"]


def test_a_corrupt_database_is_set_aside_and_made_again(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, " * 1000)
    index = opened(root, path)
    assert index.wait(LONG)
    assert documents(index, "gamma") == ["README.md", "src/alpha.py"]
    [notice] = index.notices
    assert "set aside" in notice
    assert len(list(path.parent.glob("index.db.corrupt-*"))) >= 1


def test_a_database_broken_under_it_is_made_again(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    index = opened(root, path)
    assert index.wait(LONG)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    (root / "new.py").write_text("delta = 1\n", encoding="utf8")
    index.refresh()
    assert index.wait(LONG)
    assert documents(index, "delta") == ["new.py"]
    assert documents(index, "gamma") == ["README.md", "src/alpha.py"]


def test_a_database_deleted_under_it_is_made_again_unasked(
    root: Path, path: Path, opened: Callable[..., Index]
) -> None:
    index = opened(root, path)
    assert index.wait(LONG)
    before = index.view()
    shutil.rmtree(path.parent)
    eventually(path.exists)
    eventually(lambda: index.view() is not before and documents(index, "gamma") == ["README.md", "src/alpha.py"])
    assert any("deleted" in notice for notice in index.notices)


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such mode there")
def test_where_nothing_can_be_written_the_index_is_temporary(
    root: Path, tmp_path: Path, opened: Callable[..., Index]
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be", encoding="utf8")
    index = opened(root, blocked / "index.db")
    assert index.wait(LONG)
    assert documents(index, "gamma") == ["README.md", "src/alpha.py"]
    [notice] = index.notices
    assert "temporary folder" in notice


def test_without_a_path_the_index_leaves_nothing_behind(root: Path) -> None:
    index = Index(root, None, watch=False)
    index.start()
    assert index.wait(LONG)
    assert documents(index, "gamma") == ["README.md", "src/alpha.py"]
    spare = index.path
    assert spare is not None
    assert spare.exists()
    index.close()
    assert not spare.parent.exists()


def test_a_newer_database_is_left_alone(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    built = Built(root, path)
    built.update()
    built.close()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('index', 'index 99', '')"
        )
    connection.close()
    before = path.read_bytes()
    index = opened(root, path)
    assert index.wait(LONG)
    assert documents(index, "gamma") == ["README.md", "src/alpha.py"]
    assert path.read_bytes() == before
    assert any("newer" in notice for notice in index.notices)


def test_rebuilding_throws_everything_away_and_finds_the_same(
    root: Path, path: Path, opened: Callable[..., Index]
) -> None:
    commit_all(root, "Begin")
    index = opened(root, path)
    assert index.wait(LONG)
    before = index.view()
    index.rebuild()
    assert index.wait(LONG)
    assert index.view() is not before
    assert list(index.view().history.subjects) == ["Begin"]
    assert documents(index, "gamma") == ["README.md", "src/alpha.py"]


def test_a_root_that_vanishes_is_an_empty_project(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    index = opened(root, path)
    assert index.wait(LONG)
    shutil.rmtree(root)
    index.refresh()
    assert index.wait(LONG)
    assert list(index.view().paths) == []


def test_callbacks_come_with_each_new_view_until_taken_back(
    root: Path, path: Path, opened: Callable[..., Index]
) -> None:
    index = opened(root, path)
    assert index.wait(LONG)
    threads: list[str] = []
    forget = index.on_change(lambda: threads.append(threading.current_thread().name))
    (root / "new.py").write_text("delta = 1\n", encoding="utf8")
    index.refresh(["new.py"])
    assert index.wait(LONG)
    assert threads == ["maestro-index"]
    forget()
    (root / "new.py").write_text("omega = 12\n", encoding="utf8")
    index.refresh(["new.py"])
    assert index.wait(LONG)
    assert threads == ["maestro-index"]


def test_what_must_not_be_shown_is_not_indexed(root: Path, path: Path, opened: Callable[..., Index]) -> None:
    (root / ".env").write_text("PASSWORD=alphabetagamma\n", encoding="utf8")
    (root / "keys.py").write_text("token = 'ghp_0123456789abcdefghijABCDEFGHIJ012345'\n", encoding="utf8")
    (root / "image.txt").write_bytes(b"\x89\0\0\0")
    (root / "huge.txt").write_text("hugeword " * 100_000, encoding="utf8")
    index = opened(root, path)
    assert index.wait(LONG)
    assert list(index.view().paths) == ["README.md", "keys.py", "src/alpha.py"]
    assert b"ghp_0123456789" not in path.read_bytes() + path.with_name("index.db-wal").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="priorities are classes there")
@pytest.mark.parametrize("hurried", [False, True])
def test_the_child_leaves_the_processor_to_others_unless_somebody_waits(root: Path, hurried: bool) -> None:
    index = Index(root, None, watch=False, hurried=hurried)
    index.start()
    assert index.wait(LONG)
    assert index.child_pid is not None
    assert (psutil.Process(index.child_pid).nice() > psutil.Process().nice()) is not hurried
    index.close()
