"""Move modules, and rewrite what imports them: `import`, `from`, relative ones, `pkg.mod.name`, full dotted strings.

What a file imports is resolved to paths before the move and spelled anew for the paths after it. A name that an
import binds is renamed with its module where the new name is free; a package that hands a module on keeps the old name.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Mapping
from functools import cached_property, partial

from codemaestro_jupyter.edit.blueprint import Component
from codemaestro_jupyter.edit.moving import PYTHON
from codemaestro_jupyter.edit.python.configs import follow
from codemaestro_jupyter.edit.python.document import Uses, apply_edits, followed
from codemaestro_jupyter.edit.python.heedmodules import module_sentences
from codemaestro_jupyter.edit.python.keeping import in_order
from codemaestro_jupyter.edit.python.mentions import list_mentions
from codemaestro_jupyter.edit.python.resolve import EXTERNAL, exported, statements
from codemaestro_jupyter.edit.python.scope import Import, Use
from codemaestro_jupyter.edit.python.spelling import Spelling, base_of, package_text
from codemaestro_jupyter.edit.python.units import put_sources
from codemaestro_jupyter.edit.sought import holds
from codemaestro_jupyter.edit.state import State

FROM = re.compile(r"from\s*([.\w]+(?:[ \t]+[.\w]+)*?)\s*\bimport\b|from\s*(\.[. \t]*)import\b")
RELATIVE = re.compile(rb"\bfrom[\s\\]*\.")
Edit = tuple[int, int, str]


def move_modules(state: State, moves: Mapping[str, str]) -> None:
    """Rewrite every importer of the Python files in `moves` (old path to new path), and list the other mentions.

    The files themselves are not moved here, but what they import relatively is spelled for where they will be.
    """
    moved = {old: new for old, new in moves.items() if old.endswith(PYTHON)}
    if not moved:
        return
    plan = Spelling(state, moves, moved)
    # a moved file that imports nothing relatively, and nothing that moves, stays as it is: it need not be parsed
    relative = [item for path in moved if (item := state.blueprint.get(path)) and RELATIVE.search(item.data)]
    whole = moved_folder(moved)
    words = [posixpath.basename(whole)] if whole else sorted(plan.stems)
    named = [item for item in state.blueprint.holding(*words) if any(says(item, word) for word in words)]
    importers = {item.path: item for item in (*named, *relative)}
    for path in sorted(importers):
        rewrite_importer(state, plan, importers[path])
    state.warnings += module_sentences(state, moved, importers.values())


def moved_folder(moved: Mapping[str, str]) -> str:
    """The folder that moved as it was, with all that is in it; empty if there is none.

    What is outside names it to reach what is in it: `models`, which half of a project says, need not be looked for.
    """
    old, new = posixpath.commonpath(moved), posixpath.commonpath(moved.values())
    whole = not old.endswith(PYTHON) and not new.endswith(PYTHON)
    return old if whole and all(to == new + path[len(old) :] for path, to in moved.items()) else ""


def says(component: Component, word: str) -> bool:
    """Whether a word is in a file that holds its letters; in JSON a letter of an escape may be before it."""
    if component.path.endswith(".ipynb") or not word.isascii():
        return True
    return re.search(rb"\b" + re.escape(word.encode()) + rb"\b", component.data) is not None


def rewrite_importer(state: State, plan: Spelling, component: Component) -> None:
    """Rewrite one file's (or notebook's) imports of what moves and uses of them; list what else mentions it."""
    here = sorted(stem for stem in plan.stems if holds(component, stem)) or sorted(plan.stems)
    python = component.path.endswith((*PYTHON, ".ipynb"))
    if python and (uses := followed(state, component, tuple(here), near=True)) is not None:
        changed = apply_edits(uses.doc, Importer(plan, uses).edits())
        put_sources(state, {unit: in_order(unit.source, source) for unit, source in changed})
    follow(state, component, partial(plan.respelled, component.path))
    for before, after in plan.names:
        list_mentions(state, component.path, before, after)


class Importer:
    """The edits of one file that imports something that moves."""

    def __init__(self, plan: Spelling, uses: Uses) -> None:
        self.plan = plan
        self.uses = uses
        self.path = uses.doc.path
        self.home = plan.moved.get(self.path, self.path)
        self._edits: list[Edit] = []
        self._renamed: dict[str, tuple[str, str]] = {}
        """Local name to (what it becomes, the module's old path)."""
        self._replaced: list[tuple[ast.alias, str]] = []

    @cached_property
    def _taken(self) -> set[str]:
        return {
            getattr(node, field)
            for node in ast.walk(self.uses.doc.tree)
            for field in ("id", "name", "asname", "arg")
            if isinstance(getattr(node, field, None), str)
        }

    def edits(self) -> list[Edit]:
        """Every edit, none overlapping."""
        for node in statements(self.uses.doc.tree.body):
            if isinstance(node, ast.ImportFrom):
                self._from(node)
            elif isinstance(node, ast.Import):
                self._import(node)
        for use in self.uses.scopes.uses:
            if isinstance(use.node, ast.Attribute):
                self._chain(use)
            elif isinstance(use.node, ast.Name):
                self._name(use)
            elif isinstance(use.node, ast.Constant):
                if use.fstring is None:
                    self._string(use.node)
                else:
                    self._text(use.fstring)
        found: list[Edit] = []
        for edit in sorted(set(self._edits), key=lambda item: (item[0], -item[1])):
            if not found or edit[0] >= found[-1][1]:
                found.append(edit)
        self._left_over(found)
        return found

    def _local(self, name: str, new: str, old_path: str) -> str:
        """What an import without `as` binds from now on: the new name if that is free here, else the old one."""
        hands_on = self.path.endswith("__init__.py") and posixpath.dirname(self.path) != posixpath.dirname(
            base_of(old_path)
        )
        if new == name or hands_on or new in self._taken - {name} or self._renamed.get(name, (new, ""))[0] != new:
            return name
        self._renamed[name] = (new, old_path)
        return new

    def _from(self, node: ast.ImportFrom) -> None:
        plan = self.plan
        origin = plan.modules.resolve(self.path, node.module or "", node.level)
        statement = self.uses.positions.span(node)
        source = self.uses.doc.source
        head = FROM.match(source, statement[0])
        if head is None:
            return
        written = ("." * node.level) + (node.module or "")
        module = written
        if origin in plan.moved or (node.level and self.home != self.path and origin):
            module = plan.spelled(self.home, origin, written, node.level)
        away: dict[str, list[tuple[ast.alias, str]]] = {}
        for alias in node.names:
            old = plan.submodule(origin, alias.name) if origin else self._loose(node, alias.name)
            if not old:
                continue
            base = base_of(plan.moved[old])
            package, new = posixpath.split(base)
            local = alias.asname or self._local(alias.name, new, old)
            text = new if local == new else f"{new} as {local}"
            folder = origin or f"{posixpath.dirname(base_of(old))}/__init__.py"  # as if it had one
            where = package_text(plan, self.home, folder, package, written, node.level)
            if where == module:
                self._edits.append((*self.uses.positions.span(alias), text))
            else:
                away.setdefault(where, []).append((alias, text))
        gone = [alias for items in away.values() for alias, _ in items]
        if len(gone) == len(node.names) and len(away) == 1:
            ((module, items),) = away.items()
            self._edits += [(*self.uses.positions.span(alias), text) for alias, text in items]
        elif gone:
            self._take_out(node, gone)
            line = source.rfind("\n", 0, statement[0]) + 1
            indent = source[line : statement[0]]
            newline = "\r\n" if "\r\n" in source else "\n"
            end = source.find("\n", statement[1])
            end = len(source) if end < 0 else end - (source[end - 1] == "\r")
            for where, items in away.items():
                names = ", ".join(text for _, text in items)
                self._edits.append((end, end, f"{newline}{indent}from {where} import {names}"))
        if module != written:
            span = head.span(1) if head[1] else head.span(2)
            glue = " " if source[span[0] - 1] == "m" and not module.startswith(".") else ""
            text = module + (" " if head[2] else "")
            self._edits.append((span[0], span[1], glue + text))

    def _loose(self, node: ast.ImportFrom, name: str) -> str:
        """A module that moves, imported from a folder without `__init__.py`."""
        found = self.plan.modules.resolve(self.path, f"{node.module}.{name}" if node.module else name, node.level)
        return found if found in self.plan.moved else ""

    def _take_out(self, node: ast.ImportFrom, gone: list[ast.alias]) -> None:
        spans = [self.uses.positions.span(alias) for alias in node.names]
        kept = [index for index, alias in enumerate(node.names) if alias not in gone]
        if not kept:  # to several packages: the statement itself goes
            start, end = self.uses.positions.span(node)
            self._edits.append((start, end, "pass"))
            return
        for index, alias in enumerate(node.names):
            if alias in gone:
                later = [item for item in kept if item > index]
                if later:
                    self._edits.append((spans[index][0], spans[index + 1][0], ""))
                else:
                    self._edits.append((spans[index - 1][1], spans[index][1], ""))

    def _import(self, node: ast.Import) -> None:
        plan = self.plan
        for alias in node.names:
            old = plan.modules.resolve(self.path, alias.name)
            if old not in plan.moved:
                continue
            new = plan.spelled(self.home, old, alias.name, 0)
            span = self.uses.positions.span(alias)
            if alias.asname:
                self._edits.append((span[0], span[1], f"{new} as {alias.asname}"))
            elif "." in alias.name:
                self._edits.append((span[0], span[1], new))
                self._replaced.append((alias, new))
            else:
                local = self._local(alias.name, new, old) if "." not in new else alias.name
                self._edits.append((span[0], span[1], new if local == new else f"{new} as {local}"))

    def _left_over(self, edits: list[Edit]) -> None:
        """`import a.b` became `import c.d`: whoever uses `a.x` besides still needs `a`."""
        for alias, new in self._replaced:
            top = alias.name.partition(".")[0]
            if new.partition(".")[0] == top:
                continue
            places = [self.uses.positions.span(node)[0] for node in ast.walk(self.uses.doc.tree)
                      if isinstance(node, ast.Name) and node.id == top]  # fmt: skip
            if any(all(not start <= place < end for start, end, _ in edits) for place in places):
                self.plan.state.warnings.append(
                    f"{self.path} imports {new} instead of {alias.name}: other uses of {top} there may need an import."
                )

    def _chain(self, use: Use) -> None:
        """`pkg.mod` in an expression."""
        node, plan = use.node, self.plan
        assert isinstance(node, ast.Attribute)
        text = dotted_text(node)
        old = plan.resolver.module_of(self.uses, node, use.scope)
        if old in ("", EXTERNAL) and text and self._imported_as(text, use):
            old = plan.modules.resolve(self.path, text)
        if old not in plan.moved:
            return
        package = plan.modules.package(posixpath.dirname(base_of(old)))
        if package and plan.shadowed(package, node.attr):
            return
        new = base_of(plan.moved[old])
        start, end = self.uses.positions.span(node)
        if posixpath.dirname(new) == posixpath.dirname(base_of(old)):
            self._edits.append((end - len(node.attr), end, posixpath.basename(new)))
            return
        if text and base_of(old).endswith(text.replace(".", "/")) and self._imported_as(text, use):
            spelled = plan.spelled(self.home, old, text, 0)
            self._edits.append((start, end, spelled))
            self._imported_too(text, spelled, old, use)
            return
        value = plan.resolver.module_of(self.uses, root_of(node), use.scope)
        folder = base_of(value) if value not in ("", EXTERNAL) else ""
        if folder and new.startswith(folder + "/") and text:
            rest = new[len(folder) + 1 :].replace("/", ".")
            self._edits.append((start, end, f"{text.partition('.')[0]}.{rest}"))
            return
        where = f"{self.path}:{node.lineno}"
        plan.state.warnings.append(f"{where} reaches {plan.modules.name(old)} in a way that is not followed.")

    def _imported_too(self, text: str, spelled: str, old: str, use: Use) -> None:
        """`import a` gave `a.b`, which is `c.b` now: import that as well, where nothing here does."""
        top, modules = spelled.partition(".")[0], self.plan.modules
        scope = use.scope.lookup(text.partition(".")[0])
        if scope is None or use.scope.lookup(top) is not None:
            return
        bound = [item for item in scope.bindings[text.partition(".")[0]] if isinstance(item, Import)]
        if any(modules.resolve(self.path, item.module) == old for item in bound):
            return  # `import a.b`: it is changed itself
        aliases = {item.alias for item in bound}
        source = self.uses.doc.source
        for node in ast.walk(self.uses.doc.tree):
            if isinstance(node, ast.Import) and aliases & set(node.names):
                start, end = self.uses.positions.span(node)
                line = source.rfind("\n", 0, start) + 1
                newline = "\r\n" if "\r\n" in source else "\n"
                self._edits.append((end, end, f"{newline}{source[line:start]}import {spelled}"))

    def _imported_as(self, text: str, use: Use) -> bool:
        """Whether the first part of a dotted text is bound here by plain imports of that very package."""
        top = text.partition(".")[0]
        scope = use.scope.lookup(top)
        return scope is not None and all(
            isinstance(item, Import) and not item.name and not item.renamed and item.module.partition(".")[0] == top
            for item in scope.bindings[top]
        )

    def _name(self, use: Use) -> None:
        """The name that an import bound, used."""
        node = use.node
        assert isinstance(node, ast.Name)
        if node.id not in self._renamed:
            return
        new, old = self._renamed[node.id]
        if self.plan.resolver.module_of(self.uses, node, use.scope) == old:
            self._edits.append((*self.uses.positions.span(node), new))

    def _string(self, node: ast.Constant) -> None:
        """A string that is a full dotted path into something that moves, or a renamed name in `__all__`."""
        value = node.value
        if not isinstance(value, str):
            return
        start, end = self.uses.positions.span(node)
        if value in self._renamed and node in exported(self.uses.doc.tree):
            written = self.uses.doc.source[start:end]
            self._edits.append((start, end, written.replace(value, self._renamed[value][0])))
            return
        new = self.plan.respelled(self.home, value)
        written = self.uses.doc.source[start:end]
        if new != value and value in written:
            self._edits.append((start, end, written.replace(value, new, 1)))
        else:
            self._text(node)

    def _text(self, node: ast.expr) -> None:
        """A string that holds code with imports, or names things in full."""
        start, end = self.uses.positions.span(node)
        said = self.plan.said(self.home, self.uses.doc.source[start:end])
        self._edits += [(start + first, start + last, new) for first, last, new in said]


def dotted_text(node: ast.expr) -> str:
    """`a.b.c` for an attribute of an attribute of a name; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        value = dotted_text(node.value)
        return f"{value}.{node.attr}" if value else ""
    return ""


def root_of(node: ast.expr) -> ast.expr:
    """The leftmost part of a chain of attributes."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node
