"""Where is it, who uses it: definitions first, then uses grouped by file, every line quoted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence, is_aside
from codemaestro_jupyter.plan.naming import close_names, find_file
from codemaestro_jupyter.plan.requests import LOOKS_LIKE_PATH
from codemaestro_jupyter.types import AnswerPart, RelPath
from codemaestro_jupyter.workspace.neighbours import is_test

Places = list[tuple[RelPath, int]]


def find(evidence: Evidence) -> Iterator[AnswerPart]:
    """Definitions, then uses, of the name asked for; files for a path, lines for any other text."""
    request = evidence.request
    name = request.argument
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
    if request.aspect == "definition" and definitions:
        uses = evidence.uses(name)
        evidence.data["uses"] = len(uses)
        if uses:
            files = len({path for path, _ in uses})
            more = md.code(f"find uses of {name}")
            yield evidence.part(f"Used on {md.count(len(uses), 'line')} of {md.count(files, 'file')}: {more}.")
        return
    uses = evidence.uses(name)
    if request.aspect == "tests":
        uses = [place for place in uses if is_test(place[0])]
    evidence.data["uses"] = [{"path": path, "line": line} for path, line in uses]
    if uses:
        yield from _used(evidence, name, uses, "Tested" if request.aspect == "tests" else "Used")
    elif definitions:
        where = "in no test" if request.aspect == "tests" else "nowhere else in this project"
        yield evidence.part(f"{md.code(name)} is used {where} (matched by name).")
    else:
        yield nothing(evidence, name)


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
    return evidence.part(f"**{md.code(name)} is defined in {md.count(len(definitions), 'place')}**\n", *lines)


def _used(evidence: Evidence, name: str, uses: Places, verb: str) -> Iterator[AnswerPart]:
    files = [(path, list(places)) for path, places in groupby(uses, key=lambda place: place[0])]
    most_files, most_lines = 2 * evidence.limits.items, 2 * evidence.limits.quotes
    head = f"**{verb} on {md.count(len(uses), 'line')} of {md.count(len(files), 'file')}** (matched by name)\n"
    for start in range(0, min(len(files), most_files), 3):
        lines = []
        for path, places in files[start : min(start + 3, most_files)]:
            lines += [f"- {evidence.link(path)}", *_lines(evidence, places[:most_lines])]
            if len(places) > most_lines:
                lines.append(f"  - … {len(places) - most_lines} more in this file")
        over = start + 3 >= min(len(files), most_files)
        yield evidence.part(*([head] if start == 0 else []), *lines, tight=not over)
    if len(files) > most_files:
        rest = md.count(len(files) - most_files, "more file")
        yield evidence.part(f"… {rest}; the same request “in detail” shows them.")


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
