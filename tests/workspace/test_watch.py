"""Changes are seen: told by the system, or looked for where it cannot tell."""

from __future__ import annotations

import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import watchfiles._rust_notify  # noqa: F401 - what is imported while a test has nobody's rights may not be readable

from codemaestro_jupyter.workspace import watch
from codemaestro_jupyter.workspace.index import Index
from codemaestro_jupyter.workspace.watch import Watcher, empty_folders, git_folders

from .index_laws import git
from .test_index import documents, eventually, opened

__all__ = ["opened"]
LONG = 60.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "src").mkdir(parents=True)
    (root / "src" / "alpha.py").write_text("alpha = 1\n", encoding="utf8")
    return root


class Seen:
    """What a watcher tells, in order."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[set[str] | None] = queue.SimpleQueue()

    def __call__(self, paths: Iterable[str] | None) -> None:
        self.told.put(None if paths is None else set(paths))

    def until(self, wanted: set[str] | None) -> None:
        """Wait until all these paths (or with None: everything) were told."""
        missing = wanted
        while True:
            paths = self.told.get(timeout=LONG)
            if wanted is None:
                if paths is None:
                    return
            elif missing is not None and paths is not None:
                missing = missing - paths
                if not missing:
                    return


@pytest.fixture
def watched() -> Iterator[Callable[..., tuple[Watcher, Seen]]]:
    made: list[Watcher] = []

    def make(root: Path, folders: set[str], *, poll: bool | None = None) -> tuple[Watcher, Seen]:
        seen = Seen()
        watcher = Watcher(root, seen, lambda: folders, poll=poll)
        made.append(watcher)
        watcher.follow()
        if not poll:
            seen.until(None)  # what changed before the watch began
            assert watcher.watching.wait(LONG)
        return watcher, seen

    yield make
    for watcher in made:
        watcher.close()
    assert [thread for thread in threading.enumerate() if thread.name == "maestro-watch"] == []


def test_files_that_are_written_deleted_and_made_are_told(
    root: Path, watched: Callable[..., tuple[Watcher, Seen]]
) -> None:
    _, seen = watched(root, {"", "src"})
    (root / "src" / "alpha.py").write_text("alpha = 2\n", encoding="utf8")
    seen.until({"src/alpha.py"})
    (root / "beta.py").write_text("beta = 1\n", encoding="utf8")
    seen.until({"beta.py"})
    (root / "beta.py").unlink()
    seen.until({"beta.py"})


def test_folders_that_are_made_are_watched_too(root: Path, watched: Callable[..., tuple[Watcher, Seen]]) -> None:
    (root / "src" / "empty").mkdir()
    _, seen = watched(root, {"", "src"})
    (root / "src" / "empty" / "file.py").write_text("a = 1\n", encoding="utf8")
    seen.until({"src/empty/file.py"})
    (root / "new" / "deep").mkdir(parents=True)
    seen.until(None)  # the watch began anew
    (root / "new" / "deep" / "file.py").write_text("a = 1\n", encoding="utf8")
    if sys.platform == "linux":
        seen.until({"new/deep/file.py"})


def test_what_no_one_asks_for_is_not_told(root: Path, watched: Callable[..., tuple[Watcher, Seen]]) -> None:
    (root / "__pycache__").mkdir()
    _, seen = watched(root, {"", "src"})
    (root / "__pycache__" / "alpha.pyc").write_bytes(b"1")
    (root / ".env").write_text("A=1", encoding="utf8")
    (root / "picture.png").write_bytes(b"1")
    (root / "last.py").write_text("a = 1\n", encoding="utf8")
    assert seen.told.get(timeout=LONG) == {"last.py"}


def test_changed_rules_and_a_moved_head_mean_that_anything_may_have_changed(
    root: Path, watched: Callable[..., tuple[Watcher, Seen]]
) -> None:
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Begin")
    _, seen = watched(root, {"", "src"})
    (root / ".gitignore").write_text("*.log\n", encoding="utf8")
    seen.until(None)
    git(root, "commit", "-q", "--allow-empty", "-m", "Go on")
    seen.until(None)


def test_a_repository_that_is_made_later_is_watched(root: Path, watched: Callable[..., tuple[Watcher, Seen]]) -> None:
    _, seen = watched(root, {"", "src"})
    git(root, "init", "-q")
    seen.until(None)
    git(root, "commit", "-q", "--allow-empty", "-m", "Begin")
    seen.until(None)


def test_where_no_watches_are_left_it_looks_now_and_then(
    root: Path, watched: Callable[..., tuple[Watcher, Seen]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from watchfiles import _rust_notify

    def exhausted(*arguments: object) -> None:
        raise OSError(28, "OS file watch limit reached.")

    monkeypatch.setattr(_rust_notify, "RustNotify", exhausted)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.01)
    watcher = Watcher(root, seen := Seen(), lambda: {""})
    watcher.follow()
    try:
        for _ in range(3):
            seen.until(None)
        assert watcher.polling
        assert not watcher.watching.is_set()
    finally:
        watcher.close()


EXHAUSTED = """
import sys, threading
from pathlib import Path
from codemaestro_jupyter.workspace.watch import Watcher

Path("/proc/sys/user/max_inotify_watches").write_text("20")
root, told = Path(sys.argv[1]), threading.Event()
watcher = Watcher(root, lambda paths: told.set(), lambda: {f"d{number}" for number in range(40)})
watcher.follow()
assert told.wait(30)
print(watcher.polling, watcher.watching.is_set())
watcher.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there watches run out")
def test_when_the_system_has_too_few_watches_it_looks_now_and_then(root: Path) -> None:
    for number in range(40):
        (root / f"d{number}").mkdir()
    unprivileged = ["unshare", "--user", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*unprivileged, "true"], check=False).returncode:
        pytest.skip("this system gives nobody a limit of its own (user namespaces)")
    done = subprocess.run([*unprivileged, sys.executable, "-c", EXHAUSTED, str(root)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True False\n", "")


def test_a_folder_that_may_not_be_read_does_not_keep_others_from_being_watched(
    powerless: Path, watched: Callable[..., tuple[Watcher, Seen]]
) -> None:
    (powerless / "open").mkdir()
    (powerless / "closed").mkdir(mode=0)
    watcher, seen = watched(powerless, {"", "open", "closed"})
    (powerless / "open" / "alpha.py").write_text("alpha = 2\n", encoding="utf8")
    seen.until({"open/alpha.py"})
    assert not watcher.polling
    (powerless / "closed").chmod(0o700)


def test_what_is_behind_a_link_is_not_watched(
    root: Path, watched: Callable[..., tuple[Watcher, Seen]], tmp_path: Path
) -> None:
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    watcher, _ = watched(root, {"", "src"})
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / "src" / "loop").symlink_to(root)
    (root / "real").mkdir()
    (root / "src" / "moved").mkdir()
    wanted = {"", "src", "real", "src/moved"} if sys.platform == "linux" else {""}
    eventually(lambda: watcher._wanted() == wanted)
    (root / "real").rmdir()
    (root / "real").symlink_to(tmp_path / "elsewhere")
    assert "real" not in watcher._wanted()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one watch covers the whole root")
def test_a_folder_made_just_before_the_watch_begins_is_watched_as_well(
    root: Path, watched: Callable[..., tuple[Watcher, Seen]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gap(_: Path) -> list[Path]:
        (root / "gap").mkdir(exist_ok=True)
        return []

    monkeypatch.setattr(watch, "git_folders", gap)
    watcher, seen = watched(root, {"", "src"})
    eventually(lambda: "gap" in watcher._watched)

    def told() -> bool:
        (root / "gap" / "x.py").write_text("x = 1\n", encoding="utf8")
        paths = seen.told.get(timeout=LONG)
        return paths is not None and "gap/x.py" in paths

    eventually(told)


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def resting(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Watcher, Seen]]:
    """A watcher with which nothing has happened for long; it would rest for an hour."""
    monkeypatch.setattr(watch, "LONGEST_REST", 3600.0)
    seen, clock = Seen(), Clock()
    watcher = Watcher(root, seen, lambda: {"", "src"}, poll=False, clock=clock)
    watcher.follow()
    seen.until(None)
    clock.now = 1e6
    eventually(lambda: not watcher.awake.is_set())
    yield watcher, seen
    watcher.close()


def test_after_a_rest_what_changed_is_told_as_soon_as_somebody_is_there(
    root: Path, resting: tuple[Watcher, Seen]
) -> None:
    watcher, seen = resting
    (root / "src" / "alpha.py").write_text("alpha = 2\n", encoding="utf8")
    watcher.stir()
    seen.until({"src/alpha.py"})
    assert watcher.awake.wait(LONG)


def test_a_watcher_that_rests_closes_without_waiting(resting: tuple[Watcher, Seen]) -> None:
    watcher, _ = resting
    watcher.close()  # would last an hour
    assert [thread for thread in threading.enumerate() if thread.name == "maestro-watch"] == []


@pytest.mark.parametrize(("quiet", "rest"), [(0.0, 0.0), (29.0, 0.0), (31.0, 31 / 30), (90.0, 3.0), (1e6, 5.0)])
def test_it_rests_longer_the_longer_nothing_happens(quiet: float, rest: float) -> None:
    assert watch.rest_after(quiet) == rest


def test_a_watcher_that_never_began_closes() -> None:
    Watcher(Path("nowhere"), Seen(), set, poll=True).close()


def test_a_folder_that_vanished_is_passed_over(root: Path, watched: Callable[..., tuple[Watcher, Seen]]) -> None:
    _, seen = watched(root, {"", "src", "gone"})
    shutil.rmtree(root / "src")
    seen.until({"src/alpha.py"})


def test_git_keeps_head_where_the_root_says(root: Path, tmp_path: Path) -> None:
    assert git_folders(root) == []
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "Begin")
    assert git_folders(root / "src") == [root / ".git", root / ".git" / "logs"]
    git(root, "worktree", "add", "-q", str(tmp_path / "other"))
    place = (root / ".git" / "worktrees" / "other").resolve()
    assert git_folders(tmp_path / "other") == [place, place / "logs"]


def test_empty_folders_are_those_that_rules_let_in(root: Path) -> None:
    for folder in ("src/empty/deep", "node_modules/thing", "build/out", "docs"):
        (root / folder).mkdir(parents=True)
    (root / ".gitignore").write_text("build/\n", encoding="utf8")
    assert empty_folders(root, {"", "src"}) == {"src/empty", "src/empty/deep", "docs"}


@pytest.mark.parametrize("exhausted", [False, True])
def test_an_index_that_watches_sees_changes_by_itself(
    root: Path, tmp_path: Path, opened: Callable[..., Index], monkeypatch: pytest.MonkeyPatch, exhausted: bool
) -> None:
    if exhausted:
        monkeypatch.setattr(watch, "on_network", lambda root: True)
        monkeypatch.setattr(watch, "POLL_SECONDS", 0.05)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Begin")
    index = opened(root, tmp_path / "data" / "index.db", watch=True)
    assert index.wait(LONG)
    (root / "src" / "alpha.py").write_text("delta = 1\n", encoding="utf8")
    eventually(lambda: documents(index, "delta") == ["src/alpha.py"] and documents(index, "alpha") == [])
    (root / "deep" / "er").mkdir(parents=True)
    (root / "deep" / "er" / "new.py").write_text("omega = 1\n", encoding="utf8")
    eventually(lambda: documents(index, "omega") == ["deep/er/new.py"])
    (root / "deep" / "er" / "new.py").rename(root / "deep" / "moved.py")
    eventually(lambda: documents(index, "omega") == ["deep/moved.py"])
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Go on")
    eventually(lambda: list(index.view().history.subjects) == ["Go on", "Begin"])
    git(root, "checkout", "-q", "HEAD~1")
    eventually(lambda: list(index.view().paths) == ["src/alpha.py"] and documents(index, "alpha") == ["src/alpha.py"])
    (root / ".gitignore").write_text("src/\n", encoding="utf8")
    (root / "kept.py").write_text("kept = 1\n", encoding="utf8")
    eventually(lambda: list(index.view().paths) == [".gitignore", "kept.py", "src/alpha.py"])
