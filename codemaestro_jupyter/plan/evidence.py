"""Ask on behalf of one answer, remember what it rests on, and quote only what the file says now.

An index may lag behind the files: every line it names is looked up in the text as it is read now, moved to where it
stands now or left out. So an answer cannot quote what is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.kinds import family, is_aside
from codemaestro_jupyter.plan.members import collapsed, in_module, inherited
from codemaestro_jupyter.plan.prose import prose_lines
from codemaestro_jupyter.plan.requests import Detail, Request
from codemaestro_jupyter.plan.sources import Neighbours, Sources
from codemaestro_jupyter.types import (
    Answer,
    AnswerPart,
    Commit,
    FileText,
    Fingerprint,
    GitStatus,
    Match,
    NotebookPicture,
    RelPath,
    Symbol,
    Variable,
)

CELL_MARK = re.compile(r"^# %%( \[md\])?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an answer shows; a short one fits a glance, a normal brief about 60 lines."""

    lines: int
    """Lines of one file shown whole."""
    around: int
    """Lines shown before and after a line that failed."""
    items: int
    """Items of a list, e.g. uses, files or commits."""
    quotes: int
    """Lines quoted for one file."""


LIMITS: dict[Detail, Limits] = {
    "short": Limits(lines=40, around=1, items=3, quotes=1),
    "normal": Limits(lines=200, around=3, items=5, quotes=3),
    "full": Limits(lines=2_000, around=8, items=20, quotes=10),
}


class Evidence:
    """The sources as one answer sees them: each file is read once, and everything consulted is recorded."""

    IN_LIST = "in a list"
    """A label that says: the path stands above already."""

    def __init__(self, sources: Sources, request: Request, now: float, zone: tzinfo | None = None) -> None:
        self.sources = sources
        self.request = request
        self.limits = LIMITS[request.detail]
        self.about = request.text if request.tool == "brief" else request.argument or request.text
        """The words that say what it is about, without "explain" and the like where those were understood."""
        self.now = now
        self.zone = zone
        self.fingerprints: dict[str, Fingerprint] = {}
        self.quotes: list[dict[str, object]] = []
        self.data: dict[str, object] = {}
        self.cited: dict[RelPath, None] = {}
        self._texts: dict[RelPath, FileText | PathError] = {}
        self._lines: dict[RelPath, list[str]] = {}
        self._searched: dict[tuple[str, int], list[tuple[RelPath, int]]] = {}
        self._symbols: dict[RelPath, tuple[Symbol, ...]] = {}
        self._tests: dict[RelPath, int] = {}
        self._prose: dict[RelPath, frozenset[int]] = {}
        self._named: dict[tuple[RelPath, int], tuple[Match, ...]] = {}
        self._names: dict[tuple[RelPath, str], bool] = {}
        self._seen: dict[str, tuple[Match, ...]] = {}
        self._new: dict[str, None] = {}
        self._all: dict[str, None] = {}
        self._said: list[str] = []
        notebook = sources.notebook()
        self.base = notebook.path.rpartition("/")[0] if notebook and notebook.path else ""
        """Folder that links start from."""

    # -- asking -------------------------------------------------------------------------------------

    def consult(self, resource: str) -> None:
        """Note that the answer rests on a resource that is no file."""
        if resource not in self.fingerprints:
            found = self.sources.fingerprint(resource)
            if found is not None:
                self.fingerprints[resource] = found

    def files(self) -> tuple[RelPath, ...]:
        """Every file of the project."""
        self.consult("index")
        return self.sources.files()

    def file(self, path: RelPath) -> FileText | PathError:
        """A file as it is now, or why it is not shown."""
        if path not in self._texts:
            try:
                text = self.sources.read(path)
                self.fingerprints[f"file:{path}"] = text.fingerprint
                self._texts[path] = text
            except PathError as error:
                self._texts[path] = error
        return self._texts[path]

    def lines(self, path: RelPath) -> list[str]:
        """The file's lines without their ends; empty if it cannot be read."""
        if path not in self._lines:
            found = self.file(path)
            text = "" if isinstance(found, PathError) else found.text
            lines = [line.removesuffix("\r") for line in text.split("\n")]
            self._lines[path] = lines[:-1] if lines and not lines[-1] else lines
        return self._lines[path]

    def symbols(self, path: RelPath) -> tuple[Symbol, ...]:
        """Definitions in the file that its text holds now."""
        if path not in self._symbols:
            lines = self.lines(path)
            found = self.sources.symbols(path)
            self._symbols[path] = tuple(
                replace(symbol, end_line=_last_line(lines, symbol))
                for symbol in found
                if symbol.line <= len(lines) and symbol.name in lines[symbol.line - 1]
            )
        return self._symbols[path]

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        """Where a name is defined, each as the file has it now; code first, beside the notebook first.

        Of `Class.member`, the class above that defines it, if `Class` does not.
        """
        self.consult("index")
        found = self._defined(name)
        if "." in name and not any((symbol.qualified or symbol.name).endswith(name) for symbol in found):
            found = in_module(name, self._defined) or self.inherited(name) or found
        return tuple(sorted(found, key=self._nearest))

    def inherited(self, name: str) -> list[Symbol]:
        """Where `Class.member` is defined if a class above it does so."""
        return inherited(name, self._defined, lambda symbol: self.lines(symbol.path))

    def left_out(self, name: str, definitions: Iterable[Symbol]) -> str:
        """That files were too large to look for a name's definition in; empty where it was found as it is written."""
        if any(f".{symbol.qualified or symbol.name}".endswith(f".{name}") for symbol in definitions):
            return ""
        if "." in name and self.inherited(name):
            return ""
        large = [md.link(path, path, self.base) for path in self.sources.too_large()]
        verb = "is" if len(large) == 1 else "are"
        return f"It may be in {md.listed(large)}, which {verb} too large to be read." if large else ""

    def _defined(self, name: str) -> list[Symbol]:
        found = {}
        for symbol in self.sources.definitions(name):
            current = self._as_it_is(symbol)
            if current is not None:
                found[(current.path, current.line)] = current
        return collapsed(found.values(), lambda symbol: self.lines(symbol.path))

    def speaks(self, path: RelPath, line: int) -> bool:
        """Whether a line only speaks of things: a comment, a docstring, documentation."""
        if path not in self._prose:
            self._prose[path] = prose_lines(path, self.lines(path))
        return line in self._prose[path]

    def tests_itself(self, path: RelPath, line: int) -> bool:
        """Whether a line stands among the tests at the end of a Rust file."""
        if not path.endswith(".rs"):
            return False
        if path not in self._tests:
            self._tests[path] = next(
                (number for number, text in enumerate(self.lines(path), 1) if text.startswith("#[cfg(test)]")), 0
            )
        return 0 < self._tests[path] <= line

    def uses(self, name: str) -> list[tuple[RelPath, int]]:
        """Places that use a name, by path and line; code before tests."""
        self.consult("index")
        word = re.compile(rf"(?<!\w){re.escape(name.rpartition('.')[2])}(?!\w)")
        found = dict.fromkeys(
            (match.path, line)
            for match in self._uses(name)
            if (line := self.confirm(match.path, match.line, match.text))
            and word.search(self.lines(match.path)[line - 1])
        )
        return sorted(found, key=lambda place: (is_aside(place[0]), place))

    def named(self, symbol: Symbol) -> tuple[Match, ...]:
        """Lines outside a symbol that name it, as the index has them: to be counted, not quoted.

        Of a method only what looks like access to an attribute in files that name its class, of a special one
        (`__init__`) nothing; in other languages the same name means something else.
        """
        key = (symbol.path, symbol.line)
        if key not in self._named:
            self.consult("index")
            owner = (symbol.qualified or symbol.name).rpartition(".")[0].rpartition(".")[2]
            special = symbol.name.startswith("__") and symbol.name.endswith("__")
            self._named[key] = tuple(
                match
                for match in (() if special else self._uses(symbol.name))
                if not (match.path == symbol.path and symbol.line <= match.line <= symbol.end_line)
                and (symbol.kind != "method" or (f".{symbol.name}" in match.text and self.names(match.path, owner)))
                and family(match.path) == family(symbol.path)
            )
        return self._named[key]

    def every_use(self, symbol: Symbol) -> tuple[Match, ...]:
        """Lines that hold a symbol's name, whatever they mean by it."""
        return self._uses(symbol.name)

    def names(self, path: RelPath, word: str) -> bool:
        """Whether a word stands in a file."""
        if (path, word) not in self._names:
            whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
            self._names[(path, word)] = any(whole.search(line) for line in self.lines(path))
        return self._names[(path, word)]

    def _uses(self, name: str) -> tuple[Match, ...]:
        if name not in self._seen:
            self._seen[name] = self.sources.uses(name)
        return self._seen[name]

    def search(self, text: str, k: int) -> list[tuple[RelPath, int]]:
        """The lines that fit a text best, best first."""
        self.consult("index")
        if (text, k) not in self._searched:
            found = [
                (each.path, self.confirm(each.path, each.line, each.text)) for each in self.sources.search(text, k)
            ]
            self._searched[text, k] = list(dict.fromkeys((path, line) for path, line in found if line))
        return self._searched[text, k]

    def history(
        self, topic: str = "", paths: Iterable[RelPath] = (), since: float | None = None, limit: int = 20
    ) -> tuple[Commit, ...]:
        """Commits; see `Sources.history`."""
        self.consult("git:head")
        return self.sources.history(topic, paths, since, limit)

    def status(self) -> GitStatus:
        """The working tree against HEAD."""
        self.consult("git:status")
        return self.sources.status()

    def neighbours(self, path: RelPath) -> Neighbours:
        """Tests and modules close to a file."""
        self.consult("index")
        return self.sources.neighbours(path)

    def variables(self) -> tuple[Variable, ...]:
        """The kernel's variables."""
        self.consult("variables")
        return self.sources.variables()

    def moment(self) -> None:
        """Note that the answer depends on when it is asked: it is made anew each time."""
        self.fingerprints["clock"] = Fingerprint(f"clock:{self.now}")

    def notebook(self) -> NotebookPicture | None:
        """The open notebook."""
        self.consult("notebook")
        return self.sources.notebook()

    def confirm(self, path: RelPath, line: int, text: str) -> int | None:
        """Where in the file the line `text`, once seen at `line`, stands now: nearest first; None if it is gone."""
        lines = self.lines(path)
        wanted = text.strip()
        if 0 < line <= len(lines) and lines[line - 1].strip().startswith(wanted):
            return line
        places = [number for number, content in enumerate(lines, 1) if wanted and content.strip().startswith(wanted)]
        return min(places, key=lambda number: (abs(number - line), number), default=None)

    def enclosing(self, path: RelPath, line: int) -> Symbol | None:
        """The innermost function, method or class around a line; the first heading above it in prose."""
        around = [symbol for symbol in self.symbols(path) if symbol.line <= line <= symbol.end_line]
        around = [symbol for symbol in around if symbol.kind in ("function", "method", "class", "heading")]
        return max(around, key=lambda symbol: (symbol.line, -symbol.end_line), default=None)

    def _nearest(self, symbol: Symbol) -> tuple[bool, bool, bool, int, int, str, int]:
        beside = bool(self.base) and symbol.path.startswith(f"{self.base}/")
        depth = symbol.qualified.count(".")  # what a module offers comes before a member of the same name
        value, deep = symbol.kind in ("variable", "constant"), symbol.path.count("/")
        return (is_aside(symbol.path), not beside, value, depth, deep, symbol.path, symbol.line)

    def _as_it_is(self, symbol: Symbol) -> Symbol | None:
        wanted = symbol.qualified or symbol.name
        same = [found for found in self.symbols(symbol.path) if (found.qualified or found.name) == wanted]
        if same:
            return min(same, key=lambda found: abs(found.line - symbol.line))
        lines = self.lines(symbol.path)
        here = 0 < symbol.line <= len(lines) and symbol.name in lines[symbol.line - 1]
        return symbol if here and symbol.end_line <= len(lines) else None

    # -- saying -------------------------------------------------------------------------------------

    def cite(self, path: RelPath, first: int = 0, last: int = 0) -> None:
        """Note that what is being said rests on these lines (none: on the file)."""
        self.cited[path] = None
        span = f":{first}" + (f"-{last}" if last > first else "") if first else ""
        self._new[f"{path}{span}"] = None

    def note(self, source: str) -> None:
        """Note a source that is no file: `commit 1a2b3c4`, `git status`, `traceback`, `kernel variables`."""
        self._new[source] = None

    def place(self, path: RelPath, line: int, label: str = "") -> str:
        """A link to a line; the label defaults to `path:line`, in a notebook to its cell."""
        self.cite(path, line)
        if path.endswith(".ipynb"):
            cell, inside = self.cell_of(path, line)
            name = "" if label == self.IN_LIST else f"{path} "
            return md.link(f"{name}cell {cell}:{inside}", path, self.base)
        return md.link(label or f"{path}:{line}", path, self.base, line)

    def at(self, path: RelPath, line: int) -> str:
        """A short link for lists whose heading names the file: the line number alone."""
        if path.endswith(".ipynb"):
            return self.place(path, line, self.IN_LIST)
        self.cite(path, line)
        return md.link(str(line), path, self.base, line)

    def link(self, path: RelPath) -> str:
        """A link to a file."""
        self.cite(path)
        return md.link(path, path, self.base)

    def quote(self, path: RelPath, line: int) -> str:
        """One line of a file as code, on record as quoted."""
        text = self.lines(path)[line - 1]
        self.quotes.append({"path": path, "line": line, "text": text})
        self.cite(path, line)
        return md.clipped(text)

    def block(self, path: RelPath, first: int, last: int, language: str = "") -> str:
        """Whole lines of a file as a fenced block in its language or the given one, on record as quoted."""
        lines = [md.shortened(line) for line in self.lines(path)[first - 1 : last]]
        self.quotes += [{"path": path, "line": first + place, "text": line} for place, line in enumerate(lines)]
        self.cite(path, first, last)
        return md.fence("\n".join(line.replace("\t", "    ") for line in lines), language or md.language_of(path))

    def commit(self, commit: Commit) -> str:
        """A commit in one line."""
        self.note(f"commit {commit.sha[:7]}")
        day = datetime.fromtimestamp(commit.timestamp, self.zone).date().isoformat()
        return f"{md.code(commit.sha[:7])} {day} {md.plain(commit.subject[:120])} ({md.plain(commit.author)})"

    def cell_of(self, path: RelPath, line: int) -> tuple[int, int]:
        """Which cell of a notebook a line of its text is in, and which line of that cell; both from 1."""
        starts = [number for number, text in enumerate(self.lines(path), 1) if CELL_MARK.match(text) and number <= line]
        return (len(starts), line - starts[-1]) if starts else (1, line)

    def part(self, *lines: str, tight: bool = False) -> AnswerPart:
        """These lines as the next piece of the answer, with the sources noted since the last one.

        Empty lines are passed over; a heading ends with a line break of its own, for a blank line below it.
        `tight` leaves out the blank line at the end, so that a list can go on in the next part.
        """
        markdown = "".join(f"{line}\n" for line in lines if line) + ("" if tight else "\n")
        sources = tuple(self._new)
        self._all.update(self._new)
        self._new = {}
        self._said.append(markdown)
        return AnswerPart(markdown, sources)

    def answer(self) -> Answer:
        """Everything said so far as the finished answer."""
        return Answer(
            request=self.request.text,
            tool=self.request.tool,
            markdown="".join(self._said),
            sources=tuple(self._all),
            files=tuple(self.cited),
            fingerprints=dict(self.fingerprints),
            data={"tool": self.request.tool, "argument": self.request.argument, "quotes": self.quotes, **self.data},
        )


def _last_line(lines: list[str], symbol: Symbol) -> int:
    """Where a symbol ends: not in blank lines below it, nor in the next cell of a notebook."""
    last = min(symbol.end_line, len(lines))
    if symbol.path.endswith(".ipynb"):
        marks = (number for number in range(symbol.line, last + 1) if CELL_MARK.match(lines[number - 1]))
        last = next(marks, last + 1) - 1
    while last > symbol.line and not lines[last - 1].strip():
        last -= 1
    return max(last, symbol.line)
