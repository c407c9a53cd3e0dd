"""Measure what speaks for each file: one row of numbers per signal, one column per file.

Cheap signals only: postings, names and history. How much each counts is fitted (`weights.json`), with a second weight
that fades as more words are complete, because what changed last matters most while little is typed.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence

import numpy as np

from codemaestro_jupyter.predict import kinds
from codemaestro_jupyter.predict.ground import Ground
from codemaestro_jupyter.predict.okapi import COMPLETIONS, FieldScores
from codemaestro_jupyter.predict.project import Documents, Floats
from codemaestro_jupyter.predict.question import Question
from codemaestro_jupyter.predict.shape import MOST_NAMESAKES
from codemaestro_jupyter.workspace.tokens import STANDARD, STOP

CONSTANT = (
    "prior_20", "prior_60", "last", "last_rank", "tokens", "symbols", "substance", "is_test", "class_prior", "depth",
    "is_entry", "young", "follows",
)  # fmt: skip
"""Signals that the text does not change."""
FIELDS = ("content", "path", "symbol", "subject")
PER_FIELD = ("told", "covered", "best", "exact", "begun")
ASKED = (
    "similar", "file_lift", "class_lift", "named", "stem", "test_stem", "begun_stem", "asks_tests", "asks_no_tests",
    "asks_docs", "asks_automation", "asks_dependencies", "pair", "joined", "present", "counted", "short_told",
    "lately_similar", "area_lift",
)  # fmt: skip
HEARD = (*(f"{field}_{kind}" for field in FIELDS for kind in PER_FIELD), *ASKED)
"""Signals that the text changes: the rows of the matrix."""
SIGNALS = (*CONSTANT, *HEARD)
ROW = {name: number for number, name in enumerate(SIGNALS)}
_AT = {name: number for number, name in enumerate(HEARD)}
SHORTEST_STEM = SHORTEST_WORD = 3
COMPLETE_ENDINGS, PARTIAL_ENDINGS = 8, 24
"""How many longer words stand for a complete and for a half-typed word where words are counted plainly."""
LONGEST_NGRAM = 3


def constant(ground: Ground) -> tuple[Floats, ...]:
    """A row (float32[file]) for each signal of `CONSTANT`."""
    past, shape = ground.past, ground.shape
    return (
        past.prior_20, past.prior_60, past.last, past.last_rank, ground.log_tokens, ground.log_symbols,
        shape.substance, shape.is_test, past.class_prior, shape.depth, shape.is_entry, past.rhythm.young,
        past.rhythm.follows,
    )  # fmt: skip


def whole(ground: Ground, matrix: Floats) -> Floats:
    """All signals [signal, file], rows in the order of `SIGNALS`: for fitting, where memory is no matter."""
    return np.concatenate([np.array(constant(ground), np.float32).reshape(len(CONSTANT), ground.n), matrix])


def measure(ground: Ground, question: Question) -> Floats:
    """The matrix [signal, file] (float32), rows in the order of `HEARD`; a few ms for 50,000 files."""
    n, past, shape = ground.n, ground.past, ground.shape
    matrix = ground.matrix(len(HEARD))
    if not n:
        return matrix
    telling = [past.telling(term) for term in question.terms]
    fields = (ground.content, ground.path, ground.symbols, ground.subjects)
    each = len(PER_FIELD)
    scores = [
        field.scores(question, telling, matrix[number * each : (number + 1) * each])
        for number, field in enumerate(fields)
    ]
    terms = (*question.terms, *question.ending)
    completions = past.complete(question.segment, COMPLETIONS) if len(question.segment) >= 3 else []
    begun = [term for term, _ in completions]
    matrix[_AT["similar"]] = past.similar(terms, begun, n)
    matrix[_AT["lately_similar"]] = past.lately_similar(question.terms, begun, n)
    matrix[_AT["area_lift"]] = past.area_lifts(terms, n)
    _short(ground, question, telling, matrix[_AT["short_told"]])
    matrix[_AT["file_lift"]], of_classes = past.lifts(terms, n)
    matrix[_AT["class_lift"]] = of_classes[shape.classes]
    named, stem = matrix[_AT["named"]], matrix[_AT["stem"]]
    for mention in question.mentions:
        _share(named, np.array(shape.position_of_name(mention), np.int32))
    _stems(ground, question, stem, matrix[_AT["test_stem"]])
    _begun_stem(ground, question, matrix[_AT["begun_stem"]])
    tests = bool(kinds.ASKS_TESTS.search(question.text))
    matrix[_AT["asks_tests" if tests else "asks_no_tests"]] = shape.is_test if tests else 1 - shape.is_test
    for name, asks, wanted in (
        ("asks_docs", kinds.ASKS_DOCS, shape.is_documentation),
        ("asks_automation", kinds.ASKS_AUTOMATION, shape.is_automation),
        ("asks_dependencies", kinds.ASKS_DEPENDENCIES, shape.names_dependencies),
    ):
        if asks.search(question.text):
            matrix[_AT[name]] = wanted
    _pairs(ground, scores, named + stem, matrix[_AT["pair"]])
    _joined(ground, question, matrix[_AT["joined"]])
    _counted(ground, question, matrix[_AT["present"]], matrix[_AT["counted"]])
    return matrix


def _share(row: Floats, documents: Documents) -> None:
    """Give the documents of one name their share: 1 for a name that only one has."""
    if 0 < len(documents) <= MOST_NAMESAKES:
        row[documents] = np.maximum(row[documents], np.float32(len(documents) ** -0.5))


def _stems(ground: Ground, question: Question, stem: Floats, test_stem: Floats) -> None:
    words = question.lowered
    for length in range(1, LONGEST_NGRAM + 1):
        for begin in range(len(words) - length + 1):
            group = words[begin : begin + length]
            if length == 1 and (group[0] in STOP or len(group[0]) < SHORTEST_STEM):
                continue
            for joined in {"_".join(group), "".join(group), "-".join(group)}:
                for name in spellings(joined):
                    _share(stem, ground.shape.stems.of(name))
                    _share(test_stem, ground.shape.test_stems.of(name))


def spellings(name: str) -> tuple[str, ...]:
    """How a file that a person calls `name` may be called: private, without underscore, plural, singular."""
    singular = name[:-1] if name.endswith("s") else name
    return tuple(dict.fromkeys((name, f"_{name}", name.lstrip("_"), f"{name}s", singular)))


def _begun_stem(ground: Ground, question: Question, row: Floats) -> None:
    begun = question.partial.lower()
    if len(begun) < SHORTEST_STEM:
        return
    stems = ground.shape.stems
    begin = bisect.bisect_left(stems.sorted, begun)
    end = bisect.bisect_left(stems.sorted, begun + "\U0010ffff")
    if end - begin <= MOST_NAMESAKES:
        _share(row, np.concatenate([np.zeros(0, np.int32), *(stems.of(name) for name in stems.sorted[begin:end])]))


def _pairs(ground: Ground, scores: Sequence[FieldScores], names: Floats, row: Floats) -> None:
    """A test is as likely as its best source says, a source half as likely as its best test."""
    shape = ground.shape
    if not len(shape.pair_tests):
        return
    content, path, symbol, subject = scores
    lexical = content.told * 0.06 + path.told * 0.1 + symbol.told * 0.06 + subject.told * 0.06 + names
    np.maximum.at(row, shape.pair_tests, lexical[shape.pair_sources])
    np.maximum.at(row, shape.pair_sources, 0.5 * shape.pair_back * lexical[shape.pair_tests])


def _joined(ground: Ground, question: Question, row: Floats) -> None:
    """Two words side by side that are one identifier in the project: `data array` → `data_array`, `DataArray`."""
    words = question.lowered
    for one, other in dict.fromkeys(itertools.pairwise(words)):
        if one in STOP and other in STOP:
            continue
        for term in (f"{one}_{other}", one + other, STANDARD.stem(one + other)):
            for field in (ground.path, ground.symbols):
                documents, weights = field.weights(term)
                row[documents] = np.maximum(row[documents], weights)


def _short(ground: Ground, question: Question, telling: Sequence[float], row: Floats) -> None:
    """What contents tell when long files are marked down as the textbook does."""
    for term, weight in zip(question.terms, telling, strict=True):
        documents, weights = ground.short_content.weights(term)
        row[documents] += weights * np.float32(weight)


def _counted(ground: Ground, question: Question, present: Floats, counted: Floats) -> None:
    """Plain counts without rarity, as a search for substrings gives them: which words a file holds, and how often.

    They find the hub files that BM25 marks down, above all while little is typed.
    """
    every = [(word, COMPLETE_ENDINGS) for word in question.words]
    every += [(question.partial, PARTIAL_ENDINGS)] if question.partial else []
    for word, endings in dict.fromkeys(every):
        lowered = word.lower()
        if lowered in STOP or len(lowered) < SHORTEST_WORD:
            continue
        terms = {*STANDARD.subtokens(word), *(term for term, _ in ground.content.complete(lowered, endings))}
        found = np.zeros(ground.n, np.float32)
        for term in sorted(terms):
            documents, frequencies = ground.content.postings(term)
            found[documents] += frequencies
        present += found > 0
        counted += np.log1p(found)
