"""One command through its four stages: decompose → execute → verify → serialize, all in memory, all pure.

outcome = run("rename fetch_user to load_user, then add logging to it", blueprint)
outcome.changes      # what differs, before and after, sorted by path
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from codemaestro_jupyter.edit.blueprint import Blueprint, Change, Component
from codemaestro_jupyter.edit.corrections import missing_imports
from codemaestro_jupyter.edit.decompose import Command, decompose
from codemaestro_jupyter.edit.execute import execute, located
from codemaestro_jupyter.edit.grammar import Matcher, cached_match
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.python.units import tree_of
from codemaestro_jupyter.edit.sharing import Sharer
from codemaestro_jupyter.edit.state import Candidate, Correction, State
from codemaestro_jupyter.edit.steps import Plan, describe
from codemaestro_jupyter.edit.verify import Verified, verify
from codemaestro_jupyter.errors import ConflictError, EditError, MaestroError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command comes to, before anything is written."""

    plan: Plan
    before: Blueprint
    blueprint: Blueprint
    changes: tuple[Change, ...]
    corrections: tuple[Correction, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    warnings: tuple[str, ...] = ()
    parsed: int = 0
    trace: bytes = b""
    """Each step with its reason and what it changed: zlib of JSON (`read_trace`)."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """By new path: where a moved file was."""


def run(
    command: Command | Sequence[Command],
    blueprint: Blueprint,
    *,
    loader: Callable[[str], Component | None] | None = None,
    metrics: Metrics | None = None,
    match: Matcher = cached_match,
    shared: Sharer | None = None,
    traced: bool = True,
    spent: float = 0.0,
) -> Outcome:
    """Take a command through all stages; the blueprint given stays as it is, and `shared` changes no result.

    Without `traced` somebody else writes the trace, for several commands at once. `spent`: seconds that decomposing the
    plan given took already.

    Raises what its stages raise: `EditError` (not understood, cannot be done, would be broken), `PathError`.
    """
    clock = time.perf_counter
    started = clock()
    stage = "decompose"
    try:
        plan = decompose(command, match)
        decomposed = clock()
        stage = "execute"
        state = State(blueprint, loader=loader)
        execute(state, plan, shared)
        missing_imports(state, blueprint)
        executed = clock()
        stage = "verify"
        changes = differences(state, blueprint)
        verified = named(plan, lambda: verify(changes, state.touched, state.promises, state.blueprint, state.made))
        checked = clock()
        stage = "serialize"
        trace = write_trace(plan, changes, state.corrections) if traced else b""
        finished = clock()
    except MaestroError as error:
        if metrics is not None:
            metrics.count("failed", stage)
            if isinstance(error, ConflictError):
                metrics.count("conflicts", stage)
        raise
    finally:
        # 32 trees of large files are a gigabyte, and the garbage collector walks them: five commands took twice as long
        tree_of.cache_clear()
    if metrics is not None:
        metrics.observe("decompose", decomposed - started + spent)
        metrics.observe("execute", executed - decomposed)
        metrics.observe("verify", checked - executed)
        metrics.observe("serialize", finished - checked)
        metrics.observe("command", finished - started + spent)
        for correction in state.corrections:
            metrics.count("corrections", correction.kind)
    return Outcome(
        plan,
        blueprint,
        state.blueprint,
        changes,
        tuple(state.corrections),
        tuple(state.candidates),
        (*state.warnings, *verified.warnings),
        verified.parsed,
        trace,
        dict(state.origins),
    )


def named(plan: Plan, check: Callable[[], Verified]) -> Verified:
    """What a check finds; its error names the step it is about."""
    try:
        return check()
    except EditError as error:
        for item in plan.steps:
            if item.id == error.step:
                raise located(error, item) from error
        raise


def differences(state: State, start: Blueprint) -> tuple[Change, ...]:
    """What differs from the start; what was only read on the way is no change."""
    if not state.loaded:
        return start.changes_to(state.blueprint)
    base = start.with_changes(state.loaded.items())
    return base.changes_to(state.blueprint)


def write_trace(plan: Plan, changes: Sequence[Change], corrections: Sequence[Correction]) -> bytes:
    """The compressed trace: the same plan on the same blueprint gives the same bytes."""
    value = {
        "steps": [[item.id, describe(item.step), item.reason] for item in plan.steps],
        "changes": [
            [
                change.path,
                len(change.before.data) if change.before else -1,
                len(change.after.data) if change.after else -1,
            ]
            for change in changes
        ],
        "corrections": [[item.step, item.kind, item.message] for item in corrections],
    }
    return zlib.compress(orjson.dumps(value), 1)


def read_trace(trace: bytes) -> dict[str, object]:
    """The trace as it was written."""
    value: dict[str, object] = orjson.loads(zlib.decompress(trace))
    return value
