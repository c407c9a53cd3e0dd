"""The three clarifications as a table: what is missing, what to ask, which answers the project offers.

Pure: what is known of the request and the project comes in as `Facts`. Asking costs the person more than a wrong
guess they can correct, so a row asks only where the best answer is not clear; else it says what it assumed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from textwrap import shorten
from typing import Literal

from codemaestro_jupyter.converse.matching import none_of_them
from codemaestro_jupyter.converse.offered import Option, Question
from codemaestro_jupyter.converse.verbs import ADDING, ASKING, RESHAPING, as_meant, wants_change
from codemaestro_jupyter.plan.framewords import wanted
from codemaestro_jupyter.plan.structure import CODE
from codemaestro_jupyter.types import LikelyFile, LikelyTool, RelPath, Stage, Symbol, Tool
from codemaestro_jupyter.workspace.neighbours import is_test

Clarified = Literal["INTENT", "SCOPE", "IMPLEMENTATION"]
CLEAR = 0.7
"""Share of the best answer from which on it is assumed: at 0.7 a wrong guess is rarer than one in three."""
SHORT = 3
"""Words up to which a request without verb or question word may mean several things."""
OPTIONS = 4
"""Answers offered at most: more are read slower than one's own is typed."""
LEAST_LIKELY = 0.05
HOW = re.compile(
    r"\b(?:like|follow(?:ing)?|same way|existing|(?:new|markdown|code) (?:file|module|class|function|cell)|minimal"
    r"|small(?:est)?|from scratch|rewrite|simply|just)\b",
    re.IGNORECASE,
)
EVERYTHING = "all of it"
NONE = "none"
"""The answer that none of the offered ones is meant."""
ABOUT_TEXTS = re.compile(
    r"\b(?:docs?|document\w*|readme|change ?log|release notes|guide|tutorial|page|text|config\w*|settings|ci|workflow"
    r"|package)\b",
    re.IGNORECASE,
)
ABOUT_HISTORY = re.compile(r"\b(?:change ?log|release notes|history|news)\b", re.IGNORECASE)
IS_HISTORY = re.compile(r"(?:^|/)(?:changelog|changes|history|news|release\w*)(?:\.\w+)?$", re.IGNORECASE)
"""Files that name everything: they are what is meant only where they are named."""
ABOUT_TESTS = re.compile(r"\btest\w*\b", re.IGNORECASE)
TESTS_TOO = re.compile(r"\b(?:and|with|plus)\s+(?:(?:its|their|the|all)\s+)*(?:unit\s+)?tests?\b", re.IGNORECASE)
"""Tests that go with what is asked for: it is about the code."""
ABOUT_NOTEBOOKS = re.compile(r"\b(?:notebooks?|cells?)\b|\.ipynb", re.IGNORECASE)
OPEN = "open notebook"
"""Why a notebook is likely that nothing else speaks for: the reason as the predictor gives it."""
FOLLOWING = 0.15
"""How much a document or a test counts as the place of a change that does not speak of them."""
NEARLY_AS_LIKELY = 0.4
"""A file that was not predicted counts from this share of the likeliest one's probability on."""
NOT_UNLIKELY = 0.15
"""Share from which on another part is offered beside the files of the one that is nearly sure."""
LEAST_PARTS = 2
LEAST_SHARE = 0.1
"""Share below which a further part is not offered beside the two likeliest."""
MOST_PATHS = 3
"""Files that an answer stands for at most: they are read for its plan."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a request: the likely tool, the likely files, and whether anybody can be asked."""

    tool: Tool = "brief"
    named: bool = False
    """The request names a file, a path or a symbol of the project."""
    files: tuple[LikelyFile, ...] = ()
    others: tuple[LikelyFile, ...] = ()
    """Less likely ones: only what parts of the project there may be is seen by them."""
    known: bool = True
    """Some word of the request stands in the project's names: else nothing can be told apart by asking."""
    tools: tuple[LikelyTool, ...] = ()
    may_ask: bool = True
    similar: tuple[Symbol, ...] = ()
    """What the project defines already under names like that of what is to be added."""
    at_hand: bool = False
    """It is about data in the kernel and no file: code for a cell answers it, and nothing of the project changes."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Something that is clear now: `assumed` where nobody was asked."""

    stage: Stage
    answer: str
    assumed: bool = False
    paths: tuple[RelPath, ...] = ()
    option: str = ""
    """The id of the offered answer it is, if it is one."""


def unoffered(question: Question, text: str) -> Settled:
    """An answer in own words, or that none of the offered ones is meant."""
    if not none_of_them(text):
        return Settled(question.stage, text.strip())
    offered = [option.label for option in question.options if option.label != EVERYTHING]
    return Settled(question.stage, f"none of these: {'; '.join(offered)}", option=NONE)


def is_change(request: str, settled: Sequence[Settled] = ()) -> bool:
    """Whether something is to be changed; a question about a change is none."""
    intent = next((item for item in settled if item.stage == "INTENT"), None)
    if intent is not None and intent.option:
        return intent.option == "change"
    return wants_change(request)


def modules(files: Sequence[LikelyFile]) -> tuple[tuple[str, float, tuple[RelPath, ...]], ...]:
    """Folders of the likely files (the files themselves where all are in one) with their shares, largest first.

    Where they are more than can be offered, the folders above them that differ.
    """
    folders = {posixpath.dirname(file.path) for file in files}
    above = posixpath.commonpath(folders) if len(folders) > OPTIONS - 1 else ""
    coarse = {folder: _below(above, folder) for folder in folders} if len(folders) > OPTIONS - 1 else {}
    coarse = coarse if len(set(coarse.values())) > 1 else {}
    groups: dict[str, list[LikelyFile]] = {}
    for file in sorted(files, key=lambda file: -file.probability):
        folder = posixpath.dirname(file.path)
        name = coarse.get(folder, folder) or "the top folder"
        groups.setdefault(name if len(folders) > 1 else file.path, []).append(file)
    total = sum(max(0.0, file.probability) for file in files)
    if total <= 0.0:
        return ()
    shares = [
        (name, sum(max(0.0, file.probability) for file in group) / total, tuple(file.path for file in group))
        for name, group in groups.items()
    ]
    return tuple(sorted(shares, key=lambda item: (-item[1], item[0])))


def _below(above: str, folder: str) -> str:
    """The folder right below another on the way to a third; that one itself where it is the other."""
    rest = folder.removeprefix(above).strip("/")
    return posixpath.join(above, rest.split("/")[0]) if rest else folder


def parts(label: str, paths: Sequence[RelPath]) -> tuple[str, ...]:
    """The parts of the project that an answer about these files means: a file, or folders with a slash at their end."""
    if label in paths:
        return (label,)
    folders = tuple(dict.fromkeys(f"{posixpath.dirname(path) or '.'}/" for path in paths))
    return tuple(paths) if len(folders) == 1 and label == EVERYTHING else folders


def about(question: Question, option: Option, settled: Sequence[Settled]) -> tuple[str, ...]:
    """The parts of the project that matter if an option is chosen: those of the scope, else its likeliest file."""
    if question.stage == "SCOPE":
        return parts(option.label, option.paths)
    return chosen_parts(settled) or tuple(option.paths[:1])


def chosen_parts(settled: Sequence[Settled]) -> tuple[str, ...]:
    """The parts of the project that were settled on; none if nobody asked which."""
    return next((parts(item.answer, item.paths) for item in settled if item.stage == "SCOPE" and item.paths), ())


@dataclass(frozen=True, slots=True)
class Row:
    """One clarification: whether something is missing, what to ask, which answers there are."""

    stage: Clarified
    missing: Callable[[str, Facts, tuple[Settled, ...]], bool]
    text: Callable[[str, Facts, tuple[Settled, ...]], str]
    options: Callable[[str, Facts, tuple[Settled, ...]], list[Option]]


def _intent_missing(request: str, facts: Facts, settled: tuple[Settled, ...]) -> bool:
    words = request.split()
    return (
        facts.tool == "brief"
        and 0 < len(words) <= SHORT
        and facts.known
        and not is_change(request)
        and not ASKING.search(request)
        and not request.rstrip().endswith("?")
        and wanted(request) is None
    )


def _intents(request: str, facts: Facts, settled: tuple[Settled, ...]) -> list[Option]:
    usual = {"explain": 0.4, "change": 0.3, "find": 0.2, "history": 0.1}
    likely = {tool.tool: tool.probability for tool in facts.tools}
    likely["change"] = likely.get("edit", 0.0)  # type: ignore[index, unused-ignore]
    words = {
        "explain": f"Explain {request}",
        "change": f"Change {request}",
        "find": f"Find where {request} is used",
        "history": f"Say what changed in {request}",
    }
    shares = {name: share + likely.get(name, 0.0) for name, share in usual.items()}  # type: ignore[call-overload]
    return [Option(name, words[name], share) for name, share in shares.items()]


def offered_parts(
    request: str, files: Sequence[LikelyFile], others: Sequence[LikelyFile] = ()
) -> tuple[tuple[str, float, tuple[RelPath, ...]], ...]:
    """The parts a change may be about: folders with their shares; of one that is nearly sure, its files instead.

    Of the `others`, which were not predicted, those count that are nearly as likely as the likeliest. Documents and
    tests count less than code where the request does not speak of them: they follow a change. So does the notebook that
    merely is open.
    """

    def weighed(file: LikelyFile) -> LikelyFile:
        follows = not file.path.endswith(CODE) and not ABOUT_TEXTS.search(request)
        follows = follows or bool(IS_HISTORY.search(file.path) and not ABOUT_HISTORY.search(request))
        follows = follows or (is_test(file.path) and not ABOUT_TESTS.search(request))
        follows = follows or (OPEN in file.why and not ABOUT_NOTEBOOKS.search(request))
        return replace(file, probability=file.probability * (FOLLOWING if follows else 1.0))

    weights = [weighed(file) for file in files]
    floor = NEARLY_AS_LIKELY * max((file.probability for file in weights or others), default=1.0)
    weights += [file for file in map(weighed, others) if file.probability >= floor]
    found = modules(weights)
    if len(found) > 1 and found[0][1] >= CLEAR and len(found[0][2]) > 1:
        inside = modules([file for file in weights if file.path in found[0][2]])
        each = [(name, share * found[0][1], paths) for name, share, paths in inside]
        each += [part for part in found[1:] if part[1] >= NOT_UNLIKELY]
        return tuple(sorted(each, key=lambda item: (-item[1], item[0])))
    return found


def _scope_missing(request: str, facts: Facts, settled: tuple[Settled, ...]) -> bool:
    if not is_change(request, settled) or facts.named or facts.tool == "failure":  # what failed says where
        return False
    return len(modules(facts.files)) > 1 or len(offered_parts(request, facts.files, facts.others)) > 1


def _scopes(request: str, facts: Facts, settled: tuple[Settled, ...]) -> list[Option]:
    parts_ = offered_parts(request, facts.files, facts.others)[: OPTIONS - 1]
    found = [part for place, part in enumerate(parts_) if place < LEAST_PARTS or part[1] >= LEAST_SHARE]
    each = [
        Option(f"scope-{number}", name, share, paths[:MOST_PATHS])
        for number, (name, share, paths) in enumerate(found, 1)
    ]
    ranked = sorted((place, -share, path) for _, share, paths in found for place, path in enumerate(paths))
    paths = tuple(path for _, _, path in ranked)[: max(MOST_PATHS, len(found))]  # of each part its likeliest first
    return [*each, Option("scope-all", EVERYTHING, 0.5 * min(option.probability for option in each), paths)]


def _approach_missing(request: str, facts: Facts, settled: tuple[Settled, ...]) -> bool:
    unsaid = any(item.stage == "INTENT" and item.option == "change" for item in settled)  # no verb says how, either
    meant = as_meant(request)
    shape = unsaid or ADDING.search(meant) or RESHAPING.search(meant)
    elsewhere = any(item.stage == "SCOPE" and item.option == NONE for item in settled)  # nobody knows yet where
    if not is_change(request, settled) or not shape or HOW.search(request) or elsewhere:
        return False
    return bool(_likely(request, facts, settled))


def _approaches(request: str, facts: Facts, settled: tuple[Settled, ...]) -> list[Option]:
    best = _likely(request, facts, settled)[0]
    folder = posixpath.dirname(best) or "the top folder"
    if best.endswith(".ipynb"):
        return [Option("new", f"In a new cell of {best}", 0.6, (best,)),
                Option("small", f"In the cells of {best} that are there", 0.4, (best,))]  # fmt: skip
    if ADDING.search(as_meant(request)):
        like = facts.similar[0] if facts.similar else None
        pattern = f"Follow the existing {like.name} ({like.path})" if like else f"Follow the existing pattern of {best}"
        return [
            Option("existing", pattern, 0.6, tuple(dict.fromkeys((best, *([like.path] if like else []))))),
            Option("new", f"Write it new, in a file of its own in {folder}", 0.4, (best,)),
        ]
    return [
        Option("small", f"The smallest change that works, in {best}", 0.65, (best,)),
        Option("reshape", f"Restructure {best}", 0.35, (best,)),
    ]


def _likely(request: str, facts: Facts, settled: tuple[Settled, ...]) -> tuple[RelPath, ...]:
    """Code in the chosen scope, likeliest first, tests before all where they are asked for: a text has one way only."""
    scope = next((item.paths for item in settled if item.stage == "SCOPE" and item.paths), None)
    tests = bool(ABOUT_TESTS.search(TESTS_TOO.sub("", request)))
    files = [file for file in (*facts.files, *(facts.others if scope or tests else ())) if file.path.endswith(CODE)]
    inside = [file for file in files if scope is None or file.path in scope]
    if tests:
        inside = [file for file in files if is_test(file.path)] or inside
    return tuple(
        file.path for file in sorted(inside, key=lambda file: (is_test(file.path) != tests, -file.probability))
    )


ROWS: tuple[Row, ...] = (
    Row("INTENT", _intent_missing, lambda request, *_: f"What about {request}?", _intents),
    Row("SCOPE", _scope_missing, lambda *_: "Which part is it about?", _scopes),
    Row("IMPLEMENTATION", _approach_missing, lambda *_: "How shall it be done?", _approaches),
)


def clarify(
    request: str, facts: Facts, settled: tuple[Settled, ...] = ()
) -> tuple[Question | None, tuple[Settled, ...]]:
    """The next question, if one must be asked, and everything settled by then, assumptions among it."""
    for row in () if facts.at_hand else ROWS:
        if any(item.stage == row.stage for item in settled) or not row.missing(request, facts, settled):
            continue
        options = normalised(row.options(request, facts, settled))
        best = options[0]
        if len(options) > 1 and best.probability < CLEAR and facts.may_ask:
            return Question(row.stage, row.text(request, facts, settled), options), settled
        settled = (*settled, Settled(row.stage, best.label, True, best.paths, best.id))
    return None, settled


def normalised(options: Sequence[Option]) -> tuple[Option, ...]:
    """Most likely first, at most `OPTIONS`, their probabilities summing to one; hardly likely ones left out."""
    total = sum(option.probability for option in options) or 1.0
    shares = [replace(option, probability=option.probability / total) for option in options]
    kept = sorted(shares, key=lambda option: -option.probability)[:OPTIONS]
    kept = [option for place, option in enumerate(kept) if place == 0 or option.probability >= LEAST_LIKELY]
    total = sum(option.probability for option in kept)
    return tuple(replace(option, probability=option.probability / total if total else 1 / len(kept)) for option in kept)


TITLE = 120
"""Characters of a change's title at most."""


@dataclass(frozen=True, slots=True)
class Clear:
    """A request with everything that was settled: what a plan is made from."""

    request: str
    settled: tuple[Settled, ...] = field(default=())

    @property
    def text(self) -> str:
        """The request and what is clear about it, as a model reads it."""
        names = {"INTENT": "What is wanted", "SCOPE": "Which part", "IMPLEMENTATION": "How"}
        said = {item: " ".join(item.answer.split()) if item.option else item.answer for item in self.settled}
        lines = [f"{names[item.stage]}: {said[item]}" for item in self.settled if item.stage in names]
        return "\n".join([self.request, *lines])

    @property
    def title(self) -> str:
        """The request in one line, as the log of changes names what was done for it."""
        return shorten("; ".join(self.request.splitlines()), TITLE, placeholder="…")

    @property
    def said(self) -> str:
        """What was assumed without asking, for the person; empty if nothing."""
        return f"*I assumed: {'; '.join(self.assumed)}. Say so if it is otherwise.*" if self.assumed else ""

    @property
    def assumed(self) -> tuple[str, ...]:
        """What nobody was asked about."""
        return tuple(item.answer for item in self.settled if item.assumed)
