"""What could be done instead when a plan cannot be done as it is: ranked, each of them applicable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from codemaestro_jupyter.edit.proposal import Fix, Problem, Proposal
from codemaestro_jupyter.edit.steps import (
    CreateFile,
    DeleteText,
    EncodeFile,
    InsertText,
    Plan,
    ReplaceText,
    Step,
)
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import AmbiguousError, ConflictError, DiskError, EditError, MaestroError, PathError

LINE = re.compile(r"line \d+: (?P<text>.*)", re.DOTALL)
MOST = 5


def problem_of(error: MaestroError, plan: Plan | None) -> Problem:
    """An error of the stages as a problem, with the fixes that its candidates allow."""
    step = error.step if isinstance(error, EditError) else 0
    candidates = error.candidates if isinstance(error, EditError) else ()
    if not step:
        found = re.match(r"Step (\d+)", error.message)
        step = int(found[1]) if found else 0
    fixes: list[Fix] = []
    at = next((index for index, item in enumerate(plan.steps) if item.id == step), None) if plan else None
    if plan is not None and at is not None:
        steps = [item.step for item in plan.steps]
        for other, title in alternatives(steps[at], error, candidates):
            fixes.append(Fix(title, (*steps[:at], *other, *steps[at + 1 :])))
    return Problem(error.message, error.hint, step, candidates, tuple(fixes[:MOST]))


def alternatives(step: Step, error: MaestroError, candidates: Sequence[str]) -> list[tuple[tuple[Step, ...], str]]:
    """Other steps for the one that failed, likeliest first."""
    found: list[tuple[tuple[Step, ...], str]] = []
    if "There is no file" in error.message:
        found += [((with_(step, path=path),), f"Use {path}.") for path in candidates]
        if isinstance(step, InsertText):
            found.append(((CreateFile(step.path, step.text),), f"Create {step.path} with this text."))
    elif "which has no" in error.message:  # its encoding lacks a character
        path = next((word for word in [step.path] if word), "")
        found.append(((EncodeFile(path), step), f"Convert {path} to UTF-8 first."))
    elif "exists already" in error.message and isinstance(step, CreateFile):
        found.append(((InsertText(step.path, step.text),), f"Append to {step.path} instead."))
    elif hasattr(step, "name") and candidates:
        for address in candidates:
            path, _, name = address.partition("::")
            found.append(((with_(step, name=name, path=path),), f"Use {address}."))
    elif isinstance(step, ReplaceText | DeleteText):
        if isinstance(error, AmbiguousError):
            found.append(((replace(step, every=True),), f"Change all {len(candidates)} places."))
        else:
            for candidate in candidates:
                line = LINE.fullmatch(candidate)
                if line and not line["text"].endswith("…") and "\n" not in step.old.strip("\n"):
                    found.append(((replace(step, old=line["text"]),), f"Change {line['text']!r} instead."))
    elif isinstance(step, InsertText) and candidates and not isinstance(error, AmbiguousError):
        for candidate in candidates:
            line = LINE.fullmatch(candidate)
            if line and not line["text"].endswith("…"):
                found.append(((replace(step, anchor=line["text"]),), f"Insert beside {line['text']!r}."))
    return found


def with_(step: Step, **values: str) -> Step:
    """The step with other fields, where it has them."""
    have = {item.name for item in fields(step)}
    changed: Any = replace(step, **{key: value for key, value in values.items() if key in have})  # type: ignore[arg-type]
    return changed  # type: ignore[no-any-return]


def fixes_for(error: MaestroError, proposal: Proposal) -> tuple[Fix, ...]:
    """What could be done when a proposal cannot be applied: retry, make it anew, restore what was deleted."""
    if isinstance(error, DiskError):
        paths = tuple(diff.path for diff in proposal.diffs)
        retry = Fix("Try again once there is space, or the folder is writable.", proposal.commands, "retry")
        return (retry, Fix("Make the files writable and try again.", proposal.commands, "make writable", paths))
    if isinstance(error, ConflictError):
        again = Fix("Make the plan again on what is there now.", proposal.commands)
        return (again, *restoring(error, proposal))
    if isinstance(error, PathError):
        return restoring(error, proposal)
    return ()


def restoring(error: MaestroError, proposal: Proposal) -> tuple[Fix, ...]:
    """Put back the files that were there when the plan was made, then do it."""
    gone = []
    for diff in proposal.diffs:
        if diff.before is None or diff.path not in error.message:
            continue
        try:
            gone.append(CreateFile(diff.path, decode(diff.before.data, diff.path).text))
        except PathError:
            continue
    if not gone:
        return ()
    names = ", ".join(step.path for step in gone)
    return (Fix(f"Restore {names} as it was, then change it.", (*gone, *proposal.commands), "restore"),)
