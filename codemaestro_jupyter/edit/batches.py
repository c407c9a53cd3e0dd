"""Several commands as one: which depend on which, which conflict, and how they merge.

A batch equals the fold of its commands, always. What each command reads and writes is known before anything runs;
commands that share nothing form groups, groups run in any order or at the same time (their paths are disjoint), and
the merge is by path, so the result cannot depend on who finished first.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.blueprint import Blueprint, Change, Component
from codemaestro_jupyter.edit.decompose import Command, decompose
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.moving import PYTHON, moves_of, target
from codemaestro_jupyter.edit.pipeline import Outcome, run
from codemaestro_jupyter.edit.state import Candidate, Correction
from codemaestro_jupyter.edit.steps import Plan, describe
from codemaestro_jupyter.errors import ConflictError, EditError, MaestroError

FUNCTION_STEPS = s.AddParameter | s.AddDocstring | s.AddTypeHints | s.AddLogging | s.AddErrorHandling
SYMBOL_STEPS = s.RenameSymbol | FUNCTION_STEPS | s.AddTestSkeleton
TREE_STEPS = SYMBOL_STEPS | s.ExtractFunction | s.ExtractConstant | s.OrganizeImports


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a command reads and writes, by path; `seconds` is what its syntax trees will cost, roughly."""

    reads: frozenset[str]
    writes: frozenset[str]
    seconds: float = 0.0

    def meets(self, other: Footprint) -> bool:
        """Whether the order of the two matters."""
        return bool(self.writes & other.writes or self.writes & other.reads or self.reads & other.writes)


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


Runner = Callable[[Sequence[Job]], list[list[Part]]]
"""Runs jobs, each independent of the others, and gives their parts in the order of the jobs."""


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What a batch comes to: the blueprint after it, the changes by path, and each command's part."""

    blueprint: Blueprint
    changes: tuple[Change, ...]
    parts: tuple[Part, ...]
    groups: tuple[tuple[int, ...], ...]


def footprint(plan: Plan, blueprint: Blueprint) -> Footprint:
    """What a plan reads and writes on a blueprint, found without running it; too much rather than too little."""
    reads: set[str] = set()
    writes: set[str] = set()
    seconds = 0.0
    everything = blueprint.paths()
    for item in plan.steps:
        step = item.step
        if step.path:
            writes.add(step.path)
        if isinstance(step, s.RenameFile | s.MoveFile):
            moves = moves_of(step, everything)
            writes |= {*moves, *moves.values()}
            if any(path.endswith(PYTHON) for path in moves):  # whoever imports it follows
                stems = [posixpath.basename(posixpath.splitext(path)[0]).encode() for path in moves]
                stems += [posixpath.basename(posixpath.dirname(path)).encode() for path in moves]
                reads |= everything
                writes |= {item.path for item in blueprint if any(stem and stem in item.data for stem in stems)}
        if isinstance(step, s.ReplaceText | s.DeleteText) and step.old.encode() not in data_of(blueprint, step.path):
            reads |= everything  # it may have moved elsewhere: any file may be looked at, and one of them changed
            writes |= {component.path for component in blueprint if step.old.encode() in component.data}
        if isinstance(step, SYMBOL_STEPS):
            word = step.name.rpartition(".")[2].encode()
            if "*" in step.name:  # every function of a file or folder: their paths begin like its own
                writes |= {path for path in everything if path.startswith(step.path.rstrip("/"))} or everything
                word = b""
            having = {component.path for component in blueprint if word in component.data}
            if not having:  # an earlier command may make it
                reads, writes = reads | everything, writes | everything
            elif isinstance(step, s.RenameSymbol):
                writes |= having
                reads |= {component.path for component in blueprint if step.new.encode() in component.data}
            elif isinstance(step, s.AddTestSkeleton):
                reads |= having
                writes |= {path for path in everything if "test" in path} | {"tests/"}
            else:
                reads |= having
                writes |= {path for path in having if defines(data_of(blueprint, path), word)}
        if isinstance(step, TREE_STEPS):
            kilobytes = sum(len(data_of(blueprint, path)) for path in writes | reads) / 1000
            seconds += 0.004 + 0.0005 * kilobytes
    return Footprint(frozenset(reads - writes), frozenset(writes), seconds)


def data_of(blueprint: Blueprint, path: str) -> bytes:
    """A component's bytes; none if it is not there."""
    component = blueprint.get(path)
    return component.data if component is not None else b""


def defines(data: bytes, word: bytes) -> bool:
    """Whether a file may define a name."""
    return b"def " + word in data or b"class " + word in data


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


def group(footprints: Sequence[Footprint]) -> list[tuple[int, ...]]:
    """Commands (from 0) that meet, directly or through others, together and in their order."""
    owner = list(range(len(footprints)))

    def find(at: int) -> int:
        while owner[at] != at:
            at = owner[at]
        return at

    for later in range(len(footprints)):
        for earlier in range(later):
            if footprints[later].meets(footprints[earlier]):
                one, two = sorted((find(earlier), find(later)))
                owner[two] = one
    groups: dict[int, list[int]] = {}
    for at in range(len(footprints)):
        groups.setdefault(find(at), []).append(at)
    return [tuple(members) for _, members in sorted(groups.items())]


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
    plans = [read(command, number) for number, command in enumerate(commands, 1)]
    if not plans:
        raise EditError("There is nothing to do in this batch.", hint="Give at least one command.")
    clashes = conflicts(plans)
    if clashes:
        if metrics is not None:
            metrics.count("conflicts", "predicted", len(clashes))
        raise ConflictError(
            " ".join(map(str, clashes[:5])),
            hint="Take one of each pair out, or run them one after the other.",
            candidates=tuple(map(str, clashes)),
        )
    footprints = [footprint(plan, blueprint) for plan in plans]
    jobs = []
    for members in group(footprints):
        needed = set().union(*(footprints[at].reads | footprints[at].writes for at in members))
        inside = tuple(item for path in sorted(needed) if (item := blueprint.get(path)) is not None)
        seconds = sum(footprints[at].seconds for at in members)
        jobs.append(Job(members, tuple(plans[at] for at in members), inside, blueprint.paths(), seconds))
    done = (runner or run_jobs)(jobs)
    parts = sorted((part for result in done for part in result), key=lambda part: part.number)
    return merge(blueprint, parts, [job.numbers for job in jobs])


def read(command: Command, number: int) -> Plan:
    """One command's plan; its error names the command."""
    try:
        return decompose(command)
    except MaestroError as error:
        raise named(error, number) from error


def run_jobs(jobs: Sequence[Job]) -> list[list[Part]]:
    """Run jobs here, one after the other."""
    return [run_job(job) for job in jobs]


def run_job(job: Job) -> list[Part]:
    """Run one group as the fold of its commands."""
    blueprint = Blueprint(job.components, known=job.known)
    parts = []
    for number, plan in zip(job.numbers, job.plans, strict=True):
        try:
            outcome: Outcome = run(plan, blueprint)
        except MaestroError as error:
            raise named(error, number + 1) from error
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


def named(error: MaestroError, number: int) -> MaestroError:
    """The error, its message naming the command."""
    message = f"Command {number}: {error.message}"
    if isinstance(error, EditError):
        return type(error)(message, hint=error.hint, step=error.step, candidates=error.candidates)
    return type(error)(message, hint=error.hint)


def merge(blueprint: Blueprint, parts: Sequence[Part], groups: Sequence[tuple[int, ...]]) -> BatchOutcome:
    """Put the parts' changes onto the blueprint, in the commands' order."""
    after = blueprint
    for part in parts:
        after = after.with_changes((change.path, change.after) for change in part.changes)
    return BatchOutcome(after, blueprint.changes_to(after), tuple(parts), tuple(groups))
