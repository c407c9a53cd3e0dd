"""What a model is told: gathered from the project through `Sources`, so that prepared things are used and counted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from codemaestro_jupyter.converse.clarify import (
    ABOUT_TESTS,
    ABOUT_TEXTS,
    NONE,
    SHORT,
    Clear,
    Facts,
    chosen_parts,
    is_change,
)
from codemaestro_jupyter.converse.offered import STOP
from codemaestro_jupyter.converse.verbs import ADDING
from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.plan.prompt import LONGEST_FILE, Moment, Prefix, arrange, prefix, weight
from codemaestro_jupyter.plan.requests import classify
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.plan.structure import CODE
from codemaestro_jupyter.types import Failure, FileText, Fingerprint, LikelyFile, Prediction, RelPath, Symbol, Variable
from codemaestro_jupyter.workspace.neighbours import is_test

FILES = 3
PARTS = 2
"""Parts of the project that a plan is told about at most."""
LEAST_LIKELY = 0.1
"""Probability below which a predicted file is not worth its tokens."""
CONTEXT_TOKENS = 12_000
"""Tokens of files that are sent at most: what a local model reads in a few seconds."""
WINDOW_SHARE = 0.5
"""Share of the model's window that the files may take; the rest is for the moment and the answer."""
ABOUT_CHANGES = re.compile(r"\b(?:chang\w*|diff\w*|commit\w*|uncommitted|working tree|since|review)\b", re.IGNORECASE)
"""Requests that what differs from HEAD matters to: asking git takes 10 ms."""
ABOUT_FAILURES = re.compile(
    r"\b(?:fail\w*|error\w*|exceptions?|traceback|crash\w*|br[eo]ak\w*|broke|bugs?|debug\w*|wrong|fix\w*|logs?|tests?|why)\b",
    re.IGNORECASE,
)
"""Requests that failed tests and logs matter to: looking for them walks through the project's folders."""
NOTHING_TYPED = Prediction()
WORD = re.compile(r"[A-Za-z_][\w./-]*[\w]")
BETWEEN = re.compile(rf"\b(?:{'|'.join(sorted(STOP))})\b|[^\w\s]+")
"""What no name is spelt across."""
ASIDE = re.compile(r"(?:.*/)?(?:docs?|examples?|benchmarks?|scripts|tools|vendor|migrations|node_modules|\..*)/")
"""Folders beside the work itself."""
GENERIC = frozenset(("test", "tests", "support", "docs", "documentation", "type", "types", "hints", "some", "more"))
"""What says nothing of the thing that is added."""
SPELT = frozenset({"class", "function", "method"})


@dataclass(frozen=True, slots=True)
class Front:
    """The stable part of a prompt and what it was made from."""

    prefix: Prefix
    fingerprints: Mapping[str, Fingerprint]
    project: tuple[RelPath, ...]
    """Every path of the project, as the map has them."""
    texts: tuple[FileText, ...] = ()
    """Its files as they were read."""
    whole: bool = True
    """Whether everything that was wanted is in it, and at its full length."""

    def narrowed(self, paths: Sequence[RelPath], cut: int = LONGEST_FILE) -> Front:
        """Only the first files, which must be those `paths`, the last of them shortened to so many characters."""
        kept = [file for file in self.texts if file.path in paths]
        prints = {f"file:{file.path}": file.fingerprint for file in kept}
        return replace(
            self, prefix=prefix(self.project, kept, cut), fingerprints=prints, texts=tuple(kept), whole=False
        )


def wanted(prediction: Prediction, first: Iterable[RelPath] = ()) -> tuple[RelPath, ...]:
    """The files that a prompt should hold, those that were named first."""
    likely = [file.path for file in prediction.files[:FILES] if file.probability >= LEAST_LIKELY]
    return tuple(dict.fromkeys([*first, *likely]))


def front(sources: Sources, before: Front | None, paths: Iterable[RelPath], window: int = 0) -> Front:
    """Read the files and put them behind those that were sent before; blocks. The same one if nothing changed."""
    sent = before.prefix.files if before else ()
    limit = min(CONTEXT_TOKENS, int(window * WINDOW_SHARE)) if window else CONTEXT_TOKENS
    paths = tuple(paths)
    texts = _unchanged(sources, before.texts if before else (), paths)
    for path in dict.fromkeys([*sent, *paths]):
        if path not in texts:
            with suppress(PathError):  # it went away, or may not be read
                texts[path] = sources.read(path)
    project = sources.files()
    if before is not None and before.whole and project == before.project:
        looks = {f"file:{path}": file.fingerprint for path, file in texts.items()}
        if looks == before.fingerprints:
            return before
    wanted_ = [path for path in paths if path in texts]
    sizes = {path: weight(file.text) for path, file in texts.items()}
    order = arrange([path for path in sent if path in texts], wanted_, sizes.__getitem__, limit)
    fingerprints = {f"file:{path}": texts[path].fingerprint for path in order}
    read = tuple(texts[path] for path in order)
    return Front(prefix(project, read), fingerprints, project, read)


def _unchanged(sources: Sources, texts: Iterable[FileText], wanted: Sequence[RelPath]) -> dict[RelPath, FileText]:
    """Of what was sent before, and is not asked for now, the texts that still are the same: a look is enough."""
    left = (text for text in texts if text.path not in wanted)
    return {text.path: text for text in left if sources.fingerprint(f"file:{text.path}") == text.fingerprint}


def about_changes(request: str) -> bool:
    """Whether what differs from the last commit matters to a request."""
    return bool(ABOUT_CHANGES.search(request))


def moment(
    sources: Sources, request: str, earlier: tuple[tuple[str, str], ...], raised: tuple[Failure, ...] = ()
) -> Moment:
    """What goes with a request beyond the files; blocks. `raised` is what the kernel raised last."""
    return Moment(
        request,
        (sources.failures() if ABOUT_FAILURES.search(request) else raised)[:1],
        sources.notebook(),
        sources.variables(),
        sources.status().changed if about_changes(request) else (),
        earlier,
    )


def looks(sources: Sources, front: Front, moment: Moment | None) -> dict[str, Fingerprint]:
    """What an answer from that prompt rests on, as it looks now: its files, and what else was told. Blocks."""
    found = dict(front.fingerprints)
    if moment is not None:
        told = {
            "failure": moment.failures,
            "cells": moment.notebook is not None and moment.notebook.cells,
            "variables": moment.variables,
            "git:status": moment.changed,
        }
        for resource in [name for name, what in told.items() if what]:
            look = sources.fingerprint(resource)
            found.update({resource: look} if look else {})
    return found


def facts(sources: Sources, request: str, may_ask: bool, typed: Prediction = NOTHING_TYPED) -> Facts:
    """What is known of a request; files that it names come first, and for certain. Blocks.

    `typed` is what was predicted while it was typed.
    """
    found = classify(request)
    prediction = typed if typed.text.strip() == request.strip() else sources.predict(request)
    named = named_files(sources, request)
    files = [LikelyFile(path, 1.0, ("you named it",)) for path in named]
    files += [file for file in prediction.files if file.path not in named and file.probability >= LEAST_LIKELY]
    at_hand = not named and found.tool == "brief" and about_data(sources.variables(), request)
    tool = "edit" if is_change(request) and found.tool == "brief" and not at_hand else found.tool
    if named:
        files = [file if file.path in named else replace(file, probability=file.probability / 10) for file in files]
    others = [file for file in prediction.others if file.probability >= LEAST_LIKELY]
    if is_change(request) and not ABOUT_TEXTS.search(request) and not any(is_code(file.path) for file in files):
        others += main_parts(sources.files())
    known = bool(named) or may_be_known(sources, request)
    return Facts(
        tool, bool(named), tuple(files), tuple(others), known=known, tools=prediction.tools, may_ask=may_ask,
        at_hand=at_hand,
    )  # fmt: skip


def about_data(variables: Iterable[Variable], request: str) -> bool:
    """Whether a request is about an array or a frame of the kernel: "add a column total to df", "normalise @x".

    A name that is also a word is meant only where no article stands before it.
    """
    names = "|".join(re.escape(each.name) for each in variables if each.shape is not None and each.module)
    link = r"(?:in|to|of|from|on|for|with|by|into|drop|sort|filter|group|clean|merge|join|resample|normali[sz]e)"
    frame = r"(?:(?:the )?(?:data ?frame|frame|table|array|series) )?"
    return bool(names) and re.search(rf"(?:\b{link} {frame}|[@`])(?:{names})\b", request) is not None


def is_code(path: RelPath) -> bool:
    """Code that does the work: no test, and no text."""
    return path.endswith(CODE) and not is_test(path)


def main_parts(paths: Sequence[RelPath]) -> list[LikelyFile]:
    """Where a change may belong about which the project says nothing: the folders with most code, each by one file."""
    folders: dict[str, list[RelPath]] = {}
    for path in paths:
        if is_code(path) and not ASIDE.match(path):
            folders.setdefault(posixpath.dirname(path), []).append(path)
    most = sorted(folders.values(), key=lambda found: (-len(found), found[0]))[:PARTS]
    total = sum(map(len, most))
    return [LikelyFile(found[0], round(len(found) / total, 3), ("its folder has most of the code",)) for found in most]


def may_be_known(sources: Sources, request: str) -> bool:
    """Whether a word of a short request stands in the project's names, so that it can be asked what about it."""
    words = [word for word in WORD.findall(request) if word.lower() not in STOP]
    if len(request.split()) > SHORT or any(sources.definitions(word) for word in words):
        return True
    names = {part for path in sources.files() for part in re.split(r"[\W_]+", path.lower())}
    variables = {variable.name for variable in sources.variables()}
    return any(word.lower().rstrip("s") in names or word.lower() in names or word in variables for word in words)


def may_be_asked(request: str) -> bool:
    """Whether a request could be asked about at all: a change, or too few words to tell."""
    return is_change(request) or len(request.split()) <= SHORT


def with_similar(known: Facts, request: str, similar: Callable[[str], tuple[Symbol, ...]]) -> Facts:
    """With what the project defines already under names like that of what is to be added."""
    found = ADDING.search(request)
    said = WORD.findall(request[found.end() :]) if found and not ABOUT_TESTS.search(request) else []
    words = [word for word in said if len(word) > SHORT and word.lower() not in GENERIC]
    stem = re.sub(r"(?:ies|ing|es|ed|s|y|e)$", "", words[0].lower()) if words else ""
    return replace(known, similar=similar(stem)) if len(stem) >= SHORT else known


def focus(clear: Clear, known: Facts) -> tuple[str, ...]:
    """The parts of the project that a change is about: the chosen scope, else its file."""
    parts = chosen_parts(clear.settled)
    if not parts:
        ways = [path for item in clear.settled if item.stage == "IMPLEMENTATION" for path in item.paths]
        parts = tuple(ways[:1]) or tuple(file.path for file in known.files[:1])
    return parts[:PARTS]


def in_words(clear: Clear) -> str:
    """A request with what is settled, for the answer that needs no model: files as references."""
    intent = next((item for item in clear.settled if item.stage == "INTENT"), None)
    paths = dict.fromkeys(path for item in clear.settled for path in item.paths)
    text = clear.request if intent is None or intent.option in ("change", NONE) else intent.answer
    said = [item.answer for item in clear.settled if item.stage != "INTENT" and not item.option]
    return " ".join([text, *said, *(f'@"{path}"' if " " in path else f"@{path}" for path in paths)])


def named_files(sources: Sources, request: str) -> tuple[RelPath, ...]:
    """Files that a request names, by path, by name, or by a symbol that looks like one.

    A change may also spell a symbol as words: `the count encoder` is `CountEncoder`, where the project has that.
    """
    words = WORD.findall(request)
    paths = sources.files()
    found: dict[RelPath, None] = {}
    for place, word in enumerate(words):
        if "." in word or "/" in word:
            ending = "/" + word
            found.update(dict.fromkeys(path for path in paths if path == word or path.endswith(ending)))
        found.update(dict.fromkeys(path for path in paths if "/" not in path and is_called(path, word)))
        if "_" in word or (not word.islower() and not (word.istitle() and place == 0)) or "." in word:
            found.update(dict.fromkeys(symbol.path for symbol in sources.definitions(word)[:2]))
    if not found and is_change(request):
        found.update(dict.fromkeys(symbol.path for symbol in spelt(sources, request)))
    return tuple(found)[:FILES]


def is_called(path: RelPath, word: str) -> bool:
    """Whether a word is how people call a file of the top folder: `readme` is README.md, `changelog` CHANGELOG.rst."""
    name, _, ending = path.partition(".")
    return name.isupper() and name == word.upper() and "." not in ending


def spelt(sources: Sources, request: str) -> tuple[Symbol, ...]:
    """Symbols that two or three words of a request spell, the longest first: `count encoder` → `CountEncoder`.

    Only what is defined once, outside of tests: a name that several have is what is asked about.
    """
    runs = [run.split() for run in BETWEEN.split(request.lower())]
    for length in (3, 2):
        for run in runs:
            for begin in range(len(run) - length + 1):
                group = run[begin : begin + length]
                for name in ("_".join(group), "".join(group)):
                    kept = [item for item in sources.definitions(name) if not is_test(item.path)]
                    if len(kept) == 1 and kept[0].kind in SPELT:
                        return tuple(kept)
    return ()
