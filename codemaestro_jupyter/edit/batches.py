"""Several commands as one: which depend on which, which conflict, and how they merge.

A batch equals the fold of its commands, always. What each command reads and writes is known before anything runs;
commands that share nothing form groups, groups run in any order or at the same time (their paths are disjoint), and
the merge is by path, so the result cannot depend on who finished first. Where nobody can share the work with gain, the
batch is the fold, and nothing is looked for but conflicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from codemaestro_jupyter import errors
from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.blueprint import Blueprint, Change, Component
from codemaestro_jupyter.edit.decompose import Command, decompose
from codemaestro_jupyter.edit.footprints import Words, effort, footprint, group
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.moving import target
from codemaestro_jupyter.edit.pipeline import run, write_trace
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


class Runner(Protocol):
    """Whoever runs jobs, each independent of the others."""

    def pays(self, seconds: float) -> bool:
        """Whether so much work beside the largest job is done sooner there than one command after the other."""
        ...

    def jobs(self, jobs: Sequence[Job]) -> list[list[Part]]:
        """The jobs' parts, in the order of the jobs; the first error by the number of its command is raised."""
        ...


class Alone:
    """A `Runner` that shares nothing."""

    def pays(self, seconds: float) -> bool:
        """There is nobody else."""
        return False

    def jobs(self, jobs: Sequence[Job]) -> list[list[Part]]:
        """One after the other."""
        return run_jobs(jobs)


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What a batch comes to: the blueprint after it, the changes by path, and each command's part."""

    blueprint: Blueprint
    changes: tuple[Change, ...]
    parts: tuple[Part, ...]
    trace: bytes
    """Of all commands, their steps numbered through (`pipeline.read_trace`)."""


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
    jobs = jobs_for(runner, plans, blueprint) if runner is not None else []
    if runner is not None and jobs:
        parts = [part for done in runner.jobs(jobs) for part in done]
    else:
        parts = settled([attempt(range(len(plans)), plans, blueprint)])[0]
    return merge(blueprint, plans, sorted(parts, key=lambda part: part.number))


def jobs_for(runner: Runner, plans: Sequence[Plan], blueprint: Blueprint) -> list[Job]:
    """Plans that depend on each other as one job each; none where that does not pay."""
    if not runner.pays(effort(plans, blueprint)):
        return []
    words = Words(blueprint)
    found = [footprint(plan, blueprint, words) for plan in plans]
    groups = group(found)
    seconds = [sum(found[at].seconds for at in members) for members in groups]
    if not runner.pays(sum(seconds) - max(seconds)):  # the largest job is waited for anyway
        return []
    jobs = []
    for members, takes in zip(groups, seconds, strict=True):
        needed = set().union(*(found[at].reads | found[at].writes for at in members))
        inside = tuple(item for path in sorted(needed) if (item := blueprint.get(path)) is not None)
        jobs.append(Job(members, tuple(plans[at] for at in members), inside, words.paths, takes))
    return jobs


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
    return settled([attempt_job(job) for job in jobs])


def settled(attempts: Sequence[Attempt]) -> list[list[Part]]:
    """The parts of jobs that all succeeded; otherwise the first command's error, by number, is raised."""
    failed = [item for item in attempts if isinstance(item, Failure)]
    if failed:
        first = min(failed, key=lambda item: item.number)
        raise first.error() from None
    return [item for item in attempts if not isinstance(item, Failure)]


def attempt_job(job: Job) -> Attempt:
    """Run one group on what it needs of the blueprint."""
    return attempt(job.numbers, job.plans, Blueprint(job.components, known=job.known))


def attempt(numbers: Sequence[int], plans: Sequence[Plan], blueprint: Blueprint) -> Attempt:
    """The fold of some commands: their parts, or how the first that failed did."""
    parts = []
    for number, plan in zip(numbers, plans, strict=True):
        try:
            found = run(plan, blueprint, traced=False)
        except MaestroError as error:
            return failure(number, error)
        except StoppedError:  # nobody waits for it
            raise
        except Exception as error:  # a fault of ours, told like any other: it may have happened in a child
            return Failure(number, "EditError", f"{type(error).__name__}: {error}", "Please report this.")
        blueprint = found.blueprint
        parts.append(Part(number, found.changes, found.corrections, found.candidates, found.warnings, found.parsed))
    return parts


def failure(number: int, error: MaestroError) -> Failure:
    """An error of a command (from 0) as plain values."""
    step, candidates = getattr(error, "step", 0), tuple(getattr(error, "candidates", ()))
    return Failure(number, type(error).__name__, error.message, error.hint, step, candidates)


def merge(blueprint: Blueprint, plans: Sequence[Plan], parts: Sequence[Part]) -> BatchOutcome:
    """Put the parts' changes onto the blueprint, in the commands' order; what a part says of its steps is numbered
    as they are together."""
    after = blueprint
    earlier = 0
    numbered = []
    for part, plan in zip(parts, plans, strict=True):
        after = after.with_changes((change.path, change.after) for change in part.changes)
        place = {item.id: at for at, item in enumerate(plan.steps, earlier + 1)}
        corrections = tuple(replace(item, step=place.get(item.step, item.step)) for item in part.corrections)
        numbered.append(replace(part, corrections=corrections))
        earlier += len(plan.steps)
    changes = blueprint.changes_to(after)
    corrections = tuple(item for part in numbered for item in part.corrections)
    return BatchOutcome(after, changes, tuple(numbered), write_trace(together(plans), changes, corrections))


def together(plans: Sequence[Plan]) -> Plan:
    """The steps of all plans, numbered through."""
    steps = [item for plan in plans for item in plan.steps]
    return Plan(tuple(replace(item, id=number) for number, item in enumerate(steps, 1)))
