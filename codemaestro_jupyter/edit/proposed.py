"""One change of a session and where it stands: its card, whole or only what of it is new."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codemaestro_jupyter.edit.card import change_view
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import ChangePart, ChangeState, ChangeView, HunkLines

if TYPE_CHECKING:  # the plan engine brings LibCST, which nobody needs who only looks at a picture
    from codemaestro_jupyter.edit.proposal import Fix, Proposal


@dataclass(frozen=True, slots=True)
class Proposed:
    """One change of this session and where it stands."""

    turn: TurnId
    proposal: Proposal
    state: ChangeState = "proposed"
    busy: bool = False
    message: str = ""
    transaction: str = ""
    accepted: frozenset[str] | None = None
    """Hunks that the person chose; None for those that are ticked."""
    fixes: tuple[Fix, ...] = field(default=())
    shown: frozenset[str] = frozenset()
    """Hunks whose lines a person asked for, where the card has not room for all."""

    @property
    def applicable(self) -> bool:
        """Whether Apply may be offered for what is ticked now."""
        return self.proposal.applies(self.accepted)

    @property
    def ticked(self) -> frozenset[str]:
        """The hunks that would be written now."""
        return self.proposal.ticked if self.accepted is None else self.accepted

    @property
    def written(self) -> tuple[str, ...]:
        """The files that what is ticked changes."""
        return tuple(diff.path for diff in self.proposal.diffs if any(hunk.id in self.ticked for hunk in diff.hunks))

    @property
    def ways_out(self) -> tuple[Fix, ...]:
        """What could be done about what its last attempt ran into, or about what is ticked now; best first."""
        return self.fixes or self.proposal.ways_out(self.accepted)

    def view(self) -> ChangeView:
        """Its card."""
        return change_view(
            self.turn, self.proposal, self.state, accepted=self.accepted, shown=self.shown,
            busy=self.busy, message=self.message, transaction=self.transaction, fixes=self.fixes,
        )  # fmt: skip

    def since(self, before: Proposed) -> ChangePart:
        """What makes its card out of that of `before`, which has the same proposal: of 10,000 hunks the one ticked."""
        now, was = self.ticked, before.ticked
        asked = self.shown - before.shown
        return ChangePart(
            turn=self.turn,
            state=self.state,
            busy=self.busy,
            applicable=self.applicable,
            blocked=[item.reason for item in self.proposal.denied(self.accepted)],
            fixes=[fix.title for fix in self.ways_out],
            message=self.message,
            transaction=self.transaction,
            taken=sorted(now - was),
            left=sorted(was - now),
            lines=[HunkLines(id=hunk.id, lines=list(hunk.lines)) for hunk in self.proposal.hunks() if hunk.id in asked],
        )

    def known(self, hunks: Collection[str]) -> frozenset[str]:
        """Those of these hunks that there are."""
        return frozenset(hunks) & {hunk.id for hunk in self.proposal.hunks()}
