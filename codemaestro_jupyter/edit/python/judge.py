"""Sort every use of a definition's name in the project: it is meant, something else is, or that cannot be told."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.python.annotations import is_type
from codemaestro_jupyter.edit.python.document import EXACT_FSTRINGS, Uses, followed
from codemaestro_jupyter.edit.python.elsewhere import having, libraries
from codemaestro_jupyter.edit.python.library import noted
from codemaestro_jupyter.edit.python.locate import Located, definitions
from codemaestro_jupyter.edit.python.lookups import NOBODY, lookups
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.quoted import dotted, imported
from codemaestro_jupyter.edit.python.resolve import EXTERNAL, Resolver
from codemaestro_jupyter.edit.python.scope import Scope, Use
from codemaestro_jupyter.edit.python.units import parse
from codemaestro_jupyter.edit.sought import Sought
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.errors import EditError


@dataclass(slots=True)
class Verdict:
    """What a file's uses come to: spans to rename, spans that mean something else, and f-strings to rename in."""

    edits: list[tuple[int, int]] = field(default_factory=list)
    other: set[tuple[int, int]] = field(default_factory=set)
    fstrings: dict[ast.JoinedStr, dict[str, set[bool]]] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)
    """Where something unknown is asked for the name as text."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the files at hand say about a definition: a verdict for each document, by path."""

    components: Sequence[Component]
    documents: Sequence[Uses]
    verdicts: dict[str, Verdict]
    member: bool
    """It belongs to a class (or to a function)."""
    means: Callable[[str], bool]
    """Whether a text is its full dotted name."""
    only: str = ""
    """Why an attribute of something unknown can only be this one, where it can."""


def judge(state: State, found: Located, names: tuple[str, ...]) -> Judged:
    """Judge the uses of a definition; `names` are its own and those whose scopes are to be known besides."""
    old = names[0]
    wanted = Sought(old)
    member = "." in found.qualified
    owner = found.qualified.rpartition(".")[0].rpartition(".")[2]
    handing = Sought(owner)
    components = [
        item
        for item in state.blueprint
        if (wanted.inside(item) and words_in(item, old))
        or b"import *" in item.data
        or (member and item.path.endswith("__init__.py") and handing.inside(item))  # hands the class on
    ]
    read = (followed(state, component, names, near=not member) for component in components)
    documents = [uses for uses in read if uses is not None]
    home_of(documents, found)
    # uses that are the same objects as before are of the same documents and the same names
    about = ("judged", found.address, state.blueprint.paths(), tuple(documents))
    verdicts, means, only = noted(about, lambda: sorted_uses(state, found, documents))
    return Judged(components, documents, verdicts, member, means, only)


def words_in(component: Component, name: str) -> bool:
    """Whether a file that holds the letters of a name has it as a word: `subs` is in `subset`, and in a third of files.

    A letter of an escape may be before it (`\\nsubs`).
    """
    if not (name.isascii() and component.data.isascii()):
        return True
    return re.search(rb"(?:(?<!\w)|\\[a-zA-Z])%b(?!\w)" % name.encode(), component.data) is not None


def home_of(documents: Sequence[Uses], found: Located) -> Uses:
    """The document that a definition stands in; raises `EditError` where that is nested too deeply to be followed."""
    home = next((uses for uses in documents if uses.doc.path == found.unit.path), None)
    if home is None:
        raise EditError(f"{found.unit.path} is nested too deeply to be followed.", hint="Use a text step (replace …).")
    return home


def sorted_uses(
    state: State, found: Located, documents: Sequence[Uses]
) -> tuple[dict[str, Verdict], Callable[[str], bool], str]:
    """The verdicts by path, whether a text is the full dotted name, and why only this definition can be meant."""
    old = found.name
    resolver = Resolver(Modules(state.blueprint.paths()), old)
    outer = owner_of(found)
    verdict: Callable[[Uses], Verdict]
    means: Callable[[str], bool] = nothing
    only = ""
    if outer is not None:
        verdict = partial(judge_local, found=found, outer=outer, old=old)
    elif "." in found.qualified:
        from codemaestro_jupyter.edit.python.members import Members

        members = Members(resolver, documents, found)
        verdict, means = members.judge, members.means
        only = only_owner(resolver, documents, found) if members.unique else ""
    else:
        resolver.settle(documents, found.unit.path)
        verdict, means = partial(judge_names, resolver=resolver, old=old), resolver.means
    return {uses.doc.path: verdict(uses) for uses in documents}, means, only


def only_owner(resolver: Resolver, documents: Sequence[Uses], found: Located) -> str:
    """Why what nobody can tell must be this member, which nothing else of the project has; empty if a library does."""
    others, unread = having(libraries(resolver, documents), found.name)
    if others:
        return ""
    owner = found.qualified.rpartition(".")[0]
    if unread:
        return f"only {owner} defines it, unless {', '.join(unread[:3])} does"
    return f"only {owner} defines it"


def nothing(_: str) -> bool:
    """What is local to a function has no dotted name."""
    return False


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
            if looked_up(uses, use, old, partial(of_module, uses, resolver), verdict, uses.doc.path in resolver.homes):
                continue
            whole = resolver.quoted(uses, use) or is_type(uses, use, resolver)
            verdict.edits += uses.within(node, old) if whole else said(uses, use, resolver)
            continue
        if isinstance(node, ast.keyword):
            mine = False if node.arg == old else None
            if node.arg != old:
                continue
        elif isinstance(node, ast.Attribute):
            if node.attr != old:
                continue
            mine = of_module(uses, resolver, use.scope, node.value)
        elif isinstance(node, ast.alias):
            mine = resolver.imports_it(uses, node) if node.name == old else False
            if mine and node.asname == old:  # `import f as f` hands it on under its name
                verdict.edits += uses.within(node, old)[1:]
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


def of_module(uses: Uses, resolver: Resolver, scope: Scope, value: ast.expr) -> bool | None:
    """Whether `value.name` is the name of one of the homes; None if that cannot be told."""
    module = resolver.module_of(uses, value, scope)
    if module:
        return module in resolver.homes if module != EXTERNAL else False
    return False if resolver.no_module(uses, value, scope) else None


def looked_up(
    uses: Uses,
    use: Use,
    old: str,
    belongs: Callable[[Scope, ast.expr], bool | None],
    verdict: Verdict,
    at_home: bool = False,
) -> bool:
    """Sort a string by which an attribute is looked up (`getattr(api, "fetch")`); whether it is one.

    `at_home`: whether the module itself has the attribute.
    """
    node = use.node
    if not isinstance(node, ast.Constant) or node.value != old or use.fstring is not None:
        return False
    asked = uses.once(lookups)
    if node not in asked:
        return False
    value = asked[node]
    mine = at_home if value is None else None if value is NOBODY else belongs(use.scope, value)
    places = uses.within(node, old)
    if mine:
        verdict.edits += places
    elif mine is False:
        verdict.other.update(places)
    else:
        verdict.asked += places
    return True


def said(uses: Uses, use: Use, resolver: Resolver) -> list[tuple[int, int]]:
    """Where a string names the symbol in full inside a text, or in code that imports it."""
    if use.fstring is not None:
        return []
    start, end = uses.positions.span(use.node)
    text, old = uses.doc.source[start:end], resolver.name
    word = re.compile(rf"\b{re.escape(old)}\b")
    found = imported(text, old, lambda module: resolver.modules.resolve("", module) in resolver.homes)
    for first, last in dotted(text):
        if resolver.means(text[first:last]):
            found += [match.span() for match in word.finditer(text, first, last)]
    return [(start + first, start + last) for first, last in found]


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
