"""The changes of a session, from sentence to receipt: proposed, looked at, applied as a whole, undone and redone.

One plan engine for all doors, made on first need. Nothing is written before `apply`. Every method may be called from
any thread but the loop's and those of comms: what waits for an open notebook waits for its page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.edit.card import carried
from codemaestro_jupyter.edit.proposed import Proposed
from codemaestro_jupyter.errors import DiskError, InputError, MaestroError
from codemaestro_jupyter.prepare.changing import Opened, journal_of, opened
from codemaestro_jupyter.prepare.commands import adds_docstrings, command_in, likely_command, nameless
from codemaestro_jupyter.prepare.here import placed, settled
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.types import LiveContext, Prediction, TurnId
from codemaestro_jupyter.view import ChangeAction, ChangeState, ChangeView, SessionView
from codemaestro_jupyter.workspace.workspace import Workspace

if TYPE_CHECKING:  # the plan engine brings LibCST, which nobody who only asks needs
    from codemaestro_jupyter.edit.cellhost import CellHost
    from codemaestro_jupyter.edit.checks import Check
    from codemaestro_jupyter.edit.engine import EditReceipt, Engine, Measures
    from codemaestro_jupyter.edit.proposal import Proposal
    from codemaestro_jupyter.edit.sharing import Sharer

KEPT = 20
"""Changes that can still be applied or undone from their card; the journal has all that were applied."""
NOT_YET: tuple[ChangeState, ...] = ("proposed", "discarded")
NOT_WRITABLE = "Nothing can be written here, so no change can be kept safely."


class Changes:
    """What was proposed in a session, by turn. `publish` is given the cards that changed, on any thread."""

    def __init__(
        self,
        settings: CodeMaestro,
        root: Path,
        folder: Path | None,
        workspace: Workspace,
        publish: Callable[[SessionView], object],
        measures: Measures | None = None,
    ) -> None:
        self._settings, self._root, self._folder, self._workspace = settings, root, folder, workspace
        self._publish, self._measures = publish, measures
        self._lock = threading.RLock()
        self._making = threading.Lock()
        self._engine: Engine | None = None
        self._all: dict[TurnId, Proposed] = {}
        self.host: CellHost | None = None
        """The front end's open notebooks; a door sets it before the first change."""
        self.here: Callable[[], str | None] = lambda: None
        """The path of the notebook that the person is in, if one is known."""

    def engine(self) -> Engine:
        """The plan engine; the first call recovers what a killed process left half-done.

        Raises `DiskError` where nothing can be written.
        """
        with self._making:
            if self._engine is None:
                if self._folder is None:
                    raise DiskError(NOT_WRITABLE, hint="`doctor` says why; nothing can be undone without a journal.")
                from codemaestro_jupyter.edit.engine import Engine

                self._engine = Engine(
                    self._root, self._workspace.reader, self._folder, self.host, measures=self._measures
                )
            return self._engine

    def close(self) -> None:
        """End the processes that batches use."""
        with self._making:
            if self._engine is not None:
                self._engine.close()

    # -- proposing: nothing is written --------------------------------------------------------------

    def command(self, text: str, *, model: bool = False) -> str:
        """The sentence that a text proposes; empty if it is no command for the plan engine.

        Docstrings that all are there already are none that a model would have to write.
        """
        text = placed(text, self.here(), self._workspace.files)
        sentence = command_in(text, self._workspace, model=model)
        if model and not sentence and (begun := command_in(text, self._workspace)) and adds_docstrings(begun):
            found = self.work_out(begun)
            return begun if found.problem is None and not found.diffs else ""
        return sentence or ("" if model else nameless(text, self._workspace))

    def begins_like_a_command(self, text: str) -> bool:
        """Warm what proposing needs if a half-typed text begins with a verb of ours; on a worker, read-only."""
        from codemaestro_jupyter.edit.phrases import VERBS

        if text.split(maxsplit=1)[0].lower() not in VERBS:
            return False
        import libcst  # noqa: F401 - a fifth of a second that nobody has to wait for

        from codemaestro_jupyter.edit import engine  # noqa: F401

        return True

    def expecting(
        self, predict: Callable[[str, LiveContext, int], Prediction], model: Callable[[], str]
    ) -> Callable[[str, LiveContext, int], Prediction]:
        """Predictions with the command that a half-typed text is or begins, if one can be worked out here."""

        def expect(text: str, live: LiveContext, k: int) -> Prediction:
            # what the index knows: at a key nothing is listed on disk
            said = placed(text, self.here(), lambda: self._workspace.index.view().paths)
            command = likely_command(said, self._workspace, model=bool(model())) if self._folder is not None else None
            return replace(predict(text, live, k), command=command)

        return expect

    def opened(self) -> Opened:
        """The notebooks that are open now, for what is worked out ahead; asks the pages, so not on the loop."""
        return opened(self.host, self._folder)

    def recall(self, kept: Mapping[str, Any] | None) -> Proposal | None:
        """The proposal that was prepared, if every file that it changes is still as it was."""
        if kept is None:
            return None
        from codemaestro_jupyter.edit.kept import whole

        with suppress(DiskError):
            engine = self.engine()
            found = whole(kept, engine.project.load)
            return None if found is None else engine.permitted(found)
        return None

    def work_out(self, plan: str | Mapping[str, Any], shared: Sharer | None = None) -> Proposal:
        """The proposal of a sentence or a plan, on no screen yet; never raises for what cannot be done.

        `shared` does steps that several plans have in common only once.
        """
        try:
            engine = self.engine()
            if isinstance(plan, str):
                return engine.propose_said(settled(plan, self.here(), self._workspace.files))
        except (DiskError, InputError) as error:
            from codemaestro_jupyter.edit.proposal import Problem, Proposal

            title = plan if isinstance(plan, str) else str(plan.get("text", ""))
            return Proposal(title, None, problem=Problem(error.message, error.hint))
        return engine.propose(plan, shared)

    def show(self, turn: TurnId, proposal: Proposal) -> None:
        """Put a proposal on the screens, as what a turn proposes."""
        with self._lock:
            self._all.pop(turn, None)
            while len(self._all) >= KEPT:
                del self._all[next(iter(self._all))]
        self._set(Proposed(turn, proposal))

    def restore(self, turns: Collection[TurnId]) -> None:
        """Bring back the cards of what earlier sessions applied for these turns, as far as it can be undone or redone.

        On a worker: it reads the journal, and neither locks nor mends it.
        """
        folder = journal_of(self._folder) if self._folder is not None else ""
        if not turns or not Path(folder).is_dir():
            return
        from codemaestro_jupyter.edit.files import DiskFiles
        from codemaestro_jupyter.edit.restoring import restored

        found = restored(folder, DiskFiles(), turns, KEPT)
        with self._lock:
            old = {
                TurnId(item.turn): Proposed(TurnId(item.turn), item.proposal, item.state, transaction=item.transaction)
                for item in found
                if TurnId(item.turn) not in self._all
            }
            self._all = {**old, **self._all}
        if old:
            self._publish({"changes": [each.view() for each in old.values()]})

    @property
    def newest(self) -> TurnId | None:
        """The turn of the newest proposal of which something can be applied, if not as it is ticked."""
        with self._lock:
            found = (each.turn for each in reversed(self._all.values()) if _open(each) and each.proposal.possible)
            return next(found, None)

    @property
    def stuck(self) -> TurnId | None:
        """The turn of the newest proposal, if it cannot be applied as it is and something can be done instead."""
        with self._lock:
            found = next((each for each in reversed(self._all.values()) if _open(each)), None)
        return found.turn if found is not None and found.ways_out else None

    def get(self, turn: TurnId) -> Proposed | None:
        """What a turn proposes."""
        with self._lock:
            return self._all.get(turn)

    def views(self) -> list[ChangeView]:
        """Every card, oldest first."""
        with self._lock:
            return [each.view() for each in self._all.values()]

    def accept(self, turn: TurnId, hunks: Collection[str]) -> None:
        """The hunks that the person chose, on every screen and for an `apply` that names none."""
        with self._lock:
            found = self._all.get(turn)
            if found is not None and _open(found):
                self._set(replace(found, accepted=frozenset(hunks)))

    def tick(self, turn: TurnId, hunks: Collection[str], on: bool) -> None:
        """Tick these hunks or take their ticks away, on every screen; the others stay as they are."""
        with self._lock:
            found = self._all.get(turn)
            if found is not None and _open(found):
                known = found.known(hunks)
                self._set(replace(found, accepted=found.ticked | known if on else found.ticked - known))

    def reveal(self, turn: TurnId, hunks: Collection[str]) -> None:
        """Give the screens the lines of these hunks, which a large card leaves out."""
        with self._lock:
            found = self._all.get(turn)
            if found is not None:
                self._set(replace(found, shown=found.shown | found.known(hunks)))

    def text(self, turn: TurnId) -> str:
        """The text of what a turn proposes, which a person may change: the sentence, or what each step writes."""
        return _text(self._plan(turn))

    def revise(self, turn: TurnId, text: str) -> None:
        """Propose what the changed text says, in place of what was proposed; nothing is written.

        Raises `InputError` for a text that is no plan any more; what does not fit the files stands on the card.
        """
        plan = self._plan(turn)
        from codemaestro_jupyter.plan import plantext

        revised = text.strip() if isinstance(plan, str) else plantext.revise(plan, text)
        found = self._claim(turn, *NOT_YET)
        proposal = found.proposal
        try:
            proposal = replace(self.work_out(revised), title=found.proposal.title)
        finally:
            self._set(Proposed(turn, proposal, accepted=carried(found.accepted, found.proposal, proposal)))

    def _again(self, proposal: Proposal) -> Proposal:
        """The same, worked out on the files as they are now."""
        one = proposal.commands[0] if len(proposal.commands) == 1 else None
        return self.work_out(one) if isinstance(one, str) else self.engine().propose(proposal.commands)

    def _plan(self, turn: TurnId) -> str | Mapping[str, Any]:
        found = self.get(turn)
        commands = found.proposal.commands if found is not None else ()
        if len(commands) != 1 or not isinstance(commands[0], (str, Mapping)):
            raise InputError("There is no plan whose text could be changed.", hint="Say in own words what to change.")
        return commands[0]

    def checks(self, found: Proposal) -> tuple[Check, ...]:
        """What lint and the covering tests say of a proposal, in a copy; nothing where neither is switched on."""
        values = self._settings
        if not found.applicable or not (values.edit_lint or values.edit_tests):
            return ()
        return self.engine().check(found, lint=bool(values.edit_lint), tests=bool(values.edit_tests))

    # -- writing ------------------------------------------------------------------------------------

    def perform(self, turn: TurnId, action: ChangeAction, hunks: Collection[str] | None = None, fix: int = 0) -> None:
        """Do what a card's button says; what goes wrong stands on the card and is raised too.

        Raises `InputError` for a turn without a change or an action that does not fit its state, and what `Engine`
        raises.
        """
        if action == "apply":
            self.apply(turn, hunks)
        elif action in ("take", "leave"):
            self.tick(turn, hunks or (), action == "take")
        elif action == "show":
            self.reveal(turn, hunks or ())
        elif action == "undo":
            self.undo(turn=turn)
        elif action == "redo":
            self.redo(turn=turn)
        elif action == "discard":
            self._set(replace(self._claim(turn, *NOT_YET), state="discarded", message="", fixes=()))
        else:
            found = self._claim(turn, *NOT_YET)
            offered = found.ways_out
            try:
                if action == "again":
                    proposal = self._again(found.proposal)
                elif 0 <= fix < len(offered):
                    proposal = self.engine().fix(offered[fix])
                else:
                    raise InputError("That suggestion is no longer there.", hint="Choose one that is shown.")
            except BaseException as error:
                self._set(replace(found, message=_said(error)))
                raise
            proposal = replace(proposal, title=found.proposal.title)
            self._set(Proposed(turn, proposal, accepted=carried(found.accepted, found.proposal, proposal)))

    def apply(self, turn: TurnId, hunks: Collection[str] | None = None) -> EditReceipt:
        """Write the accepted hunks (None: those chosen before, else the ticked ones) as one transaction."""
        found = self._claim(turn, *NOT_YET)
        accepted = found.accepted if hunks is None else frozenset(hunks)
        try:
            engine = self.engine()
            receipt = engine.apply(found.proposal, accepted, turn=turn)
        except BaseException as error:
            fixes = engine.fixes(error, found.proposal, accepted) if isinstance(error, MaestroError) else ()
            self._set(replace(found, message=_said(error), fixes=tuple(fixes), accepted=accepted))
            raise
        said = " ".join(receipt.notices)
        self._set(
            replace(found, state="applied", transaction=receipt.transaction, message=said, accepted=accepted, fixes=())
        )
        return receipt

    def undo(self, count: int = 1, transaction: str = "", *, turn: TurnId | None = None) -> list[EditReceipt]:
        """Undo the last transactions, one by its id, or that of a turn."""
        return self._turn_back("undo", count, transaction, turn)

    def redo(self, count: int = 1, transaction: str = "", *, turn: TurnId | None = None) -> list[EditReceipt]:
        """Do again what was undone."""
        return self._turn_back("redo", count, transaction, turn)

    def forget(self) -> int:
        """Delete what undo and redo need of every change so far; how many there were."""
        if self._folder is None or not Path(journal_of(self._folder)).is_dir():
            return 0
        return self.engine().forget()

    def _turn_back(self, what: str, count: int, transaction: str, turn: TurnId | None) -> list[EditReceipt]:
        found = self._claim(turn, "applied" if what == "undo" else "undone") if turn is not None else None
        try:
            engine = self.engine()
            turning = engine.undo if what == "undo" else engine.redo
            return turning(count, found.transaction if found is not None else transaction)
        except BaseException as error:
            if found is not None:
                self._set(replace(found, message=_said(error)))
            raise
        finally:
            self._look()

    # -- inside -------------------------------------------------------------------------------------

    def _look(self) -> None:
        """The journal says which changes stand: somebody may have undone one elsewhere."""
        if self._engine is None:
            return
        lines = {line.transaction: line.state for line in self._engine.log(10 * KEPT)}
        with self._lock:
            for found in list(self._all.values()):
                told = lines.get(found.transaction)  # None: the journal was deleted, or is beyond it
                state: ChangeState = found.state if told is None else "applied" if told == "applied" else "undone"
                if found.transaction and (found.busy or found.state != state):
                    now = self._all[found.turn]
                    self._set(replace(now, busy=False, state=state))

    def _claim(self, turn: TurnId, *states: ChangeState) -> Proposed:
        """The change as it stands, and nobody else works on it until it is set again."""
        with self._lock:
            found = self._all.get(turn)
            if found is None:
                raise InputError("That change is no longer at hand.", hint="`%maestro log` lists what was applied.")
            if found.busy or found.state not in states:
                where = "being worked on" if found.busy else found.state
                raise InputError(f"This change is {where} already.", hint="`%maestro log` lists what was done.")
            self._set(replace(found, busy=True, message="", fixes=()))
            return found

    def _set(self, changed: Proposed) -> None:
        with self._lock:
            old = self._all.get(changed.turn)
            self._all[changed.turn] = changed
            if old is not None and old.proposal is changed.proposal and old.shown <= changed.shown:
                self._publish({"changed": [changed.since(old)]})  # in order: each follows from the one before
            else:
                self._publish({"changes": [changed.view()]})


def _text(plan: str | Mapping[str, Any]) -> str:
    from codemaestro_jupyter.plan import plantext

    return plan if isinstance(plan, str) else plantext.render(plan)


def _open(found: Proposed) -> bool:
    return found.state in NOT_YET and not found.busy


def _said(error: BaseException) -> str:
    return str(error) if isinstance(error, MaestroError) else f"{type(error).__name__}: {error}"
