"""Show a file, a part of it, a notebook's cell, or the source of a symbol: what is there, word for word."""

from __future__ import annotations

from collections.abc import Iterator

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import CELL_MARK, Evidence
from codemaestro_jupyter.plan.grammar import HERE
from codemaestro_jupyter.plan.members import is_whole_name
from codemaestro_jupyter.plan.naming import Found, find_file
from codemaestro_jupyter.types import AnswerPart, RelPath, Symbol

WINDOW = 60
"""Lines shown of a file that is too long to be shown whole."""


def show(evidence: Evidence) -> Iterator[AnswerPart]:
    """The file or symbol that the request names; candidates if several fit, the one that is spelt almost like it."""
    request = evidence.request
    name = request.argument
    found = named_file(evidence, name)
    if found.one:
        yield from show_file(evidence, found.one)
    elif found.folder:
        yield list_folder(evidence, found)
    elif found.paths:
        yield choose(evidence, name, found)
    elif "/" not in name and (symbols := evidence.definitions(name)):
        yield from _sources(evidence, name, symbols)
    elif found.nearly and not _ignored(evidence, name):
        others = [evidence.link(path) for path in found.similar[1:3]]
        also = f" Others spelt like it: {', '.join(others)}." if others else ""
        yield evidence.part(f"There is no {md.code(name)}; this is {evidence.link(found.nearly)}.{also}")
        yield from show_file(evidence, found.nearly)
    else:
        yield not_found(evidence, name, found)


def _sources(evidence: Evidence, name: str, symbols: tuple[Symbol, ...]) -> Iterator[AnswerPart]:
    for symbol in symbols[: evidence.limits.items]:
        place = evidence.place(symbol.path, symbol.line)
        shown = min(symbol.end_line, symbol.line + evidence.limits.lines - 1)
        block = evidence.block(symbol.path, symbol.line, shown)
        left = symbol.end_line - shown
        more = f"… {md.count(left, 'more line')} to {symbol.end_line}." if left else ""
        came = inherited_note(evidence, name, symbol)
        head = f"**{md.code(symbol.qualified or symbol.name)}** · {symbol.kind} · {place}{came}\n"
        yield evidence.part(head, block, more)


def inherited_note(evidence: Evidence, name: str, symbol: Symbol) -> str:
    """That what was asked for as one class's is another's, or nobody's; empty where it is what was asked for."""
    known = symbol.qualified or symbol.name
    owner, _, member = name.rpartition(".")
    if not owner or known.lower().endswith(name.lower()) or is_whole_name(name, symbol):
        return ""
    last = owner.rpartition(".")[2]
    if not last[:1].isupper() and all(each.kind != "class" for each in evidence.definitions(last)):
        return ""  # a module, or an object
    if symbol.name == member and (symbol.path, symbol.line) in {(up.path, up.line) for up in evidence.inherited(name)}:
        return f" · {md.code(name)} comes from there"
    return f" · {md.code(name)} was not found; this has its name"


def _ignored(evidence: Evidence, name: str) -> PathError | None:
    """Why a path that is there is not shown (ignored, secret, binary, too large); None if it is not there."""
    path = RelPath(name.removeprefix("./"))
    found = evidence.file(path) if path not in evidence.files() else None
    return found if isinstance(found, PathError) and "no file" not in found.message.lower() else None


def named_file(evidence: Evidence, name: str) -> Found:
    """The file that a name stands for; "this file", an empty name and "this notebook" are the open notebook."""
    notebook = evidence.notebook() if not name or name.lower() in HERE else None
    if notebook and notebook.path:
        return Found((notebook.path,))
    return find_file(name, evidence.files(), evidence.base)


def show_file(evidence: Evidence, path: RelPath) -> Iterator[AnswerPart]:
    """One file: the lines or the cell asked for, the whole of it, or a window and its outline."""
    request = evidence.request
    file = evidence.file(path)
    if isinstance(file, PathError):
        yield evidence.part(f"{md.plain(file.message)} {md.plain(file.hint)}")
        return
    lines = evidence.lines(path)
    notes = [md.count(len(lines), "line")]
    if file.redacted:
        notes.append(f"{md.count(file.redacted, 'line')} withheld because they look like secrets")
    notebook = path.endswith(".ipynb") and CELL_MARK.search(file.text) is not None
    if path.endswith(".ipynb") and not notebook and lines:
        notes.append("not a valid notebook: shown as it stands")
    elif file.lossy:
        notes.append(
            "too long: only its beginning"
            if notebook
            else "not valid UTF-8 throughout: what cannot be read is shown as �"
        )
    head = f"**{evidence.link(path)}** · {' · '.join(notes)}"
    evidence.data |= {"path": path, "lines": len(lines), "redacted": file.redacted}
    if not lines:
        yield evidence.part(f"**{evidence.link(path)}** is empty.")
        return
    if request.cell is not None:
        yield from _cell(evidence, path, head, request.cell)
        return
    if request.lines is not None:
        yield _range(evidence, path, head, request.lines)
        return
    if notebook:
        yield from _notebook(evidence, path, head)
        return
    if len(lines) <= evidence.limits.lines:
        yield evidence.part(head + "\n", evidence.block(path, 1, len(lines)))
        return
    shown = min(WINDOW, evidence.limits.lines)
    rest = min(len(lines), 2 * shown)
    more = f"Shown: lines 1-{shown}. For more: {md.code(f'read lines {shown + 1}-{rest} of {path}')}"
    yield evidence.part(head + "\n", evidence.block(path, 1, shown), more + ", or the same request “in detail”.")
    if table := outline(evidence, path):
        yield evidence.part("**What is in it**\n", *table)


def outline(evidence: Evidence, path: RelPath, most: int = 0) -> list[str]:
    """The definitions of a file as a list with links, nested ones indented."""
    symbols = [symbol for symbol in evidence.symbols(path) if symbol.kind not in ("variable", "other")]
    tops = [symbol for symbol in symbols if symbol.qualified in ("", symbol.name) and symbol.kind != "constant"]
    most = most or 4 * evidence.limits.items
    shown = symbols if len(symbols) <= most else (tops or symbols)
    lines = []
    around: list[int] = []  # last lines of the definitions that a line stands in
    for symbol in shown[:most]:
        while around and around[-1] < symbol.line:
            around.pop()
        depth = len(around) if shown is symbols and symbol.kind != "heading" else 0
        around.append(symbol.end_line)
        lines.append(f"{'  ' * min(depth, 3)}- {evidence.at(path, symbol.line)} {evidence.quote(path, symbol.line)}")
    if len(symbols) > len(lines):
        lines.append(f"- … {len(symbols) - len(lines)} more definitions")
    return lines


def choose(evidence: Evidence, name: str, found: Found) -> AnswerPart:
    """Several files fit: which ones, and how to name one of them."""
    evidence.data["candidates"] = list(found.paths)
    most = 4 * evidence.limits.items
    lines = [f"- {evidence.link(path)}" for path in found.paths[:most]]
    if len(found.paths) > most:
        lines.append(f"- … {len(found.paths) - most} more")
    say = f"{md.code(name)} fits {md.count(len(found.paths), 'file')}. Which one? Write more of its path:\n"
    return evidence.part(say, *lines)


def not_found(evidence: Evidence, name: str, found: Found) -> AnswerPart:
    """No file fits: what was searched, what is spelt like it, what to try."""
    evidence.data["similar"] = list(found.similar)
    count = md.count(len(evidence.files()), "file")
    said = f"There is no file or symbol {md.code(name)} among the {count} of this project."
    if name.lower() in HERE or not name:
        return evidence.part("No notebook or file is open here. Name one, e.g. `show README.md`.")
    if refused := _ignored(evidence, name):
        return evidence.part(f"{md.plain(refused.message)} {md.plain(refused.hint)}")
    if found.similar:
        return evidence.part(f"{said} Did you mean:\n", *(f"- {evidence.link(path)}" for path in found.similar))
    advice = "Ignored, binary, secret and very large files are not shown."
    return evidence.part(f"{said} {advice} Try part of its name, or {md.code(f'find {name}')}.")


def list_folder(evidence: Evidence, found: Found) -> AnswerPart:
    """The files in a folder."""
    most = 6 * evidence.limits.items
    lines = [f"- {evidence.link(path)}" for path in found.paths[:most]]
    if len(found.paths) > most:
        lines.append(f"- … {len(found.paths) - most} more")
    evidence.data |= {"folder": found.folder, "paths": list(found.paths)}
    return evidence.part(f"**{md.code(found.folder + '/')}** holds {md.count(len(found.paths), 'file')}:\n", *lines)


def _range(evidence: Evidence, path: RelPath, head: str, wanted: tuple[int, int]) -> AnswerPart:
    total = len(evidence.lines(path))
    first, last = wanted
    if first < 0:
        first, last = max(1, total + first + 1), total
    if first > total:
        return evidence.part(f"{head}\n", f"It ends at line {total}, so there are no lines {first}-{last}.")
    asked, first = last, max(1, first)
    last = min(last, total, first + max(evidence.limits.lines, 400) - 1)
    span = f"line {first}" if first == last else f"lines {first}-{last}"
    cut = ""
    if last < min(asked, total):
        cut = f"Cut after {md.count(last - first + 1, 'line')}; go on with {md.code(f'read lines {last + 1}-{min(asked, total)} of {path}')}."  # noqa: E501
    elif asked > total:
        cut = f"The file ends at line {total}."
    return evidence.part(f"{head} · {evidence.place(path, first, span)}\n", evidence.block(path, first, last), cut)


def cells(evidence: Evidence, path: RelPath) -> list[tuple[str, int, int]]:
    """The cells of a notebook's text as (`code` or `text`, first line, last line); the mark itself is left out."""
    lines = evidence.lines(path)
    marks = [(number, match) for number, line in enumerate(lines, 1) if (match := CELL_MARK.match(line))]
    found = []
    for place, (number, match) in enumerate(marks):
        last = marks[place + 1][0] - 1 if place + 1 < len(marks) else len(lines)
        while last > number and not lines[last - 1].strip():
            last -= 1
        found.append(("text" if match[1] else "code", number + 1, last))
    return found


def _cell(evidence: Evidence, path: RelPath, head: str, number: int) -> Iterator[AnswerPart]:
    found = cells(evidence, path)
    if not 1 <= number <= len(found):
        have = f"It has cells 1-{len(found)}." if found else "It has no cells."
        yield evidence.part(f"{head}\n", f"There is no cell {number}. {have}")
        return
    kind, first, last = found[number - 1]
    block = _cell_block(evidence, path, kind, first, last) if last >= first else "(empty)"
    yield evidence.part(f"{head} · cell {number} ({kind})\n", block)


def _notebook(evidence: Evidence, path: RelPath, head: str) -> Iterator[AnswerPart]:
    found = cells(evidence, path)
    code = sum(kind == "code" for kind, _, _ in found)
    yield evidence.part(f"{head} · {md.count(len(found), 'cell')}, {code} with code")
    left = evidence.limits.lines
    if sum(last - first + 1 for _, first, last in found) > left:
        left = min(WINDOW, left)
    for number, (kind, first, last) in enumerate(found, 1):
        if last < first:
            continue
        if left <= 0:
            advice = md.code(f"show cell {number} of {path}")
            rest = md.count(len(found) - number + 1, "more cell")
            yield evidence.part(f"… {rest}: {advice}, or the same request “in detail”.")
            if table := outline(evidence, path):
                yield evidence.part("**What is in it**\n", *table)
            return
        last = min(last, first + left - 1)
        left -= last - first + 1
        yield evidence.part(f"Cell {number} ({kind})\n", _cell_block(evidence, path, kind, first, last))


def _cell_block(evidence: Evidence, path: RelPath, kind: str, first: int, last: int) -> str:
    return evidence.block(path, first, last, "markdown" if kind == "text" else "")
