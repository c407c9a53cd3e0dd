"""Steps on every function, method or class of a file, folder or class: `*`, `*public function`, `Client.*method`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from codemaestro_jupyter.edit.python.locate import Definition, definitions, locate, python_tree
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import AddDocstring, AddTestSkeleton, FunctionStep
from codemaestro_jupyter.errors import ConflictError, EditError

SELECTION = re.compile(r"(?P<owner>[\w.]+\.)?\*(?P<public>public )?(?P<noun>function|method|class|)")
MOST_FILES = 100
MOST_WARNINGS = 5


def on_each(state: State, step: FunctionStep, do: Callable[[State, FunctionStep], None]) -> None:
    """Do a step on each definition that its name selects; those that have what it adds are left as they are.

    Raises `EditError` if there is nothing of what it selects.
    """
    warnings = len(state.warnings)
    before = state.blueprint
    selected = 0
    refused: EditError | None = None
    for path in files(state, step):
        for qualified in list(chosen(state, step, path)):
            selected += 1
            corrections = len(state.corrections)
            try:
                do(state, replace(step, name=qualified, path=path))
            except EditError as error:  # it has that already, or nothing about it is certain
                refused = error
                continue
            del state.corrections[corrections:]
    more = len(state.warnings) - warnings - MOST_WARNINGS
    if more > 0:
        state.warnings[warnings + MOST_WARNINGS :] = [f"{more} more warnings of this kind."]
    if not selected and not any(True for path in files(state, step) for _ in chosen(state, step, path, having=True)):
        what = step.name.partition("*")[2] or "definition"
        raise EditError(f"There is no {what} in {step.path or step.name}.", hint="Name another file, folder or class.")
    if state.blueprint is before:
        if refused is not None and not isinstance(refused, ConflictError):
            raise EditError(f"Nothing can be added in {step.path or step.name}: {refused.message}", hint=refused.hint)
        state.correct("duplicate insertion", f"{step.path or step.name} has that everywhere already: left as it is.")


def files(state: State, step: FunctionStep) -> list[str]:
    """The Python files that a selection looks into."""
    if not step.path:
        owner = step.name.partition("*")[0].rstrip(".")
        return [locate(state, owner, kinds=(ast.ClassDef,)).unit.path]
    if state.blueprint.exists(step.path):
        return [step.path]
    folder = step.path.rstrip("/") + "/"
    inside = sorted(path for path in state.blueprint.paths() if path.startswith(folder) and path.endswith(".py"))
    if len(inside) > MOST_FILES:
        raise EditError(
            f"{step.path} holds {len(inside)} Python files.", hint=f"Name a folder of {MOST_FILES} or less."
        )
    return inside or [step.path]


def chosen(state: State, step: FunctionStep, path: str, *, having: bool = False) -> Iterator[str]:
    """The dotted names in one file that a selection means, in their order.

    Without those that have the docstring which is added, unless `having` says that they count too.
    """
    found = SELECTION.fullmatch(step.name)
    if found is None:
        raise EditError(f"{step.name!r} selects nothing.", hint="Say e.g. `every function in src/app.py`.")
    _, tree = python_tree(state, path)
    seen = set()
    inside = sorted(definitions(tree), key=lambda item: item[1].lineno)
    classes = {name for name, node in inside if isinstance(node, ast.ClassDef)}
    for name, node in inside:
        if not isinstance(node, Definition) or name in seen or not name.startswith(found["owner"] or ""):
            continue
        seen.add(name)
        kind = "class" if isinstance(node, ast.ClassDef) else "function"
        owner, _, last = name.rpartition(".")
        method = owner in classes
        if (owner and not method) or (isinstance(step, AddDocstring) and last.startswith("__")):
            continue  # what is local to a function, and what Python itself calls, says enough by its name
        if kind == "class" and not isinstance(step, AddDocstring | AddTestSkeleton):
            continue
        if found["noun"] == "method" and (kind == "class" or not method):
            continue
        if found["noun"] in ("function", "class") and kind != found["noun"]:
            continue
        if found["public"] and any(part.startswith("_") for part in name.split(".")):
            continue
        if isinstance(step, AddDocstring) and not having and ast.get_docstring(node, clean=False) is not None:
            continue
        if isinstance(step, AddTestSkeleton) and method:
            continue
        yield name
