"""Where the databases live: a private folder in the project, or the user's cache where that cannot be.

The folder has mode 0700 and a `.gitignore` of `*`, so that nobody else reads what was typed and git never sees it.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from codemaestro_jupyter.errors import DiskError
from codemaestro_jupyter.settings import Settings

FOLDER_NAME = ".codemaestro"
STORE_FILE = "maestro.db"
INDEX_FILE = "index.db"

# SQLite's write-ahead log shares memory between processes of one machine, so it cannot work where several machines
# (or a virtual machine and its host) see one file: https://www.sqlite.org/wal.html, "Disadvantages".
NETWORK_FILE_SYSTEMS = frozenset(
    (  # noqa: SIM905
        "9p afpfs afs beegfs ceph cifs coda davfs drvfs fuse.cephfs fuse.gcsfuse fuse.glusterfs fuse.rclone fuse.s3fs "
        "fuse.sshfs fuse.davfs2 gfs gfs2 glusterfs gpfs lustre macfuse ncpfs nfs nfs4 ocfs2 orangefs prl_fs pvfs2 smb2 "
        "smb3 smbfs vboxsf virtiofs vmhgfs webdav"
    ).split()
)


def data_folder(root: Path, settings: Settings) -> Path:
    """The folder for this root's databases, made if it is missing.

    It is `<root>/.codemaestro` unless the setting `database` asks for the cache, the root cannot be written, or that
    folder came with the project: a cloned project chooses neither where we write nor what we remember. Raises
    `DiskError` if the cache folder cannot be written either; work can then go on in memory.
    """
    if settings.values.database == "project":
        folder = root / FOLDER_NAME
        with contextlib.suppress(OSError):
            if not holds_links(folder) and not is_tracked(folder):
                return make_folder(folder)
    folder = cache_folder() / _name_of(root)
    try:
        return make_folder(folder)
    except OSError as error:
        raise DiskError(
            f"Neither {root} nor {folder} can be written ({error.strerror or error}).",
            hint="Nothing is kept beyond this session; set XDG_CACHE_HOME to a folder that can be written.",
        ) from error


def holds_links(folder: Path) -> bool:
    """Whether a folder is a symbolic link, or one lies in it or in its folders: we never make any."""
    if folder.is_symlink():
        return True
    if not folder.exists():
        return False
    with os.scandir(folder) as entries:
        inside = list(entries)
    below = [entry for entry in inside if entry.is_dir(follow_symlinks=False)]
    return any(entry.is_symlink() for entry in inside) or any(
        os.path.islink(os.path.join(place, name))
        for entry in below
        for place, folders, files in os.walk(entry.path)
        for name in (*folders, *files)
    )


def is_tracked(folder: Path) -> bool:
    """Whether the repository around a folder tracks something in it, read from git's own list of tracked files.

    That list holds full paths (versions 2 and 3 of its format, which git writes unless it is told otherwise).
    """
    for top in folder.parents:
        place = top / ".git"
        try:
            if place.is_file():  # a worktree or a submodule
                place = top / place.read_text(encoding="utf8").removeprefix("gitdir:").strip()
            with (place / "index").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as index:
                return index.find(os.fsencode(folder.relative_to(top).as_posix() + "/")) >= 0
        except (OSError, ValueError):  # no repository here, or one without files
            continue
    return False


def make_folder(folder: Path) -> Path:
    """Make (or complete) a private folder; raises `OSError` if it cannot be written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf8")
    # The mode does not tell: root may write against it, and a read-only mount forbids what it allows.
    with tempfile.TemporaryFile(dir=folder):
        return folder


def cache_folder(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """CodeMaestro's folder in the user's cache, after each system's convention (not made yet)."""
    environment = os.environ if environment is None else environment
    if chosen := environment.get("XDG_CACHE_HOME"):
        return Path(chosen, "codemaestro")
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local", "codemaestro", "Cache")
    if platform == "darwin":
        return Path.home() / "Library" / "Caches" / "codemaestro"
    return Path.home() / ".cache" / "codemaestro"


def _name_of(root: Path) -> str:
    full = str(root.resolve())
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", root.name)[:40] or "root"
    return f"{plain}-{hashlib.sha256(full.encode('utf8', 'surrogateescape')).hexdigest()[:16]}"


def on_network(path: Path, mounts: str | None = None) -> bool:
    """Whether the file system that holds `path` may be shared with other machines; False where that is unknown.

    `mounts` is the text of `/proc/self/mountinfo` (Linux) or of the command `mount` (macOS), read here if not given.
    """
    if sys.platform == "win32":
        return _windows_network(path)
    if mounts is None:
        mounts = _read_mounts()
    best, kind = -1, ""
    target = path.resolve()
    for line in mounts.splitlines():
        point, found = _mount(line)
        if point and len(point) >= best and (target == Path(point) or target.is_relative_to(point)):
            best, kind = len(point), found  # a later mount on the same point hides the earlier one
    return kind in NETWORK_FILE_SYSTEMS


def _mount(line: str) -> tuple[str, str]:
    before, dash, after = line.partition(" - ")  # Linux: …  <point> <options> … - <type> <source> …
    if dash:
        parts = before.split(" ")
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), parts[4]) if len(parts) > 4 else ""
        return point, after.split(" ", 1)[0]
    found = re.match(r".+ on (/.*) \((\w+)", line)  # macOS: <source> on <point> (<type>, …)
    return (found[1], found[2]) if found else ("", "")


def _read_mounts() -> str:
    try:
        if sys.platform == "darwin":
            return subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False).stdout
        return Path("/proc/self/mountinfo").read_text(encoding="utf8", errors="surrogateescape")
    except (OSError, subprocess.SubprocessError):
        return ""


def _windows_network(path: Path) -> bool:
    drive = path.resolve().drive
    if drive.startswith("\\\\"):
        return True
    import ctypes

    remote = 4  # DRIVE_REMOTE of GetDriveTypeW
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - the attribute exists on Windows only
    return bool(kernel.GetDriveTypeW(drive + "\\") == remote)
