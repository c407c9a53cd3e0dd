"""Explain a symbol, a file or a variable: what it says of itself, what it calls, who uses it, tests, last commits."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.brief import brief
from codemaestro_jupyter.plan.docstrings import (
    DOCSTRING_LINES,
    docstring_lines,
    header,
    header_end,
    introduction,
    undressed,
)
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.find import nothing, uses_of
from codemaestro_jupyter.plan.frames import compute
from codemaestro_jupyter.plan.grammar import HERE
from codemaestro_jupyter.plan.kinds import is_aside, is_test_file
from codemaestro_jupyter.plan.overview import help_, overview
from codemaestro_jupyter.plan.requests import LOOKS_LIKE_PATH
from codemaestro_jupyter.plan.show import choose, inherited_note, list_folder, named_file, not_found, outline
from codemaestro_jupyter.plan.variables import picture, unknown
from codemaestro_jupyter.types import AnswerPart, RelPath, Symbol
from codemaestro_jupyter.workspace import parsing
from codemaestro_jupyter.workspace.neighbours import is_test

_BUILT_IN = frozenset(name for kind in (str, bytes, list, dict, set, tuple, int, float) for name in dir(kind))

_IMPORT = re.compile(
    r"\s*(?:from\s+\S+\s+import\b|import\b|(?:pub(?:\(\w+\))?\s+)?use\s+[\w:]+::|#\s*include\b|using\s+\w"
    r"|(?:export\b.*(?<!\s)|\})\s*+from\s*['\"]|(?:library|require)\()"
)

UNDONE = (
    "Nothing was undone yet. The last change is taken back byte for byte by the Undo of its card, `%maestro undo`, or"
    " `codemaestro undo` in a terminal; `redo` does it again, and `log` lists what was changed."
)


def explain(evidence: Evidence) -> Iterator[AnswerPart]:
    """What is known of the thing named: a kernel variable, a file, a symbol; a brief if it is a topic."""
    name = evidence.request.argument
    if evidence.request.aspect in ("project", "help"):
        yield from (overview if evidence.request.aspect == "project" else help_)(evidence)
        return
    if evidence.request.aspect == "undo":
        yield evidence.part(UNDONE)
        return
    if evidence.request.aspect == "frame":
        yield from compute(evidence)
        return
    if name.lower() in HERE or LOOKS_LIKE_PATH.match(name):
        found = named_file(evidence, name)
        if found.one:
            yield from _file(evidence, found.one)
            return
        if found.paths and not found.folder:
            yield choose(evidence, name, found)
            return
    variable = next((variable for variable in evidence.sources.variables() if variable.name == name), None)
    definitions = [symbol for symbol in evidence.definitions(name) if symbol.kind != "heading"]
    if variable is not None:
        yield from picture(evidence, variable)
        notebook = evidence.notebook()
        definitions = [symbol for symbol in definitions if notebook is None or symbol.path != notebook.path]
        if definitions:
            places = ", ".join(evidence.place(symbol.path, symbol.line) for symbol in definitions[:3])
            yield evidence.part(f"The project also defines {md.code(name)}: {places}.")
        return
    if definitions:
        yield from _symbol(evidence, definitions)
        return
    found = named_file(evidence, name)
    code = [path for path in found.paths if not is_aside(path)]
    if found.one:
        yield from _file(evidence, found.one)
    elif len(code) == 1 and not found.folder:  # the code comes before what is written about it, and before its tests
        yield from _file(evidence, code[0])
        others = md.listed([evidence.link(path) for path in found.paths if path not in code], evidence.limits.items)
        yield evidence.part(f"{md.code(name)} also fits {others}.")
    elif found.folder:
        yield list_folder(evidence, found)
    elif found.paths:
        yield choose(evidence, name, found)
    elif LOOKS_LIKE_PATH.match(name) and "/" in name:
        yield not_found(evidence, name, found)
    elif any(reference.name == name for reference in evidence.request.references):
        yield unknown(evidence, name)
    elif (uses := evidence.uses(name)) and not _is_a_topic(evidence, name, uses):
        yield from _foreign(evidence, name, uses)
    elif re.fullmatch(r"[a-z]+", name) and evidence.search(name, 1):
        yield from brief(evidence)
    else:
        yield nothing(evidence, name)


def _is_a_topic(evidence: Evidence, name: str, uses: list[tuple[RelPath, int]]) -> bool:
    """Whether a plain word ("how does routing work") is spoken of, and not the name of something used."""
    return re.fullmatch(r"[a-z]{4,}", name) is not None and not any(
        _imports(evidence, path, line)
        or re.search(rf"\b{name}\s*[(=]|\.\s*{name}\b|\b{name}\s*\.\w", evidence.lines(path)[line - 1])
        for path, line in uses
        if not evidence.speaks(path, line)
    )


# -- a symbol ---------------------------------------------------------------------------------------


def _symbol(evidence: Evidence, definitions: list[Symbol]) -> Iterator[AnswerPart]:
    symbol = definitions[0]
    name = symbol.qualified or symbol.name
    head = [f"**{md.code(name)}** · {symbol.kind} · {evidence.place(symbol.path, symbol.line, _span(symbol))}"]
    head[0] += f"{inherited_note(evidence, evidence.request.argument, symbol)}\n"
    last = header_end(evidence, symbol)
    head.append(evidence.block(symbol.path, symbol.line, last))
    doc = docstring_lines(evidence, symbol)
    shown = doc[: DOCSTRING_LINES[evidence.request.detail]]
    for line in shown:
        evidence.quotes.append({"path": symbol.path, "line": line, "text": evidence.lines(symbol.path)[line - 1]})
    if shown:
        evidence.cite(symbol.path, shown[0], shown[-1])
        head.append(md.quoted("\n".join(undressed(evidence.lines(symbol.path)[line - 1]) for line in shown)))
        if len(doc) > len(shown):
            head.append(f"> … {md.count(len(doc) - len(shown), 'more line')}")
    evidence.data |= {"symbol": name, "path": symbol.path, "line": symbol.line, "kind": symbol.kind}
    yield evidence.part(*head)
    if left_out := evidence.left_out(evidence.request.argument, definitions):
        yield evidence.part(left_out)
    if len(definitions) > 1:
        others = [evidence.place(other.path, other.line) for other in definitions[1:]]
        yield evidence.part(f"Also defined at {md.listed(others, evidence.limits.items)}.")
    if symbol.kind == "class" and (members := _members(evidence, symbol)):
        yield evidence.part("**Members**\n", *members)
    if calls := calls_of(evidence, symbol):
        lines = [
            f"- {md.code(other.qualified or other.name)} {evidence.place(other.path, other.line)}" for other in calls
        ]
        yield evidence.part("**Calls in this project** (matched by name)\n", *lines)
    yield from _users(evidence, symbol)
    yield from last_commits(evidence, symbol.path)


def _users(evidence: Evidence, symbol: Symbol) -> Iterator[AnswerPart]:
    uses = uses_of(evidence, symbol.name)

    def outside(places: list[tuple[RelPath, int]]) -> list[tuple[RelPath, int]]:
        own = range(symbol.line, symbol.end_line + 1)
        return [
            (path, line)
            for path, line in places
            if not (path == symbol.path and line in own) and not _imports(evidence, path, line)
        ]

    code, tests, elsewhere = outside(uses.code), outside(uses.tests), 0
    how = "matched by name"
    owner = (symbol.qualified or symbol.name).rpartition(".")[0].rpartition(".")[2]
    if symbol.kind == "method" and owner:
        # Any object may have a method of this name: what counts is attribute access where the class is spoken of.
        code = [place for place in code if _accesses(evidence, *place, symbol.name)]
        tests = [place for place in tests if _accesses(evidence, *place, symbol.name)]
        elsewhere = len(tests)
        code = [place for place in code if place[0] == symbol.path or evidence.names(place[0], owner)]
        tests = [place for place in tests if evidence.names(place[0], owner)]
        elsewhere -= len(tests)
        code, tests = _outright(evidence, code, symbol, owner), _outright(evidence, tests, symbol, owner)
        how = f"attributes of this name in files that name {md.code(owner)}"
    evidence.data |= {
        "callers": [{"path": path, "line": line} for path, line in code],
        "tests": [{"path": path, "line": line} for path, line in tests],
    }
    if code:
        yield evidence.part(f"**Used by** ({md.count(len(code), 'line')}, {how})\n", *_places(evidence, code))
    if tests:
        yield evidence.part(f"**Tests that name it** ({md.count(len(tests), 'line')})\n", *_places(evidence, tests))
    elif not is_test(symbol.path):
        yield _untested(evidence, symbol, elsewhere)


def _outright(
    evidence: Evidence, places: list[tuple[RelPath, int]], symbol: Symbol, owner: str
) -> list[tuple[RelPath, int]]:
    """Those that write `Owner.member`, and those in its own file, where any do; else all.

    A name that Python's own types have too (`update`) counts only behind a name like the class's (`self.engine`).
    """
    common = symbol.name in _BUILT_IN
    before = rf"\w*{re.escape(owner)}" if common else rf"\b{re.escape(owner)}"
    whole = re.compile(rf"{before}\s*(?:\.|::)\s*{re.escape(symbol.name)}\b", re.IGNORECASE if common else 0)
    mine = re.compile(rf"\b(?:self\.|cls\.|this\.|Self::){re.escape(symbol.name)}\b")

    def text(place: tuple[RelPath, int]) -> str:
        return evidence.lines(place[0])[place[1] - 1]

    sure = [place for place in places if whole.search(text(place))]
    own = [place for place in places if place[0] == symbol.path and (not common or mine.search(text(place)))]
    return [place for place in places if place in sure or place in own] if sure or common else places


def _untested(evidence: Evidence, symbol: Symbol, elsewhere: int) -> AnswerPart:
    """No test is sure to use a symbol: what comes closest."""
    said = "No test names it"
    if elsewhere:
        lines = md.count(elsewhere, "line")
        said = f"Tests use something of this name on {lines}: {md.code(f'tests for {symbol.name}')}"
    named = [path for path in evidence.neighbours(symbol.path).tests if is_test_file(path)]
    if named:
        links = md.listed([evidence.link(path) for path in named], evidence.limits.items)
        return evidence.part(f"{said}; tests of its file: {links}.")
    evidence.cite(symbol.path)
    return evidence.part(f"{said}." if elsewhere else f"{said}, and no test file belongs to its file.")


def _places(evidence: Evidence, places: list[tuple[RelPath, int]]) -> list[str]:
    lines, most = [], evidence.limits.items
    for path, line in places[:most]:
        around = evidence.enclosing(path, line)
        inside = f" in {md.code(around.qualified or around.name)}" if around and around.kind != "heading" else ""
        lines.append(f"- {evidence.place(path, line)}{inside}: {evidence.quote(path, line)}")
    if len(places) > most:
        lines.append(f"- … {len(places) - most} more")
    return lines


def _members(evidence: Evidence, symbol: Symbol) -> list[str]:
    prefix = f"{symbol.qualified or symbol.name}."
    own = [
        other
        for other in evidence.symbols(symbol.path)
        if other.qualified.startswith(prefix) and "." not in other.qualified[len(prefix) :]
    ]
    public = [other for other in own if not other.name.startswith("_") or other.name == "__init__"]
    most = 3 * evidence.limits.items
    lines = [f"- {evidence.at(other.path, other.line)} {header(evidence, other)}" for other in public[:most]]
    if len(own) > len(lines):
        lines.append(f"- … {len(own) - len(lines)} more")
    return lines


def calls_of(evidence: Evidence, symbol: Symbol) -> list[Symbol]:
    """The project's definitions that a Python symbol calls by a name that only one of them has; in order."""
    if symbol.kind not in ("function", "method", "class"):
        return []
    names = called_names(evidence.lines(symbol.path)[symbol.line - 1 : symbol.end_line])
    names.pop(symbol.name, None)
    scope = (symbol.qualified or symbol.name).rpartition(".")[0]
    found: list[Symbol] = []
    for name in list(names)[:40]:
        if len(found) >= 2 * evidence.limits.items:
            break
        candidates = [other for other in evidence.definitions(name) if other.kind in ("function", "method", "class")]
        candidates = [other for other in candidates if other.name == name and not is_test(other.path)]
        if names[name] == "function":
            candidates = [other for other in candidates if other.kind != "method"]
        elif names[name] == "method":
            candidates = [other for other in candidates if other.kind == "method"]
        own = [other for other in candidates if other.path == symbol.path]
        sibling = [other for other in own if scope and other.qualified == f"{scope}.{name}"]
        best = sibling or own or candidates
        if len(best) == 1 and best[0].line != symbol.line:
            found.append(best[0])
    return found


def called_names(lines: list[str]) -> dict[str, str]:
    """Names that Python lines call, in order, as `function`, `method` (of self) or `attribute` (of anything else).

    Attributes that Python's own types have, and short plain ones, say nothing of where they are defined: left out.
    """
    try:
        tree = parsing.module(textwrap.dedent("\n".join(lines)))
    except (SyntaxError, ValueError, RecursionError):
        return {}
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    own = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {
        node.arg for node in nodes if isinstance(node, ast.arg)
    }  # a name of its own hides what the project calls so
    found: dict[str, str] = {}
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        match call.func:
            case ast.Name(id=name) if name not in own:
                found.setdefault(name, "function")
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                found.setdefault(name, "method")
            case ast.Attribute(attr=name) if name not in _BUILT_IN and (len(name) > 7 or "_" in name):
                found.setdefault(name, "attribute")
            case _:
                pass
    return found


# -- a file -----------------------------------------------------------------------------------------


def _file(evidence: Evidence, path: RelPath) -> Iterator[AnswerPart]:
    file = evidence.file(path)
    if isinstance(file, PathError):
        yield evidence.part(f"{md.plain(file.message)} {md.plain(file.hint)}")
        return
    lines = evidence.lines(path)
    evidence.data |= {"path": path, "lines": len(lines)}
    head = [f"**{evidence.link(path)}** · {md.count(len(lines), 'line')}\n"]
    intro = introduction(evidence, path)[: DOCSTRING_LINES[evidence.request.detail]]
    for line in intro:
        evidence.quotes.append({"path": path, "line": line, "text": lines[line - 1]})
    if intro:
        evidence.cite(path, intro[0], intro[-1])
        head.append(md.quoted("\n".join(undressed(lines[line - 1]) for line in intro)))
    yield evidence.part(*head)
    if table := outline(evidence, path):
        yield evidence.part("**Defines**\n", *table)
    near = evidence.neighbours(path)
    evidence.data |= {"tests": list(near.tests), "modules": list(near.modules)}
    told = []
    if near.modules:
        modules = md.listed([evidence.link(other) for other in near.modules], 2 * evidence.limits.items)
        told.append(f"- Imports or is imported by: {modules}")
    if near.tests:
        tests = md.listed([evidence.link(other) for other in near.tests], evidence.limits.items)
        told.append(f"- Tests: {tests}")
    if path in evidence.status().changed:
        evidence.note("git status")
        told.append("- It has changes that are not committed.")
    if told:
        yield evidence.part("**Around it**\n", *told)
    yield from last_commits(evidence, path)


def last_commits(evidence: Evidence, path: RelPath) -> Iterator[AnswerPart]:
    """The last commits that touched a file."""
    commits = evidence.history(paths=(path,), limit=min(3, evidence.limits.items))
    if commits:
        evidence.data["commits"] = [commit.sha for commit in commits]
        yield evidence.part(
            f"**Last commits on {md.code(path)}**\n", *(f"- {evidence.commit(commit)}" for commit in commits)
        )


def _foreign(evidence: Evidence, name: str, uses: list[tuple[RelPath, int]]) -> Iterator[AnswerPart]:
    imports = [place for place in uses if _imports(evidence, *place)]
    evidence.data |= {"symbol": name, "uses": [{"path": path, "line": line} for path, line in uses]}
    said = f"{md.code(name)} is not defined in this project; it is used on {md.count(len(uses), 'line')}."
    yield evidence.part(said + ("" if not imports else " It is imported here:\n"), *_places(evidence, imports))
    rest = [place for place in uses if place not in imports]
    if rest:
        yield evidence.part("**Used by**\n", *_places(evidence, rest))


def _accesses(evidence: Evidence, path: RelPath, line: int, name: str) -> bool:
    return re.search(rf"(?:\.|::)\s*{re.escape(name)}\b", evidence.lines(path)[line - 1]) is not None


def _imports(evidence: Evidence, path: RelPath, line: int) -> bool:
    return _IMPORT.match(evidence.lines(path)[line - 1]) is not None


def _span(symbol: Symbol) -> str:
    return f"{symbol.path}:{symbol.line}" + (f"-{symbol.end_line}" if symbol.end_line > symbol.line else "")
