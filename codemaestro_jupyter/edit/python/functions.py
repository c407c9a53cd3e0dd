"""Steps on one function or class: parameter, docstring, type hints, logging, error handling."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING, cast

from codemaestro_jupyter.edit.python.definition import ensure_logger, logger_of, rewrite, statements
from codemaestro_jupyter.edit.python.locate import Located, locate
from codemaestro_jupyter.edit.python.parameters import add_everywhere, call_places
from codemaestro_jupyter.edit.python.saying import sentence
from codemaestro_jupyter.edit.python.style import quote_of, style_of
from codemaestro_jupyter.edit.python.units import parse, put_source
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import AddDocstring, AddErrorHandling, AddLogging, AddParameter, AddTypeHints
from codemaestro_jupyter.errors import ConflictError, EditError

if TYPE_CHECKING:
    import libcst as cst

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CERTAIN = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes"}


def function_of(state: State, name: str, path: str) -> tuple[Located, Function]:
    """The function that a step names; raises `EditError` if it is something else."""
    found = locate(state, name, path, kinds=FUNCTIONS)
    if not isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef):
        raise EditError(f"{found.address} is no function.", hint="Name a function or method, e.g. `Client.get`.")
    return found, found.node


def add_parameter(state: State, step: AddParameter) -> None:
    """Add a parameter after those of its kind; calls that would lack it are named in a warning."""
    found, node = function_of(state, step.name, step.path)
    new = add_everywhere(state, found, node, step.parameter.strip())
    if new.default is None:
        calls = call_places(state, found.name)
        if calls:
            more = f" and {len(calls) - 10} more" if len(calls) > 10 else ""
            lacking = f"these calls of {found.name} lack it: {', '.join(calls[:10])}{more}."
            state.warnings.append(f"{new.argument.arg} has no default: {lacking}")


def add_docstring(state: State, step: AddDocstring) -> None:
    """Put a docstring first in a function or class that has none."""
    import libcst as cst

    found = locate(state, step.name, step.path, kinds=(*FUNCTIONS, ast.ClassDef))
    node = found.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        raise EditError(f"{found.address} is no function or class.", hint="Name a function or class.")
    if ast.get_docstring(node) is not None:
        raise ConflictError(f"{found.address} has a docstring already.", hint="Replace its text instead.")
    owner = found.qualified.rpartition(".")[0].rpartition(".")[2]
    text = step.text.strip() or sentence(node, owner)
    quoted = text.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    if quoted.endswith('"'):
        quoted = quoted[:-1] + '\\"'
    indent = " " * (node.col_offset + 4)
    quoted = "\n".join(indent + line if line and at else line for at, line in enumerate(quoted.split("\n")))
    closing = f"\n{indent}" if "\n" in quoted else ""

    def change(function: cst.FunctionDef | cst.ClassDef) -> cst.FunctionDef | cst.ClassDef:
        body, _ = statements(function)
        line = cst.SimpleStatementLine(body=[cst.Expr(cst.SimpleString(f'"""{quoted}{closing}"""'))])
        rest = list(body.body)
        if isinstance(function, cst.ClassDef) and rest:
            first = rest[0]
            if hasattr(first, "leading_lines") and not first.leading_lines:
                rest[0] = first.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        return function.with_changes(body=body.with_changes(body=[line, *rest]))

    put_source(state, found.unit, rewrite(found.unit.source, node, change))


def add_type_hints(state: State, step: AddTypeHints) -> None:
    """Annotate what is certain: parameters by a literal default, the return where every return says the same."""
    import libcst as cst

    found, node = function_of(state, step.name, step.path)
    known: dict[str, str] = {}
    positional = [*node.args.posonlyargs, *node.args.args]
    pairs = list(zip(positional[len(positional) - len(node.args.defaults) :], node.args.defaults, strict=True))
    pairs += [
        (item, default)
        for item, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is not None
    ]
    for parameter, default in pairs:
        kind = CERTAIN.get(type(getattr(default, "value", None))) if isinstance(default, ast.Constant) else None
        if kind and parameter.annotation is None:
            known[parameter.arg] = kind
    returns = return_type(node) if node.returns is None else ""
    if not known and not returns:
        raise EditError(f"Nothing about the types of {found.address} is certain.", hint="Write its hints by hand.")

    def annotated(items: tuple[cst.Param, ...] | list[cst.Param]) -> list[cst.Param]:
        return [
            item.with_changes(
                annotation=cst.Annotation(cst.Name(known[item.name.value])),
                equal=cst.AssignEqual(),
            )
            if item.name.value in known
            else item
            for item in items
        ]

    def change(function: cst.FunctionDef | cst.ClassDef) -> cst.FunctionDef | cst.ClassDef:
        function = cast(cst.FunctionDef, function)
        params = function.params.with_changes(
            posonly_params=annotated(list(function.params.posonly_params)),
            params=annotated(list(function.params.params)),
            kwonly_params=annotated(list(function.params.kwonly_params)),
        )
        function = function.with_changes(params=params)
        return function.with_changes(returns=cst.Annotation(cst.Name(returns))) if returns else function

    open_ = [item.arg for item in positional if item.annotation is None and item.arg not in {*known, "self", "cls"}]
    if open_:
        state.warnings.append(f"The types of {', '.join(open_)} in {found.address} are not certain and stay open.")
    put_source(state, found.unit, rewrite(found.unit.source, node, change))


def own_nodes(node: Function) -> list[ast.AST]:
    """The nodes of a function without those of functions and classes inside it."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = list(node.body)
    while stack:
        item = stack.pop()
        found.append(item)
        if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            stack += ast.iter_child_nodes(item)
    return found


def return_type(node: Function) -> str:
    """`None`, `bool`, … where every return is certain; empty where it is not (or for a generator)."""
    inside = own_nodes(node)
    if any(isinstance(item, ast.Yield | ast.YieldFrom) for item in inside):
        return ""
    if any(ast.unparse(item).rpartition(".")[2] in ("abstractmethod", "overload") for item in node.decorator_list):
        return ""
    values = [item.value for item in inside if isinstance(item, ast.Return) and item.value is not None]
    if not values:
        stub = all(isinstance(item, ast.Raise | ast.Expr) for item in node.body)
        return "" if stub and any(isinstance(item, ast.Raise) for item in node.body) else "None"
    kinds = {CERTAIN.get(type(getattr(value, "value", None))) if isinstance(value, ast.Constant) else None
             for value in values}  # fmt: skip
    ends = isinstance(node.body[-1], ast.Return)
    only = kinds.pop() if len(kinds) == 1 else None
    return only or "" if ends else ""


def add_logging(state: State, step: AddLogging) -> None:
    """Log each call with its arguments, at level debug, as the first thing the function does."""
    import libcst as cst

    found, node = function_of(state, step.name, step.path)
    names = [item.arg for item in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    names = [name for name in names if name not in ("self", "cls") and not re.search("passw|secret|token|key", name)]
    logged = ", ".join(f"{name}=%r" for name in names)
    tree = parse(found.unit.source)
    logger, _ = logger_of(tree)
    quote = quote_of(found.unit.source)
    items = [f"{quote}{found.qualified}({logged}){quote}", *names]
    width = style_of(state, found.unit.path).width - node.body[0].col_offset
    call = called(f"{logger}.debug", items, width)
    written = re.sub(r"\s+", "", found.unit.source).replace("'", '"').replace(",)", ")")
    if called(f"{logger}.debug", items, sys.maxsize).replace(" ", "").replace("'", '"') in written:
        state.correct("duplicate insertion", f"{found.address} logs its calls already: left as it is.")
        return

    def change(function: cst.FunctionDef | cst.ClassDef) -> cst.FunctionDef | cst.ClassDef:
        body, documented = statements(function)
        line = cst.parse_statement(call)
        listed = [*body.body[:documented], line, *body.body[documented:]]
        return function.with_changes(body=body.with_changes(body=listed))

    # the definition first: what is added above it would move its lines
    rewritten = rewrite(found.unit.source, node, change)
    put_source(state, found.unit, ensure_logger(rewritten, tree))


def called(function: str, items: list[str], width: int) -> str:
    """A call on one line, with its arguments on the next where that is too long, or on one each, as black has it."""
    one = ", ".join(items)
    if len(function) + len(one) + 2 <= width:
        return f"{function}({one})"
    if len(one) + 4 <= width:
        return f"{function}(\n    {one}\n)"
    return f"{function}(\n" + "".join(f"    {item},\n" for item in items) + ")"


def add_error_handling(state: State, step: AddErrorHandling) -> None:
    """Wrap the body in `try`: what goes wrong is logged with its traceback and raised again."""
    import libcst as cst

    found, node = function_of(state, step.name, step.path)
    first = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    if len(first) == 1 and isinstance(first[0], ast.Try):
        raise ConflictError(f"{found.address} handles its errors already.", hint="Change its handlers by text.")
    tree = parse(found.unit.source)
    logger, _ = logger_of(tree)
    quote = quote_of(found.unit.source)

    def change(function: cst.FunctionDef | cst.ClassDef) -> cst.FunctionDef | cst.ClassDef:
        body, documented = statements(function)
        inner = body.body[documented:] or [cst.parse_statement("pass")]
        handled = cst.ensure_type(
            cst.parse_statement(
                "try:\n    pass\nexcept Exception:\n"
                f"    {logger}.exception({quote}{found.qualified} failed{quote})\n    raise\n"
            ),
            cst.Try,
        )  # fmt: skip
        handled = handled.with_changes(body=cst.IndentedBlock(body=inner))
        return function.with_changes(body=body.with_changes(body=[*body.body[:documented], handled]))

    rewritten = rewrite(found.unit.source, node, change)
    put_source(state, found.unit, ensure_logger(rewritten, tree))
