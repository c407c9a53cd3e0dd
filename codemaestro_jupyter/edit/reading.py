"""What a command would change, worked out in memory: nothing is written or recovered, no lock is taken.

reading = Reading(root, Reader(root))
proposal = reading.propose("rename fetch_user to load_user, then add logging to it")

`Engine` is a `Reading` that can write as well.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.batches import Runner, check_size, conflicts, read_command, run_batch, together
from codemaestro_jupyter.edit.blueprint import Blueprint, Change
from codemaestro_jupyter.edit.cautions import cautions
from codemaestro_jupyter.edit.cellhost import CellHost, NoCells
from codemaestro_jupyter.edit.corrections import reindented
from codemaestro_jupyter.edit.decompose import Command, decompose
from codemaestro_jupyter.edit.files import DiskFiles, FileLayer
from codemaestro_jupyter.edit.fixes import problem_of
from codemaestro_jupyter.edit.grammar import cached_match
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.pool import Pool
from codemaestro_jupyter.edit.project import Project
from codemaestro_jupyter.edit.proposal import Proposal, propose
from codemaestro_jupyter.edit.several import apart, several
from codemaestro_jupyter.edit.sharing import Sharer
from codemaestro_jupyter.edit.steps import KINDS, Plan
from codemaestro_jupyter.errors import EditError, MaestroError
from codemaestro_jupyter.workspace.reader import Reader

logger = logging.getLogger(__name__)


class Reading:
    """The proposals of one project; any thread may ask. Close it, or use it as a context manager: batches may start
    processes."""

    def __init__(
        self,
        root: Path,
        reader: Reader,
        cell_host: CellHost | None = None,
        *,
        files: FileLayer | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.files = files or DiskFiles()
        self.metrics = metrics or Metrics()
        self._cells = cell_host or NoCells()
        self._reader = reader
        self.project = Project(root, reader, self.files, self._cells)
        self._pool = Pool()

    def close(self) -> None:
        """End the processes that batches were shared with; it can go on, alone."""
        self._pool.close()
        self.files.close()

    def propose(self, commands: Command | Sequence[Command], shared: Sharer | None = None) -> Proposal:
        """Work a command out in memory. What cannot be done is in `problem`, with fixes; nothing is raised for it.

        `shared` does steps that several proposals have in common only once.
        """
        given = tuple(commands) if isinstance(commands, Sequence) and not isinstance(commands, str) else (commands,)
        title = commands.strip() if isinstance(commands, str) else "; ".join(titles(given))
        plan: Plan | None = None
        self._cells.refresh()
        started = time.perf_counter()
        try:
            plan = self._decompose(commands)
            outcome = self.outcome(plan, shared, time.perf_counter() - started)
        except MaestroError as error:
            error = self._wider(error, plan)
            problem = problem_of(error, plan)
            if "defined in" in error.message and (unread := self.project.left_out()):
                problem = replace(problem, hint=" ".join((problem.hint, *unread)).strip())
            self._refused(error, [plan] if plan else ())
            return Proposal(title[:200], plan, problem=problem, commands=given)
        if shared is not None and shared.taken:
            self.metrics.count("shared", "step", shared.taken)
        self._proposed(outcome)
        return self.permitted(propose(outcome, title[:200], given))

    def permitted(self, proposal: Proposal) -> Proposal:
        """The proposal with what may be changed of it."""
        changes = [Change(diff.path, diff.before, diff.after or diff.before) for diff in proposal.diffs]
        changes += [Change(diff.old_path, diff.source, diff.source) for diff in proposal.diffs if diff.source]
        warnings = dict.fromkeys(
            (*proposal.warnings, *cautions(self.project.root, changes))
        )  # a kept one has them already
        gone = {diff.old_path or diff.path for diff in proposal.diffs if diff.old_path or diff.after is None}
        return replace(proposal, permissions=self.project.permissions(changes, gone), warnings=tuple(warnings))

    def _wider(self, error: MaestroError, plan: Plan | None) -> MaestroError:
        """For a symbol that is nowhere: the same error with what it is called now, or with names like it."""
        if plan is None or not isinstance(error, EditError) or "defined in" not in error.message:
            return error
        known = self.called_now(error, plan)
        if known:
            near = tuple(dict.fromkeys((*known, *error.candidates)))
            hint = f"By its history it is called {known[0]} now."
            return EditError(error.message, hint=hint, step=error.step, candidates=near)
        if error.candidates:
            return error
        try:
            run(plan, self.project.blueprint(plan, wide=True), loader=self.project.load)
        except MaestroError as wider:
            return wider
        return error

    def called_now(self, error: EditError, plan: Plan) -> tuple[str, ...]:
        """What a symbol that is nowhere is called now, as addresses; ahead of a submit nobody is asked."""
        return ()

    def _decompose(self, commands: Command | Sequence[Command]) -> Plan:
        try:
            return decompose(commands, cached_match)
        except MaestroError:
            self.metrics.count("failed", "decompose")
            raise

    def outcome(self, plan: Plan, shared: Sharer | None = None, spent: float = 0.0) -> Outcome:
        """A plan's outcome on the files as they are; new text that lost its indent is tried with it.

        `spent`: seconds that decomposing took, for the metrics.
        """
        blueprint = self.project.blueprint(plan)
        loader = self.project.load
        try:
            found = run(plan, blueprint, loader=loader, metrics=self.metrics, shared=shared, spent=spent)
            return replace(found, warnings=(*found.warnings, *self.project.left_out()))
        except EditError as error:
            if "would be broken" not in error.message:
                raise
            for other, corrections in reindented(plan, blueprint):
                with suppress(MaestroError):
                    found = run(other, blueprint, loader=loader, metrics=self.metrics, shared=shared)
                    return replace(found, corrections=(*found.corrections, *corrections))
            raise

    def propose_said(self, text: str, runner: Runner | None = None) -> Proposal:
        """What a text says: commands side by side that do not meet are one batch, and so are those that conflict.

        Those that depend on one another are the steps of one plan, as they are with `then`.
        """
        parts = several(text)
        if len(parts) < 2:
            return self.propose(text)
        self._cells.refresh()
        try:
            plans = [decompose(part, cached_match) for part in parts]
            blueprint = self.project.blueprint(together(plans))
        except MaestroError:
            return self.propose(text)
        predicted = conflicts(plans)
        if not predicted and not apart(plans, blueprint):
            return self.propose(text)
        found = self._batch(parts, plans, blueprint, runner)
        if found.problem is not None and not predicted:  # one plan's problems come with what could be done instead
            return self.propose(text)
        return replace(found, title=text.strip()[:200], commands=(text,))

    def propose_batch(self, commands: Sequence[Command], runner: Runner | None = None) -> Proposal:
        """Several commands as one atomic transaction; conflicts between them are found before anything runs.

        `runner` runs its independent parts: other processes of this engine by default, where that pays.
        """
        self._cells.refresh()
        try:
            check_size(commands)
            plans = [read_command(command, number) for number, command in enumerate(commands, 1)]
            blueprint = self.project.blueprint(together(plans))
        except MaestroError as error:
            return Proposal(joined(commands), None, problem=problem_of(error, None), commands=tuple(commands))
        return self._batch(commands, plans, blueprint, runner)

    def _batch(
        self, commands: Sequence[Command], plans: Sequence[Plan], blueprint: Blueprint, runner: Runner | None
    ) -> Proposal:
        given, title = tuple(commands), joined(commands)
        try:
            batch = run_batch(plans, blueprint, runner=runner or self._pool, metrics=self.metrics)
        except MaestroError as error:
            self._refused(error, plans)
            return Proposal(title, None, problem=problem_of(error, None), commands=given)
        parts = batch.parts
        outcome = Outcome(
            together(plans),
            blueprint,
            batch.blueprint,
            batch.changes,
            tuple(item for part in parts for item in part.corrections),
            tuple(item for part in parts for item in part.candidates),
            (*(item for part in parts for item in part.warnings), *self.project.left_out()),
            sum(part.parsed for part in parts),
            batch.trace,
        )
        self._proposed(outcome, commands=len(given))
        return self.permitted(propose(outcome, title, given))

    def _proposed(self, outcome: Outcome, **values: Any) -> None:
        files = [change.path for change in outcome.changes]
        corrected = [item.kind for item in outcome.corrections]
        self._tell("proposed", steps=kinds_of([outcome.plan]), files=files, corrected=corrected, **values)

    def _refused(self, error: MaestroError, plans: Iterable[Plan]) -> None:
        self._tell("refused", steps=kinds_of(plans), step=getattr(error, "step", 0), error=type(error).__name__)

    def _tell(self, event: str, **values: Any) -> None:
        """Log an event as JSON: kinds, numbers and names of files, never what was typed or stands in a file."""
        if logger.isEnabledFor(logging.INFO):
            logger.info(json.dumps({"event": event, **values}, default=str))


def kinds_of(plans: Iterable[Plan]) -> list[str]:
    """What the steps of plans do: `rename_symbol`, …"""
    return [str(item.step.do) for plan in plans for item in plan.steps]


def titles(commands: Sequence[Any]) -> list[str]:
    """Commands in a few words."""
    found = []
    for command in commands:
        if isinstance(command, str):
            found.append(command.strip())
        elif isinstance(command, Plan):
            found.append(command.text or f"{len(command.steps)} steps")
        elif isinstance(command, dict) and "do" in command:
            what = str(command["do"]).replace("_", " ")
            found.append(f"{what} {command.get('name') or command.get('path') or ''}".strip())
        elif isinstance(command, dict):
            found.append(str(command.get("text") or "plan"))
        elif isinstance(command, KINDS):
            found.append(str(command.do).replace("_", " ") + " " + str(getattr(command, "name", "") or command.path))
    return found


def joined(commands: Sequence[Any]) -> str:
    """The title of several commands."""
    return "; ".join(titles(commands[:20]))[:200]
