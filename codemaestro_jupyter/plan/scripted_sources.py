"""A whole project in memory: the public double of `Sources`, for tests and demonstrations.

>>> sources = ScriptedSources({"src/a.py": "def fetch():\\n    return 1\\n"})
>>> [symbol.line for symbol in sources.definitions("fetch")]
[1]
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import (
    BranchWork,
    Commit,
    Failure,
    FileText,
    Fingerprint,
    GitStatus,
    LikelyFile,
    Match,
    NotebookPicture,
    Prediction,
    RelPath,
    Symbol,
    Variable,
)
from codemaestro_jupyter.workspace.neighbours import Neighbours
from codemaestro_jupyter.workspace.symbols import imports, symbols


def digest(*parts: object) -> Fingerprint:
    """A fingerprint of anything whose `repr` is its value."""
    return Fingerprint("sha256:" + hashlib.sha256(repr(parts).encode("utf8", "surrogatepass")).hexdigest())


class ScriptedSources:
    """Answers from what it was given; symbols, uses and neighbours are found in the given texts.

    `texts` maps paths to contents; `likely` are the paths that `predict` names, best first. `reads` lists every
    path that was read, in order, so that a test can say what an answer touched. `diffs` maps a path, or
    `<commit id>:<path>`, to its diff.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        *,
        commits: Iterable[Commit] = (),
        status: GitStatus | None = None,
        diffs: Mapping[str, str] | None = None,
        branch: BranchWork | None = None,
        failures: Iterable[Failure] = (),
        notebook: NotebookPicture | None = None,
        variables: Iterable[Variable] = (),
        likely: Iterable[str] = (),
        redacted: Mapping[str, int] | None = None,
        too_large: Iterable[str] = (),
    ) -> None:
        self.texts = {RelPath(path): text for path, text in sorted(texts.items())}
        self.commits = tuple(commits)
        self.diffs = dict(diffs or {})
        self.reads: list[RelPath] = []
        self._status = status or GitStatus()
        self._branch = branch
        self._failures = tuple(failures)
        self._notebook = notebook
        self._variables = tuple(variables)
        self._likely = tuple(RelPath(path) for path in likely)
        self._redacted = dict(redacted or {})
        self._too_large = tuple(RelPath(path) for path in too_large)

    def files(self) -> tuple[RelPath, ...]:
        return tuple(self.texts)

    def read(self, path: RelPath) -> FileText:
        self.reads.append(path)
        if path not in self.texts:
            raise PathError(f"There is no file {path}.", hint="Check the spelling.")
        text = self.texts[path]
        return FileText(path, text, digest(text), len(text.encode("utf8")), redacted=self._redacted.get(path, 0))

    def symbols(self, path: RelPath) -> tuple[Symbol, ...]:
        return symbols(path, self.texts[path]) if path in self.texts else ()

    def search(self, text: str, k: int = 20) -> tuple[Match, ...]:
        words = {word.lower() for word in re.findall(r"\w{3,}", text)}
        scored = [
            (-len(words & set(re.findall(r"[a-z0-9]{3,}|\w{3,}", line.lower()))), path, number, line)
            for path, content in self.texts.items()
            for number, line in enumerate(content.splitlines(), 1)
        ]
        return tuple(Match(path, number, line) for score, path, number, line in sorted(scored)[:k] if score)

    def definitions(self, name: str) -> tuple[Symbol, ...]:
        every = [symbol for path in self.texts for symbol in self.symbols(path)]
        wanted = name.lower()
        near = [symbol for symbol in every if _names(symbol.name, symbol.qualified, wanted)]
        exact = [symbol for symbol in near if name in (symbol.name, symbol.qualified) or "." in name]
        return tuple(exact or near)

    def uses(self, name: str) -> tuple[Match, ...]:
        last = name.rsplit(".", 1)[-1]
        word = re.compile(rf"(?<!\w){re.escape(last)}(?!\w)")
        defined = {(symbol.path, symbol.line) for symbol in self.definitions(last)}
        return tuple(
            Match(path, number, line, "use")
            for path, content in self.texts.items()
            for number, line in enumerate(content.splitlines(), 1)
            if word.search(line) and (path, number) not in defined
        )

    def below(self, name: str) -> tuple[Symbol, ...]:
        whole = re.compile(rf"(?<!\w){re.escape(name.rpartition('.')[2])}(?!\w)")
        every = [symbol for path in self.texts for symbol in self.symbols(path)]
        return tuple(symbol for symbol in every if symbol.kind == "class" and whole.search(symbol.signature))

    def history(
        self, topic: str = "", paths: Iterable[RelPath] = (), since: float | None = None, limit: int = 20
    ) -> tuple[Commit, ...]:
        folders = tuple(paths)
        words = set(re.findall(r"\w{3,}", topic.lower()))
        kept = []
        for commit in sorted(self.commits, key=lambda commit: -commit.timestamp):
            said = set(re.findall(r"\w{3,}", " ".join((commit.subject, *commit.files)).lower().replace("_", " ")))
            touches = any(file == path or file.startswith(f"{path}/") for file in commit.files for path in folders)
            if (
                (touches or not folders)
                and (since is None or commit.timestamp >= since)
                and (not words or words & said)
            ):
                kept.append((-len(words & said), commit))
        return tuple(commit for _, commit in sorted(kept, key=lambda pair: pair[0])[:limit])

    def too_large(self) -> tuple[RelPath, ...]:
        return self._too_large

    def status(self) -> GitStatus:
        return self._status

    def diff(self, path: RelPath, commit: str = "") -> str:
        return self.diffs.get(f"{commit}:{path}" if commit else path, "")

    def branch(self) -> BranchWork | None:
        return self._branch

    def failures(self) -> tuple[Failure, ...]:
        return self._failures

    def notebook(self) -> NotebookPicture | None:
        return self._notebook

    def variables(self) -> tuple[Variable, ...]:
        return self._variables

    def neighbours(self, path: RelPath) -> Neighbours:
        def module(other: str) -> str:
            return other.rsplit("/", 1)[-1].removesuffix(".py")

        def imported(a: RelPath) -> set[str]:
            return {part for name in imports(a, self.texts.get(a, "")) for part in name.split(".")}

        importers = [other for other in self.texts if module(path) in imported(other) and other != path]
        imported_by_it = [other for other in self.texts if module(other) in imported(path) and other != path]
        tests = [other for other in importers if module(other).startswith("test_")]
        tests += [other for other in self.texts if module(other) == f"test_{module(path)}" and other not in tests]
        modules = [other for other in dict.fromkeys([*importers, *imported_by_it]) if other not in tests]
        return Neighbours(tuple(tests), tuple(modules))

    def predict(self, text: str) -> Prediction:
        shares = [LikelyFile(path, round(0.6 / place, 3), ("scripted",)) for place, path in enumerate(self._likely, 1)]
        return Prediction(text=text, files=tuple(shares))

    def fingerprint(self, resource: str) -> Fingerprint | None:
        kind, _, subject = resource.partition(":")
        if kind == "file":
            return digest(self.texts[RelPath(subject)]) if subject in self.texts else None
        known: dict[str, object] = {
            "index": tuple(self.texts.items()),
            "git:head": self.commits,
            "git:status": (self._status, tuple(sorted(self.diffs.items()))),
            "failure": self._failures,
            "variables": self._variables,
            "notebook": self._notebook,
        }
        return digest(known[resource]) if resource in known else None

    def holds(self, fingerprints: Mapping[str, Fingerprint]) -> bool:
        return all(self.fingerprint(resource) == value for resource, value in fingerprints.items())


def _names(name: str, qualified: str, wanted: str) -> bool:
    """Whether a definition is meant by `wanted` (lower case): by its name, its dotted name or the end of that."""
    dotted = (qualified or name).lower()
    return name.lower() == wanted or dotted == wanted or dotted.endswith(f".{wanted}")
