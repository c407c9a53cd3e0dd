"""The proposal of a command, prepared while it is typed: worked out in the child process, kept as its hunks.

Nothing is written for it: the plan engine's `Reading` recovers nothing, takes no lock and makes no folder. While a
journal shows a change that is half-done, there is no proposal. In the store stands what there was, not its lines: a
diff may show what must not be kept, and the next session has other files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.cellhost import CellAnswer, CellEdit, CellHost
from codemaestro_jupyter.edit.python.library import Library
from codemaestro_jupyter.errors import EditError
from codemaestro_jupyter.prepare.boundary import StoppedError
from codemaestro_jupyter.prepare.wordings import spoken
from codemaestro_jupyter.types import Cell, Fingerprint
from codemaestro_jupyter.workspace.workspace import Workspace

MOST_TEXT = 3_000_000
"""Characters of hunks that one proposal may have to be kept: some 1,500 files."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The notebooks that are open somewhere, and where the project's journal is; a `CellHost` that only looks."""

    cells: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    """What is open where it cannot be reached, or not saved."""
    journal: str = ""

    def looks(self) -> Fingerprint:
        """The fingerprint `notebooks`; an empty cell at the end of one, as running its last adds, is none."""
        from codemaestro_jupyter.edit.kept import settled_cells

        listed = [
            [path, [(cell.id, cell.kind, cell.source) for cell in settled_cells(cells)]]
            for path, cells in sorted(self.cells.items())
        ]
        whole = repr([listed, sorted(self.others)])
        return Fingerprint("sha256:" + hashlib.sha256(whole.encode("utf8", "replace")).hexdigest())

    def refresh(self) -> None:
        """It was looked at."""

    def elsewhere(self) -> frozenset[str]:
        """Those that cannot be reached."""
        return frozenset(self.others)

    def open_notebooks(self) -> Mapping[str, Sequence[Cell]]:
        """Those that can."""
        return self.cells

    def edit(self, transaction: str, path: str, edits: Sequence[CellEdit], timeout: float) -> CellAnswer:
        """Nothing is changed ahead."""
        return CellAnswer(False, "nothing is changed ahead of a yes")


def journal_of(folder: Path) -> str:
    """Where the plan engine's journal is, or would be, in a project's data folder."""
    return (Path(os.path.realpath(folder)) / "journal").as_posix()


def opened(host: CellHost | None, folder: Path | None) -> Opened:
    """What is open now; waits for its pages, a second at most."""
    journal = journal_of(folder) if folder is not None else ""
    if host is None:
        return Opened(journal=journal)
    host.refresh()
    cells = {path: tuple(cells) for path, cells in host.open_notebooks().items()}
    return Opened(cells, tuple(sorted(host.elsewhere())), journal)


def work_out(
    workspace: Workspace,
    notebooks: Opened,
    sentence: str,
    stopped: Callable[[], bool],
    library: Library | None = None,
) -> dict[str, Any]:
    """The proposal of a command as `edit.kept` has it; `library` keeps what was understood for the next one.

    Raises `EditError` where it cannot be worked out ahead: it has a problem (which is told on submit), is too large, or
    a change is half-done; `StoppedError` soon after `stopped()` is true.
    """
    from codemaestro_jupyter.edit import stopping
    from codemaestro_jupyter.edit.batches import Alone
    from codemaestro_jupyter.edit.files import DiskFiles
    from codemaestro_jupyter.edit.journal import pending
    from codemaestro_jupyter.edit.kept import keep
    from codemaestro_jupyter.edit.reading import Reading

    files = DiskFiles()
    if not notebooks.journal or pending(notebooks.journal, files):
        raise EditError("A change is half-done, or none can be kept.", hint="It is worked out on submit.")
    reading = Reading(workspace.root, workspace.reader, notebooks, files=files)
    try:
        with stopping.stoppable(stopped), library.open() if library is not None else nullcontext():
            found = keep(reading.propose_said(spoken(sentence), Alone()))  # no process is started ahead
    except stopping.StoppedError as error:
        raise StoppedError from error
    if found is None:
        raise EditError("It cannot be done as it is.", hint="On submit it is said why.")
    lines = (hunk["lines"] for file in found["diffs"] for hunk in file["hunks"])
    if sum(len(line) for each in lines for line in each) > MOST_TEXT:
        raise EditError("It is too large to be kept.", hint="It is worked out on submit.")
    return found


def stored(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the store has of it: never used again, but told by `%maestro preparations`."""
    files = payload["diffs"]
    return {
        "title": payload["title"],
        "diffs": [{"path": item["path"], "hunks": [], "places": len(item["hunks"])} for item in files],
        "whole": False,
    }
