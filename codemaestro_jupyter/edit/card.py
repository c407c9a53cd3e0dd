"""A proposal as the screens draw it: plain JSON for panel and widget, Markdown for everything that shows text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.view import ChangeState, ChangeView, FileChangeView, HunkView

if TYPE_CHECKING:  # the plan engine brings LibCST, which nobody needs who only looks at a picture
    from collections.abc import Collection, Sequence

    from codemaestro_jupyter.edit.checks import Check
    from codemaestro_jupyter.edit.engine import EditReceipt
    from codemaestro_jupyter.edit.proposal import FileDiff, Fix, Problem, Proposal

SHOWN_LINES = 200
"""Lines of diff of one file in a text; the whole is applied."""
TEXT_LINES = 1500
"""Lines of diff in one text; files after that are named, and shown by the card and hunk by hunk in a terminal."""
CARD_LINES = 4000
"""Lines of diff in one picture (some 300 kB); hunks after that are there without their lines until asked for."""


DIFF = re.compile(
    r"^\*\*`+[^\n]*`+\*\* (?:changed|created|deleted|moved)[^\n]*\n\n(`{3,})diff\n.*?\n\1$\n*", re.MULTILINE | re.DOTALL
)
"""One block of `diff_markdown`."""


def change_view(
    turn: str,
    proposal: Proposal,
    state: ChangeState = "proposed",
    *,
    busy: bool = False,
    message: str = "",
    transaction: str = "",
    fixes: Sequence[Fix] = (),
    accepted: Collection[str] | None = None,
    shown: Collection[str] = (),
) -> ChangeView:
    """The card of one proposal; `fixes` are for what `message` says, `accepted` is ticked (None: as proposed).

    What is `shown` has its lines also where the card is large.
    """
    from codemaestro_jupyter.edit.steps import describe

    problem = proposal.problem
    left = CARD_LINES
    files = []
    for diff in proposal.diffs:
        files.append(_file(diff, left, accepted, shown, proposal.reason(diff)))
        left -= sum(len(hunk.lines) for hunk in diff.hunks)
    return ChangeView(
        turn=turn,
        title=proposal.title,
        state=state,
        busy=busy,
        applicable=proposal.applies(accepted),
        steps=[describe(item.step) for item in proposal.plan.steps] if proposal.plan else [],
        files=files,
        notes=[*(item.message for item in proposal.corrections), *proposal.warnings],
        blocked=[item.reason for item in proposal.denied(accepted)],
        problem=_said(problem) if problem else "",
        candidates=list(problem.candidates) if problem else [],
        fixes=[fix.title for fix in (fixes or proposal.ways_out(accepted))],
        message=message,
        transaction=transaction,
    )


def _file(
    diff: FileDiff, left: int, accepted: Collection[str] | None, shown: Collection[str], reason: str
) -> FileChangeView:
    hunks = []
    for hunk in diff.hunks:
        lines = list(hunk.lines) if left > 0 or hunk.id in shown else []
        left -= len(hunk.lines)
        ticked = hunk.ticked if accepted is None else hunk.id in accepted
        more = len(hunk.lines) - len(lines)
        hunks.append(HunkView(id=hunk.id, header=hunk.header, lines=lines, ticked=ticked, why=hunk.why, more=more))
    live = bool((diff.before and diff.before.live) or (diff.after and diff.after.live))
    kind: Any = diff.kind
    return FileChangeView(path=diff.path, old_path=diff.old_path, kind=kind, live=live, blocked=reason, hunks=hunks)


def carried(accepted: Collection[str] | None, old: Proposal, new: Proposal) -> frozenset[str] | None:
    """What of a new proposal is ticked if what is the same in it stays as the person chose; None: as proposed."""
    if accepted is None:
        return None
    same = {hunk.id: (hunk.header, hunk.lines) for hunk in old.hunks()}
    return frozenset(
        hunk.id
        for hunk in new.hunks()
        if (hunk.id in accepted if same.get(hunk.id) == (hunk.header, hunk.lines) else hunk.ticked)
    )


def _said(problem: Problem) -> str:
    return f"{problem.message} {problem.hint}".rstrip()


def proposal_markdown(found: Proposal) -> str:
    """What would change, hunk by hunk, and what stands in the way."""
    lines = [f"**{found.title}**"]
    if found.problem is not None:
        lines.append(f"This cannot be done: {_said(found.problem)}")
        lines += [f"- `{candidate}`" for candidate in found.problem.candidates]
    elif not found.diffs:
        lines.append("Everything is so already; nothing would change.")
    if found.plan is not None and len(found.plan.steps) > 1:
        from codemaestro_jupyter.edit.steps import describe

        lines.append("\n".join(f"{item.id}. {describe(item.step)}" for item in found.plan.steps))
    lines += [f"- corrected: {correction.message}" for correction in found.corrections]
    lines += [f"- ⚠ {warning}" for warning in found.warnings]
    lines += [f"- ✗ {item.path}: {item.reason}" for item in found.denied()]
    if ways := found.ways_out():
        lines.append(numbered(ways))
    left = TEXT_LINES
    for diff in found.diffs:
        reason = found.reason(diff)
        named = f"**`{diff.path}`** {diff.kind}, {len(diff.hunks)} places"
        lines.append(diff_markdown(diff, reason) if left > 0 else blocked(named, reason))
        left -= min(SHOWN_LINES, sum(len(hunk.lines) + 1 for hunk in diff.hunks))
    return "\n\n".join(lines) + "\n"


def cut(found: Proposal) -> bool:
    """Whether `proposal_markdown` leaves lines of the diff out (`unified` has them)."""
    sizes = [sum(len(hunk.lines) + 1 for hunk in diff.hunks) for diff in found.diffs]
    return max(sizes, default=0) > SHOWN_LINES or sum(sizes[:-1]) >= TEXT_LINES


def numbered(fixes: Sequence[Fix]) -> str:
    """What could be done instead, best first."""
    return "\n".join(f"{number}. {fix.title}" for number, fix in enumerate(fixes, 1))


def blocked(said: str, reason: str) -> str:
    """What is said of a file or a place, and why it may not be changed, if it may not."""
    return f"{said}, ✗ {reason}" if reason else said


def diff_markdown(diff: FileDiff, reason: str = "") -> str:
    """One file's hunks as a fenced diff, after the `reason` why it may not be changed, if it may not.

    The fence is longer than any in it; `DIFF` and the panel know this form.
    """
    lines = []
    for hunk in diff.hunks:
        lines += [hunk.header if hunk.ticked else f"{hunk.header} not ticked: {hunk.why}", *hunk.lines]
    left = len(lines) - SHOWN_LINES
    if left > 0:
        lines = [*lines[:SHOWN_LINES], f"… {left} more lines"]
    moved = f" (was `{diff.old_path}`)" if diff.old_path else ""
    title = blocked(f"**`{diff.path}`** {diff.kind}{moved}", reason)
    return f"{title}\n\n" + fenced("\n".join(lines), "diff")


def fenced(text: str, language: str) -> str:
    """A text as a fenced block; the fence is longer than any in it."""
    lines = (line[1:].strip() for line in text.split("\n"))
    fence = "`" * max(3, 1 + max(len(line) - len(line.lstrip("`")) for line in lines))
    return f"{fence}{language}\n{text}\n{fence}"


def without_diffs(markdown: str) -> str:
    """An answer's text for where a card beside it shows the diff."""
    return DIFF.sub("", markdown)


def checks_markdown(checks: Sequence[Check]) -> str:
    """A line for each check, and what was wrong."""
    lines = []
    for check in checks:
        lines.append(f"- {'✓' if check.passed else '✗'} {check.name}{f' ({check.left})' * bool(check.left)}")
        if not check.passed:
            lines.append(f"```\n{check.output.strip()[-2_000:]}\n```")
    return "\n".join(lines)


def outcome(receipts: Sequence[EditReceipt], verb: str) -> str:
    """What was written, in Markdown, with what undoes it."""
    lines = []
    for receipt in receipts:
        lines.append(f"{verb} `{receipt.transaction}`: {receipt.title} ({', '.join(receipt.files)})")
        lines += [f"- {notice}" for notice in receipt.notices]
    return "\n".join(lines)
