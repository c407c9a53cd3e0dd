"""A drafted plan as a person reads it: what it is about, its diff, and what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from codemaestro_jupyter.models.calls import Spent
from codemaestro_jupyter.plan.draft import Draft
from codemaestro_jupyter.types import Fingerprint

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.proposal import FileDiff, Proposal

SHOWN_LINES = 200
"""Lines of diff of one file in the conversation; the whole is applied."""


class AnyDraft(Protocol):
    """A plan with its diff, as `prepare` drafts it."""

    @property
    def draft(self) -> Draft: ...
    @property
    def proposal(self) -> Proposal | None: ...
    @property
    def problem(self) -> str: ...
    @property
    def spent(self) -> Spent: ...
    @property
    def seconds(self) -> float: ...
    @property
    def fingerprints(self) -> Mapping[str, Fingerprint]: ...
    @property
    def applicable(self) -> bool: ...


def plan_markdown(drafted: AnyDraft) -> str:
    """Summary and diff; a plan that cannot be done says why, and that nothing was written."""
    parts = [drafted.draft.summary or "Here is the plan."]
    proposal = drafted.proposal
    if proposal is None:
        parts.append("*Nothing needs to be changed.*")
    elif drafted.problem:
        parts.append(f"**This plan cannot be applied:** {drafted.problem} Nothing was written.")
    else:
        parts += [diff_markdown(diff) for diff in proposal.diffs]
        parts += [f"*Put right: {item.message}*" for item in proposal.corrections]
        parts += [f"- ⚠ {warning}" for warning in proposal.warnings]
        parts += [
            f"**{item.path} may not be changed:** {item.reason}" for item in proposal.permissions if not item.allowed
        ]
    return "\n\n".join(parts) + "\n"


def diff_markdown(diff: FileDiff) -> str:
    """One file's hunks as a fenced diff; the fence is longer than any in it."""
    lines = [line for hunk in diff.hunks for line in (hunk.header, *hunk.lines)]
    left = len(lines) - SHOWN_LINES
    if left > 0:
        lines = [*lines[:SHOWN_LINES], f"… {left} more lines"]
    longest = max((len(line) - len(line.lstrip("`")) for line in (item[1:].strip() for item in lines)), default=0)
    fence = "`" * max(3, longest + 1)
    moved = f" (was `{diff.old_path}`)" if diff.old_path else ""
    return f"**`{diff.path}`** {diff.kind}{moved}\n\n{fence}diff\n" + "\n".join(lines) + f"\n{fence}"
