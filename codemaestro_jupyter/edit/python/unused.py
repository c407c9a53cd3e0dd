"""Take out imports that nothing uses: not in their file, not in a string of it, and not in a file that imports them.

Left alone: what a package's `__init__.py` hands on, `import x as x`, `__future__`, lines with a `noqa`, imports that
are tried, and names in `__all__`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemaestro_jupyter.edit.moving import stem_of
from codemaestro_jupyter.edit.python.locate import python_tree
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.takeout import without_imports
from codemaestro_jupyter.edit.python.units import Positions, parse, splice, units
from codemaestro_jupyter.edit.sought import holds
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import RemoveUnusedImports
from codemaestro_jupyter.edit.text import decode
from codemaestro_jupyter.errors import ConflictError, EditError, PathError

Bound = tuple[str, ast.alias]


def remove_unused(state: State, step: RemoveUnusedImports) -> None:
    """Do the step; raises `ConflictError` if the import that is named is used, `EditError` if there is none."""
    unit, tree = python_tree(state, step.path)
    positions = Positions(unit.source)
    bound = list(imports(tree, positions))
    if step.name:
        bound = [(name, alias) for name, alias in bound if step.name in (name, alias.name)]
        if not bound:
            raise EditError(f"{step.path} does not import {step.name}.", hint="Name what the import binds.")
    elif step.path.endswith("__init__.py"):
        raise EditError(
            f"{step.path} imports to hand names on, so what is unused there cannot be told.",
            hint="Name the import: `remove import x from …`.",
        )
    used = words_used(tree)
    gone = [(name, alias) for name, alias in bound if name not in used and not handed_on(state, step.path, name)]
    if step.name and not gone:
        raise ConflictError(f"{step.name} is used in {step.path}, or by who imports it from there.", hint="Leave it.")
    if not gone:
        state.correct("duplicate insertion", f"{step.path} has no unused imports: left as it is.")
        return
    component, decoded = state.text(step.path)
    edits = without_imports(tree, positions, {alias for _, alias in gone})
    state.put_text(component, decoded, splice(unit.source, edits))


def imports(tree: ast.Module, positions: Positions) -> Iterator[Bound]:
    """Each name that an import of the module binds and that may go, at its top or below `if TYPE_CHECKING`."""
    stack: list[ast.stmt] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            stack += node.body
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        lines = positions.lines[node.lineno - 1 : node.end_lineno]
        if getattr(node, "module", "") == "__future__" or any("noqa" in line for line in lines):
            continue
        for alias in node.names:
            again = alias.asname is not None and alias.asname == alias.name  # `import x as x` hands it on
            if alias.name != "*" and not again:
                yield alias.asname or alias.name.partition(".")[0], alias


def words_used(tree: ast.Module) -> set[str]:
    """Every word that the code of a file reads, and every word of its strings (annotations, `__all__`, `eval`)."""
    found: set[str] = set()
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            found |= set(re.findall(r"\w+", node.value))
    return found


def handed_on(state: State, path: str, name: str) -> bool:
    """Whether another file imports the name from this one, takes all of it, or reaches it as `module.name`."""
    modules, stem = Modules(state.blueprint.paths()), stem_of(path)
    reached = re.compile(rf"\b{re.escape(stem)}\.{re.escape(name)}\b")
    for component in state.blueprint.holding(stem):
        if component.path == path:
            continue
        try:
            if holds(component, name) and reached.search(decode(component.data, component.path).text):
                return True
        except PathError:
            continue
        for unit in units(component):
            if name not in unit.source and "import *" not in unit.source:
                continue
            try:
                tree = parse(unit.source)
            except SyntaxError:
                continue
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.ImportFrom)
                    and any(alias.name in (name, "*") for alias in node.names)
                    and modules.resolve(component.path, node.module or "", node.level) == path
                ):
                    return True
    return False
