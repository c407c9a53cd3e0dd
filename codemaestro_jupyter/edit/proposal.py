"""What a plan would do, to look at before anything is written: a diff per file and cell, hunk by hunk.

Every hunk can be accepted or rejected. References that could not be resolved are hunks too, not ticked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from itertools import groupby
from typing import Any

from codemaestro_jupyter.edit import notebook
from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.cellhost import CellEdit, edits_between
from codemaestro_jupyter.edit.merge import changed, with_cells
from codemaestro_jupyter.edit.moving import moves_of
from codemaestro_jupyter.edit.pipeline import Outcome
from codemaestro_jupyter.edit.places import cells
from codemaestro_jupyter.edit.project import WRITABLE, Permission
from codemaestro_jupyter.edit.riding import Op, Place, folded, line_after, place_of, with_words
from codemaestro_jupyter.edit.state import Candidate, Correction
from codemaestro_jupyter.edit.steps import MoveFile, Plan, RenameFile
from codemaestro_jupyter.edit.text import Text, decode, encode
from codemaestro_jupyter.errors import OptionError, PathError
from codemaestro_jupyter.types import Cell
from codemaestro_jupyter.workspace.neighbours import is_test

SPEAKS = re.compile(r"\.(md|rst|txt|adoc|toml|cfg|ini|ya?ml|json|csv|html)$|(^|/)(CHANGE|NEWS|README)[^/]*$", re.I)
CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place that changes. `lines` begin with ` `, `-` or `+`, as in a unified diff, without line ends."""

    id: str
    """`src/a.py:1`, or `nb.ipynb#cell-id`."""
    header: str
    lines: tuple[str, ...]
    ticked: bool = True
    why: str = ""
    span: tuple[int, int] = (0, 0)
    """Lines of `before` that it replaces (from 0, half open)."""
    new: tuple[str, ...] = ()
    """What they become, with line ends."""
    cell: CellEdit | None = None
    base: tuple[str, ...] = ()
    """What `new` was worked out from, where that is not what the lines were: they change anyway (`riding.py`)."""


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file and its hunks."""

    path: str
    before: Component | None
    after: Component | None
    hunks: tuple[Hunk, ...]
    source: Component | None = None
    """What it was before it moved here."""

    @property
    def old_path(self) -> str:
        """Where it was, if it moves."""
        return self.source.path if self.source else ""

    @property
    def kind(self) -> str:
        """`changed`, `created`, `deleted` or `moved`."""
        if self.old_path:
            return "moved"
        return "created" if self.before is None else "deleted" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class Fix:
    """A suggested way out that can be applied (`Engine.fix`): other commands, or something done first."""

    title: str
    commands: tuple[Any, ...] = ()
    action: str = ""
    """`make writable`, `retry`, or empty."""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a plan cannot be done as it is, and what could be done instead, best first."""

    message: str
    hint: str = ""
    step: int = 0
    candidates: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan worked out in memory; `applicable` once nothing stands in the way of what is ticked."""

    title: str
    plan: Plan | None
    diffs: tuple[FileDiff, ...] = ()
    corrections: tuple[Correction, ...] = ()
    warnings: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    problem: Problem | None = None
    trace: bytes = b""
    commands: tuple[Any, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether there is something in it that may be applied, if not as it is ticked."""
        return self.problem is None and any(not self.reason(diff) for diff in self.diffs)

    @property
    def applicable(self) -> bool:
        """Whether Apply may be offered for what is ticked at first."""
        return self.applies(None)

    def applies(self, accepted: Collection[str] | None) -> bool:
        """Whether Apply may be offered where these hunks are ticked (None: as proposed)."""
        return self.possible and not self.denied(accepted)

    @property
    def ticked(self) -> frozenset[str]:
        """The hunks that are ticked at first."""
        return frozenset(hunk.id for hunk in self.hunks() if hunk.ticked)

    def denied(self, accepted: Collection[str] | None = None) -> tuple[Permission, ...]:
        """What stands in the way of these hunks (None: those ticked at first); the others change nothing."""
        touched: set[str] = set()
        for diff in self.diffs:
            if any(hunk.ticked if accepted is None else hunk.id in accepted for hunk in diff.hunks):
                touched |= {diff.path, diff.old_path or diff.path}
        return tuple(item for item in self.permissions if not item.allowed and item.path in touched)

    def reason(self, diff: FileDiff) -> str:
        """Why a file of it may not be changed, or moved here; empty if it may."""
        paths = (diff.path, diff.old_path or diff.path)
        return next((item.reason for item in self.permissions if not item.allowed and item.path in paths), "")

    def ways_out(self, accepted: Collection[str] | None = None) -> tuple[Fix, ...]:
        """What could be done where it is not applicable, best first (`Engine.fix`)."""
        if self.problem is not None:
            return self.problem.fixes
        denied = self.denied(accepted)
        if not denied or not all(item.fix for item in denied):
            return ()  # one of them nobody here can change
        paths = tuple(item.path for item in denied if item.fix == WRITABLE)
        if paths:
            return (Fix(f"Change {', '.join(paths)} though write-protected.", self.commands, "make writable", paths),)
        return (Fix(f"Make the plan again once {', '.join(item.path for item in denied)} is saved.", self.commands),)

    def hunks(self) -> tuple[Hunk, ...]:
        """Every hunk of every file."""
        return tuple(hunk for diff in self.diffs for hunk in diff.hunks)


def propose(outcome: Outcome, title: str, commands: tuple[Any, ...]) -> Proposal:
    """The proposal of an outcome, permissions not yet checked."""
    origin = dict(outcome.origins) or origins_of(outcome)
    gone = {change.path: change.before for change in outcome.changes if change.after is None}
    warnings = list(outcome.warnings)
    diffs = []
    paired = set()
    loose: dict[str, list[Candidate]] = {}
    for candidate in outcome.candidates:
        loose.setdefault(candidate.path.partition("#")[0], []).append(candidate)
    for change in outcome.changes:
        old = origin.get(change.path, "") if change.before is None else ""
        source = gone.get(old)
        if source is not None:
            paired.add(old)
        diffs.append(file_diff(change, source, loose.pop(change.path, []), warnings))
    diffs = [diff for diff in diffs if not (diff.after is None and diff.path in paired)]
    for path, candidates in sorted(loose.items()):
        component = outcome.blueprint.get(path)
        if component is not None:
            diff = file_diff(Change(path, component, component), None, candidates, warnings)
            if diff.hunks:
                diffs.append(diff)
    diffs.sort(key=lambda diff: (place_in_list(diff.path), diff.path))
    return Proposal(
        title, outcome.plan, tuple(diffs), outcome.corrections, tuple(warnings), (), None, outcome.trace, commands
    )


def place_in_list(path: str) -> int:
    """Code is shown first, then its tests, then what only speaks of it (a changelog, settings)."""
    return 2 if SPEAKS.search(path) else 1 if is_test(path) else 0


def origins_of(outcome: Outcome) -> dict[str, str]:
    """By new path: where a moved file was, told from the steps (a batch's parts travel without it)."""
    origin: dict[str, str] = {}
    for item in outcome.plan.steps:
        if isinstance(item.step, RenameFile | MoveFile):
            for path, to in moves_of(item.step, outcome.before.paths()).items():
                origin[to] = origin.pop(path, path)
    return origin


def file_diff(
    change: Change, source: Component | None, candidates: Sequence[Candidate], warnings: list[str]
) -> FileDiff:
    """The hunks of one file; a candidate whose line is not there any more is a warning."""
    path, before, after = change.path, change.before, change.after
    if before is None or after is None:
        whole = after or before
        try:
            lines = decode(whole.data, path).text.splitlines() if whole else []
        except PathError:
            lines = []
        sign = "+" if before is None else "-"
        header = "new file" if before is None else "deleted file"
        header = f"moved from {source.path}" if source else header
        whole_file = tuple(sign + line for line in lines)
        if source is not None:
            was = decode(source.data, path).text.splitlines() if lines or not source.data else []
            whole_file = tuple(unified_diff(was, lines, n=CONTEXT, lineterm=""))[2:] if was != lines else ()
        return FileDiff(path, before, after, (Hunk(f"{path}:1", header, whole_file),), source)
    if path.endswith(".ipynb"):
        return FileDiff(path, before, after, cell_hunks(path, before, after, candidates, warnings))
    old, new = (decode(item.data, path).text.splitlines(keepends=True) for item in (before, after))
    ops = changed(old, new)
    drafts, shift = [], 0
    for op in ops:
        drafts.append(_certain(op, old, shift))
        shift += len(op[2]) - (op[1] - op[0])
    for candidate in candidates:
        place = place_of(candidate, old, new, ops)
        if place is None:
            warnings.append(f"{path}: also mentioned in {candidate.before.strip()!r} ({candidate.why}).")
            continue
        drafts.append(_unsure(place, candidate, new if place.rides else old))
    drafts.sort(key=lambda hunk: (hunk.span, not hunk.ticked))
    hunks = tuple(replace(hunk, id=f"{path}:{number}") for number, hunk in enumerate(drafts, 1))
    return FileDiff(path, before, after, hunks)


def _certain(op: Op, old: Sequence[str], shift: int) -> Hunk:
    """The hunk of lines that change; `shift`: how many lines more there are before it than there were."""
    start, end, fresh = op
    head, tail = max(0, start - CONTEXT), min(len(old), end + CONTEXT)
    shown = [*_signed(" ", old[head:start]), *_signed("-", old[start:end])]
    shown += [*_signed("+", fresh), *_signed(" ", old[end:tail])]
    length = tail - head
    header = f"@@ -{head + 1},{length} +{head + 1 + shift},{length - (end - start) + len(fresh)} @@"
    return Hunk("", header, tuple(shown), span=(start, end), new=tuple(fresh))


def _unsure(place: Place, candidate: Candidate, text: Sequence[str]) -> Hunk:
    """The hunk of a line that is not resolved; on a line that changes anyway, shown as `text` after what is certain."""
    at = place.line if place.rides else place.span[0]
    head, tail = max(0, at - CONTEXT), min(len(text), at + 1 + CONTEXT)
    shown = [*_signed(" ", text[head:at]), *_signed("-", text[at : at + 1])]
    shown += [*_signed("+", place.made[place.at : place.at + 1]), *_signed(" ", text[at + 1 : tail])]
    header = f"@@ -{head + 1},{tail - head} +{head + 1 + place.line - at},{tail - head} @@"
    why = f"{candidate.why}, on a line that changes anyway" if place.rides else candidate.why
    return Hunk("", header, tuple(shown), False, why, place.span, place.made, base=place.base)


def _signed(sign: str, lines: Sequence[str]) -> list[str]:
    return [sign + line.rstrip("\r\n") for line in lines]


def cell_hunks(
    path: str, before: Component, after: Component, candidates: Sequence[Candidate], warnings: list[str]
) -> tuple[Hunk, ...]:
    """One hunk for each cell edit, and an unticked one for each cell that mentions a name, edited or not."""
    was, now, hunks = cells(before), cells(after), []
    old = {cell.id: cell for cell in was}
    for edit in edits_between(was, now):  # each of two cells of one id
        lines = [] if edit.op == "move" else cell_lines(edit.before, edit.source)
        header = f"{edit.op} cell {edit.index + 1}"
        hunks.append(Hunk(f"{path}#{edit.cell_id}{'@' if edit.op == 'move' else ''}", header, tuple(lines), cell=edit))
    by_cell: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        by_cell.setdefault(int(candidate.path.partition("#")[2] or 0) - 1, []).append(candidate)
    for index, found in sorted(by_cell.items()):
        cell = now[index] if 0 <= index < len(now) else None
        lines = cell.source.splitlines(keepends=True) if cell else []
        listed = []
        for candidate in found:
            at, line = line_after(candidate, lines)
            if cell is None or at < 0 or cell.id not in old:
                warnings.append(
                    f"{path} cell {index + 1}: also mentioned in {candidate.before.strip()!r} ({candidate.why})."
                )
                continue
            listed.append(candidate)
            lines[at] = line
        if cell is None or not listed:
            continue
        anyway = cell.source != old[cell.id].source
        edit = CellEdit("replace", cell.id, index, cell.source, "".join(lines), cell.kind)
        shown = (*(f"-{item.before}" for item in listed), *(f"+{item.after}" for item in listed))
        why = f"{listed[0].why}, in a cell that changes anyway" if anyway else listed[0].why
        hunks.append(
            Hunk(f"{path}#{cell.id}{':2' if anyway else ''}", f"cell {index + 1}", shown, False, why, cell=edit)
        )
    return tuple(hunks)


def cell_lines(before: str, after: str) -> list[str]:
    """A cell's lines as in a unified diff, whole: what stays in it is shown too."""
    old, new = before.splitlines(), after.splitlines()
    lines, at = [], 0
    for start, end, fresh in changed(old, new):
        lines += [f" {line}" for line in old[at:start]]
        lines += [f"-{line}" for line in old[start:end]]
        lines += [f"+{line}" for line in fresh]
        at = end
    return lines + [f" {line}" for line in old[at:]]


def chosen(proposal: Proposal, accepted: Collection[str] | None) -> list[Change]:
    """The changes of the accepted hunks (None: the ticked ones); raises `OptionError` for a hunk that is not there."""
    hunks = {hunk.id for hunk in proposal.hunks()}
    wanted = {hunk.id for hunk in proposal.hunks() if hunk.ticked} if accepted is None else set(accepted)
    unknown = sorted(wanted - hunks)
    if unknown:
        raise OptionError(f"There is no hunk {unknown[0]!r}.", hint=f"There are {', '.join(sorted(hunks)[:20])}.")
    changes = []
    for diff in proposal.diffs:
        mine = [hunk for hunk in diff.hunks if hunk.id in wanted]
        if not mine:
            continue
        if diff.before is None or diff.after is None:
            if diff.source is not None:
                changes.append(Change(diff.old_path, diff.source, None))
            changes.append(Change(diff.path, diff.before, diff.after))
            continue
        ticked = [hunk for hunk in diff.hunks if hunk.ticked]
        after = diff.after if mine == ticked else partial(diff, mine)
        if after.data != diff.before.data:
            changes.append(Change(diff.path, diff.before, after))
    return sorted(changes, key=lambda change: change.path)


def partial(diff: FileDiff, hunks: Sequence[Hunk]) -> Component:
    """A file with only some of its hunks."""
    before = diff.before
    assert before is not None
    text = decode(before.data, diff.path)
    if diff.path.endswith(".ipynb"):
        return Component(diff.path, encode(partial_cells(text, before, hunks), text), before.mode, before.live)
    lines = text.text.splitlines(keepends=True)
    pieces: list[str] = []
    at = 0
    for span, each in groupby(sorted(hunks, key=lambda item: item.span), key=lambda item: item.span):
        was = lines[span[0] : span[1]]
        pieces += [*lines[at : span[0]], folded(was, ((hunk.base or was, hunk.new) for hunk in each))]
        at = span[1]
    pieces += lines[at:]
    return Component(diff.path, encode("".join(pieces), text, diff.path), before.mode, before.live)


def partial_cells(text: Text, before: Component, hunks: Sequence[Hunk]) -> str:
    """A notebook's text with only some of its cell edits."""
    found = list(cells(before))
    for hunk in hunks:
        edit = hunk.cell
        if edit is None:
            continue
        at = next((index for index, cell in enumerate(found) if cell.id == edit.cell_id), -1)
        if edit.op == "insert":
            found.insert(min(edit.index, len(found)), Cell(edit.cell_id, edit.kind, edit.source))
        elif at >= 0:
            cell = found.pop(at)
            if edit.op == "replace":
                found.insert(at, Cell(cell.id, cell.kind, with_words(edit.before, edit.source, cell.source)))
            elif edit.op == "move":
                found.insert(min(edit.index, len(found)), cell)
    return with_cells(notebook.scan(text.text, before.path), found)


def unified(proposal: Proposal, hunks: Collection[str] | None = None) -> str:
    """The whole proposal, or these hunks of it, as one unified diff; no line is left out."""
    parts = []
    for diff in proposal.diffs:
        if hunks is not None and not any(hunk.id in hunks for hunk in diff.hunks):
            continue
        parts += [f"--- {diff.old_path or diff.path if diff.before or diff.old_path else '/dev/null'}"]
        parts += [f"+++ {diff.path if diff.after else '/dev/null'}"]
        for hunk in diff.hunks if hunks is None else (hunk for hunk in diff.hunks if hunk.id in hunks):
            parts += [hunk.header if hunk.ticked else f"{hunk.header} not ticked: {hunk.why}", *hunk.lines]
    return "\n".join(parts) + ("\n" if parts else "")
