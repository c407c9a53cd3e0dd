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
    folder = maestro.store.path.parent
    return Engine(maestro.root, maestro.workspace.reader, folder, measures=maestro.store.measures)


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


def checked(editor: Engine, maestro: Maestro, found: Proposal) -> Report | None:
    """What lint and the covering tests say of a proposal, in a copy; None where neither is on or nothing applies.

    `passed` in its data is false if one of them found what was not wrong before: nothing is then applied unasked.
    """
    values = maestro.settings.values
    if not found.applicable or not (values.edit_lint or values.edit_tests):
        return None
    checks = editor.check(found, lint=values.edit_lint, tests=values.edit_tests)
    if not checks:
        return None
    lines = []
    for check in checks:
        lines.append(f"- {'✓' if check.passed else '✗'} {check.name}")
        if not check.passed:
            lines.append(f"```\n{check.output.strip()[-2_000:]}\n```")
    passed = all(check.passed for check in checks)
    return Report("\n".join(lines), {"passed": passed, "checks": [asdict(check) for check in checks]})


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
