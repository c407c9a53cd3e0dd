"""Plans and steps as JSON: what a model answers, a kept proposal holds and a caller without our classes gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from codemaestro_jupyter.edit.steps import SCHEMA, STEPS, Plan, PlannedStep, Step
from codemaestro_jupyter.errors import EditError

KINDS_OF_VALUES: dict[type, str] = {int: "a number", bool: "true or false", str: "a text"}
ONE_OF = {"where": ("before", "after", "start", "end"), "kind": ("code", "markdown", "raw")}


def step_to_json(step: Step) -> dict[str, Any]:
    """The step as a JSON object."""
    return {"do": step.do, **{item.name: getattr(step, item.name) for item in fields(step)}}


def step_from_json(value: Mapping[str, Any], number: int = 0) -> Step:
    """Read a step; raises `EditError` that names it when its kind or a field is missing or of a wrong type."""
    kind = STEPS.get(str(value.get("do")))
    if kind is None:
        raise EditError(
            f"Step {number}: there is no step {value.get('do')!r}.", hint=f"Use one of {', '.join(STEPS)}.", step=number
        )
    known: dict[str, Any] = {}
    for item in fields(kind):
        wanted: Any = {"int": int, "bool": bool}.get(str(item.type), str)
        if item.name not in value:
            if item.default is MISSING:
                raise unread(number, kind, f"lacks {item.name!r}", f"Give it as {KINDS_OF_VALUES[wanted]}.")
            continue
        given = value[item.name]
        if item.name == "cell" and type(given) is int:
            given = str(given)
        if not isinstance(given, wanted) or (wanted is int and isinstance(given, bool)):
            why = f"has {given!r:.40} as its {item.name}"
            raise unread(number, kind, why, f"Give {KINDS_OF_VALUES[wanted]}.")
        if given not in ONE_OF.get(item.name, (given,)):
            raise unread(
                number, kind, f"has {given!r:.40} as its {item.name}", f"Use one of {', '.join(ONE_OF[item.name])}."
            )
        known[item.name] = given
    step: Step = kind(**known)
    return step


def unread(number: int, kind: type[Any], why: str, hint: str) -> EditError:
    """What is said of a step that cannot be read."""
    return EditError(f"Step {number} ({kind.do}) {why}.", hint=hint, step=number)


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan as a JSON object with its schema's version."""
    steps = [
        {"id": item.id, "needs": list(item.needs), "reason": item.reason, **step_to_json(item.step)}
        for item in plan.steps
    ]
    return {**plan.extra, "schema": SCHEMA, "text": plan.text, "steps": steps}


def plan_from_json(value: Mapping[str, Any]) -> Plan:
    """Read a plan; raises `EditError` for another schema or a step that cannot be read."""
    if value.get("schema") != SCHEMA:
        raise EditError(
            f"This plan has version {value.get('schema')!r}; this CodeMaestro reads version {SCHEMA}.",
            hint="Make the plan again.",
        )
    steps = value.get("steps")
    if not isinstance(steps, list):
        raise EditError("This plan has no list of steps.", hint="Make the plan again.")
    planned = []
    for number, item in enumerate(steps, 1):
        if not isinstance(item, Mapping):
            raise EditError(f"Step {number} is no object.", hint='Write it like {"do": "delete_file", …}.', step=number)
        named, needs = item.get("id", number), item.get("needs", [])
        if not isinstance(needs, list) or any(type(given) is not int for given in (named, *needs)):
            why = f"Step {number}: its id must be a number, its needs a list of numbers."
            raise EditError(why, hint="`needs` lists the numbers of the steps that come first.", step=number)
        planned.append(PlannedStep(named, step_from_json(item, number), tuple(needs), str(item.get("reason", ""))))
    extra = {key: item for key, item in value.items() if key not in ("schema", "text", "steps")}
    return Plan(tuple(planned), str(value.get("text", "")), extra)
