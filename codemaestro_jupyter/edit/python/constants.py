"""Give a constant another value: the one literal that a module or class assigns to a name, nothing that is computed."""

from __future__ import annotations

import ast

from codemaestro_jupyter.edit.python.locate import Located, definitions, locate
from codemaestro_jupyter.edit.python.units import Positions, parse, put_source, splice
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import SetConstant
from codemaestro_jupyter.errors import AmbiguousError, EditError
from codemaestro_jupyter.workspace import parsing


def set_constant(state: State, step: SetConstant) -> None:
    """Do the step.

    Raises `AmbiguousError` where the name is assigned more than once, `EditError` if it is no constant, or the value
    none that can be written down.
    """
    found = locate(state, step.name, step.path)
    old = value_of(found)
    new = written(step.value, old, found)
    start, end = Positions(found.unit.source).span(old)
    if found.unit.source[start:end] == new:
        state.correct("duplicate insertion", f"{found.qualified} is {new} already: left as it is.")
        return
    put_source(state, found.unit, splice(found.unit.source, [(start, end, new)]))


def value_of(found: Located) -> ast.expr:
    """The literal that is assigned to a name, once and to no other name with it."""
    node = found.node
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        raise EditError(f"{found.address} is no constant.", hint="Name one that is assigned, e.g. `TIMEOUT`.")
    again = [item for name, item in definitions(parse(found.unit.source)) if name == found.qualified]
    if len(again) > 1:
        lines = ", ".join(str(line) for line in sorted(item.lineno for item in again))
        raise AmbiguousError(
            f"{found.address} is assigned more than once (lines {lines}).",
            hint="Say which text to replace: `replace … with … in …`.",
        )
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is None or not (len(targets) == 1 and isinstance(targets[0], ast.Name)):
        raise EditError(f"{found.address} has no value of its own.", hint="Replace the text instead.")
    if not literal(node.value):
        raise EditError(
            f"{found.address} is computed: {ast.unparse(node.value)[:60]}.", hint="Replace the text instead."
        )
    return node.value


def literal(node: ast.expr) -> bool:
    """Whether an expression is written down whole: constants, displays of them, and sums of numbers (`60 * 60`)."""
    computed = ast.Constant | ast.UnaryOp | ast.BinOp | ast.Tuple | ast.List | ast.Set | ast.Dict
    return all(isinstance(item, computed | ast.operator | ast.unaryop | ast.expr_context) for item in ast.walk(node))


def written(value: str, old: ast.expr, found: Located) -> str:
    """The value as Python writes it; a text stands for itself where a text was before, or nothing yet (`None`)."""
    try:
        new = parsing.expression(value.strip()).body
    except (SyntaxError, ValueError):
        new = None
    text = isinstance(old, ast.Constant) and isinstance(old.value, str)
    kept = isinstance(new, ast.Constant) and (new.value is None or isinstance(new.value, str | bool))
    unset = isinstance(old, ast.Constant) and old.value is None and (new is None or isinstance(new, ast.Name))
    if (text and not kept) or unset:
        single = found.unit.source[Positions(found.unit.source).span(old)[1] - 1] == "'"
        return repr(value) if single or '"' in value or "\\" in value else f'"{value}"'
    if new is None or not literal(new):
        raise EditError(
            f"{value!r} cannot be the value of {found.qualified}.",
            hint="Give it as Python writes it, e.g. `30`, `True` or `None`; a text only where a text or `None` was.",
        )
    return value.strip()
