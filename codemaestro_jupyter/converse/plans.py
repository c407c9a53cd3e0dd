"""A drafted plan as a person reads it: what it is about, its diff, and what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from codemaestro_jupyter.edit.card import diff_markdown
from codemaestro_jupyter.models.calls import Spent
from codemaestro_jupyter.plan.draft import Draft
from codemaestro_jupyter.plan.structure import Structure
from codemaestro_jupyter.types import Fingerprint

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.proposal import Proposal


TOLD = 3
"""Patterns, tests and files that are told of each."""


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
    def findings(self) -> tuple[str, ...]: ...
    @property
    def tried(self) -> tuple[str, ...]: ...
    @property
    def unasked(self) -> str: ...
    @property
    def common(self) -> int: ...
    @property
    def waited(self) -> float: ...
    @property
    def applicable(self) -> bool: ...


def goes_with(structure: Structure) -> str:
    """What belongs to the part that changes: how its code is written, its tests, and what hangs on it."""
    told = list(structure.patterns[:TOLD])
    if structure.tests:
        told.append(f"tests that apply: {_listed(structure.tests)}")
    if structure.linked:
        told.append(f"imports it or is imported: {_listed(structure.linked)}")
    return f"**Around `{structure.about}`:** {'; '.join(told)}.\n\n" if told else ""


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths[:TOLD]) + (f" and {len(paths) - TOLD} more" * (len(paths) > TOLD))


def same(steps: int) -> str:
    """That so many steps were worked out once for both answers."""
    return (
        f"- {steps} step is the same in both answers and was worked out once"
        if steps == 1
        else f"- {steps} steps are the same in both answers and were worked out once"
    )


def plan_markdown(drafted: AnyDraft) -> str:
    """Summary and diff; a plan that cannot be done says why, and that nothing was written."""
    parts = [drafted.draft.summary or "Here is the plan."]
    proposal = drafted.proposal
    if proposal is None:
        parts.append("*Nothing needs to be changed.*")
    elif drafted.problem:
        # its hint is for whoever wrote the plan, and the model was told it
        told = proposal.problem.message if proposal.problem is not None else drafted.problem
        parts.append(f"**This plan cannot be applied:** {told} Nothing was written; ask again, or say it otherwise.")
        parts += [drafted.unasked] if drafted.unasked else []
    else:
        parts += [diff_markdown(diff, proposal.reason(diff)) for diff in proposal.diffs]
        parts += [f"*Put right: {item.message}*" for item in proposal.corrections]
        parts += [f"- ⚠ {warning}" for warning in proposal.warnings]
        parts += [f"- ⚠ Look at this before you apply it: {finding}" for finding in drafted.findings]
        parts += [f"- {told}" for told in drafted.tried]
        parts += [same(drafted.common)] if drafted.common else []
        parts += [f"**{item.path} may not be changed:** {item.reason}" for item in proposal.denied()]
    return "\n\n".join(parts) + "\n"
