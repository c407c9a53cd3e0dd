"""Names as their folder spells them: macOS and Windows take `A.py` and `a.py` for one file, a plan does not."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from unicodedata import normalize

from codemaestro_jupyter.edit.blueprint import Change

FOLDERS = 10_000
"""Folders of which it is remembered whether they tell spellings apart."""


class Names:
    """What files are really called; paths are absolute, with `/`."""

    def __init__(self) -> None:
        self._folds: dict[str, bool] = {}

    def exact(self, path: str) -> bool:
        """Whether what is found at a path has this very name there."""
        return not self._may_fold(path) or self._actual(path) == path

    def spelled(self, root: str, path: str) -> str:
        """A path below `root` as its folders spell it, as far as it is there."""
        at = root.rstrip("/")
        for name in path.split("/"):
            full = f"{at}/{name}"
            at = self._actual(full) if self._may_fold(full) else full
        return at.removeprefix(root.rstrip("/") + "/")

    def _may_fold(self, path: str) -> bool:
        """Whether the folder of what is there takes another spelling for the same; asked once a folder."""
        folder, name = posixpath.split(path)
        found = self._folds.get(folder)
        if found is None and name != name.swapcase():
            if not os.path.lexists(path):
                return False
            other = name.swapcase()
            found = os.path.lexists(f"{folder}/{other}") and not {name, other} <= set(os.listdir(folder))
            if len(self._folds) >= FOLDERS:
                self._folds.clear()
            self._folds[folder] = found
        return bool(found)

    def _actual(self, path: str) -> str:
        folder, name = posixpath.split(path)
        try:
            there = os.listdir(folder)
        except OSError:
            return path
        if name in there:
            return path
        mine = folded(name)
        # HFS+ spells é in two characters whatever it was told: that is the same name
        alike = [each for each in there if folded(each) == mine and normalize("NFC", each) != normalize("NFC", name)]
        return f"{folder}/{alike[0]}" if alike else path


def folded(path: str) -> str:
    """The same for all spellings that such a file system takes for one."""
    return normalize("NFC", path).casefold()


def in_order(changes: Sequence[Change]) -> list[Change]:
    """Changes in the order of their paths, but a name goes before one comes that may be taken for the same."""
    made = {folded(change.path) for change in changes if change.before is None}
    first = {change.path for change in changes if change.after is None and folded(change.path) in made}
    return sorted(changes, key=lambda change: change.path not in first)  # stable
