"""What a text defines, imports and uses: Python exactly (its syntax tree), everything else by the form of its lines.

Plain functions of (path, text). Parsing holds the interpreter: 96 ms for 400 kB of Python, so whoever must not stall
the kernel's threads sends texts over `HEAVY` characters to a child process, or takes `cheap_symbols`. Text that is no
valid Python (half-typed, Python 2, a merge conflict) is read by its form too.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from typing import cast

from codemaestro_jupyter.types import RelPath, Symbol, SymbolKind
from codemaestro_jupyter.workspace import parsing
from codemaestro_jupyter.workspace.forms import cheap_imports, cheap_symbols, cheap_uses, notebook_headings
from codemaestro_jupyter.workspace.notebooks import code_lines

__all__ = ["HEAVY", "Outline", "cheap_symbols", "imports", "is_python", "outline", "symbols", "uses"]

HEAVY = 20_000
"""Characters of Python that take about 5 ms to parse."""
MOST_DOCSTRING = 2_000
MOST_SIGNATURE = 300
_SOURCE_NAME = "<codemaestro-outline>"
_CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*")
_BLOCKS: dict[type[ast.AST], tuple[str, ...]] = {
    **dict.fromkeys(
        (
            ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.With, ast.AsyncWith,
            ast.ExceptHandler, ast.match_case,
        ),
        ("body",),
    ),
    **dict.fromkeys((ast.If, ast.For, ast.AsyncFor, ast.While), ("orelse", "body")),
    **dict.fromkeys((ast.Try, ast.TryStar), ("finalbody", "orelse", "handlers", "body")),
    ast.Match: ("cases",),
}  # fmt: skip
"""What holds statements, and where, the last first."""
_DEFINITIONS = frozenset((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
_IMPORTS = frozenset((ast.Import, ast.ImportFrom))
_ASSIGNMENTS = frozenset((ast.Assign, ast.AnnAssign))
_TOLD_INSIDE: frozenset[type[ast.AST]] = frozenset(_BLOCKS) | _IMPORTS
_TOLD = _TOLD_INSIDE | _ASSIGNMENTS
"""Statements that tell something by themselves: inside of a function, and elsewhere."""
_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)


@dataclass(frozen=True, slots=True)
class Outline:
    """Everything that one parse tells about a file."""

    symbols: tuple[Symbol, ...] = ()
    """Definitions in the order of their lines."""
    imports: tuple[str, ...] = ()
    """Modules as written, each once: `os.path`, `.reader`, `..types`; of `from . import x`: `.x`."""
    uses: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Identifier → the lines that read or call it, definitions not counted; of `a.b.c`: each of the three."""
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Qualified name of a function or class (empty: the module) → names it calls, each once, in order."""


def outline(path: str, text: str, *, bodies: bool = True) -> Outline:
    """What one parse of a text tells; `path` tells the language. Without `bodies`, no uses and calls: half the work."""
    tree = _tree(path, text)
    if tree is None:
        uses_of = cheap_uses(path, text) if bodies else {}
        return Outline(cheap_symbols(path, text), cheap_imports(path, text), uses_of)
    visitor = _Visitor(RelPath(path), bodies=bodies)
    visitor.visit(tree)
    if path.lower().endswith(".ipynb"):
        visitor.symbols += notebook_headings(path, text)
    return Outline(
        tuple(sorted(visitor.symbols, key=lambda symbol: symbol.line)),
        tuple(dict.fromkeys(visitor.imports)),
        {name: tuple(sorted(lines)) for name, lines in visitor.uses.items()},
        {scope: tuple(dict.fromkeys(names)) for scope, names in visitor.calls.items()},
    )


def symbols(path: str, text: str) -> tuple[Symbol, ...]:
    """Definitions in a text in the order of their lines; headings where it is prose."""
    return outline(path, text, bodies=False).symbols


def imports(path: str, text: str) -> tuple[str, ...]:
    """Modules that a text imports, as written, each once, in order."""
    return outline(path, text, bodies=False).imports


def uses(path: str, text: str, name: str) -> tuple[int, ...]:
    """Lines that use an identifier (for a dotted one: its last part), its definitions not counted."""
    last = name.rpartition(".")[2]
    return outline(path, text).uses.get(last, ()) if last in text else ()


def is_python(path: str) -> bool:
    """Whether a file's name says that it holds Python; notebooks may."""
    return path.lower().endswith((".py", ".pyi", ".pyw", ".ipynb"))


def _tree(path: str, text: str) -> ast.Module | None:
    if not is_python(path):
        return None
    if path.lower().endswith(".ipynb"):
        text = code_lines(text)
    _be_quiet()
    try:
        return parsing.module(text, _SOURCE_NAME)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        return None


def _be_quiet() -> None:
    """Keep the warnings of other people's code (`"\\d"`) off the person's screen.

    `catch_warnings` would restore a global list under other threads' feet; one filter, put in once and for our source
    name only, does not.
    """
    if not any(found[0] == "ignore" and getattr(found[3], "pattern", "") == _SOURCE_NAME for found in warnings.filters):
        warnings.filterwarnings("ignore", module=re.escape(_SOURCE_NAME))


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    dots = "." * node.level
    return [dots + node.module] if node.module else [dots + alias.name for alias in node.names]


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class _Visitor:
    """One pass over a syntax tree, without recursion: generated code nests deeply.

    `bodies` False looks at statements only, not into expressions, which are most of a tree.
    """

    def __init__(self, path: RelPath, *, bodies: bool) -> None:
        self._path = path
        self._bodies = bodies
        self.symbols: list[Symbol] = []
        self.imports: list[str] = []
        self.uses: dict[str, set[int]] = {}
        self.calls: dict[str, list[str]] = {}

    def visit(self, tree: ast.Module) -> None:
        waiting: list[tuple[ast.AST, str, str]] = [(tree, "", "module")]
        while waiting:
            node, scope, around = waiting.pop()
            kind = type(node)
            if kind in _DEFINITIONS:
                definition = cast("Definition", node)
                scope = f"{scope}.{definition.name}" if scope else definition.name
                self._definition(definition, scope, around)
                around = "class" if kind is ast.ClassDef else "function"
            elif kind in _ASSIGNMENTS and around != "function":
                self._assignment(cast("ast.Assign | ast.AnnAssign", node), scope)
            elif kind in _IMPORTS:
                self.imports += _imported(cast("ast.Import | ast.ImportFrom", node))
            if self._bodies:
                self._expressions(node, scope)
            told = _TOLD_INSIDE if around == "function" else _TOLD
            for block in _BLOCKS.get(kind, ()):
                children = reversed(getattr(node, block))
                waiting += [(one, scope, around) for one in children if self._bodies or type(one) in told]

    def _expressions(self, statement: ast.AST, scope: str) -> None:
        waiting = [statement]
        while waiting:
            node = waiting.pop()
            self._use(node, scope)
            waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, _STATEMENTS)]

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, name: str, around: str) -> None:
        what: SymbolKind = "class"
        if not isinstance(node, ast.ClassDef):
            what = "method" if around == "class" else "function"
        self._add(node.name, what, node.lineno, node.end_lineno, name, _signature(node), _docstring(node))

    def _assignment(self, node: ast.Assign | ast.AnnAssign, scope: str) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            for name in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                if isinstance(name, ast.Name):
                    kind: SymbolKind = "constant" if _CONSTANT.fullmatch(name.id) else "variable"
                    qualified = f"{scope}.{name.id}" if scope else name.id
                    self._add(name.id, kind, node.lineno, node.end_lineno, qualified, _annotation(node), "")

    def _use(self, node: ast.AST, scope: str) -> None:
        match node:
            case ast.Name(id=name, lineno=line, ctx=ast.Load()):
                self.uses.setdefault(name, set()).add(line)
            case ast.Attribute(attr=name):
                self.uses.setdefault(name, set()).add(node.end_lineno or node.lineno)
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                self.calls.setdefault(scope, []).append(name)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    for part in alias.name.split("."):
                        self.uses.setdefault(part, set()).add(alias.lineno)

    def _add(
        self, name: str, kind: SymbolKind, line: int, end: int | None, qualified: str, signature: str, docstring: str
    ) -> None:
        self.symbols.append(Symbol(name, kind, self._path, line, end or line, qualified, signature, docstring))


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """The head of a definition on one line: `async def get(self, url: str) -> Response`."""
    try:
        if isinstance(node, ast.ClassDef):
            bases = [_text(base) for base in (*node.bases, *node.keywords)]
            return f"class {node.name}({', '.join(bases)})"[:MOST_SIGNATURE] if bases else f"class {node.name}"
        start = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        returns = f" -> {_text(node.returns)}" if node.returns else ""
        return f"{start} {node.name}({_arguments(node.args)}){returns}"[:MOST_SIGNATURE]
    except RecursionError:
        return node.name


def _text(node: ast.AST) -> str:
    """`ast.unparse`, without its 20 µs for names and plain constants: most annotations, bases and defaults."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and type(node.value) in (int, bool, type(None)):
        return repr(node.value)
    return ast.unparse(node)


def _arguments(node: ast.arguments) -> str:
    """The same for arguments without markers and stars."""
    if node.posonlyargs or node.kwonlyargs or node.vararg or node.kwarg:
        return ast.unparse(node)
    if not node.defaults and all(one.annotation is None for one in node.args):
        return ", ".join([one.arg for one in node.args])
    plain = len(node.args) - len(node.defaults)
    return ", ".join(
        (f"{one.arg}: {_text(one.annotation)}" if one.annotation else one.arg)
        + (f"={_text(node.defaults[place - plain])}" if place >= plain else "")
        for place, one in enumerate(node.args)
    )


def _annotation(node: ast.Assign | ast.AnnAssign) -> str:
    try:
        return _text(node.annotation)[:MOST_SIGNATURE] if isinstance(node, ast.AnnAssign) else ""
    except RecursionError:
        return ""


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    if type(node.body[0]) is not ast.Expr:
        return ""
    return (ast.get_docstring(node) or "")[:MOST_DOCSTRING]
