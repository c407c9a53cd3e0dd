"""What could be done instead when a plan cannot be done as it is: ranked, each of them applicable."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.execute import located
from codemaestro_jupyter.edit.proposal import Fix, Problem, Proposal
from codemaestro_jupyter.edit.steps import (
    CreateFile,
    DeleteSymbol,
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
LINKED = re.compile(r"(?:^|: )(?P<path>[^:]+) is a link to (?P<real>.+)\.$")
MOST = 5


def problem_of(error: MaestroError, plan: Plan | None) -> Problem:
    """An error of the stages as a problem, with the fixes that its candidates allow."""
    step = step_of(error)
    candidates = error.candidates if isinstance(error, EditError) else ()
    fixes: list[Fix] = []
    at = next((index for index, item in enumerate(plan.steps) if item.id == step), None) if plan else None
    if plan is not None and at is not None:
        steps = [item.step for item in plan.steps]
        for other, title in alternatives(steps[at], error, candidates):
            fixes.append(Fix(title, (*steps[:at], *other, *steps[at + 1 :])))
    return Problem(error.message, error.hint, step, candidates, tuple(fixes[:MOST]))


def step_of(error: MaestroError) -> int:
    """The step (from 1) that an error is about; 0 if it names none."""
    if isinstance(error, EditError) and error.step:
        return error.step
    found = re.match(r"Step (\d+)", error.message)
    return int(found[1]) if found else 0


def about(proposal: Proposal, error: MaestroError) -> MaestroError:
    """An error of applying a proposal, its message naming the first step that changes what the error is about."""
    steps = proposal.plan.steps if proposal.plan is not None else ()
    paths = {path for diff in proposal.diffs for path in (diff.path, diff.old_path) if path and path in error.message}
    named = [item for item in steps if paths & {item.step.path, getattr(item.step, "to", "")}]
    named = named or [item for item in steps if len(steps) == 1 or (paths and hasattr(item.step, "name"))]
    return located(error, named[0]) if named and (paths or len(steps) == 1) else error


def alternatives(step: Step, error: MaestroError, candidates: Sequence[str]) -> list[tuple[tuple[Step, ...], str]]:
    """Other steps for the one that failed, likeliest first."""
    found: list[tuple[tuple[Step, ...], str]] = []
    if "There is no file" in error.message:
        found += [((with_(step, path=path),), f"Use {path}.") for path in candidates]
        if isinstance(step, InsertText):
            found.append(((CreateFile(step.path, step.text),), f"Create {step.path} with this text."))
    elif (link := LINKED.search(error.message)) and step.path == link["path"]:
        found.append(((with_(step, path=link["real"]),), f"Change {link['real']} itself."))
    elif "which has no" in error.message:  # its encoding lacks a character
        path = next((word for word in [step.path] if word), "")
        found.append(((EncodeFile(path), step), f"Convert {path} to UTF-8 first."))
    elif "exists already" in error.message and isinstance(step, CreateFile):
        found.append(((InsertText(step.path, step.text),), f"Append to {step.path} instead."))
    elif isinstance(step, DeleteSymbol) and "is still used" in error.message:
        found.append(((replace(step, anyway=True),), f"Delete {step.name} anyway."))
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


def fixes_for(error: MaestroError, proposal: Proposal, now: Callable[[str], Component | None]) -> tuple[Fix, ...]:
    """What could be done when a proposal cannot be applied; `now` reads a file as it is (its own errors are refusals).

    A file that is gone is restored first, unless it only moved; a place that is gone gets its new text where it stood.
    """
    if isinstance(error, DiskError):
        paths = tuple(diff.path for diff in proposal.diffs)
        retry = Fix("Try again once there is space, or the folder is writable.", proposal.commands, "retry")
        return (retry, Fix("Make the files writable and try again.", proposal.commands, "make writable", paths))
    if not isinstance(error, ConflictError | PathError):
        return ()
    gone, steps = [], []
    for diff in proposal.diffs:
        was = diff.before or diff.source
        try:
            if was is not None and was.path in error.message and now(was.path) is None:
                gone.append(CreateFile(was.path, decode(was.data, was.path).text))
        except PathError:
            continue
    again = Fix("Make the plan again on what is there now.", proposal.commands)
    if gone:
        names = ", ".join(step.path for step in gone)
        return (again, Fix(f"Restore {names} as it was, then change it.", (*gone, *proposal.commands), "restore"))
    found = [again]
    for item in proposal.plan.steps if proposal.plan else ():
        other = where_it_stood(item.step, proposal, now)
        steps.append(other or item.step)
        if other is not None:
            found.append(
                Fix(f"Insert the new text after {other.anchor.strip()!r}, where the old one stood.", tuple(steps))
            )
    if len(found) > 1:
        rest = [item.step for item in proposal.plan.steps[len(steps) :]] if proposal.plan else []
        found[1:] = [Fix(found[-1].title, (*steps, *rest))]
    return tuple(found)


def where_it_stood(step: Step, proposal: Proposal, now: Callable[[str], Component | None]) -> InsertText | None:
    """An insertion in place of a replacement whose text is gone: after the line that stood before it."""
    if not isinstance(step, ReplaceText) or step.cell:
        return None
    diff = next((item for item in proposal.diffs if item.path == step.path and item.before is not None), None)
    try:
        current = now(step.path)
        if diff is None or diff.before is None or current is None:
            return None
        was, text = decode(diff.before.data, step.path).text, decode(current.data, step.path).text
    except PathError:
        return None
    at = was.find(step.old)
    line = was[:at].rstrip("\r\n").rpartition("\n")[2]
    if at <= 0 or was[at - 1] != "\n" or step.old in text or not line.strip() or text.count(line) != 1:
        return None
    return InsertText(step.path, step.new, "after", line)
