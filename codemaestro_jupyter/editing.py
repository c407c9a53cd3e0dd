"""Change files from a sentence, as notebook and terminal show it: the proposal, what was done, what can be undone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from codemaestro_jupyter.errors import DiskError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.reports import Report, table

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.engine import EditReceipt, Engine
    from codemaestro_jupyter.edit.proposal import Proposal


def open_editor(maestro: Maestro) -> Engine:
    """The plan engine of a project; recovers what a killed process left half-done.

    Imported here and not before: it brings LibCST, which nobody who only asks needs. Raises `DiskError` where nothing
    can be written.
    """
    from codemaestro_jupyter.edit.engine import Engine

    if maestro.store.path is None:
        raise DiskError(
            "There is no folder for the journal.", hint="`doctor` says why; nothing can be undone without it."
        )
    return Engine(maestro.root, maestro.workspace.reader, maestro.store.path.parent)


def proposal(found: Proposal) -> Report:
    """What would change, hunk by hunk, and what stands in the way."""
    from codemaestro_jupyter.edit.proposal import proposal_to_json, unified

    lines = [f"**{found.title}**"]
    if found.problem is not None:
        lines.append(f"This cannot be done: {found.problem.message} {found.problem.hint}".rstrip())
        lines += [f"- `{candidate}`" for candidate in found.problem.candidates]
        lines += [f"{number}. {fix.title}" for number, fix in enumerate(found.problem.fixes, 1)]
    elif not found.diffs:
        lines.append("Everything is so already; nothing would change.")
    lines += [f"- corrected: {correction.message}" for correction in found.corrections]
    lines += [f"- ⚠ {warning}" for warning in found.warnings]
    lines += [f"- ✗ {item.path}: {item.reason}" for item in found.permissions if not item.allowed]
    if found.diffs:
        lines.append(f"```diff\n{unified(found).rstrip()}\n```")
    return Report("\n\n".join(lines), dict(proposal_to_json(found)))


def receipts(done: Sequence[EditReceipt], verb: str) -> Report:
    """What was written, with what undoes it."""
    lines = []
    for receipt in done:
        lines.append(f"{verb} `{receipt.transaction}`: {receipt.title} ({', '.join(receipt.files)})")
        lines += [f"- {notice}" for notice in receipt.notices]
    return Report("\n".join(lines), {"transactions": [asdict(receipt) for receipt in done]})


def log(editor: Engine, limit: int = 20) -> Report:
    """The newest transactions."""
    found = editor.log(limit)
    rows = [
        (
            line.transaction,
            time.strftime("%Y-%m-%d %H:%M", time.localtime(line.when)),
            line.operation,
            line.state,
            line.title,
            ", ".join(line.files),
        )
        for line in found
    ]
    header = ("transaction", "when", "what", "state", "title", "files")
    return Report(table(header, rows, "Nothing was changed yet."), {"transactions": [asdict(line) for line in found]})
