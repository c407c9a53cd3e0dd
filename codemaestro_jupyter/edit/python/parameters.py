"""Add a parameter to a function and to its other signatures: its overloads, and the stub beside its module.

Another signature follows where it is plain how: what the new parameter's type names must be known there. Where it is
not, the change is listed, unticked (or, if it is no single line, named in a warning).
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from codemaestro_jupyter.edit.beside import is_paired, pair_of, stubs_of
from codemaestro_jupyter.edit.python.definition import rewrite
from codemaestro_jupyter.edit.python.locate import Located, definitions
from codemaestro_jupyter.edit.python.units import Unit, parse, put_source, units
from codemaestro_jupyter.edit.state import Candidate, State
from codemaestro_jupyter.errors import ConflictError, EditError
from codemaestro_jupyter.workspace import parsing

if TYPE_CHECKING:
    import libcst as cst

    Listed = TypeVar("Listed", cst.Param, cst.Param | cst.ParamStar)

Function = ast.FunctionDef | ast.AsyncFunctionDef
ELIDED = re.compile(r"=\s*\.\.\.")
"""A default that a stub does not tell."""


@dataclass(frozen=True, slots=True)
class Addition:
    """The new parameter, and what stands before it where it can be given by its place (None: by keyword only)."""

    text: str
    argument: ast.arg
    default: ast.expr | None
    before: tuple[str, ...] | None


def addition(text: str, found: Located, node: Function) -> Addition:
    """Read a parameter as Python writes it; raises `EditError` for what is none, `ConflictError` if it is there."""
    try:
        parsed = parsing.module(f"def _({text}): ...").body[0]
        arguments = cast(ast.FunctionDef, parsed).args
        (argument,) = [*arguments.args, *arguments.kwonlyargs]
    except (SyntaxError, ValueError) as error:
        raise EditError(f"{text!r} is no parameter.", hint="Write it as Python does: `timeout: float = 10`.") from error
    if takes(node, argument.arg):
        raise ConflictError(f"{found.address} has a parameter {argument.arg} already.", hint="Choose another name.")
    args = node.args
    default = next((item for item in (*arguments.defaults, *arguments.kw_defaults) if item is not None), None)
    if arguments.kwonlyargs or args.vararg is not None or args.kwonlyargs:
        return Addition(re.sub(r"\*\s*,\s*", "", text), argument, default, None)
    positional = tuple(item.arg for item in (*args.posonlyargs, *args.args))
    required = positional[: len(positional) - len(args.defaults)]
    return Addition(text, argument, default, positional if default is not None else required)


def takes(node: Function, name: str) -> bool:
    """Whether a function has a parameter of that name."""
    args = node.args
    every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    return any(item is not None and item.arg == name for item in every)


def add_everywhere(state: State, found: Located, node: Function, text: str) -> Addition:
    """Add the parameter to a function, its overloads and its stub; raises what `addition` does."""
    new = addition(text, found, node)
    source = found.unit.source
    signatures = [
        other for other in named(source, found.qualified) if other is node or not takes(other, new.argument.arg)
    ]
    for other in sorted(signatures, key=lambda item: -item.lineno):  # the last first: lines above stay where they are
        if other is node or same_place(node, other):
            source = with_parameter(source, other, new, new.text)
        elif (written := wanting(new, other, found.unit.source)) is not None:
            source = with_parameter(source, other, new, written)
        else:
            state.warnings.append(unchanged(found.unit, other, "it has a default before"))
    put_source(state, found.unit, source)
    beside = (state.blueprint.get(path) for path in twins(state, found.unit))
    for unit in (unit for component in beside if component is not None for unit in units(component)):
        if unit.path.endswith(".pyi"):
            follow_stub(state, unit, found.qualified, new)
        elif has_name(unit, found.name):
            follow_pair(state, unit, found.qualified, new)
    return new


def twins(state: State, unit: Unit) -> list[str]:
    """The files that say the same as a module: its stubs, and the other half of a pair of script and notebook."""
    paths = state.blueprint.paths()
    other = pair_of(unit.path, paths)
    script = state.blueprint.get(other) if unit.cell >= 0 and other else None
    source = next((item.source for item in units(script)), "") if script is not None else unit.source
    return [*stubs_of(unit.path, paths), *([other] if other and is_paired(source) else [])]


def has_name(unit: Unit, name: str) -> bool:
    """Whether a piece of Python defines something of that name, as far as its text tells."""
    return re.search(rf"\bdef\s+{re.escape(name)}\b", unit.source) is not None


def follow_pair(state: State, unit: Unit, qualified: str, new: Addition) -> None:
    """Add the parameter where the other half of a pair defines the same function."""
    try:
        signatures = [item for item in named(unit.source, qualified) if not takes(item, new.argument.arg)]
    except SyntaxError:
        state.warnings.append(f"{unit.where} does not parse; {qualified} stays as it is there.")
        return
    source = unit.source
    for node in sorted(signatures, key=lambda item: -item.lineno):
        source = with_parameter(source, node, new, new.text)
    if source != unit.source:
        put_source(state, unit, source)


def follow_stub(state: State, unit: Unit, qualified: str, new: Addition) -> None:
    """Add the parameter to the signatures of a stub, or list that where the stub does not know its type."""
    try:
        tree = parse(unit.source)
    except SyntaxError:
        state.warnings.append(f"{unit.where} does not parse; {qualified} stays as it is there.")
        return
    unknown = sorted(type_names(new.argument.annotation) - bound(tree))
    source = unit.source
    signatures = [item for item in named(source, qualified) if not takes(item, new.argument.arg)]
    for node in sorted(signatures, key=lambda item: -item.lineno):
        written = wanting(new, node, unit.source)
        if written is None:
            state.warnings.append(unchanged(unit, node, "it has a default before"))
        elif not unknown:
            source = with_parameter(source, node, new, written)
        else:
            listed(state, unit, node, with_parameter(unit.source, node, new, written), unknown)
    if source != unit.source:
        put_source(state, unit, source)


def listed(state: State, unit: Unit, node: Function, after: str, unknown: Sequence[str]) -> None:
    """List one signature that would need an import first."""
    why = f"{' and '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} not known there"
    old, new = unit.source.splitlines(), after.splitlines()
    lines = [at for at, (one, two) in enumerate(zip(old, new, strict=False)) if one != two]
    if len(old) == len(new) and len(lines) == 1:
        state.candidates.append(Candidate(unit.path, lines[0] + 1, old[lines[0]], new[lines[0]], why))
    else:
        state.warnings.append(unchanged(unit, node, why))


def unchanged(unit: Unit, node: Function, why: str) -> str:
    """What is said of a signature that is left as it is."""
    return f"{unit.where}:{node.lineno}: this signature of {node.name} stays as it is: {why}."


def named(source: str, qualified: str) -> Iterator[Function]:
    """The functions of a dotted name: overloads, and one of each branch."""
    for name, node in definitions(parse(source)):
        if name == qualified and isinstance(node, Function):
            yield node


def same_place(node: Function, other: Function) -> bool:
    """Whether two nodes are the same definition, of whichever parse."""
    return node.lineno == other.lineno


def type_names(annotation: ast.expr | None) -> set[str]:
    """The names that a type needs, those in quotes too."""
    found = set[str]()
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                found |= type_names(parsing.expression(node.value).body)
            except SyntaxError:
                continue
    return {name for name in found if not hasattr(builtins, name)}


def bound(tree: ast.Module) -> set[str]:
    """The names that a module defines or imports."""
    imports = (item for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for item in node.names)
    return {name.partition(".")[0] for name, _ in definitions(tree)} | {
        (item.asname or item.name).partition(".")[0] for item in imports
    }


def wanting(new: Addition, node: Function, source: str) -> str | None:
    """The parameter as another signature writes it: a default is told only where it is a literal, and they are told.

    None where it cannot stand at its place there: it has no default, and what comes before it has one.
    """
    args = node.args
    if new.default is None:
        optional = (
            [item.arg for item in (*args.posonlyargs, *args.args)][-len(args.defaults) :] if args.defaults else []
        )
        early = by_place(new, node) and any(name in (new.before or ()) for name in optional)
        return None if early else new.text
    plain = isinstance(new.default, ast.Constant) and not ELIDED.search(source)
    if plain:
        return new.text
    head = new.text[: len(new.text) - len(ast.get_source_segment(f"def _({new.text}): ...", new.default) or "")]
    return f"{head}..."


def by_place(new: Addition, node: Function) -> bool:
    """Whether a signature has the parameters before the new one by place too, in the same order."""
    args = node.args
    positional = [item.arg.lstrip("_") for item in (*args.posonlyargs, *args.args)]
    before = [name.lstrip("_") for name in new.before] if new.before is not None else None
    if before is None or args.vararg is not None or positional[: len(before)] != before:
        return False
    return (
        len(before) >= len(args.posonlyargs)
        and (new.default is None or len(positional) == len(before))
        and not (new.default is not None and args.kwonlyargs)
    )


def with_parameter(source: str, node: Function, new: Addition, text: str) -> str:
    """The source with the parameter in one signature: at its place there, else as one given by keyword."""
    import libcst as cst

    definition = cst.parse_statement(f"def _({text}): ...")
    fresh = cast(cst.FunctionDef, definition).params.params[0]
    at = len(new.before or ()) - len(node.args.posonlyargs) if by_place(new, node) else None

    def change(function: cst.FunctionDef | cst.ClassDef) -> cst.FunctionDef | cst.ClassDef:
        function = cast(cst.FunctionDef, function)
        opening = function.whitespace_before_params
        params = function.params
        if at is None:
            return function.with_changes(params=by_keyword(params, fresh, opening))
        more = params.star_kwarg is not None or bool(params.kwonly_params)
        return function.with_changes(
            params=params.with_changes(params=put(params.params, at, fresh, opening, more=more))
        )

    return rewrite(source, node, change)


def by_keyword(params: cst.Parameters, fresh: cst.Param, opening: cst.BaseParenthesizableWhitespace) -> cst.Parameters:
    """The parameters with one more that is given by keyword; a `*` is set before the first."""
    import libcst as cst

    more = params.star_kwarg is not None
    if params.kwonly_params:
        kept = params.kwonly_params
        return params.with_changes(kwonly_params=put(kept, len(kept), fresh, opening, more=more))
    if isinstance(params.star_arg, cst.Param):
        star, last = put([params.star_arg], 1, fresh, opening, more=more)
        return params.with_changes(star_arg=star, kwonly_params=[last])
    if params.params:
        star_mark = cst.Param(cst.Name("_"))  # carries the comma of the `*`
        *listed, mark = put(params.params, len(params.params), star_mark, opening, more=more)
        if isinstance(mark.comma, cst.Comma):
            between = cast(cst.Comma, listed[-1].comma)
            return params.with_changes(
                params=listed,
                star_arg=cst.ParamStar(comma=between),
                kwonly_params=[fresh.with_changes(comma=mark.comma)],
            )
    return params.with_changes(kwonly_params=[fresh])


def put(
    kept: Sequence[cst.Param],
    at: int,
    fresh: cst.Param,
    opening: cst.BaseParenthesizableWhitespace,
    *,
    more: bool,
) -> list[cst.Param]:
    """Parameters with one more at an index, laid out as they are: on one line, or one a line.

    `opening` is what stands after the parenthesis; `more`: others follow after these.
    """
    import libcst as cst

    listed = list(kept)
    comma = listed[at - 1].comma if at else None
    if isinstance(comma, cst.Comma):
        fresh = fresh.with_changes(comma=comma)
        if at == len(listed) and not more:  # a trailing comma, one parameter a line: keep that form
            earlier = listed[at - 2].comma if at > 1 else None
            between = earlier if isinstance(earlier, cst.Comma) else cst.Comma(whitespace_after=opening)
            listed[at - 1] = listed[at - 1].with_changes(comma=between)
    return [*listed[:at], fresh, *listed[at:]]


def call_places(state: State, name: str) -> list[str]:
    """Where something of this name is called: `src/a.py:12`."""
    places = []
    for component in state.blueprint.holding(name):
        for unit in units(component):
            try:
                tree = parse(unit.source)
            except SyntaxError:
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if called == name:
                        places.append(f"{unit.where}:{node.lineno}")
    return places
