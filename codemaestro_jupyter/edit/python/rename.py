"""Rename a symbol in the whole project: what resolves to it is changed, what cannot be resolved is listed, unticked.

The files where the symbol lives or is re-exported form a set that grows until it is stable; a use belongs to the
symbol if its name resolves to one of them, through scopes, imports, `module.name` and `"module.name"` in strings.
"""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import replace

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.moving import moves_of
from codemaestro_jupyter.edit.python.configs import follow
from codemaestro_jupyter.edit.python.document import (
    Document,
    Uses,
    apply_edits,
    rename_in_fstring,
)
from codemaestro_jupyter.edit.python.fixtures import Askers, is_fixture
from codemaestro_jupyter.edit.python.heed import Heed
from codemaestro_jupyter.edit.python.judge import Verdict, judge
from codemaestro_jupyter.edit.python.keeping import in_order
from codemaestro_jupyter.edit.python.locate import IDENTIFIER, Located, locate
from codemaestro_jupyter.edit.python.lookups import ASKED
from codemaestro_jupyter.edit.python.mentions import mentioned, texts
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.units import put_sources
from codemaestro_jupyter.edit.spelt import nfkc
from codemaestro_jupyter.edit.state import Candidate, State
from codemaestro_jupyter.edit.steps import RenameFile, RenameSymbol
from codemaestro_jupyter.edit.text import line_of
from codemaestro_jupyter.errors import AmbiguousError, ConflictError, EditError

MAX_CANDIDATES = 200
"""Unresolved references listed at most; the rest is counted."""


PROSE = ("in a string or a comment", "in a text")
MOST_ASKERS = 10
UNKNOWN = "cannot tell what it belongs to"


def rename_symbol(state: State, step: RenameSymbol) -> None:
    """Do the step; raises `ConflictError` if the new name already means something where the old one is used."""
    step = replace(step, name=nfkc(step.name), new=nfkc(step.new))
    new = step.new
    if not IDENTIFIER.fullmatch(new) or keyword.iskeyword(new):
        raise EditError(f"{new!r} cannot be a name in Python.", hint="Use letters, digits and underscores.")
    try:
        found = locate(state, step.name, step.path)
    except EditError as error:
        from codemaestro_jupyter.edit.python.inside import rename_inside

        inside = not isinstance(error, AmbiguousError) and rename_inside(state, step)
        if inside or rename_module(state, step):
            return
        if ".__init__." not in step.name:
            raise
        step = replace(step, name=step.name.replace(".__init__.", "."))  # a dataclass: its fields are its parameters
        if rename_inside(state, step):  # a function spelt like a class
            return
        found = locate(state, step.name, step.path)
    old = found.name
    if old == new:
        raise EditError(f"{old} already has that name.", hint="Give another one.")
    if old.startswith("__") and old.endswith("__"):
        raise EditError(f"{old} has a meaning to Python; renaming it would take that away.", hint="Leave it.")
    judged = judge(state, found, (old, new))
    documents, verdicts, member = judged.documents, judged.verdicts, judged.member
    askers = Askers(documents, found.unit.path, old) if is_fixture(found.node) else None
    asking = askers.texts() if askers is not None else {}
    for uses in documents:
        check_free(uses, verdicts[uses.doc.path], old, new, found, member=member)
    state.warnings += Heed(state, found, judged, new).sentences()
    for uses in documents:
        verdict = verdicts[uses.doc.path]
        if askers is not None and askers.meant_in(uses.doc.path):
            spans = [span for text in asking.get(uses.doc.path, ()) for span in uses.within(text, old)]
            verdict = replace(verdict, edits=[*verdict.edits, *spans])
        write(state, uses, verdict, old, new)
    if askers is not None:
        rename_askers(state, askers, found, new)
    if judged.only:
        state.candidates[:] = [
            replace(item, why=judged.only) if item.why == UNKNOWN else item for item in state.candidates
        ]
    word = re.compile(rf"\b{re.escape(old)}\b")
    for component in judged.components:
        if not component.path.endswith((".py", ".pyi")):
            follow(state, component, lambda value: word.sub(new, value) if judged.means(value) else value)
            mention(state, state.blueprint.get(component.path) or component, old, new)
    if len(state.candidates) > MAX_CANDIDATES:
        state.warnings.append(f"{len(state.candidates) - MAX_CANDIDATES} more mentions of {old} are not listed.")
        state.candidates.sort(key=lambda item: item.why in PROSE)  # what is code is never the rest
        del state.candidates[MAX_CANDIDATES:]
    prefix = found.qualified.rpartition(".")[0]
    if not isinstance(found.node, ast.Assign | ast.AnnAssign) or not member:
        state.promise(found.unit.path, f"{prefix}.{new}" if prefix else new)
    if not member:
        state.promise(found.unit.path, old, present=False)


def rename_askers(state: State, askers: Askers, found: Located, new: str) -> None:
    """Rename the parameters by which tests and fixtures ask for a fixture; say which may ask for another one."""
    from codemaestro_jupyter.edit.python.inside import Inside

    asking = dict[str, list[str]]()
    for path, qualified in askers.functions():
        if askers.meant_in(path):
            asking.setdefault(path, []).append(qualified)
    unsure = askers.places(meant=False)
    for path, names in asking.items():
        Inside(state, locate(state, names[0], path), found.name, new, names).rename()
    if unsure:
        listed = ", ".join(unsure[:MOST_ASKERS])
        listed += f" and {len(unsure) - MOST_ASKERS} more" if len(unsure) > MOST_ASKERS else ""
        state.warnings.append(f"These ask for a fixture called {found.name} too, left as they are: {listed}.")


def rename_module(state: State, step: RenameSymbol) -> bool:
    """Rename the module of that name, if it is one; whether it was."""
    from codemaestro_jupyter.edit.textsteps import move

    if step.path or not Modules(state.blueprint.paths()).resolve("", step.name):
        return False
    move(state, moves_of(RenameFile(step.name, step.new), state.blueprint.paths()))
    return True


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
    put_sources(state, {unit: in_order(unit.source, source) for unit, source in changed.items()})
    covered = [(start, end) for start, end, _ in edits]
    covered += modules_named(uses, old)
    strings = [
        uses.positions.span(use.node)
        for use in uses.scopes.uses
        if isinstance(use.node, ast.Constant) and use.fstring is None
    ]
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
            why=ASKED
            if (start, end) in verdict.asked
            else "in a string or a comment"
            if any(first <= start < last for first, last in strings)
            else "",
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
    state: State,
    path: str,
    cell: int,
    after: str,
    before: str,
    offset: int,
    old: str,
    new: str,
    *,
    why: str = "",
    keyword_only: bool = False,
) -> None:
    """List one unresolved mention; its line is looked up in the text as it is after the step (same line count)."""
    line = line_of(before, offset)
    end = before.find("\n", offset)
    was = before[before.rfind("\n", 0, offset) + 1 : end if end >= 0 else len(before)].rstrip("\r")
    now = was if after is before else after.split("\n")[line - 1].rstrip("\r")
    word = rf"\b{re.escape(old)}\b"
    word = rf"{word}(?=\s*=(?!=))" if keyword_only else word
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


__all__ = ["Document", "rename_symbol"]
