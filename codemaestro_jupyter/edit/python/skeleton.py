"""Add the skeleton of a test for a function, class or constant, in the test file of its module."""

from __future__ import annotations

import ast
import posixpath

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.python.definition import header
from codemaestro_jupyter.edit.python.locate import Definition, locate, names_of
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.units import Positions, parse, units
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import AddTestSkeleton
from codemaestro_jupyter.errors import ConflictError, EditError


def add_test_skeleton(state: State, step: AddTestSkeleton) -> None:
    """Begin `test_<name>` in the test file of the module, made if need be."""
    found = locate(state, step.name, step.path)
    if found.unit.cell >= 0:
        raise EditError(f"{found.address} is in a notebook, which a test cannot import.", hint="Move it to a module.")
    node = found.node
    top = found.qualified.partition(".")[0]
    modules = Modules(state.blueprint.paths())
    dotted = modules.name(found.unit.path)
    title = found.qualified.replace(".", "_").lower()
    stem = posixpath.basename(found.unit.path).removesuffix(".py")
    path = test_path(state, stem if stem != "__init__" else dotted.rpartition(".")[2])
    test = f"test_{title}"
    arguments = ""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        needed = len(node.args.args) - len(node.args.defaults)
        arguments = ", ".join(item.arg for item in node.args.args[:needed] if item.arg not in ("self", "cls"))
    kind = "call" if isinstance(node, Definition) else "read"
    body = (
        f"def {test}():\n"
        f"    # arrange what {kind}ing {found.qualified}({arguments}) needs, act, assert what it promises\n"
        f"    assert {found.qualified} is not None\n"
    )
    line = f"from {dotted} import {top}"
    existing = state.find(path)
    if existing is None and state.blueprint.exists(path):
        raise EditError(f"{path} exists but was not read.", hint="Name it in the plan too.")
    if existing is None:
        state.put(Component(path, f"{line}\n\n\n{body}".encode()))
    else:
        unit = next(units(existing), None)
        if unit is None:
            raise EditError(f"{path} cannot be read.", hint="Check its encoding.")
        tree = parse(unit.source)
        if test in names_of(tree):
            raise ConflictError(f"{path} has a {test} already.", hint="Rename that one, or extend it.")
        has = any(
            isinstance(item, ast.ImportFrom) and item.module == dotted and any(name.name == top for name in item.names)
            for item in tree.body
        )
        source = unit.source
        if not has:
            end, _ = header(tree)
            positions = Positions(source)
            at = positions.starts[end]
            source = source[:at] + line + "\n" + source[at:]
        component, decoded = state.text(path)
        state.put_text(component, decoded, source.rstrip("\n") + "\n\n\n" + body)
    state.promise(path, test)


def test_path(state: State, stem: str) -> str:
    """Where tests of a module are: an existing `test_<stem>.py`, else `tests/` (or `test/`, if that is there).

    `_utils` is tested in `test_utils.py`; where that is a folder of tests, in a file of it.
    """
    paths = state.blueprint.paths()
    stem = stem.strip("_") or stem
    existing = sorted(path for path in paths if posixpath.basename(path) in (f"test_{stem}.py", f"test__{stem}.py"))
    if existing:
        return existing[0]
    folder = "test" if any(path.startswith("test/") for path in paths) else "tests"
    inside = f"{folder}/test_{stem}"
    return f"{inside}/test_{stem}.py" if any(path.startswith(inside + "/") for path in paths) else f"{inside}.py"
