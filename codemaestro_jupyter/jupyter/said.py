"""What a kernel says to its front ends: one TypedDict a message, as `protocol` sends them."""

from __future__ import annotations

from typing import Literal, TypedDict

from codemaestro_jupyter.types import Stage
from codemaestro_jupyter.view import SessionView


class Welcome(TypedDict):
    """Answers `hello`; `session` changes with every kernel start and reload."""

    type: Literal["welcome"]
    protocol: int
    version: str
    session: str


class ViewMessage(TypedDict):
    """The whole picture."""

    type: Literal["view"]
    view: SessionView


class ViewPart(TypedDict):
    """Top-level keys that changed; each replaces the old one, except `turns`, which are matched by id."""

    type: Literal["view_part"]
    view: SessionView


class PreparationStatus(TypedDict):
    """What is being loaded for the typing event `seq` (spec S1); `progress` in [0, 1] over the whole."""

    type: Literal["preparation_status"]
    seq: int
    stage: Stage
    message: str
    loading: list[str]
    progress: float


class Submitted(TypedDict):
    """A request became a turn."""

    type: Literal["submitted"]
    request: str
    turn: str


class CompletionItem(TypedDict):
    """One thing that can follow an `@`."""

    label: str
    kind: str
    detail: str


class Completions(TypedDict):
    """Answers `complete`, best first."""

    type: Literal["completions"]
    request: str
    items: list[CompletionItem]


class PlanMessage(TypedDict):
    """Answers `ask_plan`."""

    type: Literal["plan"]
    request: str
    text: str


class LedgerMessage(TypedDict):
    """Answers `ask_ledger`: the report of `%maestro ledger`."""

    type: Literal["ledger"]
    request: str
    markdown: str


class FileMessage(TypedDict):
    """Answers `read_file`: the file's real path in the project and its text, or the problem in plain words."""

    type: Literal["file"]
    request: str
    path: str
    text: str
    """A notebook's is that of its cells; lines that look like secrets are withheld."""
    problem: str
    """Empty if there is none."""


class ListNotebooks(TypedDict):
    """Asks what is open in the page; answered by `open_notebooks` with the same `request`."""

    type: Literal["list_notebooks"]
    request: str


class WireEdit(TypedDict):
    """One edit of a cell; `before` is the source that must be there, `index` counts as the earlier edits leave it."""

    op: Literal["insert", "replace", "delete", "move"]
    cell_id: str
    index: int
    before: str
    source: str
    kind: Literal["code", "markdown", "raw"]


class EditCells(TypedDict):
    """Edits of one open notebook, all or none; answered by `cells_edited` with the same `request`."""

    type: Literal["edit_cells"]
    request: str
    transaction: str
    path: str
    edits: list[WireEdit]


class ErrorMessage(TypedDict):
    """Something went wrong; `request` is empty unless it answers one, `hint` says what to do next."""

    type: Literal["error"]
    request: str
    message: str
    hint: str
