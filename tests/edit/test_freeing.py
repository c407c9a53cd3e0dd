"""What is replaced is freed while names are synced, only where that is harmless, and always."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codemaestro_jupyter.edit import freeing
from codemaestro_jupyter.edit.files import DiskFiles
from codemaestro_jupyter.edit.freeing import Freeing, kind_of

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
41 22 0:35 / /home rw,relatime shared:20 master:1 - nfs4 server:/home rw,vers=4.2
50 22 0:40 / /mnt/my\\040disk rw - fuse.sshfs me@there: rw
"""
linux = pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="handles without opening are of Linux")


def handles(root: Path) -> list[str]:
    """What this process holds below a folder."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            where = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if where.startswith(f"{root}/"):
            found.append(where)
    return found


@pytest.mark.skipif(os.name != "posix", reason="device numbers are of POSIX")
@pytest.mark.parametrize(
    ("device", "kind"), [((8, 1), "ext4"), ((0, 35), "nfs4"), ((0, 40), "fuse.sshfs"), ((9, 9), "")]
)
def test_a_device_has_the_kind_that_the_system_lists(tmp_path: Path, device: tuple[int, int], kind: str) -> None:
    (tmp_path / "mounts").write_text(MOUNTS, encoding="utf8")
    assert kind_of(os.makedev(*device), str(tmp_path / "mounts")) == kind
    assert kind_of(os.makedev(*device), str(tmp_path / "nothing")) == ""


def replaced(files: DiskFiles, root: Path, count: int) -> None:
    for number in range(count):
        (root / f"{number}.txt").write_bytes(b"old")
        (root / f"{number}.new").write_bytes(b"new")
        files.replace(f"{root}/{number}.new", f"{root}/{number}.txt")


@linux
@pytest.mark.parametrize("kind", ["ext4", "nfs4", ""])
@pytest.mark.parametrize("count", [1, 5, freeing.MOST + 3])
def test_what_is_replaced_is_held_until_the_folder_is_synced(
    tmp_path: Path, kind: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeing, "kind_of", lambda device: kind)
    root = Path(os.path.realpath(tmp_path))
    files = DiskFiles()
    replaced(files, root, count)
    assert len(handles(root)) == (min(count, freeing.MOST) if kind == "ext4" else 0)
    files.sync_folders([str(root)])
    assert handles(root) == []
    assert {(root / f"{number}.txt").read_bytes() for number in range(count)} == {b"new"}
    files.close()


@linux
def test_closing_lets_go_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeing, "kind_of", lambda device: "ext4")
    root = Path(os.path.realpath(tmp_path))
    files = DiskFiles()
    replaced(files, root, 3)
    files.close()
    assert handles(root) == []


def test_what_is_not_there_is_not_held(tmp_path: Path) -> None:
    held = Freeing()
    held.hold(str(tmp_path / "nothing"))
    assert held.release() == []
