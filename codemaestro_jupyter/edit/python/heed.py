"""What a rename cannot follow, said before anything is applied: names that are read as text when the code runs.

Each sentence names the places, and is said only where the text shows that the name matters there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

from codemaestro_jupyter.edit.python.built import Built, built, line_of, may_find
from codemaestro_jupyter.edit.python.codetexts import (
    RUNS,
    compared,
    docstrings,
    reads_names,
    says_code,
    table,
    writes_code,
)
from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.elsewhere import having, libraries
from codemaestro_jupyter.edit.python.judge import Judged
from codemaestro_jupyter.edit.python.library import noted
from codemaestro_jupyter.edit.python.lineage import Ancestor, Lineage
from codemaestro_jupyter.edit.python.locate import Located
from codemaestro_jupyter.edit.python.members import COMMON
from codemaestro_jupyter.edit.python.modules import Modules
from codemaestro_jupyter.edit.python.namereads import reads
from codemaestro_jupyter.edit.python.resolve import Resolver, exported
from codemaestro_jupyter.edit.python.scope import Use
from codemaestro_jupyter.edit.python.units import parse, units
from codemaestro_jupyter.edit.state import State

MOST = 4
"""Places that a sentence names."""
DISTINCT = re.compile(r"[a-z0-9](_|[A-Z])")
"""A name that is no plain word: where a string is just that, it means it."""
TEST = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_|conftest)|_test\.py$")
TEMPLATE = re.compile(r"\{[{%][^{}]*[%}]\}|\{%.*?%\}")
DATA = {
    "TypedDict": "a TypedDict",
    "NamedTuple": "a named tuple",
    **dict.fromkeys(("Enum", "IntEnum", "StrEnum", "Flag"), "an enumeration"),
    **dict.fromkeys(("BaseModel", "BaseSettings", "SQLModel", "Struct"), "a data model"),
    **dict.fromkeys(("Model", "DeclarativeBase", "DeclarativeBaseNoMeta"), "a database model"),
    **dict.fromkeys(("Schema", "Serializer", "ModelSerializer"), "a schema"),
}
"""By the base that a library gives: classes whose fields are also the names in the data they read and write."""


@dataclass(frozen=True)
class Heed:
    """One rename to be heeded: of `found` to `new`, whose uses were `judged`."""

    state: State
    found: Located
    judged: Judged
    new: str

    def sentences(self) -> Iterator[str]:
        """Everything to be said."""
        if self.judged.member:
            yield from self.libraries()
            yield from self.fields()
        elif isinstance(self.found.node, ast.ClassDef):
            yield from self.own_name()
            yield from self.by_class_name()
        yield from self.asked()
        yield from self.strings()
        yield from self.generated()
        yield from self.put_together()
        yield from self.templates()
        yield from self.collected()

    @property
    def _old(self) -> str:
        return self.found.name

    @cached_property
    def _owner(self) -> str:
        return self.found.qualified.rpartition(".")[0].rpartition(".")[2]

    @cached_property
    def _lineage(self) -> list[Ancestor]:
        name = self._owner if self.judged.member else self._old
        return Lineage(self.state).of(self.found.unit.path, name)

    @cached_property
    def _distinct(self) -> bool:
        return bool(DISTINCT.search(self._old.strip("_"))) and not any(hasattr(kind, self._old) for kind in COMMON)

    def libraries(self) -> Iterator[str]:
        """A member that a library's class has too: who calls it there is not followed."""
        for item in self._lineage:
            if not item.ours and item.has(self._old):
                whole = item.name if item.where == "builtins" else f"{item.where}.{item.name}"
                yield (
                    f"{self._owner} is made from {whole}, which has {self._old} as well: what calls it by that name"
                    f" will not find {self.new}."
                )
                return
        if not self._distinct or any(self._called(uses) for uses in self.judged.documents):
            return
        home = [uses for uses in self.judged.documents if uses.doc.path == self.found.unit.path]
        resolver = Resolver(Modules(self.state.blueprint.paths()), self._old)
        others, _ = having(libraries(resolver, home), self._old)
        if others:
            yield (
                f"Nothing here is seen to use {self._old} of {self._owner}, but {others[0]} knows that name: it may"
                f" call this one by it."
            )

    def _called(self, uses: Uses) -> bool:
        """Whether a file uses the member as an attribute of what certainly has it."""
        return any(uses.doc.source[start - 1 : start] == "." for start, _ in self.judged.verdicts[uses.doc.path].edits)

    def fields(self) -> Iterator[str]:
        """A field of a class whose data have its name."""
        if isinstance(self.found.node, ast.Assign | ast.AnnAssign):
            for item in self._lineage:
                if not item.ours and item.name in DATA:
                    yield f"{self._owner} is {DATA[item.name]}: the data it reads and writes still say {self._old}."
                    return

    def own_name(self) -> Iterator[str]:
        """A class that reads its own name, or whose ancestors do."""
        found = [
            f"{item.where}:{line}" for item in self._lineage if item.ours and item.node for line in reads(item.node)
        ]
        if found:
            yield (
                f"The name of this class is read when the code runs ({listed(found)}): what comes of it will"
                f" say {self.new}."
            )

    def by_class_name(self) -> Iterator[str]:
        """What is found by the name of the class: `visit_If` for `If`."""
        for path, made in self._built:
            if made.of_class and len(made.parts) == 2:
                name = self._old.join(made.parts)
                defined = re.compile(rb"\bdef[ \t]+" + re.escape(name.encode()) + rb"\b")
                found = [item.path for item in self.state.blueprint.holding(name) if defined.search(item.data)]
                if found:
                    yield (
                        f"{path}:{made.line} finds {name} ({listed(found)}) by the name of the class: rename it to"
                        f" {self.new.join(made.parts)} too."
                    )

    def put_together(self) -> Iterator[str]:
        """A name that code puts together and looks up."""
        ours = {item.name for item in self._lineage if item.ours} if self.judged.member else set()
        found = [
            f"{path}:{made.line} ({made.shown})"
            for path, made in self._built
            if made.makes(self._old) and (not made.owner or made.owner in ours)
        ]
        if found:
            yield f"Names are put together and looked up ({listed(found)}): {self._old} may be one of them."

    @cached_property
    def _built(self) -> list[tuple[str, Built]]:
        """Every lookup in the project of a name that is put together, where it may be of use."""
        components = list(self.state.blueprint)
        ends = re.compile(rb"\bdef[ \t]+\w+" + re.escape(self._old.encode()) + rb"\b")
        of_class = isinstance(self.found.node, ast.ClassDef) and any(ends.search(item.data) for item in components)
        return [
            (component.path, made)
            for component in components
            if component.path.endswith(".py") and may_find(component.data, self._old, of_class=of_class)
            for unit in units(component)
            for made in noted(("built", unit.source), partial(lookups_built, unit.source))
        ]

    def asked(self) -> Iterator[str]:
        """The name is asked for as text, of something unknown."""
        if self._distinct:
            found = [
                place(uses, start)
                for uses in self.judged.documents
                for start, _ in self.judged.verdicts[uses.doc.path].asked
            ]
            if found:
                yield f"{self._old} is asked for by its name as text ({listed(found)}): tick what is meant."

    def strings(self) -> Iterator[str]:
        """Strings that are just the name, where that can hardly be something else."""
        found = []
        of_class = isinstance(self.found.node, ast.ClassDef)
        for uses in self.judged.documents:
            left = list(self._left(uses))
            home = uses.doc.path == self.found.unit.path and not self.judged.member
            if left and (
                self._distinct or home or (of_class and "__name__" in uses.doc.source and uses.once(reads_names))
            ):
                told = uses.once(docstrings) | uses.once(exported)
                kept = None if self._distinct else uses.once(table) if home else uses.once(compared)
                found += [
                    place(uses, start)
                    for use, start in left
                    if use.node not in told and (kept is None or use.node in kept)
                ]
        if found:
            yield f"{self._old} is also a string ({listed(found)}): tick it where the code reads it when it runs."

    def _left(self, uses: Uses) -> Iterator[tuple[Use, int]]:
        """The strings of a file that are the name and were not judged, with their places."""
        verdict = self.judged.verdicts[uses.doc.path]
        done = {*verdict.edits, *verdict.other, *verdict.asked}
        for use in uses.scopes.uses:
            if isinstance(use.node, ast.Constant) and use.node.value == self._old and use.fstring is None:
                yield from ((use, span[0]) for span in uses.within(use.node, self._old) if span not in done)

    def generated(self) -> Iterator[str]:
        """Strings in which the name stands as in code, where the project runs code that it puts together."""
        found = []
        for uses in self.judged.documents:
            if TEST.search(uses.doc.path):
                continue
            told = [use for use in uses.scopes.uses if says_code(use.node, self._old, member=self.judged.member)]
            if told and (RUNS.search(uses.doc.source) or uses.once(writes_code)):
                done = set(self.judged.verdicts[uses.doc.path].edits)
                found += [
                    f"{uses.doc.path}:{line_of(use.node)}"
                    for use in told
                    if use.node not in uses.once(docstrings) and not done & set(uses.within(use.node, self._old))
                ]
        if found:
            yield f"{self._old} stands in code that is put together as text ({listed(found)}): tick what means it."

    def templates(self) -> Iterator[str]:
        """Templates that name it inside their marks."""
        word = re.compile(rf"\b{re.escape(self._old)}\b")
        found = []
        for component in self.judged.components:
            if component.path.endswith((".html", ".htm", ".txt", ".jinja", ".jinja2", ".j2", ".tmpl", ".xml")):
                text = component.data.decode("utf8", "replace")
                said = (match for match in TEMPLATE.finditer(text) if word.search(match[0])) if "{" in text else ()
                found += [f"{component.path}:{text.count(chr(10), 0, match.start()) + 1}" for match in said]
        if found:
            yield f"{self._old} stands in a template ({listed(found)}): tick what means it."

    def collected(self) -> Iterator[str]:
        """What pytest finds by its name."""
        if TEST.search(self.found.unit.path):
            for beginning in ("test", "Test", "pytest_"):
                if self._old.startswith(beginning) and not self.new.startswith(beginning):
                    yield f"pytest finds {self._old} by its name; it will not find {self.new}."


def lookups_built(source: str) -> tuple[Built, ...]:
    """What a piece of Python looks up by names that it puts together; nothing where it does not parse."""
    try:
        return built(source, parse(source))
    except SyntaxError:
        return ()


def place(uses: Uses, offset: int) -> str:
    """`a.py:3`, or `nb.ipynb cell 2:3`."""
    index = uses.doc.unit_at(offset)
    return f"{uses.doc.units[index].where}:{uses.doc.source.count(chr(10), uses.doc.starts[index], offset) + 1}"


def listed(places: Iterable[str]) -> str:
    """The first places, and how many more there are."""
    found = list(dict.fromkeys(places))
    return ", ".join(found[:MOST]) + (f" and {len(found) - MOST} more" if len(found) > MOST else "")
