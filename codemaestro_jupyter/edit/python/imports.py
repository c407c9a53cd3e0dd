"""Organise the imports at the top of a file: standard library, others, own; sorted, each once. And test skeletons."""

from __future__ import annotations

import ast
import posixpath
import sys

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.python.definition import header
from codemaestro_jupyter.edit.python.locate import Definition, locate, names_of, python_tree
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.units import Positions, parse, units
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import AddTestSkeleton, OrganizeImports
from codemaestro_jupyter.errors import ConflictError, EditError


def organize_imports(state: State, step: OrganizeImports) -> None:
    """Do the step; an import with a comment keeps it, one that stands alone on its line only is moved."""
    import libcst as cst

    unit, tree = python_tree(state, step.path)
    _, imports = header(tree)
    if not imports:
        raise EditError(f"{step.path} has no imports at its top.", hint="There is nothing to organise.")
    positions = Positions(unit.source)
    start = positions.starts[imports[0].lineno - 1]
    end = positions.starts[imports[-1].end_lineno or imports[-1].lineno]
    newline = "\r\n" if "\r\n" in unit.source else "\n"
    module = cst.parse_module(unit.source[start:end])
    known = Modules(state.blueprint.paths())
    groups: dict[int, dict[tuple[int, str, str], str]] = {}
    for statement in module.body:
        if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
            raise EditError(f"{step.path} has several statements on one import line.", hint="Put each on its own line.")
        code = module.code_for_node(statement).strip("\r\n")
        bare = [item for item in code.splitlines() if not item.lstrip().startswith("#")]
        line = ast.parse("\n".join(bare)).body[0]
        comments = [item for item in code.splitlines() if item.lstrip().startswith("#") and not item.startswith(" ")]
        lead = "".join(item + newline for item in comments)
        body = newline.join(item for item in code.splitlines() if item not in comments and item.strip())
        if isinstance(line, ast.ImportFrom):
            plain = "#" not in body and "*" not in body
            key = (1, "." * line.level + (line.module or ""), "" if plain else body)
            section = groups.setdefault(group(line.module or "", line.level, step.path, known), {})
            names = sorted({(item.name, item.asname or "") for item in line.names}, key=lambda item: order(item[0]))
            if plain and key in section and not lead:
                earlier = ast.parse(section[key].strip()).body[0]
                more = {(item.name, item.asname or "") for item in getattr(earlier, "names", [])}
                names = sorted({*names, *more}, key=lambda item: order(item[0]))
            if plain:
                for name, alias in names:  # one that is renamed stands alone, as isort and ruff have it
                    if alias:
                        section[1, key[1], f"~{name} as {alias}"] = lead + written(key[1], [(name, alias)], newline)
                        lead = ""
                names = [item for item in names if not item[1]]
                body = written(key[1], names, newline) if names else ""
            if body:
                section[key] = lead + body
        elif isinstance(line, ast.Import):
            for item in line.names if "#" not in body else line.names[:1]:
                text = f"import {item.name}" + (f" as {item.asname}" if item.asname else "")
                section = groups.setdefault(group(item.name, 0, step.path, known), {})
                section.setdefault((0, item.name, item.asname or ""), lead + (body if "#" in body else text))
                lead = ""
    blocks = [
        newline.join(section[key] for key in sorted(section, key=lambda key: (key[0], key[1].lower(), key)))
        for _, section in sorted(groups.items())
    ]
    text = (newline * 2).join(blocks) + newline
    component, decoded = state.text(step.path)
    changed = unit.source[:start] + text + unit.source[end:]
    if changed == unit.source:
        state.correct("duplicate insertion", f"The imports of {step.path} are in order already: left as they are.")
    state.put_text(component, decoded, changed)


def group(module: str, level: int, path: str, known: Modules) -> int:
    """0 `__future__`, 1 standard library, 2 others, 3 this project, 4 this package."""
    top = module.partition(".")[0]
    if module == "__future__":
        return 0
    if level:
        return 4
    if known.resolve(path, module) or known.resolve(path, top):
        return 3
    return 1 if top in sys.stdlib_module_names else 2


def order(name: str) -> tuple[int, str, str]:
    """Constants, then classes, then functions, as isort and ruff have it."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name.lower(), name)


def written(module: str, names: list[tuple[str, str]], newline: str) -> str:
    """A `from` import on one line, or one name a line where that is longer than 88 characters."""
    items = [name + (f" as {alias}" if alias else "") for name, alias in names]
    line = f"from {module} import {', '.join(items)}"
    if len(line) <= 88:
        return line
    return f"from {module} import ({newline}" + "".join(f"    {item},{newline}" for item in items) + ")"


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
    """Where tests of a module are: an existing `test_<stem>.py`, else `tests/` (or `test/`, if that is there)."""
    paths = state.blueprint.paths()
    existing = sorted(path for path in paths if posixpath.basename(path) == f"test_{stem}.py")
    if existing:
        return existing[0]
    folder = "test" if any(path.startswith("test/") for path in paths) else "tests"
    return f"{folder}/test_{stem}.py"
