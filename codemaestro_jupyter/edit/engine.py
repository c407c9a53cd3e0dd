"""The plan engine as its users see it: propose, look, apply, undo.

engine = Engine(root, Reader(root), folder)
proposal = engine.propose("rename fetch_user to load_user, then add logging to it")
receipt = engine.apply(proposal)          # or apply(proposal, accepted_hunks={"src/a.py:1"})
engine.undo()
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from codemaestro_jupyter.edit.blueprint import Blueprint, Change
from codemaestro_jupyter.edit.cellhost import CellHost
from codemaestro_jupyter.edit.checks import Check, check_in_copy, never
from codemaestro_jupyter.edit.files import FileLayer
from codemaestro_jupyter.edit.fixes import about, fixes_for, step_of
from codemaestro_jupyter.edit.formerly import called_now
from codemaestro_jupyter.edit.history import History
from codemaestro_jupyter.edit.journal import Entry, Journal
from codemaestro_jupyter.edit.metrics import Metrics, Row, prometheus, sums
from codemaestro_jupyter.edit.pipeline import read_trace
from codemaestro_jupyter.edit.proposal import Fix, Proposal, chosen
from codemaestro_jupyter.edit.reading import Reading
from codemaestro_jupyter.edit.steps import Plan
from codemaestro_jupyter.edit.transaction import Transactions
from codemaestro_jupyter.edit.verify import verify
from codemaestro_jupyter.errors import EditError, MaestroError, PathError
from codemaestro_jupyter.workspace.reader import Reader


class Measures(Protocol):
    """Where metrics are kept beyond this process (the store)."""

    def add(self, rows: Iterable[Row]) -> None:
        """Add what was counted since the last time."""
        ...

    def tell(self, event: str, **values: Any) -> None:
        """Append an event to a log; `values` are kinds, numbers and names of files, JSON-able."""
        ...


@dataclass(frozen=True, slots=True)
class EditReceipt:
    """What was done: with its id it can be undone."""

    transaction: str
    title: str
    operation: str
    files: tuple[str, ...]
    when: float
    notices: tuple[str, ...] = ()
    """What recovery found on the way."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One transaction as `codemaestro log` lists it."""

    transaction: str
    title: str
    operation: str
    state: str
    """`applied`, `undone`, `taken back` (it failed), `done` (an undo or redo) or `pending`."""
    files: tuple[str, ...]
    when: float
    note: str = ""


class Engine(Reading):
    """Everything about changing one project; any thread may use it, one transaction runs at a time.

    `folder` is the project's data folder (the journal is in its `journal/`). Starting recovers what a killed process
    left; `notices` says what was done. Close it, or use it as a context manager: batches may start processes.
    """

    def __init__(
        self,
        root: Path,
        reader: Reader,
        folder: Path,
        cell_host: CellHost | None = None,
        *,
        files: FileLayer | None = None,
        clock: Callable[[], float] = time.time,
        metrics: Metrics | None = None,
        measures: Measures | None = None,
    ) -> None:
        super().__init__(root, reader, cell_host, files=files, metrics=metrics)
        self._clock = clock
        self._measures = measures
        journal = Journal((Path(os.path.realpath(folder)) / "journal").as_posix(), self.files)
        self.transactions = Transactions(
            self.project.root.as_posix(), journal, self.files, self._cells, clock, self.metrics
        )
        self.history = History(self.transactions)
        if self.transactions.recover():
            self._tell("recovered")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def notices(self) -> list[str]:
        """What recovery finished or undid since the start."""
        return self.transactions.notices

    # -- before anything is written -----------------------------------------------------------------

    def called_now(self, error: EditError, plan: Plan) -> tuple[str, ...]:
        """What a symbol that is nowhere is called now, by the journal and by git; addresses, likeliest first."""
        step = next((item.step for item in plan.steps if item.id == step_of(error)), None)
        name = getattr(step, "name", "")
        if not name:
            return ()
        now = self.project.blueprint(plan, wide=True)
        journal, git = self.transactions.journal, self._reader.git
        journal.refresh(mend=False)  # another kernel may have renamed it
        return called_now(name, journal, self.history, git, now, old=not error.candidates)

    def fix(self, fix: Fix) -> Proposal:
        """Follow a suggestion: its commands are proposed, after what it says is done first."""
        if fix.action == "make writable":
            self.project.make_writable(fix.paths)
        return self.propose(fix.commands)

    def fixes(
        self, error: MaestroError, proposal: Proposal, accepted: Collection[str] | None = None
    ) -> tuple[Fix, ...]:
        """What could be done after `apply` of these hunks raised an error, best first."""
        if ways := proposal.ways_out(accepted):
            return ways
        found = fixes_for(error, proposal, self.project.load)
        if len(found) == 2 and found[1].action == "restore":
            moved = self.project.moved(diff.before for diff in proposal.diffs)
            return found if moved else found[::-1]  # a file that only moved is not made a second time
        return found

    def check(
        self, proposal: Proposal, *, lint: bool = False, tests: bool = False, stopped: Callable[[], bool] = never
    ) -> tuple[Check, ...]:
        """Lint and the covering tests on the ticked hunks, in a copy of the project; nothing unless switched on."""
        return check_in_copy(self._reader, chosen(proposal, None), lint=lint, tests=tests, stopped=stopped)

    # -- writing ------------------------------------------------------------------------------------

    def apply(
        self, proposal: Proposal, accepted_hunks: Collection[str] | None = None, *, turn: str = ""
    ) -> EditReceipt:
        """Write the accepted hunks (None: the ticked ones) as one transaction, which a `turn` asked for.

        Raises `EditError` for a proposal with a problem, nothing accepted, or hunks that do not parse by themselves;
        `PathError` where permission is missing; `ConflictError`, `DiskError` as `Transactions.commit`.
        """
        if proposal.problem is not None:
            raise EditError(proposal.problem.message, hint=proposal.problem.hint, step=proposal.problem.step)
        for denied in proposal.denied(accepted_hunks):
            hint = f"{denied.fix.capitalize()} first" if denied.fix else "Nothing was written"
            raise about(proposal, PathError(denied.reason, hint=f"{hint}, or leave {denied.path} out."))
        if not proposal.diffs:
            raise EditError("Everything is as the plan wants it already.", hint="There is nothing to apply.")
        changes = chosen(proposal, accepted_hunks)
        if not changes:
            raise EditError("No hunk is accepted, so there is nothing to apply.", hint="Tick at least one.")
        if accepted_hunks is not None:  # the plan was verified whole; a choice of its hunks is verified again
            try:
                verify(changes, {change.path for change in changes}, (), Blueprint())
            except EditError as error:
                raise EditError(error.message, hint="Tick the hunks that belong together as well, or none.") from error
        try:
            return self.write(changes, proposal.title, proposal.trace, turn=turn)
        except MaestroError as error:
            raise about(proposal, error) from error

    def write(self, changes: Sequence[Change], title: str, trace: bytes = b"", *, turn: str = "") -> EditReceipt:
        """Commit changes that were worked out and verified."""
        started = time.perf_counter()
        before = len(self.notices)
        self._cells.refresh()
        data = {"trace": base64.b64encode(trace).decode("ascii") if trace else "", "turn": turn}
        kept = {name: value for name, value in data.items() if value}
        with self._telling("apply", [change.path for change in changes]):
            entry = self.transactions.commit(changes, title=title, data=kept)
        self.metrics.observe("transaction", time.perf_counter() - started)
        return self._receipt(entry, before)

    def undo(self, count: int = 1, transaction: str = "") -> list[EditReceipt]:
        """Undo the last `count` transactions (or as many as there are), or the one named; stops at the first conflict.

        Raises `EditError` if there is nothing to undo, `ConflictError` if the place was changed since; what was undone
        before that stays undone, and the message names it.
        """
        return self._turn("undo", self.history.undo, count, transaction)

    def redo(self, count: int = 1, transaction: str = "") -> list[EditReceipt]:
        """Do again what was undone last; errors as for `undo`."""
        return self._turn("redo", self.history.redo, count, transaction)

    def _turn(self, what: str, turn: Callable[[str], Entry], count: int, transaction: str) -> list[EditReceipt]:
        receipts: list[EditReceipt] = []
        self._cells.refresh()
        for _ in range(1 if transaction else max(1, count)):
            before = len(self.notices)
            try:
                with self._telling(what):
                    entry = turn(transaction)
            except MaestroError as error:
                if not receipts:
                    raise
                if not (self.history.applied() if what == "undo" else self.history.undone()):
                    break  # fewer than asked for were there: those that were are told
                done = ", ".join(f"{each.title} ({each.transaction})" for each in receipts)
                raise type(error)(f"{error.message} Before that, this was done: {done}.", hint=error.hint) from error
            receipts.append(self._receipt(entry, before))
        return receipts

    def _receipt(self, entry: Entry, before: int) -> EditReceipt:
        notices = tuple(self.notices[before:])
        self.metrics.count("transactions", entry.operation)
        self._tell(entry.operation, transaction=entry.id, files=list(entry.paths))
        return EditReceipt(entry.id, entry.title, entry.operation, entry.paths, entry.when, notices)

    @contextmanager
    def _telling(self, operation: str, files: Sequence[str] = ()) -> Iterator[None]:
        """What goes wrong inside is told, with what was counted on the way: the process may end with it."""
        try:
            yield
        except BaseException as error:
            self._tell("failed", operation=operation, error=type(error).__name__, files=list(files))
            raise

    def _tell(self, event: str, **values: Any) -> None:
        """Also keep what was measured since the last event; a store that cannot be written loses it, never a change."""
        if self._measures is None:
            return super()._tell(event, **values)
        rows = self.metrics.drain()
        took = {kind: seconds * 1e3 for (name, kind), (_, seconds) in sums(rows).items() if name == "seconds"}
        counted = [[name, kind, number] for (name, kind), (number, _) in sums(rows).items() if name != "seconds"]
        values |= {"milliseconds": {kind: round(each, 3) for kind, each in took.items()}, "counted": counted}
        super()._tell(event, **values)
        self._measures.tell(event, **values)
        with suppress(MaestroError):
            self._measures.add(rows)
        return None

    # -- looking back -------------------------------------------------------------------------------

    def log(self, limit: int = 20) -> list[LogLine]:
        """The newest transactions, newest first."""
        self.transactions.recover()
        applied = {entry.id for entry in self.history.applied()}
        lines = []
        for entry in reversed(self.transactions.journal.entries()):
            state: str = entry.state
            if entry.state == "undone":
                state = "taken back"
            elif entry.operation == "apply" and entry.state == "done":
                state = "applied" if entry.id in applied else "undone"
            lines.append(LogLine(entry.id, entry.title, entry.operation, state, entry.paths, entry.when, entry.note))
        return lines[: max(0, limit)]

    def forget(self) -> int:
        """Delete the journal and with it what it holds of files; how many changes can never be undone again.

        Raises `ConflictError` while an interrupted change waits for recovery.
        """
        journal = self.transactions.journal
        with journal.lock():
            self.transactions.recover()
            return journal.clear()

    def trace(self, transaction: str) -> dict[str, Any]:
        """Each step of a transaction with its reason; empty for an undo."""
        self.transactions.recover()
        packed = self.transactions.journal.get(transaction).data.get("trace", "")
        return dict(read_trace(base64.b64decode(packed))) if packed else {}

    def metrics_text(self) -> str:
        """This process's metrics as Prometheus text."""
        return prometheus(self.metrics.picture())
