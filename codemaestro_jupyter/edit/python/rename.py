"""Rename a symbol in the whole project: what resolves to it is changed, what cannot be resolved is listed, unticked.

The files where the symbol lives or is re-exported form a set that grows until it is stable; a use belongs to the
symbol if its name resolves to one of them, through scopes, imports, `module.name` and `"module.name"` in strings.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.moving import moves_of
from codemaestro_jupyter.edit.python.configs import follow
from codemaestro_jupyter.edit.python.document import (
    EXACT_FSTRINGS,
    Document,
    Uses,
    apply_edits,
    document,
    rename_in_fstring,
)
from codemaestro_jupyter.edit.python.locate import IDENTIFIER, Located, definitions, locate
from codemaestro_jupyter.edit.python.mentions import texts
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.resolve import EXTERNAL, Resolver
from codemaestro_jupyter.edit.python.scope import Scope, Use
from codemaestro_jupyter.edit.python.units import parse, put_source
from codemaestro_jupyter.edit.state import Candidate, State
from codemaestro_jupyter.edit.steps import RenameFile, RenameSymbol
from codemaestro_jupyter.edit.text import line_of
from codemaestro_jupyter.errors import ConflictError, EditError

MAX_CANDIDATES = 200
"""Unresolved references listed at most; the rest is counted."""


UNKNOWN = "cannot tell what it belongs to"


@dataclass(slots=True)
class Verdict:
    """What a file's uses come to: spans to rename, spans that mean something else, and f-strings to rename in."""

    edits: list[tuple[int, int]] = field(default_factory=list)
    other: set[tuple[int, int]] = field(default_factory=set)
    fstrings: dict[ast.JoinedStr, dict[str, set[bool]]] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)


def rename_symbol(state: State, step: RenameSymbol) -> None:
    """Do the step; raises `ConflictError` if the new name already means something where the old one is used."""
    new = step.new
    if not IDENTIFIER.fullmatch(new) or keyword.iskeyword(new):
        raise EditError(f"{new!r} cannot be a name in Python.", hint="Use letters, digits and underscores.")
    try:
        found = locate(state, step.name, step.path)
    except EditError:
        from codemaestro_jupyter.edit.python.inside import rename_inside

        if rename_inside(state, step) or rename_module(state, step):
            return
        if ".__init__." not in step.name:
            raise
        step = replace(step, name=step.name.replace(".__init__.", "."))  # a dataclass: its fields are its parameters
        found = locate(state, step.name, step.path)
    old = found.name
    if old == new:
        raise EditError(f"{old} already has that name.", hint="Give another one.")
    if old.startswith("__") and old.endswith("__"):
        raise EditError(f"{old} has a meaning to Python; renaming it would take that away.", hint="Leave it.")
    wanted = old.encode()
    member = "." in found.qualified
    owner = found.qualified.rpartition(".")[0].rpartition(".")[2].encode()
    components = [
        item
        for item in state.blueprint
        if wanted in item.data
        or b"import *" in item.data
        or (member and item.path.endswith("__init__.py") and owner in item.data)  # hands the class on
    ]
    documents: list[Uses] = []
    for component in components:
        doc = document(component)
        if doc is None:
            continue
        for unit in doc.unparsed:
            if re.search(rf"\b{re.escape(old)}\b", unit.source):
                state.warnings.append(f"{unit.where} does not parse; {old} is not renamed in it.")
        if doc.units:
            documents.append(Uses(doc, (old, new), near=not member))
    modules = Modules(state.blueprint.paths())
    resolver = Resolver(modules, old)
    outer = owner_of(found)
    judge: Callable[[Uses], Verdict]
    means: Callable[[str], bool] = nothing
    only = ""
    if outer is not None:
        judge = partial(judge_local, found=found, outer=outer, old=old)
    elif member:
        from codemaestro_jupyter.edit.python.members import Members

        members = Members(resolver, documents, found)
        judge, means = members.judge, members.means
        only = f"only {found.qualified.rpartition('.')[0]} defines it" if members.unique else ""
    else:
        resolver.settle(documents, found.unit.path)
        judge, means = partial(judge_names, resolver=resolver, old=old), resolver.means
    verdicts = {uses.doc.path: judge(uses) for uses in documents}
    for uses in documents:
        check_free(uses, verdicts[uses.doc.path], old, new, found, member=member)
    for uses in documents:
        write(state, uses, verdicts[uses.doc.path], old, new)
    if only:
        state.candidates[:] = [replace(item, why=only) if item.why == UNKNOWN else item for item in state.candidates]
    word = re.compile(rf"\b{re.escape(old)}\b")
    for component in components:
        if not component.path.endswith((".py", ".pyi")):
            follow(state, component, lambda value: word.sub(new, value) if means(value) else value)
            mention(state, state.blueprint.get(component.path) or component, old, new)
    if len(state.candidates) > MAX_CANDIDATES:
        state.warnings.append(f"{len(state.candidates) - MAX_CANDIDATES} more mentions of {old} are not listed.")
        del state.candidates[MAX_CANDIDATES:]
    prefix = found.qualified.rpartition(".")[0]
    if not isinstance(found.node, ast.Assign | ast.AnnAssign) or not member:
        state.promise(found.unit.path, f"{prefix}.{new}" if prefix else new)
    if not member:
        state.promise(found.unit.path, old, present=False)


def nothing(_: str) -> bool:
    """What is local to a function has no dotted name."""
    return False


def rename_module(state: State, step: RenameSymbol) -> bool:
    """Rename the module of that name, if it is one; whether it was."""
    from codemaestro_jupyter.edit.textsteps import move

    if step.path or not Modules(state.blueprint.paths()).resolve("", step.name):
        return False
    move(state, moves_of(RenameFile(step.name, step.new), state.blueprint.paths()))
    return True


def owner_of(found: Located) -> ast.AST | None:
    """The function that a definition is local to; None for one of a module or a class."""
    prefix = found.qualified.rpartition(".")[0]
    if not prefix:
        return None
    owners = dict(definitions(parse(found.unit.source)))
    owner = owners.get(prefix)
    return owner if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef) else None


def judge_local(uses: Uses, found: Located, outer: ast.AST, old: str) -> Verdict:
    """Sort the uses of a name that is local to a function: only those in that function are meant."""
    verdict = Verdict()
    for use in uses.scopes.uses:
        if uses.doc.path != found.unit.path or isinstance(use.node, ast.Constant) or name_of(use.node) != old:
            continue
        scope = use.scope.lookup(old)
        same = scope is not None and getattr(scope.node, "lineno", 0) == getattr(outer, "lineno", -1)
        sort(uses, use, same and not isinstance(use.node, ast.Attribute | ast.keyword), old, verdict)
    return verdict


def judge_names(uses: Uses, resolver: Resolver, old: str) -> Verdict:
    """Sort the uses of a module-level name in one file."""
    verdict = Verdict()
    for use in uses.scopes.uses:
        node = use.node
        mine: bool | None
        if isinstance(node, ast.Constant):
            for span in uses.within(node, old) if resolver.quoted(uses, use) else ():
                verdict.edits.append(span)
            continue
        if isinstance(node, ast.keyword):
            mine = False if node.arg == old else None
            if node.arg != old:
                continue
        elif isinstance(node, ast.Attribute):
            if node.attr != old:
                continue
            module = resolver.module_of(uses, node.value, use.scope)
            mine = None if module == "" else module in resolver.homes if module != EXTERNAL else False
            if mine is None and resolver.no_module(uses, node.value, use.scope):
                mine = False
        elif isinstance(node, ast.alias):
            mine = resolver.imports_it(uses, node) if node.name == old else False
            if node.name == old and node.asname == old:
                mine = resolver.imports_it(uses, node)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            if old not in node.names:
                continue
            mine = resolver.is_symbol(uses, use.scope)
        elif name_of(node) == old:
            mine = resolver.is_symbol(uses, use.scope)
        else:
            continue
        sort(uses, use, mine, old, verdict)
    return verdict


def sort(uses: Uses, use: Use, mine: bool | None, old: str, verdict: Verdict) -> None:
    """Put one use where it belongs: renamed, something else, or (None) unresolved and left to be listed."""
    if use.fstring is not None and not EXACT_FSTRINGS:
        kind = "attribute" if isinstance(use.node, ast.Attribute) else "name"
        verdict.fstrings.setdefault(use.fstring, {}).setdefault(kind, set()).add(mine is True)
        if mine:
            verdict.scopes.append(use.scope)
        return
    place = uses.place(use, old)
    if place is None:
        return
    if mine:
        verdict.edits.append(place)
        verdict.scopes.append(use.scope)
    elif mine is False:
        verdict.other.add(place)


def name_of(node: ast.AST) -> str:
    """The name a binding or a use is about."""
    for attribute in ("id", "arg", "name", "rest"):
        found = getattr(node, attribute, None)
        if isinstance(found, str):
            return found
    return ""


def check_free(uses: Uses, verdict: Verdict, old: str, new: str, found: Located, *, member: bool) -> None:
    """Raise `ConflictError` if `new` already means something where `old` would become it."""
    if member:
        return
    for scope in dict.fromkeys(verdict.scopes):
        taken = scope.lookup(new)
        if taken is not None:
            binding = taken.bindings[new][0]
            node = getattr(binding, "alias", binding)
            line = f":{getattr(node, 'lineno', 1)}" if len(uses.doc.units) == 1 else ""
            raise ConflictError(
                f"{new} already means something in {uses.doc.path}{line}, where {old} is used.",
                hint="Choose another name, or rename that one first.",
            )
    # the other way round: a use of `new` that finds nothing here today would find the renamed symbol
    if verdict.edits and uses.doc.path == found.unit.path:
        free = [use for use in uses.scopes.uses if isinstance(use.node, ast.Name) and use.node.id == new]
        for use in free:
            if use.scope.lookup(new) is None:
                raise ConflictError(
                    f"{new} is used in {uses.doc.path} (line {getattr(use.node, 'lineno', 1)}) and would mean {old}.",
                    hint="Choose another name.",
                )


def edits_of(uses: Uses, verdict: Verdict, old: str, new: str) -> list[tuple[int, int, str]]:
    """The edits that rename what was resolved in one file."""
    edits = [(start, end, new) for start, end in dict.fromkeys(verdict.edits)]
    for node, kinds in verdict.fstrings.items():
        names, attributes = (kinds.get(kind) == {True} for kind in ("name", "attribute"))
        if names or attributes:
            start, end = uses.positions.span(node)
            written = uses.doc.source[start:end]
            segment = rename_in_fstring(written, old, new, names=names, attributes=attributes)
            if segment != written:
                edits = [edit for edit in edits if not start <= edit[0] < end]
                edits.append((start, end, segment))
    return edits


def write(state: State, uses: Uses, verdict: Verdict, old: str, new: str) -> None:
    """Rename what was resolved in one file, and list what was not."""
    doc = uses.doc
    edits = edits_of(uses, verdict, old, new)
    changed = dict(apply_edits(doc, edits))
    for unit, source in changed.items():
        put_source(state, unit, source)
    covered = [(start, end) for start, end, _ in edits]
    covered += modules_named(uses, old)
    listed = {span for span in (*uses.words(old), *masked_words(doc, old)) if span not in verdict.other}
    for start, end in sorted(listed):
        if any(first <= start and end <= last for first, last in covered):
            continue
        index = doc.unit_at(start)
        unit = doc.units[index]
        listing(
            state,
            unit.path,
            unit.cell,
            changed.get(unit, unit.source),
            unit.source,
            start - doc.starts[index],
            old,
            new,
        )


def modules_named(uses: Uses, old: str) -> list[tuple[int, int]]:
    """The parts of import statements that name modules: a module called like the symbol is no mention of it."""
    found = []
    for node in uses.scopes.froms:
        if node.module and old in node.module.split("."):
            start = uses.positions.span(node)[0]
            found.append((start, uses.doc.source.index("import", start)))
    plain = (bound for bound in uses.scopes.imports if not bound.name and old in bound.module.split("."))
    return found + [uses.positions.span(bound.alias) for bound in plain]


def masked_words(doc: Document, old: str) -> list[tuple[int, int]]:
    """The places of a name inside magics and shell lines of a notebook, which no tree shows."""
    found = []
    for start, unit in zip(doc.starts, doc.units, strict=True):
        if unit.cell >= 0 and doc.source[start : start + len(unit.source)] != unit.source:
            found += [
                (start + match.start(), start + match.end())
                for match in re.finditer(rf"\b{re.escape(old)}\b", unit.source)
                if doc.source[start + match.start() : start + match.end()] != match[0]
            ]
    return found


def listing(
    state: State, path: str, cell: int, after: str, before: str, offset: int, old: str, new: str, *, why: str = ""
) -> None:
    """List one unresolved mention; its line is looked up in the text as it is after the step (same line count)."""
    line = line_of(before, offset)
    now = after.split("\n")[line - 1].rstrip("\r")
    was = before.split("\n")[line - 1].rstrip("\r")
    word = rf"\b{re.escape(old)}\b"
    if not re.search(word, now):
        return
    where = path if cell < 0 else f"{path}#{cell + 1}"
    if not why:
        why = UNKNOWN if re.search(rf"\.\s*{word}", was) else "in a string or a comment"
    candidate = Candidate(where, line, now, re.sub(word, new, now), why)
    if candidate not in state.candidates:
        state.candidates.append(candidate)


def mention(state: State, component: Component, old: str, new: str) -> None:
    """List the mentions of a name where there is no Python: a README, an entry point, a Markdown cell."""
    for where, text in texts(component, prose=True):
        cell = int(where.rpartition("#")[2]) - 1 if component.path.endswith(".ipynb") else -1
        for match in re.finditer(mentioned(old), text):
            listing(state, component.path, cell, text, text, match.start(), old, new, why="in a text")


def mentioned(old: str) -> str:
    """The pattern of a mention in prose: an ordinary word (`print`) counts only where it is written like code."""
    word = rf"\b{re.escape(old)}\b"
    return rf"(?<=[.`'\"]){word}|{word}(?=[(`'\"])" if old.isalpha() and old.islower() else word


__all__ = ["Document", "rename_symbol"]
