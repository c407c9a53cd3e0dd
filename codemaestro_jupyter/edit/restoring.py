"""What earlier sessions applied for turns that are shown again: read from the journal, without its lock or a write."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from codemaestro_jupyter.edit.blueprint import Change
from codemaestro_jupyter.edit.files import FileLayer
from codemaestro_jupyter.edit.history import standing
from codemaestro_jupyter.edit.journal import Entry, Journal
from codemaestro_jupyter.edit.proposal import Proposal, file_diff
from codemaestro_jupyter.errors import EditError


@dataclass(frozen=True, slots=True)
class Restored:
    """A change of an earlier session, and whether it can be undone or redone."""

    turn: str
    transaction: str
    state: Literal["applied", "undone"]
    proposal: Proposal


def restored(folder: str, files: FileLayer, turns: Collection[str], limit: int = 20) -> list[Restored]:
    """The newest changes that these turns asked for and that can be undone or redone, oldest first."""
    journal = Journal(folder, files, make=False)
    journal.refresh(mend=False)
    applied, undone = standing(journal.entries())
    found = []
    for state, entries in (("applied", applied), ("undone", undone)):
        mine = [entry for entry in entries if entry.data.get("turn") in turns][-limit:]
        for entry in mine:
            with suppress(EditError):  # the journal no longer holds its bytes
                proposal = Proposal(entry.title, None, diffs_of(journal, entry))
                found.append((entry.number, Restored(entry.data["turn"], entry.id, state, proposal)))  # type: ignore[arg-type]
    return [item for _, item in sorted(found, key=lambda pair: pair[0])][-limit:]


def diffs_of(journal: Journal, entry: Entry) -> tuple:  # type: ignore[type-arg]
    """What an entry changed, file by file; a file that moved as the one that it became."""
    changes = journal.changes(entry)
    return tuple(file_diff(Change(item.path, item.before, item.after), None, (), []) for item in changes)
