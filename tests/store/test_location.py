from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import DiskError
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.store.location import cache_folder, data_folder, on_network


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "codemaestro"


def settings(database: str = "project") -> Settings:
    return Settings(environment={}, policy={}, database=database)


def project(tmp_path: Path, name: str = "project") -> Path:
    root = tmp_path / name
    root.mkdir()
    return root


def test_the_folder_is_private_and_invisible_to_git(tmp_path: Path, cache: Path) -> None:
    folder = data_folder(project(tmp_path), settings())
    assert folder == tmp_path / "project" / ".codemaestro"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in folder.iterdir()] == [".gitignore"]
    assert (folder / ".gitignore").read_text() == "*\n"
    assert not cache.exists()


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path, cache: Path) -> None:
    root = project(tmp_path)
    (root / ".codemaestro").mkdir(mode=0o755)
    assert data_folder(root, settings()).stat().st_mode & 0o777 == 0o700


def test_the_cache_folder_is_used_on_request_and_differs_by_root(tmp_path: Path, cache: Path) -> None:
    here, there = project(tmp_path, "my project"), project(tmp_path / "my project", "my project")
    folders = [data_folder(root, settings(database="cache")) for root in (here, there, here)]
    assert folders[0] == folders[2] != folders[1]
    assert all(folder.parent == cache and folder.name.startswith("my-project-") for folder in folders)
    assert folders[0].stat().st_mode & 0o777 == 0o700
    assert not (here / ".codemaestro").exists()


def test_a_root_that_cannot_be_written_falls_back_to_the_cache(tmp_path: Path, cache: Path) -> None:
    root = project(tmp_path)
    (root / ".codemaestro").write_text("in the way, as a read-only root would be")
    assert data_folder(root, settings()).parent == cache


def test_a_read_only_root_falls_back_to_the_cache(powerless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(powerless / "cache"))
    root = project(powerless)
    root.chmod(0o500)
    assert data_folder(root, settings()).parent == powerless / "cache" / "codemaestro"


def test_a_cloned_project_cannot_choose_where_we_write(tmp_path: Path, cache: Path) -> None:
    root = project(tmp_path)
    elsewhere = project(tmp_path, "elsewhere")
    (root / ".codemaestro").symlink_to(elsewhere)
    assert data_folder(root, settings()).parent == cache
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("name", [".gitignore", "maestro.db", "index.db.lock", "journal", "journal/deep/undo"])
def test_a_link_that_came_with_the_project_is_not_written_through(tmp_path: Path, cache: Path, name: str) -> None:
    root, target = project(tmp_path), tmp_path / "target"
    place = root / ".codemaestro" / name
    place.parent.mkdir(parents=True)
    place.symlink_to(target)
    assert data_folder(root, settings()).parent == cache
    assert not target.exists()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("below", ["", "deep/er"])
def test_what_came_with_the_project_is_not_remembered(tmp_path: Path, cache: Path, below: str) -> None:
    top = project(tmp_path)
    root = top / below
    ours = root / ".codemaestro"
    ours.mkdir(parents=True)
    git = ("git", "-C", str(top))
    subprocess.run([*git, "init", "-q"], check=True)
    assert data_folder(root, settings()) == ours
    (ours / "maestro.db").write_text("planted")
    assert data_folder(root, settings()) == ours
    subprocess.run([*git, "add", "-f", str(ours)], check=True)
    assert data_folder(root, settings()).parent == cache
    subprocess.run([*git, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "Plant"], check=True)
    tree = tmp_path / "tree"
    subprocess.run([*git, "worktree", "add", "-q", str(tree)], check=True)
    assert data_folder(tree / below, settings()).parent == cache


def test_no_writable_place_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(DiskError, match=r"can be written.*XDG_CACHE_HOME"):
        data_folder(project(tmp_path), settings(database="cache"))


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"XDG_CACHE_HOME": "/x"}, "linux", Path("/x/codemaestro")),
        ({}, "linux", Path.home() / ".cache" / "codemaestro"),
        ({}, "darwin", Path.home() / "Library" / "Caches" / "codemaestro"),
        ({"LOCALAPPDATA": "/l"}, "win32", Path("/l/codemaestro/Cache")),
    ],
)
def test_the_cache_follows_each_system(environment: dict[str, str], platform: str, expected: Path) -> None:
    assert cache_folder(environment, platform) == expected


LINUX = r"""22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:27 / /home rw,relatime - nfs4 server:/home rw
31 30 0:28 / /home/me/local\040disk rw - xfs /dev/sdb rw
32 22 0:29 / /mnt/c rw - 9p drvfs rw"""
MACOS = """/dev/disk1s1 on / (apfs, local, journaled)
//me@server/share on /Volumes/share (smbfs, nodev, nosuid, mounted by me)"""


@pytest.mark.parametrize(
    ("mounts", "path", "expected"),
    [
        (LINUX, "/srv/project", False),
        (LINUX, "/home/me/project", True),
        (LINUX, "/home/me/local disk/project", False),
        (LINUX, "/homework", False),
        (LINUX, "/mnt/c/project", True),
        (MACOS, "/Users/me", False),
        (MACOS, "/Volumes/share/project", True),
        ("", "/anywhere", False),
    ],
)
def test_network_file_systems_are_known_by_their_mount(mounts: str, path: str, expected: bool) -> None:
    assert on_network(Path(path), mounts) is expected
