"""Change files from a sentence, as notebook and terminal show it: the proposal, what was done, what can be undone."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from codemaestro_jupyter.converse.turns import begun
from codemaestro_jupyter.edit.card import checks_markdown, outcome, proposal_markdown
from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.reports import Report, table
from codemaestro_jupyter.types import Answer, CellId, LiveContext, NotebookId, TurnId

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.engine import EditReceipt
    from codemaestro_jupyter.edit.proposal import Proposal

EDITORS = ("nano", "vi", "notepad")


def propose(maestro: Maestro, turn: TurnId, text: str) -> tuple[Proposal, Report]:
    """The proposal of a sentence on the screens: the one that was prepared while it was typed, if it still holds."""
    changes, sentence = maestro.changes, text.strip()
    sources = maestro.engine.sources(
        begun(turn, sentence, NotebookId(""), CellId(""), time.time()), LiveContext(), early=False
    )
    found = changes.recall(sources.change(sentence)) or changes.work_out(text)
    changes.show(turn, found)
    report = proposal(found)
    sources.receipt(Answer(sentence, "edit", report.markdown, (), (), {}))
    return found, report


def named(found: Proposal, words: Sequence[str]) -> frozenset[str] | None:
    """The hunks that words choose (`edit/choosing.py`); None for no words: those that are ticked."""
    if not words:
        return None
    from codemaestro_jupyter.edit import choosing

    return choosing.named(found, words)


def whole(found: Proposal, words: Sequence[str] = ()) -> str:
    """Every line of a proposal's diff, or of the places that words choose."""
    from codemaestro_jupyter.edit import choosing
    from codemaestro_jupyter.edit.proposal import unified

    return unified(found, choosing.places(found, words))


def proposal(found: Proposal) -> Report:
    """What would change, hunk by hunk, and what stands in the way."""
    from codemaestro_jupyter.edit.proposal_json import proposal_to_json

    return Report(proposal_markdown(found), dict(proposal_to_json(found)))


def checked(maestro: Maestro, found: Proposal) -> Report | None:
    """What lint and the covering tests say of a proposal, in a copy; None where neither is on or nothing applies.

    `passed` in its data is false if one of them found what was not wrong before: nothing is then applied unasked.
    """
    checks = maestro.changes.checks(found)
    if not checks:
        return None
    passed = all(check.passed for check in checks)
    return Report(checks_markdown(checks), {"passed": passed, "checks": [asdict(check) for check in checks]})


def receipts(done: Sequence[EditReceipt], verb: str) -> Report:
    """What was written, with what undoes it."""
    return Report(outcome(done, verb), {"transactions": [asdict(receipt) for receipt in done]})


def log(maestro: Maestro, limit: int = 20) -> Report:
    """The newest transactions."""
    found = maestro.changes.engine().log(limit)
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


def in_editor(text: str) -> str:
    """A text as the person leaves it in their own editor; raises `InputError` where none starts, or it fails."""
    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR") or next(filter(shutil.which, EDITORS), "")
    if not wanted:
        raise InputError("There is no editor here.", hint="Set EDITOR to the one you like.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "plan.txt")
        file.write_text(text, encoding="utf8", newline="\n")
        try:
            on_windows = os.name == "nt"  # there a backslash is part of a path, and quotes stay on
            words = [word.strip('"') if on_windows else word for word in shlex.split(wanted, posix=not on_windows)]
            status = subprocess.run([*words, str(file)], check=False).returncode
        except OSError as error:
            raise InputError(f"{wanted} cannot be started: {error.strerror}.", hint="Set EDITOR to another.") from None
        if status != 0:
            raise InputError(f"{wanted} ended with status {status}.", hint="Nothing was changed.")
        return file.read_text(encoding="utf8")


def edited(maestro: Maestro, turn: TurnId) -> Report | None:
    """Let the person change a proposed plan's text, and show what would be done then; None if they changed nothing.

    Raises `MaestroError` where there is no plan or no editor, or the text is no plan any more.
    """
    before = maestro.changes.text(turn)
    after = in_editor(before)
    if after.rstrip("\n") == before.rstrip("\n"):
        return None
    maestro.changes.revise(turn, after)
    change = maestro.changes.get(turn)
    return proposal(change.proposal) if change is not None else None
