"""Say why a file is expected, in words a person understands: the strongest parts of its score, put plainly."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from codemaestro_jupyter.predict.ground import Ground
from codemaestro_jupyter.predict.okapi import Field
from codemaestro_jupyter.predict.project import Floats
from codemaestro_jupyter.predict.question import Question
from codemaestro_jupyter.predict.signals import ROW
from codemaestro_jupyter.workspace.tokens import STOP, subtokens

MOST_REASONS = 3
NAMED = 9.0
"""Strength of a file that the text names: nothing is stronger."""
HOUR, DAY, MONTH, YEAR = 3_600.0, 86_400.0, 2_629_800.0, 31_557_600.0
_FAMILIES = {
    "recent": ("prior_20", "prior_60", "last", "last_rank", "young"),
    "follows": ("follows",),
    "history": (
        "subject_told", "subject_covered", "subject_best", "subject_exact", "subject_begun", "similar", "file_lift",
        "lately_similar",
    ),
    "symbols": ("symbol_told", "symbol_covered", "symbol_best", "symbol_exact", "symbol_begun", "joined"),
    "content": (
        "content_told", "content_covered", "content_best", "content_exact", "content_begun", "present", "counted",
        "short_told",
    ),
    "path": ("path_told", "path_covered", "path_best", "path_exact", "path_begun", "stem", "begun_stem", "test_stem"),
    "pair": ("pair",),
    "tests": ("asks_tests",),
    "docs": ("asks_docs",),
    "automation": ("asks_automation",),
    "dependencies": ("asks_dependencies",),
    "often": ("tokens", "symbols", "class_prior", "class_lift", "substance", "area_lift"),
}  # fmt: skip

_FACTS = {"symbols": 0.8, "path": 0.6, "history": 0.5, "content": 0.3, "pair": 0.55}
"""What can be pointed at is worth saying even where the fitted weights give it to a neighbour signal."""


def reasons(
    ground: Ground,
    question: Question,
    column: Floats,
    usual: Floats,
    weights: Floats,
    document: int,
    live: Iterable[tuple[float, str]] = (),
    now: float = 0.0,
) -> tuple[str, ...]:
    """At most `MOST_REASONS`, strongest first, never none.

    `column` are the document's signals, `usual` what each is on average over the files (both in the order of
    `SIGNALS`), `now` in seconds since the epoch.
    """
    found = list(live)
    if column[ROW["named"]] > 0 or column[ROW["stem"]] > 0.5:
        found.append((NAMED, "named in your text"))
    paired = bool(column[ROW["pair"]] > 0)
    ahead = weights * (column - usual)
    for family, names in _FAMILIES.items():
        strength = float(sum(ahead[ROW[name]] for name in names))
        if family == "often":
            strength *= 0.2  # true of many files: said only where little else speaks
        strength = max(strength, _FACTS.get(family, 0.0))
        if strength > 0.1:
            found += [(strength, text) for text in _say(family, ground, question, document, now, paired)]
    found.sort(key=lambda one: -one[0])
    return tuple(dict.fromkeys(text for _, text in found))[:MOST_REASONS] or ("one of the project's main files",)


def _say(family: str, ground: Ground, question: Question, document: int, now: float, lifted: bool) -> list[str]:
    past, shape = ground.past, ground.shape
    match family:
        case "recent":
            return [changed(float(past.age[document]), past.changed_at(document), now)] if past.count else []
        case "follows":
            return ["often changed after what changed last"] if past.rhythm.follows[document] else []
        case "history":
            words = _words_of(ground.subjects, question, document)
            return [f"changed before for {_listed(words)}"] if words else []
        case "symbols":
            words = _words_of(ground.symbols, question, document)
            return [f"defines {_listed(words)}"] if words else []
        case "content":
            words = _words_of(ground.content, question, document)
            return [f"mentions {_listed(words)}"] if words else []
        case "path":
            words = _words_of(ground.path, question, document)
            return [f"its path says {_listed(words)}"] if words else []
        case "pair":
            if not lifted:
                return []
            mine = shape.pair_sources[shape.pair_tests == document]
            if len(mine):
                return [f"tests {shape.paths[int(mine[0])].rsplit('/', 1)[-1]}"]
            return ["its tests match"]
        case "tests":
            return ["you ask for tests"]
        case "docs":
            return ["you ask for documentation"]
        case "automation":
            return ["you ask for automation"]
        case "dependencies":
            return ["it lists dependencies"]
        case _:
            return ["a file of the kind that changes often"]


def changed(commits: float, when: float, now: float) -> str:
    """`changed in the last commit`, `changed 2 days ago`; by commits where the time is unknown or in the future."""
    if commits < 1:
        return "changed in the last commit"
    seconds = now - when
    if when <= 0 or seconds < 0:
        return f"changed {int(commits) + 1} commits ago"
    if seconds < HOUR:
        return "changed within the hour"
    size = next(size for size in (YEAR, MONTH, DAY, HOUR) if seconds >= size)
    number = int(seconds // size)
    if size == YEAR:
        return f"changed {number} year{'s' if number > 1 else ''} ago"
    if size == MONTH:
        return f"changed {number} month{'s' if number > 1 else ''} ago"
    if size == DAY:
        return f"changed {number} day{'s' if number > 1 else ''} ago"
    return f"changed {number} hour{'s' if number > 1 else ''} ago"


def _words_of(field: Field, question: Question, document: int, most: int = 2) -> list[str]:
    """Words of the text, as typed, that one document has in a field: the weightiest first."""
    scored: list[tuple[float, str]] = []
    for word in dict.fromkeys((*question.words, question.partial)):
        if len(word) < 3 or word.lower() in STOP:
            continue
        best = 0.0
        for term in subtokens(word):
            documents, weights = field.weights(term)
            here = np.flatnonzero(documents == document)
            if len(here):
                best = max(best, float(weights[here[0]]))
        if best:
            scored.append((best, f"{word}…" if word == question.partial else word))
    return [word for _, word in sorted(scored, key=lambda one: -one[0])[:most]]


def _listed(words: list[str]) -> str:
    return " and ".join(words)
