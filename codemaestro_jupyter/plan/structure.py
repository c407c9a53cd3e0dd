"""The map of a part of the project: its modules, what hangs together, the tests, and the patterns its code follows.

Made of what the files themselves say, without a model; what is said of a pattern is what nearly all of the code does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import FileText, RelPath, Symbol
from codemaestro_jupyter.workspace.neighbours import Neighbours, is_test

MOST_MODULES = 30
"""Files of one part that are looked at: those at its top first, tests last."""
MOST_NAMES, MOST_LINKED, MOST_TESTS, MOST_PATTERNS = 12, 8, 6, 6
LEAST = 3
"""How often something stands in the code before it is called a pattern."""
NEARLY_ALL = 0.8
CODE = (".py", ".pyi", ".ts", ".tsx", ".js", ".jsx", ".go", ".rs", ".java", ".kt", ".rb", ".c", ".h", ".cpp", ".ipynb")
PYTHON = (".py", ".pyi", ".ipynb")
PLAIN_DECORATORS = frozenset({"property", "staticmethod", "classmethod", "overload", "typing.overload", "override"})
PLAIN_BASES = frozenset({"object", "Protocol", "NamedTuple", "TypedDict", "Exception", "ABC"})
_DECORATOR = re.compile(r"\n[ \t]*@([A-Za-z_][\w.]*)")  # a line's beginning by `^` is looked for at every character
_RAISED = re.compile(r"\n[ \t]*raise ([A-Z]\w*)")
_LOGGED = re.compile(r"\.(?:debug|info|warning|error|exception)\(")
_LOGGER = re.compile(r"\b(log|logger|logging|_log|_logger)$")
_HEAD_ENDS = re.compile(r":\s*(?:#.*)?$")
_STRING = re.compile(r"[rRuU]?[\"']")
_BASES = re.compile(r"^class \w+\((.*)\)$")


class Asked(Protocol):
    """What making a map asks the project (`prepare.boundary.Allowed` has it)."""

    def files(self) -> tuple[RelPath, ...]:
        """Every file."""
        ...

    def sketch(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """A file and its definitions, docstrings perhaps left out; raises `PathError`."""
        ...

    def neighbours(self, path: RelPath) -> Neighbours:
        """Its tests, and what it imports or is imported by."""
        ...

    def enough(self) -> bool:
        """Whether somebody waits for what there is by now."""
        ...


@dataclass(frozen=True, slots=True)
class Module:
    """One file: the first line of what it says about itself, and what it defines at its top."""

    path: RelPath
    says: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Structure:
    """The map of one part: `about` is a file, or a folder with a slash at its end."""

    about: str
    modules: tuple[Module, ...] = ()
    inside: tuple[tuple[RelPath, RelPath], ...] = ()
    """Pairs of modules of the part of which one imports the other."""
    linked: tuple[RelPath, ...] = ()
    """Files elsewhere that import it or that it imports, the closest first."""
    tests: tuple[RelPath, ...] = ()
    patterns: tuple[str, ...] = ()
    """What its code does nearly everywhere, in words, the most telling first."""
    whole: bool = True

    @property
    def text(self) -> str:
        """The map as a model reads it."""
        lines = [
            f"{module.path}: {module.says}{' ' if module.says else ''}[{', '.join(module.names)}]"
            for module in self.modules
        ]
        lines += [f"{one} and {other} import each other or one the other" for one, other in self.inside]
        lines += [f"pattern: {pattern}" for pattern in self.patterns]
        if self.tests:
            lines.append(f"tests: {', '.join(self.tests)}")
        if self.linked:
            lines.append(f"linked with: {', '.join(self.linked)}")
        return "\n".join(lines)


def files_of(about: str, files: Iterable[RelPath]) -> tuple[RelPath, ...]:
    """The code files of a part: those at its top first, tests last."""
    if not about.endswith("/"):
        return (RelPath(about),)
    folder = "" if about == "./" else about
    found = [path for path in files if path.startswith(folder) and path.endswith(CODE)]
    return tuple(sorted(found, key=lambda path: (is_test(path), path.count("/"), path))[:MOST_MODULES])


def structure_of(asked: Asked, about: str) -> Structure:
    """The map of a part; what cannot be read is left out, and it ends early once somebody waits for it."""
    modules: list[Module] = []
    read: list[tuple[FileText, tuple[Symbol, ...]]] = []
    tests: Counter[RelPath] = Counter()
    linked: Counter[RelPath] = Counter()
    inside: dict[tuple[RelPath, RelPath], None] = {}
    paths = files_of(about, asked.files())
    whole = True
    for path in paths:
        if read and asked.enough():
            whole = False
            break
        try:
            text, symbols = asked.sketch(path)
        except PathError:  # it went away, or may not be read
            continue
        read.append((text, symbols))
        modules.append(Module(path, first_line(text.text), top_names(symbols)))
        near = asked.neighbours(path)
        tests.update(near.tests)
        for other in near.modules:
            if other in paths:
                one, two = sorted((path, other))
                inside[RelPath(one), RelPath(two)] = None
            else:
                linked[other] += 1
    return Structure(
        about,
        tuple(modules),
        tuple(inside)[:MOST_LINKED],
        tuple(path for path, _ in linked.most_common(MOST_LINKED)),
        tuple(path for path, _ in tests.most_common(MOST_TESTS)),
        tuple(patterns(read))[:MOST_PATTERNS],
        whole,
    )


def first_line(text: str) -> str:
    """What a module says about itself in its docstring's first line; empty if it says nothing."""
    match = re.match(r"(?:#[^\n]*\n|\s)*[rRuU]?(\"\"\"|''')\s*([^\n]+)", text)
    return match[2].split(match[1])[0].strip()[:120] if match else ""


def top_names(symbols: Sequence[Symbol]) -> tuple[str, ...]:
    """What is defined at the top of a file, methods and headings left out."""
    names = [symbol.name for symbol in symbols if symbol.kind in ("class", "function", "constant")]
    return tuple(dict.fromkeys(names))[:MOST_NAMES]


def patterns(read: Sequence[tuple[FileText, tuple[Symbol, ...]]]) -> Iterator[str]:
    """What the code of a part has in common: bases, decorators, errors, logging, names, hints, docstrings."""
    every = [(text, symbol) for text, symbols in read for symbol in symbols]
    callables = [(text, symbol) for text, symbol in every if symbol.kind in ("function", "method")]
    lines = {text.path: text.text.split("\n") for text, _ in read}
    python = [(lines[text.path], symbol) for text, symbol in callables if text.path.endswith(PYTHON)]
    texts = [f"\n{text.text}" for text, _ in read]
    bases = [[base for symbol in symbols for base in _bases(symbol)] for _, symbols in read]
    yield from _counted(bases, PLAIN_BASES, "classes derive from `{}` ({} of them)")
    yield from _counted(map(_DECORATOR.findall, texts), PLAIN_DECORATORS, "`@{}` marks functions ({} of them)")
    yield from _counted(map(_RAISED.findall, texts), frozenset(), "`{}` is raised ({} times)")
    yield from _counted(map(_loggers, texts), frozenset(), "it logs with `{}` ({} times)")
    names = [[symbol.name for symbol in symbols if symbol.kind in ("function", "method")] for _, symbols in read]
    starts = [[f"{name.split('_')[0]}_" for name in found if re.match(r"[a-z]+_", name)] for found in names]
    yield from _counted(starts, frozenset({"test_"}), "functions are called `{}…` ({} of them)")
    if len(python) >= LEAST:
        hinted = sum("->" in symbol.signature for _, symbol in python)
        said = sum(is_documented(of, symbol) for of, symbol in python)
        if hinted >= NEARLY_ALL * len(python):
            yield f"functions have type hints ({hinted} of {len(python)})"
        elif hinted == 0:
            yield f"functions have no type hints (none of {len(python)})"
        if said >= NEARLY_ALL * len(python):
            yield f"functions have docstrings ({said} of {len(python)})"


def _loggers(text: str) -> list[str]:
    """What the calls in a text log with."""
    before = (text[max(0, call.start() - 10) : call.start()] for call in _LOGGED.finditer(text))
    return [found[1] for head in before if (found := _LOGGER.search(head))]


def is_documented(lines: Sequence[str], symbol: Symbol) -> bool:
    """Whether a function says what it does, by the form of its text: a string stands first in its body."""
    if symbol.docstring:
        return True
    for at in range(symbol.line - 1, min(symbol.end_line, len(lines))):
        if _HEAD_ENDS.search(lines[at]):
            after = (line.strip() for line in lines[at + 1 : symbol.end_line])
            first = next((line for line in after if line and not line.startswith("#")), "")
            return bool(_STRING.match(first))
    return False


def _counted(found: Iterable[Sequence[str]], plain: frozenset[str], words: str) -> Iterator[str]:
    """The most frequent one, if it is frequent and not the habit of one file among many; `found` is by file."""
    by_file = [[item for item in items if item not in plain] for items in found]
    files = Counter(item for items in by_file for item in set(items))
    counts = Counter(item for items in by_file for item in items if files[item] > 1 or len(by_file) == 1)
    for name, number in counts.most_common(1):
        if number >= LEAST:
            yield words.format(name, number)


def _bases(symbol: Symbol) -> list[str]:
    match = _BASES.match(symbol.signature)
    inside = re.sub(r"\[[^\]]*\]", "", match[1]) if match else ""
    return [base.strip() for base in inside.split(",") if base.strip() and "=" not in base]
