"""Why did it fail: the error, the project's frames with their lines, the names in it, likely causes, what is near."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from datetime import datetime

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.heuristics import causes
from codemaestro_jupyter.plan.tracebacks import meant
from codemaestro_jupyter.types import AnswerPart, Cell, Commit, Failure, Frame, RelPath
from codemaestro_jupyter.workspace.neighbours import is_test

SOURCES = {"traceback": "traceback", "pytest": "pytest's last run", "log": "a log"}


def failure(evidence: Evidence) -> Iterator[AnswerPart]:
    """The failure that is meant, from the error itself outwards; others at the end."""
    evidence.consult("failure")
    failures = meant(evidence.request, evidence.sources)
    if not failures:
        yield evidence.part(
            "No failure is known: the kernel's last run succeeded or it has not run, pytest's last run left no failed"
            " test, and no `*.log` file of the project ends in an error. Run what fails and ask again, or paste the"
            " traceback below the question."
        )
        return
    first = failures[0]
    evidence.data |= {
        "kind": first.kind,
        "title": first.title,
        "frames": [{"path": frame.path, "line": frame.line, "function": frame.function} for frame in first.frames],
    }
    yield _error(evidence, first)
    own = [frame for frame in first.frames if frame.path or frame.cell]
    yield from _frames(evidence, first, own)
    innermost = own[-1] if own else None
    likely = causes(evidence, first, innermost)
    if likely:
        evidence.note(first.source or "traceback")
        evidence.data["heuristics"] = likely
        yield evidence.part(
            "**Likely causes** (heuristics, by the kind of error)\n", *(f"- {cause}" for cause in likely[:4])
        )
    if innermost and (names := _names(evidence, first, innermost)):
        yield evidence.part("**Names involved**\n", *names)
    if first.kind == "log":
        evidence.note(first.source)
        yield evidence.part("The end of the log:\n", md.fence(first.detail.rstrip("\n"), "text"))
    yield from _near(evidence, first, own)
    if len(failures) > 1:
        most = evidence.limits.items
        lines = [f"- {_title(evidence, other)}" for other in failures[1 : most + 1]]
        more = [f"- … {len(failures) - 1 - most} more"] if len(failures) - 1 > most else []
        yield evidence.part("**Other failures**\n", *lines, *more)


def _error(evidence: Evidence, first: Failure) -> AnswerPart:
    evidence.note("traceback" if first.kind == "traceback" else first.source)
    when = ""
    if first.when:
        when = f" · {datetime.fromtimestamp(first.when, evidence.zone):%Y-%m-%d %H:%M}"
    origin = {"kernel": "in the kernel"}.get(first.source, f"from {md.code(first.source)}" if first.source else "")
    told_by = f" · {SOURCES[first.kind]} {origin}".rstrip() if first.kind == "traceback" else f" · {origin}"
    cause = next((line for line in first.detail.split("\n") if line.startswith("after ")), "")
    before = [f"It came up while handling: {md.code(cause.removeprefix('after '))}"] if cause else []
    before = [] if cause.removeprefix("after ") == first.title else before  # as pandas raises its KeyErrors
    return evidence.part(f"**{md.code(first.title)}**{told_by}{when}", *before)


def _frames(evidence: Evidence, first: Failure, own: list[Frame]) -> Iterator[AnswerPart]:
    if not own:
        if first.frames:
            evidence.note("traceback")
            function = md.code(first.frames[-1].function)
            yield evidence.part(f"None of its frames is in this project; the innermost is {function}.")
        return
    shown: list[str] = []
    if first.kind == "pytest":
        test = own[-1]
        if test.path and (symbol := evidence.enclosing(test.path, test.line)):
            end = min(symbol.end_line, symbol.line + 8 * evidence.limits.around)
            yield evidence.part(
                f"The test: {evidence.place(test.path, symbol.line)}\n",
                evidence.block(test.path, symbol.line, end),
                "Its traceback is not kept by pytest's cache; run it again to see the error:"
                f" {md.code(f'pytest {first.title}')}",
            )
        return
    inner = own[-1]
    yield evidence.part("**Where it happened**\n", *_where(evidence, inner, first))
    for frame in reversed(own[:-1][-2 * evidence.limits.items :]):
        line = _line_of(evidence, frame)
        if line not in shown:
            shown.append(line)
    if shown:
        yield evidence.part("**Called from**, innermost first\n", *shown)


def _where(evidence: Evidence, frame: Frame, first: Failure) -> list[str]:
    if frame.path is None:
        cell, number = _cell(evidence, frame)
        if cell is None:
            return [_line_of(evidence, frame)]
        lines = cell.source.split("\n")
        evidence.note(f"notebook cell {number}")
        low = max(0, frame.line - 1 - evidence.limits.around)
        around = lines[low : frame.line + evidence.limits.around]
        changed = frame.text and not (
            0 < frame.line <= len(lines) and lines[frame.line - 1].strip() == frame.text.strip()
        )
        note = [f"The cell has changed since: line {frame.line} was {md.clipped(frame.text)}."] if changed else []
        return [
            f"Cell {number}, line {frame.line}: {md.clipped(frame.text)}\n",
            md.fence("\n".join(around), "python"),
            *note,
        ]
    lines = evidence.lines(frame.path)
    if not 0 < frame.line <= len(lines):
        return [
            f"{evidence.link(frame.path)} line {frame.line}, which is not there (any more): {md.clipped(frame.text)}"
        ]
    line, note = frame.line, []
    if frame.text and lines[line - 1].strip() != frame.text.strip():
        moved = evidence.confirm(frame.path, line, frame.text)
        line = moved or line
        note = [
            f"The file has changed since: {md.clipped(frame.text)} stood on line {frame.line}"
            + (f", now on {moved}." if moved else " and is gone.")
        ]
    around_line = evidence.enclosing(frame.path, line)
    low = max(1, line - evidence.limits.around, around_line.line if around_line else 1)
    high = min(len(lines), line + evidence.limits.around)
    inside = f" in {md.code(frame.function)}" if frame.function not in ("", "<module>") else ""
    head = f"{evidence.place(frame.path, line)}{inside}: {evidence.quote(frame.path, line)}\n"
    return [head, evidence.block(frame.path, low, high), *note]


def _line_of(evidence: Evidence, frame: Frame) -> str:
    inside = f" in {md.code(frame.function)}" if frame.function not in ("", "<module>") else ""
    if frame.path is None:
        _, number = _cell(evidence, frame)
        evidence.note("traceback")
        where = f"cell {number}" if number else "a cell"
        return f"- {where}, line {frame.line}{inside}: {md.clipped(frame.text)}"
    line = evidence.confirm(frame.path, frame.line, frame.text) if frame.text else frame.line
    if not line or line > len(evidence.lines(frame.path)):
        evidence.note("traceback")
        return f"- {evidence.link(frame.path)} line {frame.line} at that time{inside}: {md.clipped(frame.text)}"
    return f"- {evidence.place(frame.path, line)}{inside}: {evidence.quote(frame.path, line)}"


def _cell(evidence: Evidence, frame: Frame) -> tuple[Cell | None, int]:
    notebook = evidence.notebook()
    for number, cell in enumerate(notebook.cells if notebook else (), 1):
        if cell.id == frame.cell:
            return cell, number
    return None, 0


def _names(evidence: Evidence, first: Failure, frame: Frame) -> list[str]:
    """Names on the failing line, where the project defines them and what the kernel has of them."""
    text = re.sub(r"\"[^\"]*\"|'[^']*'", "", frame.text)
    names = [name for name in dict.fromkeys(re.findall(r"[^\W\d]\w*", text)) if not keyword.iskeyword(name)]
    variables = {variable.name: variable for variable in evidence.variables()}
    lines: list[str] = []
    for name in names:
        if hasattr(builtins, name) or len(name) < 2 or len(lines) >= evidence.limits.items:
            continue
        definitions = [
            symbol for symbol in evidence.definitions(name) if symbol.name == name and symbol.kind != "heading"
        ]
        here = [symbol for symbol in definitions if symbol.path == frame.path]
        best = here or [symbol for symbol in definitions if not is_test(symbol.path)]
        if 0 < len(best) <= 3:
            symbol = best[0]
            place = evidence.place(symbol.path, symbol.line)
            lines.append(f"- {md.code(name)} {symbol.kind} {place}: {evidence.quote(symbol.path, symbol.line)}")
        elif name in variables and frame.cell:
            variable = variables[name]
            evidence.note("kernel variables")
            shape = f" of shape {' × '.join(map(str, variable.shape))}" if variable.shape is not None else ""
            lines.append(f"- {md.code(name)} is a {md.code(variable.type)}{shape} in the kernel")
    return lines


def _near(evidence: Evidence, first: Failure, own: list[Frame]) -> Iterator[AnswerPart]:
    """Tests of the files in the traceback, and past commits that speak of the same or touched them last."""
    paths = list(dict.fromkeys(frame.path for frame in reversed(own) if frame.path))
    code = [path for path in paths if not is_test(path)]
    tests = dict.fromkeys(test for path in code[:2] for test in evidence.neighbours(path).tests)
    if tests:
        links = md.listed([evidence.link(path) for path in tests], evidence.limits.items)
        yield evidence.part(f"**Tests that cover it:** {links}")
    commits = _commits(evidence, first, paths)
    if commits:
        yield evidence.part("**Commits that may bear on it**\n", *commits)
    status = evidence.status()
    touched = [path for path in paths if path in status.changed]
    if touched:
        evidence.note("git status")
        links = ", ".join(evidence.link(path) for path in touched)
        yield evidence.part(f"Not committed yet, so perhaps the cause: changes in {links}.")


def _commits(evidence: Evidence, first: Failure, paths: list[RelPath]) -> list[str]:
    kind = first.title.partition(":")[0]
    same: list[Commit] = []
    if first.kind != "pytest" and kind.endswith(("Error", "Exception")):
        same = [
            commit
            for commit in evidence.history(topic=kind.rpartition(".")[2], limit=10)
            if kind.lower() in commit.subject.lower()
        ]
    last = list(evidence.history(paths=paths[:1], limit=2)) if paths else []
    lines = [f"- {evidence.commit(commit)}; its subject names {md.code(kind)}" for commit in same[:2]]
    lines += [
        f"- {evidence.commit(commit)}; touched {md.code(paths[0])} last" for commit in last if commit not in same[:2]
    ]
    return lines


def _title(evidence: Evidence, other: Failure) -> str:
    evidence.note(other.source or "traceback")
    frame = next((frame for frame in reversed(other.frames) if frame.path), None)
    if frame and frame.path and 0 < frame.line <= len(evidence.lines(frame.path)):
        return f"{md.code(other.title)} at {evidence.place(frame.path, frame.line)} ({other.source})"
    return f"{md.code(other.title)} ({md.plain(other.source)})"
