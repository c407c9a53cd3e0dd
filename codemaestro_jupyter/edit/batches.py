"""Several commands as one: which depend on which, which conflict, and how they merge.

A batch equals the fold of its commands, always. What each command reads and writes is known before anything runs;
commands that share nothing form groups, groups run in any order or at the same time (their paths are disjoint), and
the merge is by path, so the result cannot depend on who finished first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codemaestro_jupyter import errors
from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.blueprint import Blueprint, Change, Component
from codemaestro_jupyter.edit.decompose import Command, decompose
from codemaestro_jupyter.edit.footprints import Words, footprint, group
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.moving import target
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.state import Candidate, Correction
from codemaestro_jupyter.edit.steps import Plan, describe
from codemaestro_jupyter.edit.stopping import StoppedError
from codemaestro_jupyter.errors import ConflictError, EditError, MaestroError

MAX_COMMANDS = 200
"""Commands a batch may have: each is compared with each."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two commands (from 1) that cannot both be done."""

    first: int
    second: int
    path: str
    why: str

    def __str__(self) -> str:
        return f"Commands {self.first} and {self.second} conflict in {self.path}: {self.why}."


@dataclass(frozen=True, slots=True)
class Part:
    """What one command of a batch came to; small enough to travel between processes."""

    number: int
    changes: tuple[Change, ...]
    corrections: tuple[Correction, ...]
    candidates: tuple[Candidate, ...]
    warnings: tuple[str, ...]
    parsed: int
    trace: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """A group of commands that depend on each other, with all they need."""

    numbers: tuple[int, ...]
    plans: tuple[Plan, ...]
    components: tuple[Component, ...]
    known: frozenset[str]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """How a command (from 0) failed, in values that travel between processes."""

    number: int
    kind: str
    message: str
    hint: str = ""
    step: int = 0
    candidates: tuple[str, ...] = ()

    def error(self) -> MaestroError:
        """The error as it was raised, its message naming the command."""
        kind = getattr(errors, self.kind, EditError)
        message = f"Command {self.number + 1}: {self.message}"
        if issubclass(kind, EditError):
            return kind(message, hint=self.hint, step=self.step, candidates=self.candidates)
        return kind(message, hint=self.hint) if issubclass(kind, MaestroError) else EditError(message, hint=self.hint)


Attempt = list[Part] | Failure
Runner = Callable[[Sequence[Job]], list[list[Part]]]
"""Runs jobs, each independent of the others, and gives their parts in the order of the jobs."""


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What a batch comes to: the blueprint after it, the changes by path, and each command's part."""

    blueprint: Blueprint
    changes: tuple[Change, ...]
    parts: tuple[Part, ...]
    groups: tuple[tuple[int, ...], ...]


def conflicts(plans: Sequence[Plan]) -> list[Conflict]:
    """Pairs of commands that cannot both be done, by what they say: found before anything runs."""
    found: list[Conflict] = []
    facts: list[tuple[int, str, str, s.Step]] = []
    for number, plan in enumerate(plans, 1):
        for item in plan.steps:
            for fact, subject in facts_of(item.step):
                for other, kind, earlier, step in facts:
                    why = clash(kind, fact, step, item.step) if earlier == subject and other != number else ""
                    if why:
                        found.append(Conflict(other, number, item.step.path or subject, why))
                facts.append((number, fact, subject, item.step))
    return list(dict.fromkeys(found))


def facts_of(step: s.Step) -> list[tuple[str, str]]:
    """What a step says about places and names: (`gone`, path), (`made`, path), (`used`, path), (`renamed`, name)."""
    match step:
        case s.CreateFile():
            return [("made", step.path)]
        case s.DeleteFile():
            return [("gone", step.path)]
        case s.RenameFile() | s.MoveFile():
            to = target(step.path, step.to, moving=isinstance(step, s.MoveFile))
            return [("gone", step.path), ("made", to)]
        case s.RenameSymbol():
            used = [("used", step.path)] if step.path else []
            return [("renamed", step.name), *used]
        case s.ReplaceText() | s.DeleteText():
            return [("used", step.path), ("taken", f"{step.path}\0{step.cell}\0{step.old}")]
        case s.ReplaceCell() | s.DeleteCell():
            return [("used", step.path), ("taken", f"{step.path}\0{step.cell}")]
    return [("used", step.path)] if step.path else []


def clash(first: str, second: str, one: s.Step, two: s.Step) -> str:
    """Why two facts about one subject cannot both be; empty if they can, in this order."""
    if first == "gone" and second in ("used", "gone"):
        return f"the first ({describe(one)}) takes away what the second needs"
    if first == second == "made":
        return "both create it"
    if first == second == "renamed" and isinstance(one, s.RenameSymbol) and isinstance(two, s.RenameSymbol):
        same_file = not one.path or not two.path or one.path == two.path
        return f"both rename {one.name}" if same_file else ""
    if first == second == "taken" and not (isinstance(one, s.ReplaceText) and one.new == getattr(two, "old", None)):
        return "both replace the same place"
    return ""


def run_batch(
    commands: Sequence[Command],
    blueprint: Blueprint,
    *,
    runner: Runner | None = None,
    metrics: Metrics | None = None,
) -> BatchOutcome:
    """All commands as one; all or none.

    Raises `ConflictError` naming every pair that conflicts, before anything runs, and otherwise the first command's
    error (by number), naming the command.
    """
    check_size(commands)
    plans = [read_command(command, number) for number, command in enumerate(commands, 1)]
    clashes = conflicts(plans)
    if clashes:
        if metrics is not None:
            metrics.count("conflicts", "predicted", len(clashes))
        raise ConflictError(
            " ".join(map(str, clashes[:5])),
            hint="Take one of each pair out, or run them one after the other.",
            candidates=tuple(map(str, clashes)),
        )
    words = Words(blueprint)
    footprints = [footprint(plan, blueprint, words) for plan in plans]
    jobs = []
    for members in group(footprints):
        needed = set().union(*(footprints[at].reads | footprints[at].writes for at in members))
        inside = tuple(item for path in sorted(needed) if (item := blueprint.get(path)) is not None)
        seconds = sum(footprints[at].seconds for at in members)
        jobs.append(Job(members, tuple(plans[at] for at in members), inside, words.paths, seconds))
    done = (runner or run_jobs)(jobs)
    parts = sorted((part for result in done for part in result), key=lambda part: part.number)
    return merge(blueprint, parts, [job.numbers for job in jobs])


def check_size(commands: Sequence[Command]) -> None:
    """Raise `EditError` for no command at all, or too many; asked before any of them is read."""
    if not commands:
        raise EditError("There is nothing to do in this batch.", hint="Give at least one command.")
    if len(commands) > MAX_COMMANDS:
        raise EditError(
            f"This batch has {len(commands):,} commands; command {MAX_COMMANDS + 1} is one too many.",
            hint=f"Split it into batches of at most {MAX_COMMANDS}.",
        )


def read_command(command: Command, number: int) -> Plan:
    """One command's plan; its error names the command."""
    try:
        return decompose(command)
    except MaestroError as error:
        raise failure(number - 1, error).error() from error


def run_jobs(jobs: Sequence[Job]) -> list[list[Part]]:
    """Run jobs here, one after the other."""
    return settled([attempt(job) for job in jobs])


def settled(attempts: Sequence[Attempt]) -> list[list[Part]]:
    """The parts of jobs that all succeeded; otherwise the first command's error, by number, is raised."""
    failed = [item for item in attempts if isinstance(item, Failure)]
    if failed:
        first = min(failed, key=lambda item: item.number)
        raise first.error() from None
    return [item for item in attempts if not isinstance(item, Failure)]


def attempt(job: Job) -> Attempt:
    """Run one group as the fold of its commands: their parts, or how the first that failed did."""
    blueprint = Blueprint(job.components, known=job.known)
    parts = []
    for number, plan in zip(job.numbers, job.plans, strict=True):
        try:
            outcome: Outcome = run(plan, blueprint)
        except MaestroError as error:
            return failure(number, error)
        except StoppedError:  # nobody waits for it
            raise
        except Exception as error:  # a fault of ours, told like any other: it may have happened in a child
            return Failure(number, "EditError", f"{type(error).__name__}: {error}", "Please report this.")
        blueprint = outcome.blueprint
        parts.append(
            Part(
                number,
                outcome.changes,
                outcome.corrections,
                outcome.candidates,
                outcome.warnings,
                outcome.parsed,
                outcome.trace,
            )
        )
    return parts


def failure(number: int, error: MaestroError) -> Failure:
    """An error of a command (from 0) as plain values."""
    step, candidates = getattr(error, "step", 0), tuple(getattr(error, "candidates", ()))
    return Failure(number, type(error).__name__, error.message, error.hint, step, candidates)


def merge(blueprint: Blueprint, parts: Sequence[Part], groups: Sequence[tuple[int, ...]]) -> BatchOutcome:
    """Put the parts' changes onto the blueprint, in the commands' order."""
    after = blueprint
    for part in parts:
        after = after.with_changes((change.path, change.after) for change in part.changes)
    return BatchOutcome(after, blueprint.changes_to(after), tuple(parts), tuple(groups))
