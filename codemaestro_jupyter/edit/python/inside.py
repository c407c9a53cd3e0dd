"""Rename what a function holds, `fetch_user.timeout`: a parameter with its callers' keywords, or a local variable.

Only that function's own uses are meant, its nested functions among them. A call that cannot be told to be one of it,
and what may be handed over by `**`, is listed, unticked.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

from codemaestro_jupyter.edit.python.callers import MAKES, Callers, Function
from codemaestro_jupyter.edit.python.document import Uses, apply_edits, followed
from codemaestro_jupyter.edit.python.fixtures import asks, parametrized
from codemaestro_jupyter.edit.python.judge import Verdict, home_of, name_of, sort
from codemaestro_jupyter.edit.python.locate import Definition, Located, definitions, locate
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.options import BY_NAME, declared, followed_options
from codemaestro_jupyter.edit.python.rename import edits_of, listing
from codemaestro_jupyter.edit.python.resolve import Resolver
from codemaestro_jupyter.edit.python.scope import Import, Scope, Use
from codemaestro_jupyter.edit.python.typeroptions import is_typer, made_of, said_option
from codemaestro_jupyter.edit.python.units import put_sources
from codemaestro_jupyter.edit.sought import Sought
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import RenameSymbol
from codemaestro_jupyter.errors import AmbiguousError, ConflictError, EditError

HARMLESS = ("staticmethod", "classmethod", "abstractmethod", "overload", "override", "cache", "lru_cache", "final")
"""Decorators that do not care how a parameter is called."""
MOST = 10
UNKNOWN = "cannot tell what is called"


def rename_inside(state: State, step: RenameSymbol) -> bool:
    """Do the step if it names a parameter or a variable of a function; whether it does.

    Raises `ConflictError` if the new name already means something in that function, `AmbiguousError` for several.
    """
    owner, _, old = step.name.rpartition(".")
    try:
        found = locate(state, owner, step.path) if owner else None
    except AmbiguousError as error:
        listed = tuple(f"{address}.{old}" for address in error.candidates)
        raise AmbiguousError(
            error.message, hint=f"Name one by its address, e.g. `{listed[0]}`.", candidates=listed
        ) from error
    except EditError:
        return False
    if found is None or not isinstance(found.node, Definition):
        return False
    if isinstance(found.node, ast.ClassDef):
        found = maker(found)
    return found is not None and Inside(state, found, old, step.new).rename()


def maker(found: Located) -> Located | None:
    """The function that makes a class's objects: its parameters are those of the class."""
    for item in found.node.body if isinstance(found.node, ast.ClassDef) else ():
        if isinstance(item, ast.FunctionDef) and item.name in MAKES:
            return Located(found.unit, f"{found.qualified}.{item.name}", item)
    return None


class Inside:
    """One such renaming."""

    def __init__(self, state: State, found: Located, old: str, new: str, asking: Collection[str] = ()) -> None:
        self.asking = asking
        """The functions of this file, it among them, to which pytest gives what is renamed; nobody else calls them."""
        self.state, self.found, self.old, self.new = state, found, old, new
        self.documents: list[Uses] = []
        owner, _, name = found.qualified.rpartition(".")
        # who calls it names it, or its class: a word like `weight` alone is in half of the files
        called = Sought(owner.rpartition(".")[2] if name in MAKES else name)
        for component in state.blueprint:
            if asking and component.path != found.unit.path:
                continue
            mentioned = called.inside(component) or b"import *" in component.data
            if mentioned and (uses := followed(state, component, (old, new), near=not owner)) is not None:
                self.documents.append(uses)
        self.home = home_of(self.documents, found)
        self.scopes: list[tuple[Uses, Scope]] = []
        """The scopes that hold the name: of the function, and of the same method in other classes of its family."""
        self.unsure: list[tuple[Uses, int, str]] = []
        self.only = ""
        """Why a call of something unknown can only be one of this function, where it can."""

    def rename(self) -> bool:
        """Rename it; False if the function holds no such name."""
        tree = self.home.doc.tree
        of_class = isinstance(dict(definitions(tree)).get(self.found.qualified.rpartition(".")[0]), ast.ClassDef)
        nodes = self.named(tree)
        self.hold(self.home, nodes)
        if not self.scopes:
            return False
        modules = Modules(self.state.blueprint.paths())
        beside = Resolver(modules, self.found.name).same_as(self.home.doc.path, self.documents)
        same = [uses for uses in self.documents if uses.doc.path in beside and not self.asking]
        for uses in same:
            self.hold(uses, self.named(uses.doc.tree))
        if any(isinstance(item, Import) for _, scope in self.scopes for item in scope.bindings[self.old]):
            raise ConflictError(
                f"{self.old} is imported in {self.found.address}.", hint="Change the import's `as` by a text step."
            )
        parameter = any(isinstance(item, ast.arg) for _, scope in self.scopes for item in scope.bindings[self.old])
        callers = None
        if parameter and not self.asking:
            callers = Callers(modules, self.documents, self.found, nodes, of_class=of_class)
            held = [node for uses in same for node in self.named(uses.doc.tree)]
            for uses, node in callers.family(self.documents):
                if node not in nodes and node not in held:
                    self.hold(uses, [node])
            self.decorated(nodes)
            if callers.only(self.documents, self.old, [scope.node for _, scope in self.scopes]):
                self.only = f"only {self.found.qualified} takes it"
        verdicts = {uses.doc.path: self.judge(uses, callers) for uses in self.documents}
        self.check_free(verdicts)
        for uses in self.documents:
            self.write(uses, verdicts[uses.doc.path], parameter=parameter)
        return True

    def named(self, tree: ast.Module) -> list[Function]:
        """The functions of its name in a file (its overloads too), or those that ask for it."""
        return [
            node
            for name, node in definitions(tree)
            if (name == self.found.qualified or name in self.asking) and isinstance(node, Function)
        ]

    def hold(self, uses: Uses, nodes: Sequence[Function]) -> None:
        """Note the scopes of functions that hold the name."""
        inside = (uses.scopes.inside.get(node) for node in nodes)
        self.scopes += [(uses, scope) for scope in inside if scope is not None and self.old in scope.bindings]

    def mine(self, scope: Scope | None) -> bool:
        """Whether a scope is, or is inside, one that holds the name."""
        while scope is not None:
            if any(scope is one for _, one in self.scopes):
                return True
            scope = scope.parent
        return False

    def judge(self, uses: Uses, callers: Callers | None) -> Verdict:
        """Sort the uses of the name in one file, and note the calls that cannot be judged."""
        verdict = Verdict()
        calls = [node for node in ast.walk(uses.doc.tree) if isinstance(node, ast.Call) and node.keywords]
        handed: set[ast.AST] = set()
        if callers is not None:
            showing = [
                node for node in ast.walk(uses.doc.tree) if isinstance(node, ast.Call) and callers.may_hand(node)
            ]
            for call, scope in self.placed(showing, uses):
                handed.update(callers.handed(uses, call, scope, self.old))
        by_keyword = {keyword: call for call in calls for keyword in call.keywords}
        starred: dict[Scope, ast.Call] = {}
        if callers is not None:
            open_ended = [call for call in calls if any(keyword.arg is None for keyword in call.keywords)]
            starred = {scope: call for call, scope in self.placed(open_ended, uses) if callers.calls(uses, call, scope)}
        for use in uses.scopes.uses:
            node = use.node
            if node in handed:
                verdict.edits += uses.within(node, self.old)[:1]
            elif isinstance(node, ast.keyword):
                if node.arg != self.old:
                    continue
                call = by_keyword[node]
                mine = callers.calls(uses, call, use.scope) if callers is not None else False
                sort(uses, use, mine, self.old, verdict)
                if (
                    callers is not None
                    and mine is None
                    and self.only
                    and callers.called(uses, call.func, use.scope) is None
                ):
                    self.note(uses, use, self.only)
                elif mine is None or (not mine and use.scope in starred and getattr(call.func, "id", "") == "dict"):
                    self.note(uses, use, UNKNOWN)
            elif isinstance(node, ast.Constant):
                if node.value == self.old and use.scope in starred:
                    self.note(uses, use, "may be handed over by **")
            elif isinstance(node, ast.Attribute):
                if node.attr == self.old:
                    sort(uses, use, False, self.old, verdict)
            elif name_of(node) == self.old or self.old in getattr(node, "names", ()):
                inside = use.scope.lookup(self.old)
                sort(uses, use, any(inside is scope for _, scope in self.scopes), self.old, verdict)
        places = [f"{uses.doc.path}:{call.lineno}" for call in starred.values()]
        if places:
            self.state.warnings.append(
                f"What these calls hand over by ** cannot be seen: {', '.join(places[:MOST])}"
                + (f" and {len(places) - MOST} more." if len(places) > MOST else ".")
            )
        return verdict

    def placed(self, calls: Sequence[ast.Call], uses: Uses) -> list[tuple[ast.Call, Scope]]:
        """Each call with the scope it stands in: the innermost that spans its line."""
        found = []
        for call in calls:
            around = [
                (node.lineno, scope)
                for node, scope in uses.scopes.inside.items()
                if isinstance(node, Definition) and node.lineno <= call.lineno <= (node.end_lineno or 0)
            ]
            found.append((call, max(around, key=lambda item: item[0])[1] if around else uses.scopes.module))
        return found

    def note(self, uses: Uses, use: Use, why: str) -> None:
        """Note a place that is to be listed."""
        if use.fstring is None:
            self.unsure += [(uses, start, why) for start, _ in uses.within(use.node, self.old)[:1]]

    def decorated(self, nodes: Sequence[Function]) -> None:
        """Warn where a decorator hands arguments over by name; raises `ConflictError` where pytest does."""
        for node in nodes:
            if asks(node, self.found.unit.path, self.old):
                raise ConflictError(
                    f"pytest gives {self.found.address} its {self.old} by that name.",
                    hint=f"Rename the fixture {self.old}; what asks for it follows.",
                )
            if any(True for _ in declared(node, self.old)):
                named = [each.path for each in self.state.blueprint if any(word in each.data for word in BY_NAME)]
                if named:
                    self.state.warnings.append(
                        f"Variables of the environment and defaults named {self.old} are then {self.new}: {named[0]}."
                    )
                continue
            if any(True for _ in parametrized(node, self.old)) or is_typer(self.home.doc.tree, node):
                continue
            marks = [ast.unparse(item).partition("(")[0] for item in node.decorator_list]
            marks = [mark for mark in marks if mark.rpartition(".")[2] not in HARMLESS]
            if marks or node.name.startswith("test_"):
                by = f"@{marks[0]}" if marks else "pytest"
                self.state.warnings.append(f"{by} may hand {self.old} to {self.found.qualified} by its name.")

    def check_free(self, verdicts: dict[str, Verdict]) -> None:
        """Raise `ConflictError` if the new name means something where the old one is used."""
        for scope in {scope: None for verdict in verdicts.values() for scope in verdict.scopes}:
            taken = scope.lookup(self.new)
            if self.mine(scope) and taken is not None and self.mine(taken):
                raise ConflictError(
                    f"{self.new} already means something in {self.found.address}.",
                    hint="Choose another name, or rename that one first.",
                )
        for uses in dict.fromkeys(where for where, _ in self.scopes):
            for use in uses.scopes.uses:
                node = use.node
                if isinstance(node, ast.Name) and node.id == self.new and self.mine(use.scope):
                    bound = use.scope.lookup(self.new)
                    if bound is None or not self.mine(bound):
                        raise ConflictError(
                            f"{self.new} is used in {self.found.address} (line {node.lineno}), for something else.",
                            hint="Choose another name.",
                        )

    def write(self, uses: Uses, verdict: Verdict, *, parameter: bool) -> None:
        """Rename what was resolved in one file, its documentation too; list what was not."""
        edits = edits_of(uses, verdict, self.old, self.new)
        spans = [uses.positions.span(scope.node) for where, scope in self.scopes if where is uses]
        if parameter:
            documented = [
                span for where, scope in self.scopes if where is uses for span in self.documented(uses, scope)
            ]
            edits += [(start, end, self.new) for start, end in documented]
            edits += [
                (start, end, self.new)
                for where, scope in self.scopes
                if where is uses and isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef)
                for item in parametrized(scope.node, self.old)
                for start, end in uses.within(item, self.old)
            ]
            edits += [
                edit
                for where, scope in self.scopes
                if where is uses and isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef)
                for edit in self.options(uses, scope.node)
            ]
        edits = list(dict.fromkeys(edits))
        changed = dict(apply_edits(uses.doc, edits))
        put_sources(self.state, changed)
        covered = [(start, end) for start, end, _ in edits]
        inside = [
            (start, "in a string or a comment")
            for start, end in uses.words(self.old)
            if (start, end) not in verdict.other and any(first <= start < last for first, last in spans)
        ]
        unsure = [(start, why) for where, start, why in self.unsure if where is uses]
        for start, why in (*unsure, *inside):
            if not any(first <= start < last for first, last in covered):
                index = uses.doc.unit_at(start)
                unit, offset = uses.doc.units[index], start - uses.doc.starts[index]
                after = changed.get(unit, unit.source)
                listing(
                    self.state,
                    unit.path,
                    unit.cell,
                    after,
                    unit.source,
                    offset,
                    self.old,
                    self.new,
                    why=why,
                    keyword_only=why in (self.only, UNKNOWN),
                )

    def options(self, uses: Uses, node: Function) -> list[tuple[int, int, str]]:
        """The edits that let the users of a command type its options as before."""
        edits = followed_options(uses, node, self.old, self.new)
        made = made_of(node, self.old) if is_typer(uses.doc.tree, node) else None
        if made is not None:
            said = said_option(uses, made)
            option = f"--{self.new.replace('_', '-')}"
            if said is None:
                self.state.warnings.append(
                    f"The option {made.option.partition('/')[0]} of {node.name} is then {option}."
                )
            edits += said or []
        return edits

    def documented(self, uses: Uses, scope: Scope) -> list[tuple[int, int]]:
        """Where the docstring of a function (of its class, for what makes it) documents the parameter."""
        nodes = [scope.node]
        if getattr(scope.node, "name", "") in MAKES and scope.parent is not None:
            nodes.append(scope.parent.node)
        name = re.escape(self.old)
        forms = re.compile(
            rf"[:@](?:param|type|arg|argument|keyword|kwarg)\s+(?:[\w.\[\], |]+\s)?(?P<field>{name})\s*:"
            rf"|^[ \t]*\*{{0,2}}(?P<line>{name})\s*(?:\([^)\n]*\))?[ \t]*:|(?P<tick>``?){name}(?P=tick)",
            re.MULTILINE,
        )
        found = []
        for node in nodes:
            body = getattr(node, "body", [])
            if not body or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Constant):
                continue
            start, end = uses.positions.span(body[0])
            for match in forms.finditer(uses.doc.source, start, end):
                tick = len(match["tick"] or "")
                first = match.start() + tick if tick else max(match.start("field"), match.start("line"))
                found.append((first, first + len(self.old)))
        return found
