"""Change one definition with LibCST: only its own lines are parsed, and only they are written again."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from codemaestro_jupyter.edit.python.units import Positions, parse
from codemaestro_jupyter.edit.text import header_end
from codemaestro_jupyter.errors import EditError

if TYPE_CHECKING:
    import libcst as cst

    Node = TypeVar("Node", bound=cst.FunctionDef | cst.ClassDef)

CONSTANT = re.compile(r"[A-Z][A-Z0-9_]* = ")
WRAPPER = "if 1:"  # gives an indented definition its block, so that its lines (and its strings) stay as they are


def rewrite(
    source: str, node: ast.stmt, change: Callable[[cst.FunctionDef | cst.ClassDef], cst.FunctionDef | cst.ClassDef]
) -> str:
    """The source with the definition at `node` changed by `change`; everything around it stays byte for byte."""
    import libcst as cst

    positions = Positions(source)
    first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
    last = node.end_lineno or node.lineno
    start, end = positions.starts[first - 1], positions.starts[last]
    block = source[start:end]
    newline = "\r\n" if "\r\n" in source else "\n"
    indented = block[:1] in " \t"
    bare = not block.endswith(("\n", "\r"))
    text = (WRAPPER + newline if indented else "") + block + (newline if bare else "")
    module = cst.parse_module(text)
    body = module.body
    if indented:
        wrapper = body[0]
        if not isinstance(wrapper, cst.If):
            raise EditError("The definition could not be read by itself.", hint="Use a text step.")
        inner = wrapper.body.body[0]
        if not isinstance(inner, cst.FunctionDef | cst.ClassDef):
            raise EditError("The definition could not be read by itself.", hint="Use a text step.")
        code = module.deep_replace(inner, change(inner)).code.split(newline, 1)[1]  # type: ignore[union-attr]
    else:
        inner_top = body[0]
        if not isinstance(inner_top, cst.FunctionDef | cst.ClassDef):
            raise EditError("The definition could not be read by itself.", hint="Use a text step.")
        code = module.with_changes(body=[change(inner_top), *body[1:]]).code
    if bare:
        code = code.removesuffix(newline)
    return source[:start] + code + source[end:]


def statements(function: cst.FunctionDef | cst.ClassDef) -> tuple[cst.IndentedBlock, int]:
    """A definition's body as an indented block, and how many statements its docstring takes (0 or 1).

    A body on the line of the `def` becomes a block of its own.
    """
    import libcst as cst

    body = function.body
    if not isinstance(body, cst.IndentedBlock):
        line = cst.SimpleStatementLine(body=body.body) if isinstance(body, cst.SimpleStatementSuite) else None
        body = cst.IndentedBlock(body=[line] if line is not None else [])
    first = body.body[0] if body.body else None
    documented = (
        isinstance(first, cst.SimpleStatementLine)
        and isinstance(first.body[0], cst.Expr)
        and isinstance(first.body[0].value, cst.SimpleString | cst.ConcatenatedString)
        and not str(getattr(first.body[0].value, "prefix", "")).lower().startswith("b")
    )
    return body, int(documented)


def header(tree: ast.Module) -> tuple[int, list[ast.Import | ast.ImportFrom]]:
    """The line after which a module's own code begins (docstring, imports), and its top imports."""
    line, imports = 0, list[ast.Import | ast.ImportFrom]()
    for index, node in enumerate(tree.body):
        docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif not (docstring and isinstance(getattr(getattr(node, "value", None), "value", None), str)):
            break
        line = node.end_lineno or node.lineno
    return line, imports


def body_start(tree: ast.Module) -> int:
    """The line after which a module's own code begins, past imports under a condition (`if TYPE_CHECKING:`) too."""
    line, _ = header(tree)
    for node in tree.body:
        if node.lineno <= line:
            continue
        inside = [item for item in ast.walk(node) if isinstance(item, ast.stmt)]
        guarded = isinstance(node, ast.If | ast.Try) and all(
            isinstance(item, ast.Import | ast.ImportFrom | ast.Pass | ast.If | ast.Try) for item in inside
        )
        if not guarded and not isinstance(node, ast.Import | ast.ImportFrom):
            break
        line = node.end_lineno or node.lineno
    return line


def add_import(source: str, tree: ast.Module, module: str) -> str:
    """The source with `import module` among its imports, in their order; unchanged if it is there."""
    end, imports = header(tree)
    for node in tree.body:
        if isinstance(node, ast.Import) and any(item.name == module and not item.asname for item in node.names):
            return source
    positions = Positions(source)
    newline = "\r\n" if "\r\n" in source else "\n"
    usual = [node for node in imports if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")]
    alike = [node for node in usual if standard(node) == (module in sys.stdlib_module_names)]
    plain = [node for node in alike if isinstance(node, ast.Import)]
    later = next((node for node in plain if node.names[0].name > module), None)
    gap = ""
    if later is not None:
        at = positions.starts[later.lineno - 1]
    elif plain:
        at = positions.starts[plain[-1].end_lineno or plain[-1].lineno]
    elif alike:
        at = positions.starts[alike[0].lineno - 1]
    elif usual:
        at, gap = positions.starts[usual[0].lineno - 1], newline  # the first of its group
    else:
        return insert_after(source, positions, end, f"import {module}")
    return source[:at] + f"import {module}{newline}{gap}" + source[at:]


def standard(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import is of the standard library."""
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").partition(".")[0] in sys.stdlib_module_names
    return node.names[0].name.partition(".")[0] in sys.stdlib_module_names


def insert_after(source: str, positions: Positions, line: int, statement: str) -> str:
    """The source with a statement after a line (0: after `#!` and comments at the top), blank lines around it."""
    newline = "\r\n" if "\r\n" in source else "\n"
    at = positions.starts[line] if line else header_end(source)
    before, after = source[:at], source[at:]
    if before and not before.endswith(("\n", "\r")):
        before += newline
    lead = newline if line else ""
    rest = after.lstrip("\r\n")
    alike = CONSTANT.match(statement) and CONSTANT.match(rest)
    gap = newline if rest and not after.startswith(("\n", "\r")) else ""
    if alike:  # one constant above the other
        gap, after = "", rest
    return before + lead + statement + newline + gap + after


def logger_of(tree: ast.Module) -> tuple[str, bool]:
    """The name of a module's logger, and whether it has one; otherwise a name that is free there."""
    taken = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if names and isinstance(node.value, ast.Call) and ast.unparse(node.value.func).endswith("getLogger"):
                return names[0], True
            taken |= set(names)
        taken |= {getattr(node, "name", "")}
    return next(name for name in ("logger", "_logger", "module_logger") if name not in taken), False


def ensure_logger(source: str, tree: ast.Module) -> str:
    """The source with a module logger; unchanged where there is one.

    `tree` may be of an earlier text that differs in its definitions only: what is read here stands above them.
    """
    name, there = logger_of(tree)
    if there:
        return source
    end = body_start(tree)
    imported = add_import(source, tree, "logging")
    if imported != source:
        # the new line is among or right after the old header, so the top has grown by what was added to the text
        starts = Positions(imported).starts
        grown = len(starts) - len(Positions(source).starts)
        end = body_start(parse(imported[: starts[end + grown]] if end else imported))
    return insert_after(imported, Positions(imported), end, f"{name} = logging.getLogger(__name__)")
