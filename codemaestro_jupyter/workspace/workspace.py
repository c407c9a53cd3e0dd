"""The project as one thing to ask: files, symbols, search, git, failures and neighbours, the index behind them.

What the index knows comes from the index; what it has not read yet, or what must be exact, comes from the files. Every
answer is empty rather than an error where nothing is found; only `read` raises.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import (
    BranchWork,
    Commit,
    Failure,
    FileText,
    Fingerprint,
    GitStatus,
    Match,
    RelPath,
    Symbol,
)
from codemaestro_jupyter.workspace.failures import log_tails, pytest_failures
from codemaestro_jupyter.workspace.git import HISTORY, Git
from codemaestro_jupyter.workspace.index import Index
from codemaestro_jupyter.workspace.nearby import Nearby
from codemaestro_jupyter.workspace.neighbours import Neighbours, is_test
from codemaestro_jupyter.workspace.notebooks import without_requests
from codemaestro_jupyter.workspace.reader import Reader
from codemaestro_jupyter.workspace.symbols import HEAVY, cheap_symbols, is_python, symbols
from codemaestro_jupyter.workspace.tokens import STANDARD

MOST_FILES_READ = 40
"""Files that one search reads at most, the most promising first."""
MOST_FILES_USING = 40
"""Files whose uses of a name are listed at most: code before documentation."""
MOST_OUTLINES = 2_000
"""Files whose outlines are gone through for the classes below one."""
LONGEST_SHOWN = 400
MOST_SIMILAR, SIMILAR_WORDS = 3, 12
"""Definitions under names like one that are given, and names that are looked at for them."""
DOCUMENTS = (".md", ".rst", ".txt")


class Workspace:
    """Everything about the project under `root`; `folder` holds the index (None: a temporary one).

    Complete once built; `start` begins indexing, `close` ends it. Any thread may ask. `hurried` indexes at normal
    priority, for commands that somebody waits for.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings | None = None,
        folder: Path | None = None,
        *,
        watch: bool = True,
        hurried: bool = False,
    ) -> None:
        self.root = root
        self.settings = settings or Settings()
        self.git = Git(root)
        self.reader = Reader(root, self.git, listed=lambda path: self.index.view().position(path) is not None)
        self.index = Index(root, folder / "index.db" if folder else None, watch=watch, hurried=hurried)
        self._nearby: Nearby | None = None

    def start(self) -> None:
        """Begin to index in the background; paths and history are there within a second."""
        self.index.start()

    def close(self) -> None:
        """End the index's thread and child process."""
        self.index.close()

    @property
    def notices(self) -> list[str]:
        """What a person should know about this project: git refuses it, its index had to be rebuilt."""
        return [*self.index.notices, *([self.git.problem] if self.git.problem else [])]

    # -- files --------------------------------------------------------------------------------------

    def files(self) -> tuple[RelPath, ...]:
        """Every file that may be shown, sorted."""
        known = self.index.view().paths
        return tuple(RelPath(path) for path in sorted(known or (file.path for file in self.reader.list())))

    def read(self, path: str | Path) -> FileText:
        """One file's text, secrets withheld; raises `PathError` if it may not or cannot be read."""
        return self.reader.read(path)

    def symbols(self, path: str, text: str | None = None) -> tuple[Symbol, ...]:
        """The definitions in one file; Python too long to parse without stalling other threads by its form."""
        if text is None:
            try:
                text = self.reader.read(path).text
            except PathError:
                return ()
        return cheap_symbols(path, text) if is_python(path) and len(text) > HEAVY else symbols(path, text)

    def sketch(self, path: str) -> tuple[FileText, tuple[Symbol, ...]]:
        """One file's text, and its definitions as the index has them (no docstrings) if it knows the file as it is.

        Parsing a large file takes 60 ms, asking 0.3. Raises `PathError`.
        """
        text, view = self.reader.read(path), self.index.view()
        document = view.position(text.path)
        known: tuple[Symbol, ...] = ()
        if document is not None and self.reader.is_as(text.path, int(view.sizes[document]), view.modified[document]):
            known = view.outline(document)[0]
        return text, known or self.symbols(text.path, text.text)

    def fingerprint(self, resource: str) -> Fingerprint | None:
        """What `file:<path>`, `project` (every file), `git:head`, `git:status` or `index` looks like now.

        None if there is no such thing.
        """
        kind, _, name = resource.partition(":")
        if kind == "file":
            return self.reader.fingerprint(name)
        if resource == "git:head":
            return Fingerprint(f"git:{self.git.head()}")
        if resource == "git:status":
            return self.looks_of(self.git.status())
        if resource == "project":
            return _digest([(file.path, file.size, file.mtime_ns) for file in self.reader.list()])
        if resource == "index":
            view = self.index.view()
            times = zip(view.paths, view.sizes.tolist(), view.modified.tolist(), strict=True)
            return _digest(sorted(times))
        return None

    def looks_of(self, status: GitStatus) -> Fingerprint:
        """The fingerprint `git:status` of a working tree: which files differ, and how they look now.

        Editing a changed file again changes the status's diff, though not which files there are.
        """
        looks = [(path, self.reader.fingerprint(path)) for path in (*status.changed, *status.untracked)]
        return _digest([status.branch, status.head, looks])

    # -- what is in them ----------------------------------------------------------------------------

    def search(self, text: str, k: int = 20) -> tuple[Match, ...]:
        """At most `k` lines that hold the most, and the rarest, of the words of `text`; best first."""
        view = self.index.view()
        wanted, partial = STANDARD.query(text)
        if partial:
            wanted += [term for term, _ in view.field("content").complete(partial.lower(), 3) if term not in wanted]
        count = max(1, len(view.paths))
        weights = {term: 1.0 / (1.0 + 20.0 * view.field("content").df(term) / count) for term in wanted}
        scores: dict[int, float] = {}
        for term, weight in weights.items():
            for name in ("content", "path"):
                documents, _ = view.field(name).postings(term)
                for document in documents.tolist():
                    scores[document] = scores.get(document, 0.0) + weight
        best = sorted(scores, key=lambda document: (-scores[document], view.paths[document]))[:MOST_FILES_READ]
        possible: list[tuple[float, float, RelPath, int, str]] = []
        for document in best:
            path, share = RelPath(view.paths[document]), scores[document] / 10
            text = self._searched(path)
            lines = text.split("\n")
            for number, held in terms_by_line(text, weights).items():
                most = sum(weights[term] for term in held) + share
                possible.append((most, share, path, number, lines[number - 1][:LONGEST_SHOWN]))
        possible.sort(key=lambda item: -item[0])
        found: list[tuple[float, Match]] = []
        kept: list[float] = []  # a heap of the k best scores
        for most, share, path, number, line in possible:
            if len(kept) == k and (not kept or most < kept[0]):
                break  # cutting all of these lines into terms would take three times as long as all the rest
            score = sum(weights[term] for term in weights.keys() & set(STANDARD.tokens(line)))
            if score > 0:
                found.append((score + share, Match(path, number, line.strip())))
                (heapq.heappushpop if len(kept) == k else heapq.heappush)(kept, score + share)
        found.sort(key=lambda item: (-item[0], item[1].path, item[1].line))
        return tuple(match for _, match in found[:k])

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        """Where a name, plain or dotted, is defined, by path and line: exact spelling, else ignoring case."""
        view = self.index.view()
        found = view.definitions(name)
        if not found:
            plain = name.rpartition(".")[2]
            exact = plain if plain != name and view.definitions(plain) else ""
            spellings = [exact] if exact else [w for w, _ in view.words(plain, 50) if w.lower() == plain.lower()]
            found = [symbol for spelling in spellings for symbol in view.definitions(spelling)]
        return tuple(found)

    def too_large(self) -> tuple[RelPath, ...]:
        """Python files that are left alone for their size."""
        return self.reader.too_large()

    def similar(self, start: str) -> tuple[Symbol, ...]:
        """A few classes and functions outside of tests whose names begin like this, the most frequent names first."""
        view = self.index.view()
        found = [symbol for word, _ in view.words(start, SIMILAR_WORDS) for symbol in view.definitions(word)]
        kept = [item for item in found if item.kind in ("class", "function", "method") and not is_test(item.path)]
        return tuple(kept[:MOST_SIMILAR])

    def uses(self, name: str) -> tuple[Match, ...]:
        """Lines in which an identifier stands, its definitions excepted, by path and line."""
        view = self.index.view()
        whole_name = "." in name and any(symbol.name == name for symbol in view.definitions(name))
        plain = name if whole_name else name.rpartition(".")[2]  # R's `print.data.frame` is one name
        if not plain:
            return ()
        defined = {(symbol.path, symbol.line) for symbol in view.definitions(plain)}
        whole = re.compile(rf"(?<!\w){re.escape(plain)}(?!\w)")
        indexed = max(plain.split("."), key=len)
        paths = [view.paths[document] for document in view.uses(indexed).tolist()]
        if len(paths) > MOST_FILES_USING:  # tests come last in an answer, but some of them have to be there
            paths.sort(key=lambda path: (path.endswith(DOCUMENTS), path))
            tests = [path for path in paths if is_test(path)]
            code = [path for path in paths if not is_test(path)]
            kept = min(len(tests), max(MOST_FILES_USING // 4, MOST_FILES_USING - len(code)))
            paths = code[: MOST_FILES_USING - kept] + tests[:kept]
        return tuple(
            Match(path, number, line[:LONGEST_SHOWN].strip(), "use")
            for path in map(RelPath, sorted(paths))
            for number, line in lines_with(self._searched(path), (plain.lower(),))
            if whole.search(line) and (path, number) not in defined
        )

    def below(self, name: str) -> tuple[Symbol, ...]:
        """Classes whose head holds a name, as the index has them, by path and line; no file is read."""
        plain = name.rpartition(".")[2]
        view = self.index.view()
        whole = re.compile(rf"(?<!\w){re.escape(plain)}(?!\w)") if plain else None
        return tuple(
            symbol
            for document in (view.uses(plain).tolist()[:MOST_OUTLINES] if plain else ())
            for symbol in view.outline(document)[0]
            if symbol.kind == "class" and symbol.name != plain and whole and whole.search(symbol.signature)
        )

    def neighbours(self, path: str) -> Neighbours:
        """Tests that cover a file; modules that it imports, then those that import it."""
        view, near = self.index.view(), self._nearby
        if near is None or near.view is not view:
            near = self._nearby = Nearby(view)
        return near.of(path)

    # -- git and failures ---------------------------------------------------------------------------

    def history(
        self, topic: str = "", paths: Iterable[str] = (), since: float | None = None, limit: int = 20
    ) -> tuple[Commit, ...]:
        """At most `limit` ancestors of HEAD, newest first; with a topic those whose subjects fit it best."""
        commits = self.git.history(HISTORY, topic=topic or None, paths=tuple(paths))
        return tuple(commit for commit in commits if since is None or commit.timestamp >= since)[:limit]

    def status(self) -> GitStatus:
        """The working tree against HEAD."""
        return self.git.status()

    def diff(self, path: str, commit: str = "") -> str:
        """The unified diff of one changed file against HEAD, or what a commit changed in it; secrets withheld."""
        return self.git.diff((path,), commit)

    def branch(self) -> BranchWork | None:
        """What the current branch has of its own."""
        return self.git.branch()

    def failures(self, kernel: Sequence[Failure] = ()) -> tuple[Failure, ...]:
        """What went wrong, newest first: what the kernel had, pytest's last failures, errors in logs."""
        found = (*kernel, *pytest_failures(self.root), *log_tails(self.root))
        return tuple(sorted(found, key=lambda failure: -failure.when))

    def _searched(self, path: RelPath) -> str:
        """What of a file can be an answer."""
        try:
            text = self.reader.read(path).text
        except PathError:
            return ""
        return without_requests(text) if path.endswith(".ipynb") else text


def lines_with(text: str, terms: Iterable[str]) -> list[tuple[int, str]]:
    """Lines (counted from 1) in which one of the terms may stand: a term is part of its word in lower case.

    Cutting every line of 40 files into terms takes seconds; finding the few lines worth it takes milliseconds.
    """
    lines = text.split("\n")
    return [(number, lines[number - 1]) for number in sorted(terms_by_line(text, terms))]


def terms_by_line(text: str, terms: Iterable[str]) -> dict[int, list[str]]:
    """Line (counted from 1) → those of the terms that may stand in it."""
    low = text.lower()
    found: dict[int, list[str]] = {}
    for term in terms:
        line, counted, place = 1, 0, low.find(term)
        while place >= 0:
            line += low.count("\n", counted, place)
            counted = place
            found.setdefault(line, []).append(term)
            end = low.find("\n", place)
            place = low.find(term, end) if end >= 0 else -1
    return found


def _digest(value: object) -> Fingerprint:
    return Fingerprint("sha256:" + hashlib.sha256(orjson.dumps(value)).hexdigest())
