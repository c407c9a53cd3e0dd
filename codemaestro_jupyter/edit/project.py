"""The project's files as components, and whether each may be changed at all."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemaestro_jupyter.edit import notebook, steps
from codemaestro_jupyter.edit.blueprint import Blueprint, Change, Component
from codemaestro_jupyter.edit.cellhost import CellHost
from codemaestro_jupyter.edit.execute import located
from codemaestro_jupyter.edit.files import FileLayer
from codemaestro_jupyter.edit.moving import PYTHON, moves_of, stem_of
from codemaestro_jupyter.edit.python.built import may_find
from codemaestro_jupyter.edit.sought import Sought, holds
from codemaestro_jupyter.edit.state import clean
from codemaestro_jupyter.edit.steps import Plan
from codemaestro_jupyter.edit.stopping import checkpoint
from codemaestro_jupyter.edit.text import visible
from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import RelPath
from codemaestro_jupyter.workspace.inside import real_path
from codemaestro_jupyter.workspace.reader import Reader, most_bytes

SEARCHED = re.compile(r"\.(py|pyi|ipynb|md|rst|txt|toml|cfg|ini|ya?ml|json)$")
"""Files in which a renamed symbol may be mentioned."""
WRITABLE, SAVED = "make writable", "save it"
"""What would allow a change (`Permission.fix`)."""
LARGE = {".ipynb": 100_000_000, ".py": 10_000_000, ".pyi": 10_000_000}
CLOSE = "Make the change from its own panel, or close it and shut its kernel down."
OF_SYMBOLS = (
    steps.RenameSymbol,
    steps.DeleteSymbol,
    steps.SetConstant,
    steps.AddParameter,
    steps.AddDocstring,
    steps.AddTypeHints,
    steps.AddLogging,
    steps.AddErrorHandling,
    steps.AddTestSkeleton,
)


def most_edited(path: str) -> int:
    """The largest file of a path that is changed, in bytes: what is too large to be told about is still followed."""
    return next((most for ends, most in LARGE.items() if path.endswith(ends)), most_bytes(path))


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a component may be changed, checked before Apply is offered."""

    path: str
    allowed: bool
    reason: str = ""
    fix: str = ""
    """What would allow it (`WRITABLE`, `SAVED`), or empty where nothing of ours can."""


class Project:
    """Reads components below a root; the cells of open notebooks come from the front end."""

    def __init__(self, root: Path, reader: Reader, files: FileLayer, cells: CellHost) -> None:
        self.root = Path(os.path.realpath(root))
        self._reader = reader
        self._files = files
        self._cells = cells
        self._writable: set[str] = set()
        self._listed: frozenset[str] = frozenset()
        """What the newest listing named: git need not be asked about each of 250 files again."""
        self.unread: dict[str, str] = {}
        """What the newest blueprint lacks as it may not be read, and why."""

    def blueprint(self, plan: Plan, *, wide: bool = False) -> Blueprint:
        """The components that a plan may touch or has to search: named files, and files that mention its symbols.

        `wide`: every Python file too, for a name that is nowhere as it was written.
        """
        self._listed = frozenset(str(item.path) for item in self._reader.list(most_edited))
        known = self._listed | frozenset(self._cells.open_notebooks())
        self.unread = {}
        found: dict[str, Component] = {}
        words: set[str] = set()
        renamed: list[str] = []
        for item in plan.steps:
            step = item.step
            if isinstance(step, OF_SYMBOLS):
                words |= {step.name.partition("*")[0].rstrip(".").rpartition(".")[2]} - {""}
                if isinstance(step, steps.RenameSymbol | steps.DeleteSymbol):
                    words |= {"import *"}  # a star hands the name on without mentioning it
                if isinstance(step, steps.RenameSymbol):
                    words |= {step.new}
                    renamed.append(step.name.rpartition(".")[2])
                if isinstance(step, steps.AddTestSkeleton):
                    tests = [path for path in known if path.rpartition("/")[2].startswith("test_")]
                    loaded = (self.load(path) for path in sorted(tests) if path.endswith(".py"))
                    found |= {item.path: item for item in loaded if item is not None}
            texts = [step.old] if isinstance(step, steps.ReplaceText | steps.DeleteText) else []
            try:
                if isinstance(step, steps.RenameFile | steps.MoveFile):
                    found |= self._moved(step, known)
                    continue
                component = self.load(step.path) if step.path else None
            except PathError as error:
                raise located(error, item) from error
            if component is not None:
                found[step.path] = component
                if texts and not holds(component, texts[0]):
                    found |= {item.path: item for item in self._mentioning(known, texts)}
            if isinstance(step, steps.RemoveUnusedImports):  # another file may import what this one imports
                words |= {stem_of(step.path)}
            if isinstance(step, steps.RenameSymbol | steps.DeleteSymbol) and "." in step.name:
                packages = [path for path in known if path.endswith("__init__.py")]
                owners = step.name.split(".")[:-1]
                found |= {item.path: item for item in self._mentioning(packages, owners)}
        if wide:
            found |= {item.path: item for item in self._mentioning(known, ["def ", "class "])}
        if words:
            found |= {item.path: item for item in self._mentioning(known, sorted(words), renamed)}
        return Blueprint(found.values(), known=known)

    def _moved(self, step: steps.RenameFile | steps.MoveFile, known: frozenset[str]) -> dict[str, Component]:
        """The files that a step moves, and those that mention a module among them."""
        moves = moves_of(step, known)
        loaded = [self.load(path) for path in sorted(moves)]
        words = {posixpath.splitext(path)[0].removesuffix("/__init__").rpartition("/")[2]
                 for path in moves if path.endswith(PYTHON)}  # fmt: skip
        found = self._mentioning(known, sorted(words)) if words else []
        found += [item for item in map(self.load, sorted(moves.values())) if item is not None]
        return {item.path: item for item in (*loaded, *found) if item is not None}

    def _mentioning(self, known: Iterable[str], texts: Sequence[str], sought: Sequence[str] = ()) -> list[Component]:
        """The files that hold one of the texts, or may look up one of the names `sought` without saying it."""
        wanted = Sought(*texts)
        opened = self._cells.open_notebooks()
        found = []
        for path in sorted(known):
            if not SEARCHED.search(path):
                continue
            checkpoint()
            if path in opened:
                component: Component | None = self._live(path)
            else:
                component = self._readable(path)
            finds = component is not None and path.endswith(".py")
            if component is not None and (
                wanted.inside(component)
                or (finds and any(may_find(component.data, name, of_class=name[:1].isupper()) for name in sought))
            ):
                found.append(component)
        return found

    def _readable(self, path: str) -> Component | None:
        """A file's component; None if it is not there, or may not be read, which is noted."""
        try:
            read = self._files.read(f"{self.root.as_posix()}/{path}")
        except OSError as error:
            self.unread[path] = error.strerror or str(error)
            return None
        return Component(path, *read) if read is not None else None

    def _live(self, path: str) -> Component:
        return Component(path, notebook.from_cells(self._cells.open_notebooks()[path]), live=True)

    def load(self, path: str) -> Component | None:
        """One component; None if there is no such file.

        Raises `PathError` for a path out of the root (also through a link), a link, a folder, a file that is ignored,
        secret or too large.
        """
        clean(path)
        self.check_name(path)
        if path in self._cells.open_notebooks():
            return self._live(path)
        full = self.root / path
        if not os.path.lexists(full):
            folder = full.parent
            while not folder.exists():
                folder = folder.parent
            if not Path(os.path.realpath(folder)).is_relative_to(self.root):
                raise PathError(f"{path} leads out of the project through a link.", hint="Choose another folder.")
            return None
        spelled = self._files.spelled(self.root.as_posix(), path)
        if spelled != path:
            if posixpath.dirname(spelled) == posixpath.dirname(path):
                return None  # another file's name, or the one that it is to get
            hint = f"Name {spelled}; to spell a folder otherwise, give it another name first."
            raise PathError(f"{path} is {spelled}: this file system takes both for one.", hint=hint)
        real = real_path(self.root, RelPath(path))
        if real != path:
            raise PathError(f"{path} is a link to {real}.", hint=f"Change {real} itself.")
        try:
            read = self._files.read(full.as_posix())
        except OSError as error:
            why = error.strerror or error
            raise PathError(f"{path} cannot be read: {why}.", hint="Make it readable, then try again.") from error
        if read is None:
            raise PathError(f"{path} is no regular file.", hint="Name a file.")
        if len(read[0]) > most_edited(path):
            raise PathError(f"{path} is too large ({len(read[0]):,} bytes).", hint="Files of this size are left alone.")
        return Component(path, *read)

    def check_name(self, path: str) -> None:
        """Raise `PathError` if no file of this path may be read or changed: ignored, or secret."""
        if path in self._listed:
            return
        reason = self._reader.reason(RelPath(path))
        if reason is not None:
            raise PathError(f"{visible(path)} is not changed: {reason}.", hint="Change it by hand.")

    def moved(self, before: Iterable[Component | None]) -> bool:
        """Whether a file that is gone stands elsewhere, byte for byte, also under another name of its kind."""
        listed = [str(item.path) for item in self._reader.list(most_edited)]
        for component in before:
            if component is None or component.path in listed:
                continue
            kind = posixpath.splitext(component.path)[1]
            for path in listed:
                if path.endswith(kind) and self._size(path) == len(component.data):
                    found = self._files.read(f"{self.root.as_posix()}/{path}")
                    if found is not None and found[0] == component.data:
                        return True
        return False

    def _size(self, path: str) -> int:
        """Bytes of a file; -1 if it cannot be looked at."""
        try:
            return os.stat(self.root / path).st_size
        except OSError:
            return -1

    def make_writable(self, paths: Iterable[str]) -> None:
        """Allow files that are write-protected to be replaced (their mode stays); a person asked for it."""
        self._writable |= set(paths)

    def left_out(self) -> tuple[str, ...]:
        """What a person should know of the newest blueprint: files that could not be searched."""
        return tuple(
            f"{path} cannot be read ({why}): what it mentions stays as it is." for path, why in self.unread.items()
        )

    def permissions(self, changes: Sequence[Change], gone: Collection[str] = ()) -> tuple[Permission, ...]:
        """One answer for each change: inside the root, not ignored, not secret, no link, writable.

        `gone` are the paths that will not be there any more: their names are free.
        """
        return tuple(self._permission(change, gone) for change in changes)

    def _permission(self, change: Change, gone: Collection[str]) -> Permission:
        path = change.path
        if change.before is not None and change.before.live:
            return Permission(path, True)
        if path in self._cells.elsewhere() and not path.endswith(".ipynb"):
            return Permission(path, False, f"{path} has changes in JupyterLab that are not saved.", SAVED)
        if path in self._cells.elsewhere():
            return Permission(
                path, False, f"{path} is open in JupyterLab where it cannot be reached from here. {CLOSE}"
            )
        try:
            self.load(path)
        except PathError as error:
            return Permission(path, False, error.message)
        full = self.root / path
        other = self._files.spelled(self.root.as_posix(), path)
        if change.before is None and other != path and other not in gone:
            return Permission(
                path, False, f"{path} cannot be made beside {other}: this file system takes both for one."
            )
        if change.before is not None and path not in self._writable and not (change.before.mode & 0o200):
            return Permission(path, False, f"{path} is write-protected.", WRITABLE)
        folder = full.parent
        while not folder.exists() and folder != self.root:
            folder = folder.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            shown = posixpath.relpath(folder.as_posix(), self.root.as_posix())
            shown = "the project's folder" if shown == "." else f"the folder {shown}"
            return Permission(path, False, f"{path} cannot be changed: {shown} cannot be written.")
        return Permission(path, True)
