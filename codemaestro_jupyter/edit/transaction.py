"""All of a change or none of it: versions checked, journal first, then cells, then atomic replaces, all synced.

    1 lock, recover what a killed process left      5 write new bytes beside each file, sync them
    2 every `before` is still there                 6 replace one by one (each checked once more)
    3 intent to the journal, synced                 7 sync the folders
    4 cells of open notebooks, through their host   8 end to the journal, synced

Whatever fails in 4 to 7 is taken back at once. If the process dies, the next one that locks the journal finishes the
transaction (something was replaced) or undoes it (nothing was), and says so.
"""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.cellhost import CellHost, edits_between
from codemaestro_jupyter.edit.files import FileLayer
from codemaestro_jupyter.edit.journal import FULL, Entry, Journal, Operation
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.naming import in_order
from codemaestro_jupyter.edit.places import Place, cells, is_live, new_mode, parents, place_of, reason, temp_name
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import ConflictError, DiskError, EditError, MaestroError, PathError
from codemaestro_jupyter.types import Cell

CELL_TIMEOUT = 2.0
"""Seconds the front end has to answer (house.md)."""


class Transactions:
    """Writes changes below `root` (absolute, with `/`); `clock` gives seconds since the epoch."""

    def __init__(
        self,
        root: str,
        journal: Journal,
        files: FileLayer,
        cells: CellHost,
        clock: Callable[[], float],
        metrics: Metrics,
    ) -> None:
        self.root = root.rstrip("/")
        self.journal = journal
        self.files = files
        self.cells = cells
        self.notices: list[str] = []
        """What recovery finished or undid; a person should see it."""
        self._clock = clock
        self._metrics = metrics

    def commit(
        self,
        changes: Sequence[Change],
        *,
        title: str,
        operation: Operation = "apply",
        of: str = "",
        emptied: Sequence[str] = (),
        data: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Do all changes as one transaction.

        Raises `ConflictError` if a component is not what it was, or the front end refuses a cell; `DiskError` for a
        full or read-only disk; `EditError` for anything else that fails. In each case nothing has changed, or (if even
        taking back failed) the message says that the next start will take it back.
        """
        changes = [change for change in changes if change.before != change.after]
        with self.journal.lock():
            self.recover()
            opened = self.cells.open_notebooks() if any(change.path.endswith(".ipynb") for change in changes) else {}
            modes = self._check(changes, opened)
            entry = self.journal.begin(
                changes,
                title=title,
                when=self._clock(),
                operation=operation,
                of=of,
                folders=self._new_folders(changes),
                emptied=emptied,
                temp=temp_name,
                data=data or {},
            )
            try:
                self._do_cells(entry, [change for change in changes if is_live(change)])
                self._do_files(entry, [change for change in changes if not is_live(change)], modes)
            except BaseException as error:  # also Ctrl-C: half a change is worse than none
                raise self._failed(entry, changes, error) from error
            with contextlib.suppress(DiskError):  # it is done; without the note recovery finds it done
                self.journal.end(entry, "done")
            return replace(entry, state="done")

    def conflict(self, kind: str, message: str, *, hint: str = "") -> ConflictError:
        """The error of a conflict, which is counted by its kind."""
        self._metrics.count("conflicts", kind)
        return ConflictError(message, hint=hint)

    def _failed(self, entry: Entry, changes: Sequence[Change], error: BaseException) -> BaseException:
        self._metrics.count("rollbacks", type(error).__name__)
        try:
            note = self._take_back(entry, changes)
        except (OSError, MaestroError) as second:
            return EditError(
                f"{reason(error)} Taking it back failed too: {reason(second)}",
                hint="The journal has every byte: the next start takes it back. Free space or permissions first.",
            )
        if isinstance(error, MaestroError):
            return type(error)(f"{error.message}{note}", hint=error.hint)
        if isinstance(error, OSError):
            full = error.errno in FULL
            hint = "Free some space" if full else "Make the file and its folder writable"
            return DiskError(
                f"{self._shown(error, entry, changes)}: {error.strerror or error}. Nothing was changed.{note}",
                hint=f"{hint}, then apply again.",
            )
        return EditError(f"{reason(error)} Nothing was changed.{note}") if isinstance(error, Exception) else error

    def _shown(self, error: OSError, entry: Entry, changes: Sequence[Change]) -> str:
        """The path an error is about, as the project calls it; of new bytes that wait beside a file, that file."""
        name = str(error.filename or "").removeprefix(self.root).lstrip("/")
        waiting = {temp_name(change.path, entry.id): change.path for change in changes}
        return waiting.get(name, name) or f"{len(changes)} files"

    def _check(self, changes: Sequence[Change], opened: Mapping[str, Sequence[Cell]]) -> dict[str, int]:
        """Raise if a component is not what the plan was made for; the permission bits of those that are there."""
        stale = []
        modes: dict[str, int] = {}
        outside = self.files.outside(self.root, [self._full(change.path) for change in changes if not is_live(change)])
        for change in changes:
            if is_live(change) != (change.path in opened):
                state = "opened" if change.path in opened else "closed"
                raise self.conflict(state, f"{change.path} was {state} meanwhile.", hint="Make the plan again.")
            if change.path in self.cells.elsewhere():
                raise self._unreachable(change.path)
            if self._full(change.path) in outside:
                raise PathError(
                    f"{change.path} is a link by now, or lies behind one that leads out of the project.",
                    hint="Make the plan again; nothing was written.",
                )
            if is_live(change):
                continue
            try:
                now = self.files.read(self._full(change.path))
            except OSError as error:
                why = error.strerror or error
                raise PathError(
                    f"{change.path} cannot be read: {why}.", hint="Make it readable; nothing was written."
                ) from error
            if now is not None:
                modes[change.path] = now[1]
            if place_of(change, now) != "before":
                stale.append(change.path)
        if stale:
            raise self.conflict(
                "version",
                f"{', '.join(stale)} changed since the plan was made.",
                hint="Make the plan again; nothing was written.",
            )
        return modes

    def _unreachable(self, path: str) -> ConflictError:
        if path.endswith(".ipynb"):
            return self.conflict("elsewhere", f"{path} is open in another JupyterLab.", hint="Close it there first.")
        said = f"{path} has changes in JupyterLab that are not saved."
        return self.conflict("unsaved", said, hint="Save it, then make the plan again.")

    def _new_folders(self, changes: Sequence[Change]) -> list[str]:
        found: list[str] = []
        for change in changes:
            folder = posixpath.dirname(change.path) if change.after is not None and not is_live(change) else ""
            missing = []
            while folder and folder not in found and not self.files.is_folder(self._full(folder)):
                if self.files.read(self._full(folder)) is not None:
                    raise ConflictError(
                        f"{folder} is a file by now, so {change.path} cannot be made.",
                        hint="Make the plan again; nothing was written.",
                    )
                missing.append(folder)
                folder = posixpath.dirname(folder)
            found += reversed(missing)
        return found

    # -- cells --------------------------------------------------------------------------------------

    def _do_cells(self, entry: Entry, changes: Sequence[Change]) -> None:
        for change in changes:
            before, after = cells(change.before), cells(change.after)
            answer = self.cells.edit(entry.id, change.path, edits_between(before, after), CELL_TIMEOUT)
            if not answer.accepted:
                raise self.conflict(
                    "cell",
                    f"{change.path} was not changed: {answer.reason or 'the front end refused'}.",
                    hint="Make the plan again.",
                )

    def _cells_place(self, change: Change) -> Place:
        now = self.cells.open_notebooks().get(change.path)
        if now is None:
            found = self.files.read(self._full(change.path))
            now = cells(Component(change.path, found[0])) if found else ()
        before, after = cells(change.before), cells(change.after)
        edited = {edit.cell_id for edit in edits_between(before, after)}
        seen = [cell for cell in now if cell.id in edited]
        if seen == [cell for cell in before if cell.id in edited]:
            return "before"
        return "after" if seen == [cell for cell in after if cell.id in edited] else "other"

    def _set_cells(self, entry: Entry, path: str, old: Component | None, new: Component | None) -> None:
        """Bring a notebook's cells from `old` to `new`: in the front end, or in the file once it is closed."""
        if path in self.cells.open_notebooks():
            answer = self.cells.edit(entry.id, path, edits_between(cells(old), cells(new)), CELL_TIMEOUT)
            if not answer.accepted:
                raise ConflictError(f"{path} keeps its cells: {answer.reason}.")
            return
        from codemaestro_jupyter.edit.merge import merge_cells, with_cells

        found = self.files.read(self._full(path))
        if found is None:
            raise ConflictError(f"{path} is gone.")
        text = decode(found[0], path)
        raw = notebook.scan(text.text, path)
        merged = merge_cells(cells(old), cells(new), notebook.cells_of(raw), path)
        self._put(path, text.bom + with_cells(raw, merged).encode(text.encoding), found[1], entry.id + "c")

    # -- files --------------------------------------------------------------------------------------

    def _do_files(self, entry: Entry, changes: Sequence[Change], modes: Mapping[str, int]) -> None:
        files = self.files
        for folder in entry.folders:
            files.make_folder(self._full(folder))
        places = [
            (change, self._full(change.path), self._full(temp_name(change.path, entry.id)))
            for change in in_order(changes)
        ]
        waiting = [
            (temp, change.after.data, new_mode(change, modes.get(change.path)))
            for change, _, temp in places
            if change.after is not None
        ]
        if waiting:
            files.create(waiting)
        for change, target, temp in places:
            if place_of(change, files.read(target)) != "before":
                raise self.conflict(
                    "moment", f"{change.path} was changed this very moment.", hint="Make the plan again."
                )
            if change.after is None:
                files.remove(target)
            elif change.before is None:
                self._link(temp, target, change.path)
            else:
                files.replace(temp, target)
        self._empty(entry)
        if changes:
            files.sync_folders(self._folders(entry, changes))

    def _link(self, temp: str, target: str, path: str) -> None:
        """Put a new file in place only if its name is still free, where the file system can tell."""
        try:
            self.files.link(temp, target)
        except FileExistsError as error:
            raise self.conflict(
                "moment", f"{path} was created this very moment.", hint="Make the plan again."
            ) from error
        except (PermissionError, FileNotFoundError):
            raise
        except OSError:  # no hard links here (FAT, some network shares)
            self.files.replace(temp, target)
            return
        self.files.remove(temp)

    def _folders(self, entry: Entry, changes: Sequence[Change]) -> list[str]:
        names = {posixpath.dirname(change.path) for change in changes}
        names |= {posixpath.dirname(folder) for folder in (*entry.folders, *entry.emptied)}
        full = [self._full(name) for name in sorted(names)]
        return [path for path in full if self.files.is_folder(path)]

    def _empty(self, entry: Entry) -> None:
        """Remove the folders that go with their last file, where nobody put another one."""
        for folder in reversed(entry.emptied):
            self.files.remove_folder(self._full(folder))

    def _place(self, change: Change) -> Place:
        """Where a file stands: as before, as after, or neither."""
        return place_of(change, self.files.read(self._full(change.path)))

    def _full(self, path: str) -> str:
        return f"{self.root}/{path}" if path else self.root

    def _put(self, path: str, data: bytes, mode: int, mark: str) -> None:
        """Write one file atomically and durably."""
        temp = self._full(temp_name(path, mark))
        self.files.remove(temp)
        folder = posixpath.dirname(self._full(path))
        for part in parents(path):
            self.files.make_folder(self._full(part))
        self.files.create([(temp, data, mode)])
        self.files.replace(temp, self._full(path))
        self.files.sync_folders([folder])

    # -- taking back, and recovery ------------------------------------------------------------------

    def _take_back(self, entry: Entry, changes: Sequence[Change]) -> str:
        """Bring everything that stands as after back to before; says what could not be, as the person changed it."""
        left = []
        for change in reversed(in_order(changes)):
            place = self._cells_place(change) if is_live(change) else self._place(change)
            if place == "other":
                left.append(change.path)
            elif place == "after" and is_live(change):
                self._set_cells(entry, change.path, change.after, change.before)
            elif place == "after" and change.before is None:
                self.files.remove(self._full(change.path))
            elif place == "after" and change.before is not None:
                self._put(change.path, change.before.data, change.before.mode, entry.id + "u")
        self._clean(entry)
        for folder in reversed(entry.folders):
            self.files.remove_folder(self._full(folder))
        self.files.sync_folders(self._folders(entry, [change for change in changes if not is_live(change)]))
        note = f" {', '.join(left)} was changed meanwhile and is left as it is." if left else ""
        self.journal.end(entry, "undone", note.strip())
        return note

    def _clean(self, entry: Entry) -> None:
        """Remove the new bytes that were laid beside the files."""
        for temp in entry.temps:
            for suffix in ("", "u", "c"):
                path = self._full(temp.removesuffix(".maestro") + suffix + ".maestro")
                if self.files.is_folder(posixpath.dirname(path)):
                    self.files.remove(path)

    def recover(self) -> list[str]:
        """Finish or undo what a killed process left; returns (and keeps in `notices`) what was done.

        Call it inside or outside the lock; it is also the first thing every transaction does.
        """
        with self.journal.lock():
            self.journal.refresh()
            said = [self._recover(entry) for entry in self.journal.pending()]
        said += self.journal.notices
        self.journal.notices.clear()
        self.notices += said
        return said

    def _recover(self, entry: Entry) -> str:
        self._metrics.count("recoveries", entry.operation)
        changes = self.journal.changes(entry)
        places = {c.path: self._cells_place(c) if is_live(c) else self._place(c) for c in changes}
        found = set(places.values())
        title = f"{entry.title!r} ({entry.id})"
        try:
            if "after" not in found:
                note = self._take_back(entry, changes)
                return f"An interrupted change was undone, no file had been replaced: {title}.{note}"
            if "before" not in found:
                self._clean(entry)
                self._empty(entry)
                self.files.sync_folders(self._folders(entry, changes))
                self.journal.end(entry, "done", "by recovery")
                return f"An interrupted change was found finished: {title}."
            if "other" in found:
                note = self._take_back(entry, changes)
                return f"An interrupted change was undone: {title}.{note}"
            try:
                self._finish(entry, changes, places)
            except (OSError, MaestroError) as error:
                note = self._take_back(entry, changes)
                return f"An interrupted change could not be finished ({reason(error)}) and was undone: {title}.{note}"
            self.journal.end(entry, "done", "by recovery")
            return f"An interrupted change was finished: {title}."
        except (OSError, MaestroError) as error:
            return f"An interrupted change waits for recovery: {title}. {reason(error)}"

    def _finish(self, entry: Entry, changes: Sequence[Change], places: Mapping[str, Place]) -> None:
        for change in in_order(changes):
            if places[change.path] != "before":
                continue
            if is_live(change):
                self._set_cells(entry, change.path, change.before, change.after)
            elif change.after is None:
                self.files.remove(self._full(change.path))
            else:
                now = self.files.read(self._full(change.path))
                self._put(change.path, change.after.data, new_mode(change, now and now[1]), entry.id)
        self._clean(entry)
        self._empty(entry)
        self.files.sync_folders(self._folders(entry, changes))
