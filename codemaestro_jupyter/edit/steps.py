"""The steps a plan is made of: one frozen noun for each thing that can be done to a file, a cell or a symbol.

A step names its place by `path` (relative to the root), by `cell` (an id, or a number from 1), or by `name` (a
symbol, `load_user`, `Client.get`, or `src/api.py::Client.get`). As JSON a step is its fields and `do`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from codemaestro_jupyter.edit.text import visible
from codemaestro_jupyter.errors import EditError

SCHEMA = 1
MAX_STEPS = 50
"""Issue: a plan of up to 50 steps. Longer ones are refused; a batch takes several plans."""


def too_many(count: int) -> EditError:
    """What is said about a plan of more than `MAX_STEPS` steps; they are counted before anything is made of them."""
    return EditError(
        f"This plan has {count} steps; step {MAX_STEPS + 1} is one too many.",
        hint=f"Split it into plans of at most {MAX_STEPS} steps.",
        step=MAX_STEPS + 1,
    )


Where = Literal["before", "after", "start", "end"]
CellKind = Literal["code", "markdown", "raw"]


@dataclass(frozen=True, slots=True)
class ReplaceText:
    """Replace the one place (or every place) that reads `old`; in a cell if `cell` is given."""

    do: ClassVar[str] = "replace_text"
    path: str
    old: str
    new: str
    every: bool = False
    cell: str = ""


@dataclass(frozen=True, slots=True)
class InsertText:
    """Insert lines at the start or end of a file, or before or after the line(s) that read `anchor`."""

    do: ClassVar[str] = "insert_text"
    path: str
    text: str
    where: Where = "end"
    anchor: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class DeleteText:
    """Delete the one place (or every place) that reads `old`."""

    do: ClassVar[str] = "delete_text"
    path: str
    old: str
    every: bool = False
    cell: str = ""


@dataclass(frozen=True, slots=True)
class EditLines:
    """Put `text` in place of lines `first` to `last` (from 1, inclusive); `last` before `first` inserts there."""

    do: ClassVar[str] = "edit_lines"
    path: str
    first: int
    last: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class CreateFile:
    """Create a file that does not exist yet."""

    do: ClassVar[str] = "create_file"
    path: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """Delete a file."""

    do: ClassVar[str] = "delete_file"
    path: str


@dataclass(frozen=True, slots=True)
class RenameFile:
    """Give a file another name in its folder."""

    do: ClassVar[str] = "rename_file"
    path: str
    to: str


@dataclass(frozen=True, slots=True)
class MoveFile:
    """Move a file to another folder, or to another path."""

    do: ClassVar[str] = "move_file"
    path: str
    to: str


@dataclass(frozen=True, slots=True)
class EncodeFile:
    """Convert a text file to UTF-8 (a Python file's coding line goes with it)."""

    do: ClassVar[str] = "encode_file"
    path: str


@dataclass(frozen=True, slots=True)
class InsertCell:
    """Insert a cell so that it becomes number `position` (from 1; 0: at the end)."""

    do: ClassVar[str] = "insert_cell"
    path: str
    source: str
    position: int = 0
    kind: CellKind = "code"


@dataclass(frozen=True, slots=True)
class ReplaceCell:
    """Replace a cell's source; its outputs go, its id and metadata stay."""

    do: ClassVar[str] = "replace_cell"
    path: str
    cell: str
    source: str


@dataclass(frozen=True, slots=True)
class DeleteCell:
    """Delete a cell."""

    do: ClassVar[str] = "delete_cell"
    path: str
    cell: str


@dataclass(frozen=True, slots=True)
class MoveCell:
    """Move a cell so that it becomes number `position` (from 1)."""

    do: ClassVar[str] = "move_cell"
    path: str
    cell: str
    position: int


@dataclass(frozen=True, slots=True)
class RenameSymbol:
    """Rename a symbol in the whole project; references that cannot be resolved are listed, unticked."""

    do: ClassVar[str] = "rename_symbol"
    name: str
    new: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class DeleteSymbol:
    """Delete a function, class, method or constant; refused while it is used, unless `anyway`."""

    do: ClassVar[str] = "delete_symbol"
    name: str
    path: str = ""
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class AddParameter:
    """Add a parameter, written as Python writes it: `timeout: float = 10`."""

    do: ClassVar[str] = "add_parameter"
    name: str
    parameter: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class AddDocstring:
    """Add a docstring to a function or class that has none; without `text` one is drawn from the signature."""

    do: ClassVar[str] = "add_docstring"
    name: str
    text: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class AddTypeHints:
    """Add the type hints that defaults and returns make certain; nothing is guessed."""

    do: ClassVar[str] = "add_type_hints"
    name: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class AddLogging:
    """Log each call with its arguments; adds the import and the module's logger where they are missing."""

    do: ClassVar[str] = "add_logging"
    name: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class AddErrorHandling:
    """Log what goes wrong inside a function, and raise it again."""

    do: ClassVar[str] = "add_error_handling"
    name: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class ExtractFunction:
    """Turn lines `first` to `last` (from 1, inclusive) into a function `name` and call it there."""

    do: ClassVar[str] = "extract_function"
    path: str
    first: int
    last: int
    name: str


@dataclass(frozen=True, slots=True)
class ExtractConstant:
    """Name a literal that a file repeats: `NAME = literal` after its imports, `NAME` wherever it stood."""

    do: ClassVar[str] = "extract_constant"
    path: str
    literal: str
    name: str


@dataclass(frozen=True, slots=True)
class SetConstant:
    """Give the one assignment of a module's or class's constant another value, `value` as Python writes it."""

    do: ClassVar[str] = "set_constant"
    name: str
    value: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class OrganizeImports:
    """Sort and group the imports at the top of a file, each once."""

    do: ClassVar[str] = "organize_imports"
    path: str


@dataclass(frozen=True, slots=True)
class RemoveUnusedImports:
    """Take out the imports of a file that nothing uses, or the one that binds `name`."""

    do: ClassVar[str] = "remove_unused_imports"
    path: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class AddTestSkeleton:
    """Begin a test of a function or class in `tests/`, importing it from where it is defined."""

    do: ClassVar[str] = "add_test_skeleton"
    name: str
    path: str = ""


TextStep: TypeAlias = ReplaceText | InsertText | DeleteText
LineStep: TypeAlias = EditLines
FileStep: TypeAlias = CreateFile | DeleteFile | RenameFile | MoveFile | EncodeFile
CellStep: TypeAlias = InsertCell | ReplaceCell | DeleteCell | MoveCell
FunctionStep: TypeAlias = AddParameter | AddDocstring | AddTypeHints | AddLogging | AddErrorHandling | AddTestSkeleton
SymbolStep: TypeAlias = RenameSymbol | DeleteSymbol | SetConstant | FunctionStep
PythonStep: TypeAlias = SymbolStep | ExtractFunction | ExtractConstant | OrganizeImports | RemoveUnusedImports
Step: TypeAlias = TextStep | LineStep | FileStep | CellStep | PythonStep

KINDS: tuple[type[Any], ...] = (
    *(ReplaceText, InsertText, DeleteText, EditLines, CreateFile, DeleteFile, RenameFile, MoveFile, EncodeFile),
    *(InsertCell, ReplaceCell, DeleteCell, MoveCell),
    *(RenameSymbol, DeleteSymbol, SetConstant, AddParameter, AddDocstring, AddTypeHints, AddLogging, AddErrorHandling),
    *(ExtractFunction, ExtractConstant, OrganizeImports, RemoveUnusedImports, AddTestSkeleton),
)
STEPS: dict[str, type[Any]] = {kind.do: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step in its plan: `id` from 1, the ids of the steps it `needs`, and why it is there."""

    id: int
    step: Step
    needs: tuple[int, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered steps that are done as one; `extra` keeps JSON fields that this version does not know."""

    steps: tuple[PlannedStep, ...]
    text: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def describe(step: Step) -> str:
    """A step in a few words: `rename symbol fetch_user to load_user`."""
    what = step.do.replace("_", " ")
    name, cell = str(getattr(step, "name", "")), str(getattr(step, "cell", ""))
    where = name or f"{step.path} cell {cell}" if cell else name or step.path
    if "*" in name:
        where = f"every {name.partition('*')[2] or 'definition'} in {step.path or name.partition('.*')[0]}"
    to = str(getattr(step, "to", "")) if isinstance(step, RenameFile | MoveFile) else ""
    to = step.new if isinstance(step, RenameSymbol) else step.value if isinstance(step, SetConstant) else to
    return visible(f"{what} {where} to {to}" if to else f"{what} {where}")
