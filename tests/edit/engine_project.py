"""A small project for the tests of the plan engine, and a disk that fills up."""

from __future__ import annotations

from pathlib import Path

from codemaestro_jupyter.edit.cellhost import CellHost
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.files import DiskFiles
from codemaestro_jupyter.workspace.reader import Reader

API = 'import os\n\n\ndef fetch_user(a):\n    """fetch_user it."""\n    return os.fspath(a)\n'
START = {
    "src/pkg/__init__.py": "from .api import fetch_user\n",
    "src/pkg/api.py": API,
    "README.md": "Use fetch_user.\n",
}
RENAME = "rename fetch_user to load_user"


def engine(root: Path, cells: CellHost | None = None, files: DiskFiles | None = None) -> Engine:
    return Engine(root, Reader(root), root.parent / "data", cells, files=files, clock=lambda: 5.0)


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


class FullDisk(DiskFiles):
    """A disk that fills up at the n-th replace."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def replace(self, source: str, target: str) -> None:
        self.at -= 1
        if self.at == 0:
            raise OSError(28, "No space left on device", target)
        super().replace(source, target)
