"""One small tree of errors; every message says what to do next.

MaestroError                    anything CodeMaestro reports to a person
├── InputError                  what the person gave cannot be used as it is
│   ├── RootError               the project root is no folder, or may not be read
│   ├── PathError               a path is outside the root, ignored, secret or missing
│   ├── OptionError             an option, a command or a setting that does not exist
│   └── ProtocolError           a message between kernel and front end has not the agreed form
├── ToolError                   a tool of the person's cannot be called, failed, or took too long
├── StoreError                  the database cannot be used
│   ├── NewerDatabaseError      it was written by a newer CodeMaestro
│   └── DiskError               full disk, read-only folder
├── BoundaryError               a preparation tried what preparations may not do (a fault of ours)
├── ModelError                  a language model failed or is not configured
│   ├── ModelUnavailableError   it is down, unknown, or has no key
│   ├── ToolsRefusedError       its server takes no functions to call
│   └── ModelAnswerError        it answered, but not in a form that can be used
└── EditError                   a change cannot be made; nothing was written
    ├── ConflictError           the place changed since, or two changes meet
    └── AmbiguousError          more than one place matches; the candidates are listed
"""

from __future__ import annotations


class MaestroError(Exception):
    """Base of all errors of CodeMaestro.

    `hint` says what the person can do next; `str(error)` holds message and hint together.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message} {hint}".strip())


class InputError(MaestroError):
    """What the person gave cannot be used as it is."""


class RootError(InputError):
    """The project root is not a folder, or may not be read."""


class PathError(InputError):
    """A path is outside the root, ignored, secret, binary, too large or missing."""


class OptionError(InputError):
    """An option, command or setting that does not exist, or a value that does not fit it."""


class ProtocolError(InputError):
    """A message between kernel and front end has not the agreed form."""


class ToolError(MaestroError):
    """A tool of the person's cannot be called as asked, failed, or took too long."""


class StoreError(MaestroError):
    """The database cannot be used."""


class NewerDatabaseError(StoreError):
    """The database was written by a newer version of CodeMaestro."""


class DiskError(StoreError):
    """The disk is full or the folder cannot be written."""


class BoundaryError(MaestroError):
    """A preparation tried something that preparations may not do."""


class ModelError(MaestroError):
    """A language model failed or is not configured."""


class ModelUnavailableError(ModelError):
    """The model is down, unknown or has no key."""


class ToolsRefusedError(ModelError):
    """The server takes no functions for a model to call; what a model may ask for is said in the prompt's text then."""


class ModelAnswerError(ModelError):
    """The model answered in a form that cannot be used."""


class EditError(MaestroError):
    """A change cannot be made; nothing was written.

    `step` is the number of the step at fault (from 1; 0: the plan as a whole), `candidates` are the places
    that were considered, best first.
    """

    def __init__(self, message: str, *, hint: str = "", step: int = 0, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.step = step
        self.candidates = candidates


class ConflictError(EditError):
    """The place changed since it was read, or two changes meet."""


class AmbiguousError(EditError):
    """More than one place matches; the message lists the candidates."""
