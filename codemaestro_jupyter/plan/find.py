"""Where is it, who uses it: definitions first, then uses grouped by file, every line quoted.

Code comes before tests; lines that only speak of a name (comments, docstrings, documentation) are counted, and shown
where everything is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.kinds import is_aside
from codemaestro_jupyter.plan.members import base_names
from codemaestro_jupyter.plan.naming import close_names, find_file
from codemaestro_jupyter.plan.requests import LOOKS_LIKE_PATH
from codemaestro_jupyter.types import AnswerPart, RelPath, Symbol
from codemaestro_jupyter.workspace.neighbours import is_test
from codemaestro_jupyter.workspace.workspace import MOST_FILES_USING

Places = list[tuple[RelPath, int]]
SHORTEST_INDEXED = 3
"""Letters of a name from which on the index knows its uses."""


@dataclass(slots=True)
class Uses:
    """The lines on which a name stands, by what they do with it."""

    code: Places = field(default_factory=list)
    tests: Places = field(default_factory=list)
    prose: Places = field(default_factory=list)

    @property
    def all(self) -> Places:
        """Lines that do use it, code before tests."""
        return [*self.code, *self.tests]


def uses_of(evidence: Evidence, name: str) -> Uses:
    """Every line that names it, sorted into code, tests and prose.

    The index holds no names of one or two letters: those are looked for where they are defined and imported.
    """
    found = Uses()
    short = len(name.rpartition(".")[2]) < SHORTEST_INDEXED
    for path, line in _short_uses(evidence, name) if short else evidence.uses(name):
        tests = is_test(path) or evidence.tests_itself(path, line)
        kind = found.prose if evidence.speaks(path, line) else found.tests if tests else found.code
        kind.append((path, line))
    return found


def _short_uses(evidence: Evidence, name: str) -> Places:
    word = re.compile(rf"(?<!\w){re.escape(name.rpartition('.')[2])}(?!\w)")
    defined = evidence.definitions(name)
    near = [
        (symbol.path, *sum(evidence.neighbours(symbol.path), ())) for symbol in defined if not is_aside(symbol.path)
    ]
    paths = dict.fromkeys(path for own in near for path in own)
    own_lines = {(symbol.path, symbol.line) for symbol in defined}
    return [
        (path, line)
        for path in sorted(paths, key=lambda path: (is_aside(path), path))[:MOST_FILES_USING]
        for line, text in enumerate(evidence.lines(path), 1)
        if word.search(text) and (path, line) not in own_lines
    ]


def calls_in(evidence: Evidence, name: str, places: Places) -> Places:
    """Those of the places that call the name or decorate something with it."""
    plain = re.escape(name.rpartition(".")[2])
    call = re.compile(rf"(?<!\w){plain}\s*(?:<[^<>]*>)?\(|^\s*@(?:\w+\.)*{plain}\b")
    declared = re.compile(rf"\b(?:def|class|function|fn|func)\s+{plain}\b")
    lines = evidence.lines
    return [
        (path, line)
        for path, line in places
        if call.search(lines(path)[line - 1]) and not declared.search(lines(path)[line - 1])
    ]


def find(evidence: Evidence) -> Iterator[AnswerPart]:
    """Definitions, then uses, of the name asked for; files for a path, lines for any other text."""
    request = evidence.request
    name = request.argument
    if not re.search(r"\w", name):
        evidence.files()
        yield evidence.part(
            f"{md.code(name)} has no letter or digit, and only words are indexed. Add a word beside it."
        )
        return
    if request.aspect == "text" or " " in name:
        yield text_lines(evidence, name)
        return
    if LOOKS_LIKE_PATH.match(name) or name.startswith("*."):
        found = find_file(name, evidence.files(), evidence.base)
        if name.startswith("*."):
            paths = tuple(path for path in evidence.files() if path.endswith(name[1:]))
        else:
            paths = found.paths
        if paths:
            yield _files(evidence, name, paths)
            if not name.endswith(".py"):
                return
            name = name.rpartition("/")[2].removesuffix(".py")  # what imports the module
    definitions = evidence.definitions(name)
    evidence.data["definitions"] = [
        {"path": symbol.path, "line": symbol.line, "kind": symbol.kind, "name": symbol.qualified or symbol.name}
        for symbol in definitions
    ]
    if definitions:
        yield _defined(evidence, name)
    uses = uses_of(evidence, name)
    if request.aspect == "below":
        yield from _below(evidence, name, uses, defined=bool(definitions))
        return
    if request.aspect == "definition" and not definitions and (part := _like(evidence, name)):
        yield part
    if request.aspect == "definition" and definitions:
        evidence.data["uses"] = len(uses.all)
        if uses.all:
            files = md.count(len({path for path, _ in uses.all}), "file")
            more = md.code(f"find uses of {name}")
            yield evidence.part(f"Used on {md.count(len(uses.all), 'line')} of {files}: {more}.")
        return
    if request.aspect == "definition" and not definitions and uses.all:
        yield evidence.part(f"Nothing was found that defines {md.code(name)} in this project; it is used.")
    yield from _used(evidence, name, uses, defined=bool(definitions))


def nothing(evidence: Evidence, name: str) -> AnswerPart:
    """The name is not there: what was searched, what is spelt like it, the lines that come closest."""
    files = evidence.files()
    last = name.rpartition(".")[2]
    near = evidence.search(name, 60)
    words = [word for path, line in near for word in _words(evidence.lines(path)[line - 1])]
    owner = name.rpartition(".")[0]
    members = [
        symbol.name
        for around in (evidence.definitions(owner) if owner else ())
        for symbol in evidence.symbols(around.path)
        if symbol.qualified.startswith(f"{around.qualified or around.name}.")
    ]
    names = tuple(f"{owner}.{other}" for other in close_names(last, members)) or close_names(last, words)
    said = [f"{md.code(name)} is neither defined nor used in the {md.count(len(files), 'file')} of this project."]
    if names:
        said.append(f"Spelt like it: {', '.join(md.code(other) for other in names)}.")
    known = [variable for variable in evidence.sources.variables() if variable.name == name]
    if known:
        evidence.consult("variables")
        evidence.note("kernel variables")
        said.append(f"The kernel has a variable of that name: {md.code(f'explain @{name}')}.")
    if not names and not known:
        said.append(f"Try part of the name, or {md.code(f'search for {name}')}.")
    evidence.data["similar"] = list(names)
    said += [left_out] if (left_out := evidence.left_out(name, ())) else []
    parts = [part.lower() for part in re.findall(r"[^\W\d_]{4,}", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last))]
    near = [(path, line) for path, line in near if any(p in evidence.lines(path)[line - 1].lower() for p in parts)]
    shown = [f"- {evidence.place(path, line)}: {evidence.quote(path, line)}" for path, line in near[:3]]
    return evidence.part(" ".join(said), *(["\nLines that come closest:\n", *shown] if shown else []))


def text_lines(evidence: Evidence, text: str) -> AnswerPart:
    """Lines that contain a text as it stands, else those that hold most of its words."""
    places = evidence.search(text, 40 * evidence.limits.items)
    literal = [place for place in places if text.lower() in evidence.lines(place[0])[place[1] - 1].lower()]
    most = 3 * evidence.limits.items
    evidence.data["literal"] = bool(literal)
    if not places:
        count = md.count(len(evidence.files()), "file")
        return evidence.part(f"Nothing like {md.code(text)} stands in the {count} of this project. Try fewer words.")
    shown = sorted(literal, key=lambda place: (is_aside(place[0]), place)) if literal else places
    head = "stands on" if literal else "stands nowhere as it is; its words stand on"
    lines = _grouped(evidence, shown[:most])
    more = [f"… {len(shown) - most} more"] if len(shown) > most else []
    return evidence.part(f"{md.code(text)} {head} {md.count(len(shown), 'line')}:\n", *lines, *more)


def _defined(evidence: Evidence, name: str) -> AnswerPart:
    definitions = evidence.definitions(name)
    most = 2 * evidence.limits.items
    lines = []
    for symbol in definitions[:most]:
        kind = f"{symbol.kind} {md.code(symbol.qualified)}" if symbol.qualified not in ("", name) else symbol.kind
        lines.append(
            f"- {evidence.place(symbol.path, symbol.line)} ({kind}): {evidence.quote(symbol.path, symbol.line)}"
        )
    if len(definitions) > most:
        lines.append(f"- … {len(definitions) - most} more")
    last = name.rpartition(".")[2]
    head = f"{md.code(name)} is defined in {md.count(len(definitions), 'place')}"
    if all(symbol.name != last for symbol in definitions):
        other = md.count(len(definitions), "place")
        head = f"Nothing is called {md.code(name)} in just these letters; spelt otherwise in {other}"
    left_out = evidence.left_out(name, definitions)
    return evidence.part(f"**{head}**\n", *lines, *([f"\n{left_out}"] if left_out else []))


def _like(evidence: Evidence, name: str) -> AnswerPart | None:
    """Definitions whose names hold the name asked for, which nothing is called by itself; None without any."""
    last = name.rpartition(".")[2].lower()
    words = [word for path, line in evidence.search(name, 60) for word in _words(evidence.lines(path)[line - 1])]
    lines: list[str] = []
    for word in [word for word in dict.fromkeys(words) if last in word.lower() and word.lower() != last][:40]:
        for symbol in evidence.definitions(word)[:1]:
            if symbol.kind != "heading" and symbol.name == word and len(lines) < evidence.limits.items:
                quote = evidence.quote(symbol.path, symbol.line)
                lines.append(f"- {evidence.place(symbol.path, symbol.line)} ({symbol.kind}): {quote}")
    said = f"Nothing is called {md.code(name)} alone; defined with it in the name:\n"
    return evidence.part(said, *lines) if lines else None


def _below(evidence: Evidence, name: str, uses: Uses, *, defined: bool) -> Iterator[AnswerPart]:
    """The classes that say in their header that they derive from a class, in code and tests."""
    last = name.rpartition(".")[2]
    header = re.compile(
        rf"\b(?:class|interface)\s+\w+.*\b{re.escape(last)}\b|^\s+(?:\w+\.)*{re.escape(last)},?$"
        rf"|^\s*(?:extends|implements)\b.*\b{re.escape(last)}\b"
    )
    made = re.compile(rf"^\s*(?:unsafe\s+)?impl\b(?:<.*>)?\s*(?:\w+::)*{re.escape(last)}\b(?:<[^{{]*>)?\s+for\b")
    near = [evidence.neighbours(symbol.path).modules for symbol in evidence.definitions(name)]
    places = [(path, line) for path, line in uses.all if made.match(evidence.lines(path)[line - 1])]
    said: dict[RelPath, list[Symbol]] = {}
    for symbol in evidence.sources.below(name):
        said.setdefault(symbol.path, []).append(symbol)
    for path in dict.fromkeys(
        [*said, *(path for path, _ in uses.all), *(path for modules in near for path in modules)]
    ):
        lines = evidence.lines(path)
        heads = [number for number, line in enumerate(lines, 1) if header.search(line)]
        known = said.get(path, [])
        if {symbol.line for symbol in known}.issuperset(heads):  # the index has them as they are: nothing to parse
            symbols: Sequence[Symbol] = [symbol for symbol in known if symbol.line in heads]
        else:
            symbols = evidence.symbols(path)
        places += [
            (path, symbol.line)
            for symbol in symbols
            if symbol.kind == "class" and symbol.name != last and last in base_names(symbol, lines)
        ]
    found = sorted(set(places), key=lambda place: (is_aside(place[0]), place))
    evidence.data["uses"] = [{"path": path, "line": line} for path, line in found]
    if found:
        whole = all(path.endswith((".py", ".ipynb")) for path, _ in found)  # their heads are known, however long
        many_files = len({path for path, _ in evidence.uses(name)}) >= MOST_FILES_USING
        least = "At least " if many_files and not whole else ""
        kind = "type" if all(path.endswith(".rs") for path, _ in found) else "class"
        many = f"{least}{md.count(len(found), kind)} derive{'s' if len(found) == 1 else ''}"
        head = f"**{many} from {md.code(name)}**\n"
        yield from _listed(evidence, head, found, 2 * evidence.limits.items, evidence.limits.items)
    elif defined or uses.all:
        yield evidence.part(f"No class here derives from {md.code(name)} (by what class headers say).")
    else:
        yield nothing(evidence, name)


def _used(evidence: Evidence, name: str, uses: Uses, *, defined: bool) -> Iterator[AnswerPart]:
    aspect, limits, full = evidence.request.aspect, evidence.limits, evidence.request.detail == "full"
    code, tests, prose = uses.code, uses.tests, uses.prose
    if aspect == "tests":
        code = []
    if aspect == "calls":
        code, tests = calls_in(evidence, name, code), calls_in(evidence, name, tests)
    places = [*code, *tests]
    evidence.data["uses"] = [{"path": path, "line": line} for path, line in places]
    evidence.data["mentions"] = len(prose)
    if not places and not prose and not defined:
        yield nothing(evidence, name)
        return
    verb = {"calls": "Called", "tests": "Tested"}.get(aspect, "Used")
    if places:
        files = len({path for path, _ in places})
        least = "at least " if len({path for path, _ in evidence.uses(name)}) >= MOST_FILES_USING else ""
        head = f"**{verb} on {least}{md.count(len(places), 'line')} of {md.count(files, 'file')}** (matched by name)\n"
        brief = not aspect and not full
        most = (3, 2) if brief else (limits.items + 1, limits.quotes)
        yield from _listed(evidence, head, code, *most)
        if tests and not (brief and code):
            head = f"**In tests**, {md.count(len(tests), 'line')}\n" if code else head
            yield from _listed(evidence, head, tests, *((limits.items, limits.quotes) if not code else (3, 2)))
    else:
        where = {"calls": "nowhere called", "tests": "in no test"}.get(aspect, "used nowhere else in this project")
        yield evidence.part(f"{md.code(name)} is {where} (matched by name).")
    shown = _rest(evidence, name, uses, places)
    if shown:
        yield evidence.part(shown)
    if full and prose and aspect != "calls":
        yield from _listed(evidence, "**Spoken of**\n", prose, limits.items, limits.quotes)


def _rest(evidence: Evidence, name: str, uses: Uses, shown: Places) -> str:
    """What was found and is not listed, and how to see it."""
    aspect, full = evidence.request.aspect, evidence.request.detail == "full"
    left = []
    if not aspect and not full and uses.code and uses.tests:
        left.append(f"tests use it on {md.count(len(uses.tests), 'line')} ({md.code(f'tests for {name}')})")
    if aspect == "calls" and len(uses.all) > len(shown):
        more = md.count(len(uses.all) - len(shown), "line")
        left.append(f"{more} name it without calling it ({md.code(f'find uses of {name}')})")
    if uses.prose and not full and aspect != "tests":
        left.append(f"{md.count(len(uses.prose), 'line')} of comments and documentation speak of it")
    return f"Besides: {'; '.join(left)}." if left else ""


def _listed(evidence: Evidence, head: str, places: Places, most_files: int, most_lines: int) -> Iterator[AnswerPart]:
    files = [(path, list(lines)) for path, lines in groupby(places, key=lambda place: place[0])]
    shown = files[:most_files]
    for start in range(0, len(shown), 3):
        lines = []
        for path, own in shown[start : start + 3]:
            lines += [f"- {evidence.link(path)}", *_lines(evidence, own[:most_lines])]
            if len(own) > most_lines:
                lines.append(f"  - … {len(own) - most_lines} more in this file")
        last = start + 3 >= len(shown)
        if last and len(files) > most_files:
            rest = md.count(len(files) - most_files, "more file")
            lines.append(f"- … {rest}; the same request “in detail” shows them")
        yield evidence.part(*([head] if start == 0 else []), *lines, tight=not last)


def _grouped(evidence: Evidence, places: Places) -> list[str]:
    order = list(dict.fromkeys(path for path, _ in places))
    lines = []
    for path in order:
        own = sorted(line for other, line in places if other == path)
        lines += [f"- {evidence.link(path)}", *_lines(evidence, [(path, line) for line in own])]
    return lines


def _lines(evidence: Evidence, places: Places) -> list[str]:
    lines = []
    for path, line in places:
        around = evidence.enclosing(path, line)
        inside = f" in {md.code(around.qualified or around.name)}" if around and around.kind != "heading" else ""
        inside = "" if around and around.line == line else inside
        lines.append(f"  - {evidence.at(path, line)}{inside}: {evidence.quote(path, line)}")
    return lines


def _files(evidence: Evidence, name: str, paths: tuple[RelPath, ...]) -> AnswerPart:
    most = 4 * evidence.limits.items
    lines = [f"- {evidence.link(path)}" for path in paths[:most]]
    if len(paths) > most:
        lines.append(f"- … {len(paths) - most} more")
    evidence.data["paths"] = list(paths)
    return evidence.part(f"**{md.code(name)}** fits {md.count(len(paths), 'file')}:\n", *lines)


def _words(line: str) -> list[str]:
    return [word for word in line.replace(".", " ").replace("(", " ").split() if word.isidentifier()]
