"""Commands become ordered steps: text through the offline grammar, structured ones as they are, both checked.

A later step needs the earlier ones that write what it reads; steps are put in an order that respects `needs`, and
otherwise keep the order in which they were given.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeAlias

from codemaestro_jupyter.edit import grammar
from codemaestro_jupyter.edit.plan_json import plan_from_json, step_from_json
from codemaestro_jupyter.edit.state import clean
from codemaestro_jupyter.edit.steps import (
    KINDS,
    MAX_STEPS,
    SCHEMA,
    Plan,
    PlannedStep,
    Step,
    describe,
    too_many,
)
from codemaestro_jupyter.errors import EditError, PathError

Command: TypeAlias = str | Step | Plan | Mapping[str, Any]
"""A sentence, a step, a whole plan, or either of the latter two as a JSON object."""


def decompose(command: Command | Sequence[Command], match: grammar.Matcher = grammar.cached_match) -> Plan:
    """The plan a command stands for, its steps in an order that can be done.

    Raises `EditError` that names the step: not understood, none at all, more than `MAX_STEPS`, needs in a circle or
    of a step that is not there, a plan of another version; `PathError` for a path out of the root.
    """
    plan = plainly(read(command, match))
    if not plan.steps:
        raise EditError("There is nothing to do in this plan.", hint="Say what to change, e.g. `rename a to b`.")
    if len(plan.steps) > MAX_STEPS:
        raise too_many(len(plan.steps))
    for item in plan.steps:
        check_letters(item)
        check_paths(item)
    if any(item.needs for item in plan.steps):
        plan = Plan(ordered(plan.steps), plan.text, plan.extra)
    elif len({item.id for item in plan.steps}) < len(plan.steps):
        raise EditError("Two steps of this plan have the same number.", hint="Number each step once.")
    return plan


def read(command: Command | Sequence[Command], match: grammar.Matcher) -> Plan:
    """The steps in the order given, numbered from 1 where they came without a plan."""
    if isinstance(command, Plan):
        return command
    if isinstance(command, Mapping):
        given = command.get("steps")
        if isinstance(given, list) and len(given) > MAX_STEPS and command.get("schema") == SCHEMA:
            raise too_many(len(given))
        return plan_from_json(command) if "steps" in command else numbered([step_from_json(command, 1)])
    if isinstance(command, str):
        return numbered(grammar.parse(command, match), command)
    if not isinstance(command, Sequence):
        if not isinstance(command, KINDS):
            raise EditError(f"{command!r:.80} is no command.", hint="Say what to change, e.g. `rename a to b`.")
        return numbered([command])
    steps: list[Step] = []
    for at, item in enumerate(command):
        if len(steps) + len(command) - at > MAX_STEPS:  # each of the rest is one step at least
            raise too_many(len(steps) + len(command) - at)
        if isinstance(item, Mapping) and "steps" not in item:
            steps.append(step_from_json(item, len(steps) + 1))
        else:
            steps += [planned.step for planned in read(item, match).steps]
    return numbered(steps)


def plainly(plan: Plan) -> Plan:
    """The plan with `./a.py` and `src//a.py` written `a.py` and `src/a.py`; what leads upwards stays, to be refused."""
    if not any(loose(item.step.path) for item in plan.steps):
        return plan
    steps = (
        replace(item, step=replace(item.step, path=posixpath.normpath(item.step.path)))
        if loose(item.step.path)
        else item
        for item in plan.steps
    )
    return replace(plan, steps=tuple(steps))


def loose(path: str) -> bool:
    """Whether a path only has too many dots or slashes."""
    return ("./" in path or "//" in path) and not path.startswith("/") and ".." not in path.split("/")


def numbered(steps: Sequence[Step], text: str = "") -> Plan:
    """A plan of steps, each because it was asked for."""
    reason = "asked for" if not text else text if len(text) <= 200 else text[:199] + "…"
    return Plan(tuple(PlannedStep(number, step, (), reason) for number, step in enumerate(steps, 1)), text)


def check_letters(item: PlannedStep) -> None:
    """Raise `EditError` that names the step if one of its texts holds half a character, which no file can.

    A terminal that is not UTF-8 hands such over, and JSON may spell them.
    """
    for part in fields(item.step):
        text = getattr(item.step, part.name)
        if isinstance(text, str) and not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise EditError(
                    f"Step {item.id} ({item.step.do}): {part.name} holds {text[error.start]!r}, which is no character.",
                    hint="Write it in UTF-8.",
                    step=item.id,
                ) from error


def check_paths(item: PlannedStep) -> None:
    """Raise `PathError` that names the step if one of its paths leads out of the root."""
    step = item.step
    try:
        if step.path:
            clean(step.path)
        to = getattr(step, "to", "")
        if to and to not in (".", "./"):
            clean(to.rstrip("/"))
    except PathError as error:
        raise PathError(f"Step {item.id} ({describe(step)}): {error.message}", hint=error.hint) from error


def ordered(steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """Steps after what they need, otherwise as given."""
    by_id = {item.id: item for item in steps}
    if len(by_id) < len(steps):
        raise EditError("Two steps of this plan have the same number.", hint="Number each step once.")
    for item in steps:
        for need in item.needs:
            if need not in by_id:
                raise EditError(
                    f"Step {item.id} needs step {need}, which is not there.",
                    hint="Add that step, or take the need out.",
                    step=item.id,
                )
    position = {item.id: at for at, item in enumerate(steps)}
    sorter = TopologicalSorter({item.id: item.needs for item in steps})
    try:
        sorter.prepare()
    except CycleError as error:
        ring = " → ".join(str(step) for step in reversed(error.args[1]))
        raise EditError(
            f"Steps {ring} need each other in a circle.", hint="Take one of these needs out.", step=error.args[1][0]
        ) from error
    found: list[PlannedStep] = []
    waiting: list[int] = []
    while sorter.is_active():
        waiting = sorted([*waiting, *sorter.get_ready()], key=position.__getitem__)
        first = waiting.pop(0)
        found.append(by_id[first])
        sorter.done(first)
    return tuple(found)


__all__ = ["SCHEMA", "Command", "decompose"]
