"""Undo and redo any number of transactions, also where the person has changed other places meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.journal import Entry, Operation
from codemaestro_jupyter.edit.merge import merge_cells, merge_text, reads_so, with_cells
from codemaestro_jupyter.edit.places import cells
from codemaestro_jupyter.edit.text import decode, encode
from codemaestro_jupyter.edit.transaction import Transactions
from codemaestro_jupyter.errors import ConflictError, EditError

ELSEWHERE = (
    "If it is open in another window, use that one; if you turned the change back by hand, take that back first "
    "(Ctrl+Z or Ctrl+Shift+Z in the notebook)."
)


class History:
    """What was applied, and the way back and forth through it."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def applied(self) -> list[Entry]:
        """Transactions that stand as applied, oldest first."""
        return standing(self._transactions.journal.entries())[0]

    def undone(self) -> list[Entry]:
        """Transactions that were undone after the last new one, the last undone last; these can be redone."""
        return standing(self._transactions.journal.entries())[1]

    def undo(self, transaction: str = "") -> Entry:
        """Undo one transaction, by default the last one applied; the entry that did it.

        Raises `ConflictError` naming the place if the person (or a later transaction) changed it since, `EditError`
        if there is nothing to undo.
        """
        with self._transactions.journal.lock():
            self._transactions.recover()
            return self._turn(self.applied(), transaction, back=True)

    def redo(self, transaction: str = "") -> Entry:
        """Do again what was undone, by default what was undone last; errors as for `undo`."""
        with self._transactions.journal.lock():
            self._transactions.recover()
            return self._turn(self.undone(), transaction, back=False)

    def _turn(self, entries: list[Entry], transaction: str, *, back: bool) -> Entry:
        verb = "undo" if back else "redo"
        chosen = [entry for entry in entries if entry.id == transaction] if transaction else entries[-1:]
        if not chosen:
            if transaction:
                self._transactions.journal.get(transaction)
            raise EditError(
                f"There is nothing to {verb}{f' in {transaction}' if transaction else ''}.",
                hint="`log` lists the transactions and their state.",
            )
        entry = chosen[0]
        changes = self._transactions.journal.changes(entry)
        turned = []
        for change in changes:
            old, new = (change.after, change.before) if back else (change.before, change.after)
            try:
                turned.append(self._retarget(change.path, old, new))
            except ConflictError as error:
                said = self._explained(error, entry, change.path)
                raise self._transactions.conflict(verb, said.message, hint=said.hint) from error
        operation: Operation = "undo" if back else "redo"
        return self._transactions.commit(
            turned,
            title=f"{verb} {entry.title}",
            operation=operation,
            of=entry.id,
            emptied=entry.folders if back else (),
        )

    def _explained(self, error: ConflictError, entry: Entry, path: str) -> ConflictError:
        """The same conflict, naming the later transaction that changed the file, where one did."""
        for later in reversed(self.applied()):
            if later.number > entry.number and path in later.paths:
                return ConflictError(
                    error.message, hint=f"{later.id} ({later.title}) changed it later: undo that first."
                )
        return error

    def _retarget(self, path: str, old: Component | None, new: Component | None) -> Change:
        """The change that leads to `new` from what is there now, given that `old` was there once."""
        opened = self._transactions.cells.open_notebooks().get(path) if path.endswith(".ipynb") else None
        if opened is not None and old is not None and new is not None:
            now = Component(path, notebook.from_cells(opened), live=True)
            if reads_so(cells(old), cells(new), opened):
                # windows of one notebook keep their own cells: to say "done" would leave the change in the other one
                raise ConflictError(f"{path} already reads so in this window.", hint=ELSEWHERE)
            merged = merge_cells(cells(old), cells(new), opened, path)
            return Change(path, now, Component(path, notebook.from_cells(merged), live=True))
        if opened is not None:
            raise ConflictError(f"{path} is open in JupyterLab.", hint="Close it first.")
        if path.endswith(".ipynb") and path in self._transactions.cells.elsewhere():  # what is on disk may be older
            hint = "Say `%maestro undo` (or redo) in a notebook there, or close it first."
            raise ConflictError(f"{path} is open in JupyterLab, where only its page can change it.", hint=hint)
        found = self._transactions.files.read(f"{self._transactions.root}/{path}")
        current = None if found is None else Component(path, found[0], found[1])
        live = bool((old and old.live) or (new and new.live))
        if not live and (current and current.data) == (old and old.data):
            return Change(path, current, new)
        if not live and (current and current.data) == (new and new.data):
            return Change(path, current, current)  # a checkout, or the person, was there first
        if current is None or old is None or new is None:
            what = "was deleted since" if current is None else "is there again" if old is None else "was changed since"
            raise ConflictError(f"{path} {what}.", hint="Put it back as it was, or change it by hand.")
        text = decode(current.data, path)
        if path.endswith(".ipynb"):
            raw = notebook.scan(text.text, path)
            result = with_cells(raw, merge_cells(cells(old), cells(new), notebook.cells_of(raw), path))
        else:
            result = merge_text(decode(old.data, path).text, decode(new.data, path).text, text.text, path)
        return Change(path, current, Component(path, encode(result, text, path), new.mode))


def standing(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Of a journal's entries, oldest first: which stand as applied, and which were undone and can be redone."""
    applied: list[Entry] = []
    undone: list[Entry] = []
    for entry in entries:
        if entry.state != "done":
            continue
        if entry.operation == "apply":
            applied.append(entry)
            undone.clear()
        else:
            source, target = (applied, undone) if entry.operation == "undo" else (undone, applied)
            for item in [item for item in source if item.id == entry.of]:
                source.remove(item)
                target.append(item)
    return applied, undone
