"""Delete a function, class, method or constant; refused while it is used, and what only hands it on goes with it.

Imports of it in files that do not use it, and its name in `__all__`, are taken out too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from codemaestro_jupyter.edit.python.configs import SUFFIXES, values
from codemaestro_jupyter.edit.python.document import Uses, apply_edits
from codemaestro_jupyter.edit.python.fixtures import Askers, is_fixture
from codemaestro_jupyter.edit.python.judge import Judged, judge
from codemaestro_jupyter.edit.python.locate import Definition, Located, definitions, locate
from codemaestro_jupyter.edit.python.mentions import mentioned, texts
from codemaestro_jupyter.edit.python.resolve import exported
from codemaestro_jupyter.edit.python.takeout import Edit, without_imports
from codemaestro_jupyter.edit.python.units import Positions, parse, put_source
from codemaestro_jupyter.edit.python.unused import imports, words_used
from codemaestro_jupyter.edit.state import State
from codemaestro_jupyter.edit.steps import DeleteSymbol
from codemaestro_jupyter.edit.text import decode, line_of
from codemaestro_jupyter.errors import ConflictError, EditError

MOST = 10


@dataclass(slots=True)
class Found:
    """What uses a definition: places that do, places that may, and by path the imports that only name it."""

    used: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    imports: dict[str, list[ast.alias]] = field(default_factory=dict)
    dangling: list[str] = field(default_factory=list)


def delete_symbol(state: State, step: DeleteSymbol) -> None:
    """Do the step; raises `ConflictError` that lists where it is still used, unless it is wanted `anyway`."""
    found = locate(state, step.name, step.path)
    judged = judge(state, found, (found.name,))
    home = next(uses for uses in judged.documents if uses.doc.path == found.unit.path)
    gone = statements(home, found)
    uses = uses_of(judged, found, home, gone)
    if found.name.startswith("__") and found.name.endswith("__"):
        uses.used.append("Python itself")
    if is_fixture(found.node):
        uses.used += Askers(judged.documents, found.unit.path, found.name).places(meant=True)
    if judged.member and uses.used and inherited(judged, found):
        state.warnings.append(f"{found.address} is inherited then: its uses reach the one of a base class.")
        uses.used.clear()
    if uses.used and not step.anyway:
        raise ConflictError(
            f"{found.address} is still used: {listed(uses.used)}.",
            hint=f"Change these places first, or say `delete {found.qualified} anyway`.",
        )
    for places, what in (
        (uses.used, "is gone, but still used"),
        (uses.dangling, "is gone, but still imported"),
        (uses.perhaps, "is gone, and may have been used"),
    ):
        if places:
            state.warnings.append(f"{found.qualified} {what}: {listed(places)}.")
    mentions = mentioned_in(judged, found, home, gone)
    if mentions:
        state.warnings.append(f"{found.qualified} is still mentioned: {listed(mentions)}.")
    for document in judged.documents:
        tree, positions = document.doc.tree, document.positions
        imports = uses.imports.get(document.doc.path, [])
        edits = without_imports(tree, positions, imports, gone if document is home else ())
        kept = {node for node in tree.body if node in gone} if document is home else set()
        if imports or kept or document is home:
            edits += unlisted(document, found.name, judged)
        for unit, source in apply_edits(document.doc, edits):
            put_source(state, unit, source)
            if document is home and unit.cell < 0 and not unit.path.endswith("__init__.py"):
                left_over(state, unit.path, tree, source)
    state.promise(found.unit.path, found.qualified, present=False)


def left_over(state: State, path: str, before: ast.Module, source: str) -> None:
    """Say which imports of the file nothing in it uses any more: another file may import them from there."""
    try:
        after = parse(source)
    except SyntaxError:  # it is said when the plan is verified
        return
    gone = words_used(before) - words_used(after)
    names = sorted({name for name, _ in imports(after, Positions(source)) if name in gone})
    if names:
        state.warnings.append(
            f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} imported in {path} and not used there any more:"
            f" `remove unused imports in {path}`."
        )


def statements(home: Uses, found: Located) -> list[ast.stmt]:
    """The statements that define it: overloads and setters too. Raises `EditError` where one defines more than it."""
    nodes = list(dict.fromkeys(node for name, node in definitions(home.doc.tree) if name == found.qualified))
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not isinstance(node, Definition) and not (len(targets) == 1 and isinstance(targets[0], ast.Name)):
            raise EditError(f"{found.address} is not defined by itself.", hint="Delete its lines or its text instead.")
    if not nodes:  # `self.x = …`
        raise EditError(f"{found.address} is set in methods.", hint="Delete these lines instead.")
    return nodes


def uses_of(judged: Judged, found: Located, home: Uses, gone: Sequence[ast.stmt]) -> Found:
    """Everything that names the definition, outside of itself."""
    result = Found()
    inside = [home.positions.span(node) for node in gone]
    for uses in judged.documents:
        verdict = judged.verdicts[uses.doc.path]
        edits, path = set(verdict.edits), uses.doc.path
        only_named: list[ast.alias] = []
        before = len(result.used)
        in_all = exported(uses.doc.tree)
        for use in uses.scopes.uses:
            node = use.node
            place = uses.place(use, found.name) if not isinstance(node, ast.Constant) else None
            if isinstance(node, ast.Constant):
                place = next((span for span in uses.within(node, found.name) if span in edits), None)
            if use.fstring is not None and use.fstring in verdict.fstrings:
                place = uses.positions.span(use.fstring)
            elif place not in edits:
                if isinstance(node, ast.Attribute) and place is not None and place not in verdict.other:
                    places = result.used if judged.only else result.perhaps
                    places.append(f"{path}:{node.lineno}")
                continue
            if place is None or (uses is home and any(start <= place[0] < end for start, end in inside)):
                continue
            if isinstance(node, ast.alias):
                only_named.append(node)
                if node.asname and node.asname != found.name:
                    result.used += [f"{path}:{item.lineno}" for item in named(uses.doc.tree, node.asname)]
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node in in_all:
                continue  # the same method of another class; `__all__`
            elif not (use.scope.kind == "class" and isinstance(getattr(node, "ctx", None), ast.Store)):
                result.used.append(f"{path}:{getattr(node, 'lineno', 1)}")
        if only_named and len(result.used) == before:
            result.imports[path] = only_named
        else:
            result.dangling += [f"{path}:{alias.lineno}" for alias in only_named]
    for component in judged.components:
        if component.path.endswith(SUFFIXES):
            text = decode(component.data, component.path).text
            named_there = any(judged.means(text[start:end]) for start, end in values(text, component.path))
            result.used += [component.path] if named_there else []
    result.used = list(dict.fromkeys(result.used))
    return result


def mentioned_in(judged: Judged, found: Located, home: Uses, gone: Sequence[ast.stmt]) -> list[str]:
    """Where texts, comments and strings still say the name, as lines of before; a method's where it is told as one."""
    name, places = found.name, list[str]()
    pattern = re.compile(rf"(?<=[.`~]){re.escape(name)}\b" if judged.member else mentioned(name))
    inside = [home.positions.span(node) for node in gone]
    for uses in judged.documents:
        verdict = judged.verdicts[uses.doc.path]
        code = {uses.place(use, name) for use in uses.scopes.uses if not isinstance(use.node, ast.Constant)}
        code |= {*verdict.edits, *verdict.other, *(uses.positions.span(use) for use in exported(uses.doc.tree))}
        for match in pattern.finditer(uses.doc.source):
            start, end = match.span()
            if any(first <= start and end <= last for first, last in (item for item in code if item is not None)):
                continue
            if not (uses is home and any(first <= start < last for first, last in inside)):
                index = uses.doc.unit_at(start)
                line = uses.doc.source.count("\n", uses.doc.starts[index], start) + 1
                places.append(f"{uses.doc.units[index].where}:{line}")
    for component in judged.components:
        if not component.path.endswith((".py", ".pyi")):
            for where, text in texts(component, prose=True):
                places += [f"{where}:{line_of(text, match.start())}" for match in pattern.finditer(text)]
    return list(dict.fromkeys(places))


def named(tree: ast.Module, name: str) -> list[ast.Name]:
    """Where a name is read."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]


def inherited(judged: Judged, found: Located) -> bool:
    """Whether a base class of the project has the member too."""
    owner = found.qualified.rpartition(".")[0].rpartition(".")[2]
    classes = {node.name: node for uses in judged.documents for node in uses.scopes.classes}
    above, seen = [owner], set[str]()
    while above:
        name = above.pop()
        node = classes.get(name)
        if node is None or name in seen:
            continue
        seen.add(name)
        if name != owner and any(getattr(item, "name", "") == found.name for item in node.body):
            return True
        above += [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    return False


def unlisted(uses: Uses, name: str, judged: Judged) -> list[Edit]:
    """The edits that take a name out of `__all__`, where it is that one."""
    if judged.member:
        return []
    edits: list[Edit] = []
    source = uses.doc.source
    for node in exported(uses.doc.tree):
        if node.value == name:
            start, end = uses.positions.span(node)
            after = re.compile(r"[ \t]*,[ \t]*(?:\r?\n[ \t]*(?=['\"#]))?").match(source, end)
            before = re.compile(r",\s*$").search(source, 0, start)
            if after is not None:
                end = after.end()
            elif before is not None:
                start = before.start()
            edits.append((start, end, ""))
    return edits


def listed(places: Sequence[str]) -> str:
    """Places in a sentence, the first ten of them."""
    more = len(places) - MOST
    return ", ".join(places[:MOST]) + (f" and {more} more" if more > 0 else "")
