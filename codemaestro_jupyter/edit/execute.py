"""Do the steps of a plan on a blueprint, in memory; nothing outside the blueprint is written."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.blueprint import Blueprint
from codemaestro_jupyter.edit.cellsteps import cell_step
from codemaestro_jupyter.edit.sharing import Sharer
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.textsteps import edit_lines, file_step, text_step
from codemaestro_jupyter.errors import EditError, MaestroError


def do(state: State, step: s.Step) -> None:
    """Do one step; LibCST and the other Python tools are imported by the first step that needs them."""
    step = at_file(state, step)
    match step:
        case s.ReplaceText() | s.InsertText() | s.DeleteText():
            text_step(state, step)
        case s.EditLines():
            edit_lines(state, step)
        case s.CreateFile() | s.DeleteFile() | s.RenameFile() | s.MoveFile() | s.EncodeFile():
            file_step(state, step)
        case s.InsertCell() | s.ReplaceCell() | s.DeleteCell() | s.MoveCell():
            cell_step(state, step)
        case s.RenameSymbol():
            from codemaestro_jupyter.edit.python.rename import rename_symbol

            rename_symbol(state, step)
        case s.DeleteSymbol():
            from codemaestro_jupyter.edit.python.delete import delete_symbol

            delete_symbol(state, step)
        case s.SetConstant():
            from codemaestro_jupyter.edit.python.constants import set_constant

            set_constant(state, step)
        case s.RemoveUnusedImports():
            from codemaestro_jupyter.edit.python.unused import remove_unused

            remove_unused(state, step)
        case (
            s.AddParameter()
            | s.AddDocstring()
            | s.AddTypeHints()
            | s.AddLogging()
            | s.AddErrorHandling()
            | s.AddTestSkeleton()
        ):
            if "*" in step.name:
                from codemaestro_jupyter.edit.python.every import on_each

                on_each(state, step, function_step)
            else:
                function_step(state, step)
        case s.ExtractFunction() | s.ExtractConstant():
            from codemaestro_jupyter.edit.python import extract

            if isinstance(step, s.ExtractFunction):
                extract.extract_function(state, step)
            else:
                extract.extract_constant(state, step)
        case s.OrganizeImports():
            from codemaestro_jupyter.edit.python.imports import organize_imports

            organize_imports(state, step)
        case _:
            assert_never(step)


def at_file(state: State, step: s.Step) -> s.Step:
    """The step with its file's path where it was said as a module: `pkg.mod`, or `mod` if there is only one."""
    path = step.path
    if not path or isinstance(step, s.RenameFile | s.MoveFile) or state.blueprint.exists(path):
        return step
    if not all(part.isidentifier() for part in path.split(".")):
        return step
    from codemaestro_jupyter.edit.python.modules import Modules

    paths = state.blueprint.paths()
    inside = path.replace(".", "/")
    found = Modules(paths).resolve("", path)
    ends = [item for item in paths if f"/{item}".endswith((f"/{inside}.py", f"/{inside}/__init__.py"))]
    if not found and len(ends) == 1:
        found = ends[0]
    if not found and isinstance(step, s.RenameSymbol):
        return replace(step, name=f"{path}.{step.name}", path="")  # `rename rows in fetch_user to users`
    return replace(step, path=found) if found else step


def function_step(state: State, step: s.FunctionStep) -> None:
    """Do one of the steps on a single definition."""
    from codemaestro_jupyter.edit.python import functions

    match step:
        case s.AddParameter():
            functions.add_parameter(state, step)
        case s.AddDocstring():
            functions.add_docstring(state, step)
        case s.AddTypeHints():
            functions.add_type_hints(state, step)
        case s.AddLogging():
            functions.add_logging(state, step)
        case s.AddErrorHandling():
            functions.add_error_handling(state, step)
        case s.AddTestSkeleton():
            from codemaestro_jupyter.edit.python.skeleton import add_test_skeleton

            add_test_skeleton(state, step)
        case _:
            assert_never(step)


def execute(state: State, plan: s.Plan, shared: Sharer | None = None) -> tuple[int, ...]:
    """Do the plan's steps in order; the blueprint's version after each step, in the same order.

    Raises the error of the first step that cannot be done, naming it, and `EditError` for two steps that undo each
    other. `state.blueprint` of a failed run is to be thrown away. `shared` does steps that other plans have in common
    with this one only once.
    """
    first = state.blueprint
    versions = []
    for item in plan.steps:
        state.step = item.id
        before = state.blueprint
        state.touched, touched = set(), state.touched
        try:
            if shared is None:
                do(state, item.step)
            else:
                shared.perform(state, item, do)
        except MaestroError as error:
            raise located(error, item) from error
        for path in sorted(state.touched):
            undone(item, path, before, state, first)
        state.touched |= touched
        versions.append(state.blueprint.version)
    return tuple(versions)


def undone(item: s.PlannedStep, path: str, before: Blueprint, state: State, first: Blueprint) -> None:
    """Raise `EditError` if a step brings a component back to what it was before an earlier step changed it."""
    history = state.made.setdefault(path, [(0, state.loaded.get(path) or first.get(path))])
    now = state.blueprint.get(path)
    if now == before.get(path):
        return
    home = any(state.origins.get(to) == to for to in state.touched)
    moves_on = now is None and isinstance(item.step, s.RenameFile | s.MoveFile) and not home
    for at, (_, earlier) in enumerate(history[:-1]):
        if earlier == now and not moves_on:
            culprit = history[at + 1][0]
            raise EditError(
                f"Steps {culprit} and {item.id} undo each other in {path}.",
                hint="Take both out, or say which of the two is meant.",
                step=item.id,
            )
    history.append((item.id, now))
    if len(history) == 2 and history[0][1] == now:
        raise EditError(f"Step {item.id} changes nothing in {path}.", step=item.id)


def located(error: MaestroError, item: s.PlannedStep) -> MaestroError:
    """The same error, its message naming the step."""
    if error.message.startswith("Step"):
        return error
    message = f"Step {item.id} ({s.describe(item.step)}): {error.message}"
    if isinstance(error, EditError):
        return type(error)(message, hint=error.hint, step=item.id, candidates=error.candidates)
    return type(error)(message, hint=error.hint)
