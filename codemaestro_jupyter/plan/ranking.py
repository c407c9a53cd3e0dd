"""Which files, lines and symbols a request is about: the part of a brief that weighs, pure but for what it reads."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.kinds import is_aside
from codemaestro_jupyter.plan.naming import find_file
from codemaestro_jupyter.plan.prose import DOCUMENTS
from codemaestro_jupyter.plan.requests import LOOKS_LIKE_PATH
from codemaestro_jupyter.types import RelPath, Symbol
from codemaestro_jupyter.workspace.neighbours import is_test
from codemaestro_jupyter.workspace.tokens import STANDARD, STOP

LONGEST_REQUEST = 4_000
LONGEST_LINE = 400
MOST_LINES = 20_000
LONG_SYMBOL = 150
"""Lines of a definition from which on a fitting line says little about the whole."""
_NEWS = re.compile(r"(^|/)(changelog|changes|history|news|releases?|whats?[-_]?new)[^/]*$", re.IGNORECASE)
_GENERAL = (
    "fix add bug update support use make change improve remove clean issue problem new option allow file test write"
    " code function class method implement handle create show explain find please want need better correct check let"
    " error work rename delete move replace set get like same also still many much slow fast faster quick simple thing"
    " stuff something too lot lots way good bad really sure quite argument parameter returning raise return"
    " refactor optimize optimise tidy hello world"
)
GENERAL = frozenset(
    term
    for word in _GENERAL.split()
    for form in (word, f"{word}s", f"{word}d", f"{word}ing")
    for term in STANDARD.subtokens(form)
)
"""Terms that requests and commits share, whatever they are about."""
NEAR = 60
"""Lines that a request's words are looked for in at most."""
SPOKEN = 3
"""Symbols that are taken to be meant though their names were said in words."""
_DATA = re.compile(r"\.(json|csv|tsv|txt|xml|svg|lock|html|log)$", re.IGNORECASE)
_IDENTIFIER = re.compile(r"`([^`\s]+)`|(?<![\w./])([^\W\d]\w*(?:\.[^\W\d]\w*)*(?:\(\))?)(?![\w/])")


_ATTACHED = re.compile(r"(?<!\S)@(?:\"[^\"]*\"|[\w.-]*[/.][\w./-]*)")
_REMARKS = ("#", "//", "*", "/*", '"""', "'''", ">>>", ":param", ".. ")


@dataclass(frozen=True, slots=True)
class Likely:
    """A file that the request is about; `probability` is the prediction's, None if it was found otherwise."""

    path: RelPath
    why: tuple[str, ...]
    probability: float | None = None

    def answers(self, request: str) -> bool:
        """Whether a reason has to do with the words of a request: that a file changed lately has not."""
        words = set(re.findall(r"\w{3,}", request.lower())) - STOP
        words = {word for word in words if not GENERAL.issuperset(STANDARD.subtokens(word))} or words
        return any(
            reason.startswith(("named in", "in the traceback"))
            or words.intersection(re.findall(r"\w{3,}", reason.lower()))
            for reason in self.why
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line that shares words with the request; the more and the rarer, the higher its score."""

    path: RelPath
    number: int
    score: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """Lines by score, and what each of the request's terms weighs in these files."""

    files: list[Likely]
    lines: list[Line]
    weights: dict[str, float]


def terms_of(evidence: Evidence) -> list[str]:
    """The request's distinct terms without stop words and without what one says in every request."""
    text = evidence.about[:LONGEST_REQUEST]
    # the words of an attached file's path stand on every line that imports it, and in the file's place already
    terms = STANDARD.query(_ATTACHED.sub(" ", text))[0] or STANDARD.query(text)[0]
    return [term for term in terms if term not in GENERAL] or terms


def named_symbols(evidence: Evidence) -> list[Symbol]:
    """Definitions of identifiers written in the request: those that look like code, or that only one place defines."""
    found: dict[tuple[str, int], Symbol] = {}
    for match in list(_IDENTIFIER.finditer(evidence.about[:LONGEST_REQUEST]))[:60]:
        name = (match[1] or match[2]).removesuffix("()")
        like_code = bool(match[1]) or match[2].endswith("()") or re.search(r"[._]|[a-z][A-Z]", name) is not None
        like_code = like_code or any(reference.name == name for reference in evidence.request.references)
        capital = name[:1].isupper() and match.start() > 0
        if len(name) < 3 or not (like_code or capital):
            continue
        symbols = [symbol for symbol in evidence.definitions(name) if symbol.kind not in ("heading", "other")]
        symbols = [symbol for symbol in symbols if name.rpartition(".")[2] == symbol.name]
        code = [symbol for symbol in symbols if not is_aside(symbol.path)] or symbols
        if len(code) <= 3:
            found.update({(symbol.path, symbol.line): symbol for symbol in code})
    # `Class.member` says more than a word, e.g. the name of a new parameter.
    return sorted(found.values(), key=lambda symbol: f".{symbol.name}" not in evidence.about)


def spoken_symbols(evidence: Evidence, terms: list[str]) -> list[Symbol]:
    """Definitions whose names are words of the request side by side: "the default timeout", `DEFAULT_TIMEOUT_CONFIG`.

    A constant's name may have one part more than was said: it tells what is held. A test's names never count.
    """
    said = [root(term) for term in terms]
    pairs = {frozenset(pair) for pair in pairwise(said) if pair[0] != pair[1]}
    near = evidence.search(" ".join(terms), NEAR) if pairs else []
    words = {word for path, line in near for word in re.findall(r"[^\W\d]\w+", evidence.lines(path)[line - 1])}
    found: list[tuple[int, str, Symbol]] = []
    for word in sorted(words):
        parts = {root(part) for part in STANDARD.subtokens(word)[:-1]}
        more = len(parts - set(said))
        if more <= 1 and any(pair <= parts for pair in pairs):
            symbols = [symbol for symbol in evidence.definitions(word) if symbol.name == word]
            code = [symbol for symbol in symbols if symbol.kind != "heading" and not is_aside(symbol.path)]
            code = [symbol for symbol in code if not more or symbol.kind == "constant"]
            found += [(more, word, symbol) for symbol in code] if len(code) <= 3 else []
    return [symbol for _, _, symbol in sorted(found, key=lambda item: item[:2])[:SPOKEN]]


def likely_files(evidence: Evidence, symbols: list[Symbol]) -> list[Likely]:
    """Files named in the request, those that define what it names, and predicted ones."""
    files = evidence.files()
    found: dict[RelPath, Likely] = {}
    words = [reference.name for reference in evidence.request.references]
    words += [word.strip("`'\",;:!?()") for word in evidence.about[:LONGEST_REQUEST].split()]
    for word in words:
        if LOOKS_LIKE_PATH.match(word.rstrip(".")):
            paths = find_file(word.rstrip("."), files, evidence.base).paths
            for path in paths if len(paths) <= 3 else ():
                found.setdefault(path, Likely(path, ("named in your request",)))
    predicted = {file.path: file for file in evidence.sources.predict(evidence.about).files}
    evidence.consult("index")
    for symbol in symbols:
        found.setdefault(symbol.path, Likely(symbol.path, (f"defines {symbol.qualified or symbol.name}",)))
    for path, file in predicted.items():
        if tested := _tested_by(path, files):
            found.setdefault(tested, Likely(tested, (f"what {path.rpartition('/')[2]} tests",)))
        why = (*(found[path].why if path in found else ()), *file.why)
        found[path] = Likely(path, tuple(dict.fromkeys(why)), file.probability)
    readable = [likely for likely in found.values() if evidence.lines(likely.path)]
    return readable[: evidence.limits.items]


def defining_files(symbols: list[Symbol], known: list[Likely]) -> list[Likely]:
    """The files that define these, as far as they are not known yet."""
    there = {likely.path for likely in known}
    names: dict[RelPath, list[str]] = {}
    for symbol in symbols:
        names.setdefault(symbol.path, []).append(symbol.qualified or symbol.name)
    return [Likely(path, (f"defines {' and '.join(own)}",)) for path, own in names.items() if path not in there]


def _tested_by(test: RelPath, files: Iterable[RelPath]) -> RelPath | None:
    """The one file that a test file is named after: a test says what a thing does, its file is where it is done."""
    folder, _, name = test.rpartition("/")
    if not is_test(test) or not name.startswith("test_"):
        return None
    wanted = name.removeprefix("test_")
    named = [path for path in files if path.rpartition("/")[2].lstrip("_") == wanted and not is_test(path)]
    beside = [path for path in named if path.rpartition("/")[0].rpartition("/")[2] == folder.rpartition("/")[2]]
    return next(iter(beside if len(beside) == 1 else named if len(named) == 1 else ()), None)


def searched_files(evidence: Evidence, known: list[Likely]) -> list[Likely]:
    """What a search of the contents adds, two files at most; change logs speak of everything and are left out."""
    if len(known) >= evidence.limits.items:
        return []
    hits = Counter(path for path, _ in evidence.search(" ".join(terms_of(evidence)), NEAR)[:30])
    there = {likely.path for likely in known}
    paths = [path for path in hits if path not in there and not _NEWS.search(path)]
    best = sorted(paths, key=lambda path: (_DATA.search(path) is not None, is_aside(path), -hits[path], path))
    code = [path for path in best if not is_aside(path) and not _DATA.search(path)]
    most = 2 if known else 3
    return [
        Likely(path, ("its lines hold your words",)) for path in best[: max(min(len(code), most), 0 if known else 2)]
    ]


_ENDING = re.compile(r"(?:ings?|ed|es|e|s)$")


@lru_cache(maxsize=20_000)
def root(term: str) -> str:
    """A term without its ending, so that "decoded", "decoding" and `decode` meet."""
    return _ENDING.sub("", term) if len(term) > 5 else term


class LineSearch:
    """Finds the lines that share words with a request; each file is gone through once."""

    def __init__(self, evidence: Evidence, terms: list[str]) -> None:
        self._evidence = evidence
        self._wanted = {root(term): term for term in reversed(terms)}
        self._stems = re.compile(
            "|".join(re.escape(root(term)[:6]) for term in sorted(terms)) or r"(?!)", re.IGNORECASE
        )
        # The cell that asks stands in its notebook: a request is no answer to itself.
        self._asked = {line.strip() for line in evidence.request.text.splitlines() if line.strip()}
        self._hits: dict[RelPath, list[tuple[int, set[str]]]] = {}

    def best(self, likely: list[Likely]) -> Ranked:
        """Lines of these files by score, best first; rare terms count more, definitions a little, imports less."""
        evidence = self._evidence
        hits = [(file.path, number, shared) for file in likely for number, shared in self._in(file.path)]
        frequency = Counter(term for _, _, shared in hits for term in shared)
        total = sum(len(evidence.lines(file.path)) for file in likely)
        weight = {term: math.log(1 + total / count) for term, count in frequency.items()}
        defined = {(symbol.path, symbol.line) for file in likely for symbol in evidence.symbols(file.path)}
        lines = []
        for path, number, shared in hits:
            score = sum(weight[term] for term in sorted(shared))
            text = evidence.lines(path)[number - 1].lstrip()
            if (path, number) in defined:
                score *= 1.5
            elif text.startswith(_REMARKS) and not path.endswith(DOCUMENTS):
                score *= 0.8  # told by its beginning: to tell it surely takes as long as all the rest
            elif text.startswith(("import ", "from ", "use ", "#include", "require(")):
                score *= 0.4
            lines.append(Line(path, number, score))
        return Ranked(likely, sorted(lines, key=lambda line: (-line.score, line.path, line.number)), weight)

    def _in(self, path: RelPath) -> list[tuple[int, set[str]]]:
        if path not in self._hits:
            self._hits[path] = [
                (number, shared)
                for number, text in enumerate(self._evidence.lines(path)[:MOST_LINES], 1)
                if len(text) <= LONGEST_LINE
                and not (path.endswith(".ipynb") and text.strip() in self._asked)
                and self._stems.search(text)
                and (shared := {self._wanted[key] for key in map(root, STANDARD.tokens(text)) if key in self._wanted})
            ]
        return self._hits[path]


def symbols_to_touch(evidence: Evidence, likely: list[Likely], ranked: Ranked, named: list[Symbol]) -> list[Symbol]:
    """Functions, methods and classes that the request is most about: named ones, then by name and by their lines."""
    wanted = {root(term): term for term in ranked.weights}
    inside: Counter[tuple[str, int]] = Counter()
    best: dict[tuple[str, int], Symbol] = {}
    scores: dict[tuple[str, int], float] = {}
    for symbol in named:
        best[(symbol.path, symbol.line)] = symbol
        scores[(symbol.path, symbol.line)] = 1_000.0 - len(scores)
    for place, file in enumerate(likely):
        if is_test(file.path):
            continue
        for symbol in evidence.symbols(file.path):
            if symbol.kind in ("function", "method", "class"):
                said = set(STANDARD.tokens(symbol.name))
                shared = {wanted[key] for key in map(root, said) if key in wanted}
                if shared:
                    key = (symbol.path, symbol.line)
                    best.setdefault(key, symbol)
                    part = len(shared) / max(1, len(said))
                    scores[key] = scores.get(key, 0.0) + sum(ranked.weights[term] for term in sorted(shared)) * part / (
                        1 + 0.2 * place
                    )
    for line in ranked.lines[:60]:
        around = None if is_test(line.path) else evidence.enclosing(line.path, line.number)
        if around and around.kind != "heading":
            key = (around.path, around.line)
            inside[key] += 1
            if inside[key] <= 4:
                best.setdefault(key, around)
                long = around.end_line - around.line > LONG_SYMBOL
                scores[key] = scores.get(key, 0.0) + line.score / (inside[key] * (12 if long else 3))
    unique: dict[tuple[str, str], Symbol] = {}
    for symbol in [best[key] for key in sorted(best, key=lambda key: (-scores[key], key))]:
        called = (symbol.path, symbol.qualified or symbol.name)  # overloads and setters are one thing
        held = unique.setdefault(called, symbol)
        if held is not symbol and symbol in named:
            unique[called] = symbol
    return list(unique.values())[: evidence.limits.items]
