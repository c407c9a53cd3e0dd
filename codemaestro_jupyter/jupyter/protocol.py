"""The wire between kernel and front end: one TypedDict a message, checked as it comes in.

Every message is the `data` of a comm message, `{"type": <name>, …}`. One example of each stands in
`tests/contract/<type>.json`, read by pytest and jest alike; the TypeScript mirror is `labextension/src/protocol.ts`.
Unknown keys are left alone, so that a newer front end can talk to an older kernel. What a message gains may be left
out then, with what an older front end is taken to mean by its silence; where there is no such thing, `PROTOCOL` rises,
and each side says so. `tests/contract/earlier/` holds the least that is said under each number. No message has a key
`id` directly inside a key `content`: ipykernel 7.4 keeps every such string until it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict, cast, get_args
from typing import get_type_hints as hints_of

from codemaestro_jupyter.errors import ProtocolError
from codemaestro_jupyter.jupyter.forms import UPGRADE, called, checked
from codemaestro_jupyter.jupyter.said import (
    Completions,
    EditCells,
    ErrorMessage,
    FileMessage,
    LedgerMessage,
    ListNotebooks,
    PlanMessage,
    PreparationStatus,
    Submitted,
    ViewMessage,
    ViewPart,
    Welcome,
)
from codemaestro_jupyter.types import Source
from codemaestro_jupyter.view import ChangeAction

TARGET: Final = "codemaestro"
PROTOCOL: Final = 1


# -- front end -> kernel ------------------------------------------------------------------------------


class Hello(TypedDict):
    """The first message of a front end, which has just opened its comm."""

    type: Literal["hello"]
    protocol: int
    client: str
    """e.g. `jupyterlab`, `notebook`."""
    version: str


class UserTyping(TypedDict):
    """The person is typing (spec S1); `seq` grows by one with each event of one front end, newest wins."""

    type: Literal["user_typing"]
    source: Source
    notebook_id: str
    cell_id: str
    seq: int
    text: str
    """The whole cell or chat box; a `%%maestro …` line is part of it."""
    cursor: int
    """Offset in UTF-16 code units, as JavaScript counts."""
    timestamp: float
    """Seconds since the epoch."""


class WireCell(TypedDict):
    """One notebook cell."""

    id: str
    kind: Literal["code", "markdown", "raw"]
    source: str


class Renamed(TypedDict, total=False):
    """What front ends did not say at first."""

    formerly: str
    """Its `notebook_id` until it was renamed, told once; empty, or left out, for no change."""


class NotebookOutline(Renamed):
    """A notebook was opened, saved or has been still for a second."""

    type: Literal["notebook"]
    notebook_id: str
    path: str
    """As the front end has it (relative to the server's root); empty for none."""
    active: str
    """Id of the active cell; empty for none."""
    cells: list[WireCell]


class Attachment(TypedDict):
    """Something the person attached by a click."""

    kind: Literal["cell", "error", "file", "variable"]
    name: str
    text: str


class Submit(TypedDict):
    """The person sent a request; answered by `submitted` (or `error`) with the same `request`."""

    type: Literal["submit"]
    request: str
    text: str
    source: Source
    notebook_id: str
    cell_id: str
    fresh: bool
    attachments: list[Attachment]


class Cancel(TypedDict):
    """Stop a running turn."""

    type: Literal["cancel"]
    turn: str


class Choose(TypedDict):
    """An answer to an open question: the id of an offered option, or free text."""

    type: Literal["choose"]
    question: str
    option: str
    text: str


class Rate(TypedDict):
    """How it felt, 1-5 each; null where not said. An empty `turn` rates the session."""

    type: Literal["rate"]
    turn: str
    fast: int | None
    smooth: int | None
    anticipated: int | None


class Dismiss(TypedDict):
    """A predicted file was wrong."""

    type: Literal["dismiss"]
    path: str


class Complete(TypedDict):
    """What can follow an `@`; answered by `completions` with the same `request`."""

    type: Literal["complete"]
    request: str
    prefix: str


class SettingMessage(TypedDict):
    """A value from the front end's settings; null takes it back."""

    type: Literal["setting"]
    name: str
    value: bool | int | float | str | None


class OfferModels(TypedDict):
    """Which models are there? The picture's `models` answers, as soon as they are found."""

    type: Literal["offer_models"]


class PickModel(TypedDict):
    """This model is to answer from now on; `off` means none."""

    type: Literal["pick_model"]
    name: str


class GiveConsent(TypedDict):
    """The answer to the picture's `consent`."""

    type: Literal["give_consent"]
    provider: str
    allowed: bool


class AskPlan(TypedDict):
    """The text of what a turn proposes, to change it? Answered by `plan` with the same `request`."""

    type: Literal["ask_plan"]
    request: str
    turn: str


class RevisePlan(TypedDict):
    """The changed text of a plan; the card of the turn's change shows what comes of it."""

    type: Literal["revise_plan"]
    turn: str
    text: str


class AskLedger(TypedDict):
    """What was prepared, used, wasted, saved and spent? Answered by `ledger` with the same `request`."""

    type: Literal["ask_ledger"]
    request: str


class ReadFile(TypedDict):
    """The text of a project file that the server does not reach? Answered by `file` with the same `request`."""

    type: Literal["read_file"]
    request: str
    path: str
    """Relative to the notebook's folder, or to the project's root if there is no notebook."""
    notebook: str
    """As the front end has it; empty for none."""


class Clear(TypedDict):
    """Take the conversation of a notebook from its screens, for good."""

    type: Literal["clear"]
    notebook_id: str


class Change(TypedDict):
    """A button of the card of a change, with the hunks that are accepted and the number of a suggested fix."""

    type: Literal["change"]
    turn: str
    action: ChangeAction
    hunks: list[str]
    fix: int


class WireNotebook(TypedDict):
    """A notebook that is open in the page."""

    path: str
    """As the front end has it."""
    writable: bool
    cells: list[WireCell]


class Unsaved(TypedDict, total=False):
    """What front ends did not say at first."""

    unsaved: list[str]
    """Other files that are open with changes which are not saved, as the front end has their paths; left out: none."""


class OpenNotebooks(Unsaved):
    """Answers `list_notebooks`: every notebook that is open in the page, with whatever kernel, and files not saved."""

    type: Literal["open_notebooks"]
    request: str
    notebooks: list[WireNotebook]


class CellsEdited(TypedDict):
    """Answers `edit_cells`: all edits were done, in one undo step, or none, for the reason given."""

    type: Literal["cells_edited"]
    request: str
    accepted: bool
    reason: str


FrontMessage = (
    Hello
    | UserTyping
    | NotebookOutline
    | Submit
    | Cancel
    | Choose
    | Rate
    | Dismiss
    | Complete
    | SettingMessage
    | OfferModels
    | PickModel
    | AskLedger
    | GiveConsent
    | AskPlan
    | RevisePlan
    | ReadFile
    | Clear
    | Change
    | OpenNotebooks
    | CellsEdited
)
KernelMessage = (
    Welcome
    | ViewMessage
    | ViewPart
    | PreparationStatus
    | Submitted
    | Completions
    | LedgerMessage
    | PlanMessage
    | FileMessage
    | ListNotebooks
    | EditCells
    | ErrorMessage
)
Message = FrontMessage | KernelMessage


def _by_name(union: Any) -> dict[str, Any]:
    return {get_args(hints_of(form)["type"])[0]: form for form in get_args(union)}


FRONT: Final[Mapping[str, Any]] = _by_name(FrontMessage)
KERNEL: Final[Mapping[str, Any]] = _by_name(KernelMessage)
FORMS: Final[Mapping[str, Any]] = {**FRONT, **KERNEL}


def decode(data: object) -> Message:
    """The message that `data` is; lone surrogates (half an emoji) become U+FFFD, since no file or socket takes them.

    Raises `ProtocolError` naming the field that is missing or wrong.
    """
    name = _name_of(data)
    return cast(Message, checked(data, FORMS[name], name))


def decode_front(data: object) -> FrontMessage:
    """Like `decode`, and refuses what only a kernel may say."""
    name = _name_of(data)
    if name not in FRONT:
        raise ProtocolError(f"A front end does not send {name!r}.", hint=UPGRADE)
    return cast(FrontMessage, checked(data, FRONT[name], name))


def encode(message: Message) -> dict[str, Any]:
    """The comm data of a message.

    Raises `ProtocolError` for an unknown type or a key `id` directly inside a key `content`.
    """
    _name_of(message)
    _refuse_content_id(message)
    return dict(message)


def _name_of(data: object) -> str:
    if not isinstance(data, dict):
        raise ProtocolError(f"A message must be an object, not {called(data)}.", hint=UPGRADE)
    name = data.get("type")
    if not isinstance(name, str) or name not in FORMS:
        raise ProtocolError(f"There is no message of type {name!r}.", hint=UPGRADE)
    return name


def _refuse_content_id(value: Any, inside_content: bool = False) -> None:
    if isinstance(value, dict):
        if inside_content and "id" in value:
            raise ProtocolError("A message must not hold `content.id`.", hint="Name the key otherwise.")
        for key, each in value.items():
            _refuse_content_id(each, key == "content")
    elif isinstance(value, list):
        for each in value:
            _refuse_content_id(each)
