"""A project as it stood at any commit, in memory: prediction's view of the past, without a checkout.

Reads objects of a clone (bare or not), cuts them with the index's own functions and gives each commit the form that
prediction reads. Each blob is cut once. For experiments only: nothing here is kept on disk or grows with use.
"""

from __future__ import annotations

import bisect
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.types import Commit, RelPath
from codemaestro_jupyter.workspace.ignore import built_in_reason
from codemaestro_jupyter.workspace.index.documents import Analyser
from codemaestro_jupyter.workspace.notebooks import cells_of, text_of
from codemaestro_jupyter.workspace.reader import decode, is_binary, most_bytes
from codemaestro_jupyter.workspace.symbols import outline

MOST_COMMITS = 3000
MOST_TEXT = 400_000
Counts = tuple[NDArray[np.int32], NDArray[np.float32]]
NONE: Counts = (np.zeros(0, np.int32), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class CommitHistory:
    """History in the form that prediction reads."""

    subjects: Sequence[str]
    timestamps: NDArray[np.float64]
    files: Sequence[NDArray[np.int32]]


class MemoryField:
    """One field over n documents, from (term numbers, counts) of each; `vocabulary` gives terms their numbers."""

    def __init__(self, documents: Sequence[Counts], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.lengths = np.array([counts.sum() for _, counts in documents], np.float32)
        numbers = np.concatenate([NONE[0], *(terms for terms, _ in documents)])
        counts = np.concatenate([NONE[1], *(counts for _, counts in documents)])
        holders = np.repeat(np.arange(len(documents), dtype=np.int32), [len(terms) for terms, _ in documents])
        order = np.argsort(numbers, kind="stable")
        self._documents, self._counts = holders[order], np.minimum(255, counts[order]).astype(np.float32)
        self._frequencies = np.bincount(numbers, minlength=len(vocabulary.numbers))
        self._begin = np.concatenate([[0], np.cumsum(self._frequencies)])

    def postings(self, term: str) -> Counts:
        """Documents that hold the term, and how often."""
        number = self._vocabulary.numbers.get(term, len(self._frequencies))
        if number >= len(self._frequencies):
            return NONE
        place = slice(self._begin[number], self._begin[number + 1])
        return self._documents[place], self._counts[place]

    def complete(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Terms that start with the prefix, most frequent first, then by the alphabet."""
        found = [
            (term, int(self._frequencies[number]))
            for term, number in self._vocabulary.starting_with(prefix)
            if number < len(self._frequencies) and self._frequencies[number]
        ]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:limit] if prefix else []


class Vocabulary:
    """Terms and their numbers, shared by all fields and commits of one project."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._sorted: list[str] = []

    def encode(self, counts: Mapping[str, int]) -> Counts:
        """Term counts as two arrays."""
        numbers = self.numbers
        found = [numbers.setdefault(term, len(numbers)) for term in counts]
        return np.array(found, np.int32), np.array(list(counts.values()), np.float32)

    def starting_with(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Terms with the prefix, by the alphabet."""
        if len(self._sorted) != len(self.numbers):
            self._sorted = sorted(self.numbers)
        begin = bisect.bisect_left(self._sorted, prefix)
        end = bisect.bisect_left(self._sorted, prefix + "\U0010ffff")
        return ((term, self.numbers[term]) for term in self._sorted[begin:end])


class MemoryView:
    """A project in memory, in the form of the index's view."""

    def __init__(
        self,
        paths: Sequence[str],
        content: Sequence[Counts],
        symbols: Sequence[Counts],
        names: Sequence[Counts],
        history: CommitHistory,
        vocabulary: Vocabulary,
    ) -> None:
        self.paths = paths
        self.history = history
        self._fields = {
            "content": MemoryField(content, vocabulary),
            "symbols": MemoryField(symbols, vocabulary),
            "path": MemoryField(names, vocabulary),
        }
        self.tokens = np.array([counts.sum() for _, counts in content], np.float32)

    def field(self, name: str) -> MemoryField:
        """`path`, `content` or `symbols`."""
        return self._fields[name]

    def words(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Terms of the contents stand in for surface words."""
        return self._fields["content"].complete(prefix.lower(), limit)


def view_of_texts(texts: Mapping[str, str], commits: Sequence[tuple[str, Sequence[str]]] = ()) -> MemoryView:
    """A view of texts by path; `commits` are (subject, paths), newest first, one a day."""
    vocabulary = Vocabulary()
    paths = sorted(texts)
    place = {path: number for number, path in enumerate(paths)}
    analyser = Analyser()
    documents = [analyser.analyse(texts[path], outline(path, texts[path], bodies=False).symbols, ()) for path in paths]
    content = [vocabulary.encode(document.fields["content"]) for document in documents]
    symbols = [vocabulary.encode(document.fields["symbols"]) for document in documents]
    names = [vocabulary.encode(analyser.path_counts(path)) for path in paths]
    history = CommitHistory(
        [subject for subject, _ in commits],
        np.array([1e9 - 86_400 * age for age in range(len(commits))], np.float64),
        [np.array([place[path] for path in files if path in place], np.int32) for _, files in commits],
    )
    return MemoryView(paths, content, symbols, names, history, vocabulary)


class Repository:
    """A clone whose commits can be looked at. Raises `InputError` if git cannot read it. A context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
        self._blobs: dict[str, tuple[Counts, Counts] | None] = {}
        self._names: dict[str, Counts] = {}
        self._vocabulary = Vocabulary()
        self._analyser = Analyser()
        self._known: dict[str, Commit] | None = None
        self._objects: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *error: object) -> None:
        if self._objects is not None:
            self._objects.communicate()

    def commits(self) -> dict[str, Commit]:
        """HEAD's ancestors without merges, newest first, with the files they added or modified."""
        if self._known is None:
            arguments = (
                "--no-merges",
                "--raw",
                "--no-abbrev",
                "--no-renames",
                "-z",
                "--format=%x01%H%x02%ct%x02%an%x02%s%x03",
            )
            self._known = {}
            for record in self.git("log", "HEAD", *arguments).split("\x01")[1:]:
                head, _, rest = record.partition("\x03")
                sha, when, author, subject = head.split("\x02", 3)
                parts = [part for part in rest.split("\0") if part.strip()]
                changed = zip(parts[::2], parts[1::2], strict=False)
                files = tuple(RelPath(path) for state, path in changed if state.split()[-1][:1] in "AMT")
                self._known[sha] = Commit(sha, float(when), author, subject, files)
        return self._known

    def ancestors(self, commit: str) -> list[Commit]:
        """The commit and what came before it, at most `MOST_COMMITS`, newest first, without merges."""
        shas = self.git("rev-list", "--no-merges", f"--max-count={MOST_COMMITS}", commit).split()
        known = self.commits()
        return [known[sha] for sha in shas if sha in known]

    def tree(self, commit: str) -> dict[str, str]:
        """Path → blob id of the files that the index would read."""
        found = {}
        for record in self.git("ls-tree", "-r", "-l", "-z", commit).split("\0"):
            if record:
                facts, path = record.split("\t", 1)
                mode, kind, blob, size = facts.split()
                readable = kind == "blob" and mode != "120000" and size.isdigit() and int(size) <= most_bytes(path)
                if readable and built_in_reason(path) is None:
                    found[path] = blob
        return found

    def view(self, commit: str) -> MemoryView:
        """The project at a commit, with the history up to it."""
        tree = self.tree(commit)
        documents = {path: self._document(path, blob) for path, blob in sorted(tree.items())}
        paths = [path for path, document in documents.items() if document is not None]
        place = {path: number for number, path in enumerate(paths)}
        past = self.ancestors(commit)
        history = CommitHistory(
            [commit.subject for commit in past],
            np.array([commit.timestamp for commit in past]),
            [np.array([place[path] for path in commit.files if path in place], np.int32) for commit in past],
        )
        read = [document for document in documents.values() if document is not None]
        for path in paths:
            if path not in self._names:
                self._names[path] = self._vocabulary.encode(self._analyser.path_counts(path))
        names = [self._names[path] for path in paths]
        return MemoryView(paths, [one[0] for one in read], [one[1] for one in read], names, history, self._vocabulary)

    def git(self, *arguments: str) -> str:
        """What a git command prints."""
        done = subprocess.run(
            ["git", "-C", str(self.folder), "-c", "core.quotepath=false", *arguments],
            capture_output=True, check=False, env=self._environment,
        )  # fmt: skip
        if done.returncode:
            problem = done.stderr.decode("utf8", "replace").strip()[:300]
            raise InputError(f"git cannot read {self.folder.name}: {problem}", hint="It must be a git clone.")
        return done.stdout.decode("utf8", "replace")

    def _document(self, path: str, blob: str) -> tuple[Counts, Counts] | None:
        """Content and symbol counts of a blob; None if it is binary. Equal blobs of two paths are cut once."""
        if blob not in self._blobs:
            data = self._read(blob)
            self._blobs[blob] = None if is_binary(data) else self._cut(path, data)
        return self._blobs[blob]

    def _cut(self, path: str, data: bytes) -> tuple[Counts, Counts]:
        if path.lower().endswith(".ipynb"):
            try:
                text = text_of(cells_of(data))
            except InputError:
                text = decode(data[:MOST_TEXT])[0]
        else:
            text = decode(data)[0]
        text = text[:MOST_TEXT]
        document = self._analyser.analyse(text, outline(path, text, bodies=False).symbols, ())
        return self._vocabulary.encode(document.fields["content"]), self._vocabulary.encode(document.fields["symbols"])

    def _read(self, blob: str) -> bytes:
        if self._objects is None:
            self._objects = subprocess.Popen(
                ["git", "-C", str(self.folder), "cat-file", "--batch"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environment,
            )  # fmt: skip
        assert self._objects.stdin is not None
        assert self._objects.stdout is not None
        self._objects.stdin.write(f"{blob}\n".encode())
        self._objects.stdin.flush()
        facts = self._objects.stdout.readline().split()
        if len(facts) < 3:
            return b"\0"
        data = self._objects.stdout.read(int(facts[2]))
        self._objects.stdout.read(1)
        return data
