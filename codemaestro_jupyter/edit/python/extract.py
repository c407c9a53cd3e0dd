"""Take something out and name it: lines into a function, a literal into a constant."""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from collections.abc import Iterator

from codemaestro_jupyter.edit.python.definition import body_start, insert_after
from codemaestro_jupyter.edit.python.locate import IDENTIFIER, broken, names_of
from codemaestro_jupyter.edit.python.units import Positions, Unit, parse, splice, units
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import ExtractConstant, ExtractFunction
from codemaestro_jupyter.errors import ConflictError, EditError

JUMPS = ast.Return | ast.Yield | ast.YieldFrom | ast.Await | ast.AsyncFor | ast.AsyncWith | ast.Global | ast.Nonlocal


def python_file(state: State, path: str, name: str) -> tuple[Unit, ast.Module]:
    """A Python file and its tree, once it is clear that `name` can be added to it."""
    if not path.endswith(".py"):
        raise EditError(f"{path} is no Python file.", hint="Name a .py file.")
    if not IDENTIFIER.fullmatch(name) or keyword.iskeyword(name):
        raise EditError(f"{name!r} cannot be a name in Python.", hint="Use letters, digits and underscores.")
    unit = next(units(state.need(path)), None)
    if unit is None:
        raise EditError(f"{path} cannot be read.", hint="Check its encoding.")
    try:
        tree = parse(unit.source)
    except SyntaxError as error:
        raise broken(unit, error) from error
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if name in names_of(tree) or name in used:
        raise ConflictError(f"{path} has a {name} already.", hint="Choose another name.")
    return unit, tree


def extract_constant(state: State, step: ExtractConstant) -> None:
    """Name a literal: string, number or bytes, wherever it stands in the file's code (docstrings stay)."""
    unit, tree = python_file(state, step.path, step.name)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.MatchValue) for part in ast.walk(node)
    }
    same = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and node not in docstrings
        and node not in inside
        and not isinstance(node.value, bool)
        and node.value is not None
        and (node.value == step.literal or (not isinstance(node.value, str) and repr(node.value) == step.literal))
    ]
    if not same:
        raise EditError(f"{step.path} has no literal {step.literal!r} in its code.", hint="Give it as the file has it.")
    positions = Positions(unit.source)
    spans = [positions.span(node) for node in same]
    written = unit.source[spans[0][0] : spans[0][1]]
    source = splice(unit.source, [(start, end, step.name) for start, end in spans])
    end = body_start(tree)
    # the first statement may use it: the constant goes after imports and docstring, before all code
    statement = f"{step.name} = {written if chr(10) not in written else repr(same[0].value)}"
    component, decoded = state.text(step.path)
    state.put_text(component, decoded, insert_after(source, Positions(source), end, statement))
    state.promise(step.path, step.name)


def extract_function(state: State, step: ExtractFunction) -> None:
    """Turn whole statements of one block into a function; what they read goes in, what is used later comes out."""
    unit, tree = python_file(state, step.path, step.name)
    block, owner = find_block(tree, step)
    for node in block:
        for inner in ast.walk(node):
            if isinstance(inner, JUMPS) or (isinstance(inner, ast.Break | ast.Continue) and not looped(node, inner)):
                line, what = getattr(inner, "lineno", step.first), type(inner).__name__.lower()
                raise EditError(
                    f"Line {line} ({what}) cannot leave its function.",
                    hint="Choose lines without return, yield, await, global, or a break out of them.",
                )
    scope = owner if owner is not None else tree
    method = isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef)
    stored, loaded = names(block, ast.Store), names(block, ast.Load)
    mine = set(block)
    before = local_names(scope, step.first) if method else set()
    after = {
        node.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not inside(node, mine, step)
        and (node.lineno > step.last or in_loop(scope, block))
    }  # fmt: skip
    results = [name for name in stored if name in after or not method]
    inputs = [name for name in loaded if name in before] + [
        name for name in results if name in before and name not in loaded
    ]
    positions = Positions(unit.source)
    first, last = block[0], block[-1]
    start = positions.starts[first.lineno - 1]
    end = positions.starts[last.end_lineno or last.lineno]
    text = unit.source[start:end]
    newline = "\r\n" if "\r\n" in unit.source else "\n"
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    call = f"{step.name}({', '.join(inputs)})"
    call = f"{', '.join(results)} = {call}" if results else call
    body = reindent(text, len(indent), "    ").rstrip("\r\n") + newline
    if results:
        body += f"    return {', '.join(results)}{newline}"
    function = f"def {step.name}({', '.join(inputs)}):{newline}{body}"
    top = next(node for node in tree.body if node.lineno <= first.lineno <= (node.end_lineno or node.lineno))
    decorators = [item.lineno for item in getattr(top, "decorator_list", [])]
    at = positions.starts[min([top.lineno, *decorators]) - 1] if top not in mine else start
    gap = newline * 2
    pieces = [(at, at, function + gap), (start, end, indent + call + newline)]
    if at == start:
        pieces = [(start, end, function + gap + indent + call + newline)]
    component, decoded = state.text(step.path)
    state.put_text(component, decoded, splice(unit.source, pieces))
    state.promise(step.path, step.name)


def find_block(tree: ast.Module, step: ExtractFunction) -> tuple[list[ast.stmt], ast.AST | None]:
    """The statements that lines `first` to `last` are, exactly, and the function they stand in."""
    stack: list[tuple[ast.AST, ast.AST | None]] = [(tree, None)]
    while stack:
        node, owner = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            owner = node
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if not isinstance(block, list):
                continue
            chosen = [item for item in block if item.lineno >= step.first and (item.end_lineno or 0) <= step.last]
            overlap = [item for item in block if item.lineno <= step.last and (item.end_lineno or 0) >= step.first]
            whole = bool(chosen) and chosen == overlap and not isinstance(node, ast.ClassDef)
            if whole and only_around(tree, chosen, step):
                return chosen, owner
        stack += [(child, owner) for child in ast.iter_child_nodes(node)]
    raise EditError(
        f"Lines {step.first} to {step.last} of {step.path} are not whole statements of one block.",
        hint="Choose the first and last line of complete statements.",
    )


def only_around(tree: ast.Module, chosen: list[ast.stmt], step: ExtractFunction) -> bool:
    """Whether all else that the lines touch is what the chosen statements stand in, begun above."""
    mine = {part for item in chosen for part in ast.walk(item)}
    touched = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= step.last and (node.end_lineno or 0) >= step.first
    )
    return all(node in mine or (node.lineno < step.first and chosen[0] in ast.walk(node)) for node in touched)


def names(block: list[ast.stmt], kind: type[ast.expr_context]) -> list[str]:
    """Names stored or loaded in a block, in order of appearance; comprehension variables are not stored."""
    own = {
        part.id
        for node in block
        for item in ast.walk(node)
        if isinstance(item, ast.comprehension)
        for part in ast.walk(item.target)
        if isinstance(part, ast.Name)
    }
    found = [
        (item.lineno, item.col_offset, item.id)
        for node in block
        for item in ast.walk(node)
        if isinstance(item, ast.Name) and isinstance(item.ctx, kind) and not (kind is ast.Store and item.id in own)
    ]
    found += [
        (item.lineno, item.col_offset, item.target.id)
        for node in block
        for item in ast.walk(node)
        if isinstance(item, ast.AugAssign) and isinstance(item.target, ast.Name)
    ]
    found += statements_bind(block) if kind is ast.Store else []
    return list(dict.fromkeys(name for _, _, name in sorted(found)))


def local_names(scope: ast.AST, line: int) -> set[str]:
    """Parameters of a function and names bound in it before a line (or in a loop around it)."""
    args = getattr(scope, "args", None)
    found = {node.arg for node in ast.walk(args) if isinstance(node, ast.arg)} if args is not None else set()
    found |= {name for at, name in stores(scope) if at < line}
    return found | {name for at, _, name in statements_bind(getattr(scope, "body", [])) if at < line}


def stores(node: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, name) of what a scope itself assigns: not what is inside of functions, nor comprehensions' variables."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.lineno, child.id
        elif isinstance(child, ast.comprehension):
            yield from (
                (part.target.lineno, part.target.id) for part in ast.walk(child) if isinstance(part, ast.NamedExpr)
            )
        else:
            yield from stores(child)


def statements_bind(block: list[ast.stmt]) -> list[tuple[int, int, str]]:
    """(line, column, name) of what `def`, `class`, `import` and `except … as` bind in a block, not inside of these."""
    found: list[tuple[int, int, str]] = []
    for node in block:
        place = node.lineno, node.col_offset
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append((*place, node.name))
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [(*place, item.asname or item.name.partition(".")[0]) for item in node.names]
        for handler in getattr(node, "handlers", []):
            found += [(handler.lineno, handler.col_offset, handler.name)] if handler.name else []
        inner = [getattr(node, field, []) for field in ("body", "orelse", "finalbody")]
        inner += [part.body for field in ("handlers", "cases") for part in getattr(node, field, [])]
        found += [item for part in inner for item in statements_bind(part)]
    return found


def inside(node: ast.Name, block: set[ast.stmt], step: ExtractFunction) -> bool:
    """Whether a name stands in the lines that are taken out."""
    return step.first <= node.lineno <= step.last and bool(block)


def in_loop(scope: ast.AST, block: list[ast.stmt]) -> bool:
    """Whether a block is inside a loop of its function, so that "earlier" lines run after it too."""
    return any(
        isinstance(node, ast.For | ast.AsyncFor | ast.While) and node not in block and block[0] in list(ast.walk(node))
        for node in ast.walk(scope)
    )


def looped(top: ast.AST, jump: ast.AST) -> bool:
    """Whether a `break` or `continue` belongs to a loop inside `top`."""
    return any(
        isinstance(node, ast.For | ast.AsyncFor | ast.While) and jump in list(ast.walk(node)) for node in ast.walk(top)
    )


def reindent(text: str, width: int, indent: str) -> str:
    """Lines moved from `width` characters of indent to `indent`; lines inside a string stay as they are."""
    fixed: set[int] = set()
    source = "if 1:\n" + text if width else text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.start[0] < token.end[0] and token.type not in (tokenize.NEWLINE, tokenize.NL):
            fixed |= set(range(token.start[0] + 1, token.end[0] + 1))
    shift = 1 if width else 0
    lines = text.splitlines(keepends=True)
    return "".join(
        line if number + shift in fixed or not line.strip() else indent + line[width:]
        for number, line in enumerate(lines, 1)
    )
