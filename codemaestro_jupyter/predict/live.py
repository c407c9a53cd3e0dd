"""What only a live session knows: the open notebook, the traceback, the conversation, past choices.

No commit tells how much these count, so the weights are set by hand, in log odds: +1 makes a file 2.7 times likelier
against the others. Past choices move them with use.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from codemaestro_jupyter.predict.ground import Ground
from codemaestro_jupyter.predict.project import Floats
from codemaestro_jupyter.predict.question import Question
from codemaestro_jupyter.types import Cell, Failure, LiveContext
from codemaestro_jupyter.workspace.tokens import STOP, WORD, subtokens

OPEN_NOTEBOOK = 2.5
EMPTY_NOTEBOOK = 0.5
"""An open notebook in which nothing is written yet but the request itself: there is nothing in it to be asked about."""
IMPORTED = 0.8
IN_TRACEBACK = 2.5
IN_TEST_FAILURE = 1.5
IN_LOG = 0.8
ASKED_ABOUT = 1.5
"""Failures count so many times more if the text speaks of something wrong."""
RECENT = 1.2
FADE = 0.8
"""Each older frame, failure or file counts this share of the one before."""
NAMED_VARIABLE = 1.5
CELL_NAMES = 0.2
"""For each BM25 point of the names in the cell, over the symbols field."""
MOST_CELL_NAMES = 24
MOST_CELL = 1.2
ASKED_FOR = 3.0
"""`where is X`, `explain X`: the file that defines X; commits, which the other weights were fitted on, never ask so."""
MOST_DEFINERS = 5
SHORTEST_BEGUN = 4
"""Letters from which on the beginning of a name stands for it: `explain make_tok`."""
CHOICE = 0.8
MOST_CHOICE = 2.5
_IMPORT = re.compile(r"^\s*(?:from\s+([.\w]+)\s+import\b|import\s+([\w.]+))", re.M)
_ASKS = re.compile(
    r"\s*(?:where|find|explain|show|who (?:calls|uses)|what (?:is|does)|how does|describe|locate)\b", re.I
)
_WRONG = re.compile(
    r"\b(?:fail\w*|errors?|exception|traceback|broken?|crash\w*|bugs?|fix\w*|wrong|why|raises?)\b", re.I
)


@dataclass(slots=True)
class Lift:
    """What the session adds to the scores (float32[n], log odds), and the words for it: document → (strength, why)."""

    scores: Floats
    why: dict[int, list[tuple[float, str]]] = field(default_factory=dict)

    def add(self, documents: Iterable[int], amount: float, why: str) -> None:
        """Lift documents by one amount; only what speaks for a file is a reason."""
        for document in documents:
            self.scores[document] += amount
            if amount > 0 and all(why != known for _, known in self.why.get(document, [])):
                self.why.setdefault(document, []).append((amount, why))


def lift(ground: Ground, question: Question, live: LiveContext) -> Lift:
    """Everything that the session says about the files of a project."""
    found = Lift(np.zeros(ground.n, np.float32))
    place = ground.place
    notebook = live.notebook
    if notebook is not None:
        if notebook.path is not None:
            amount = OPEN_NOTEBOOK if any(_written(cell) for cell in notebook.cells) else EMPTY_NOTEBOOK
            found.add(place(notebook.path), amount, "open notebook")
        sources = [cell.source for cell in notebook.cells if cell.kind == "code"]
        _imports(ground, found, sources, "imported in your notebook")
    if live.cell_text:
        _imports(ground, found, [live.cell_text], "imported in your cell")
        _cell_names(ground, found, live.cell_text)
    for age, failure in enumerate(live.failures[:5]):
        _failure(ground, found, failure, FADE**age * (ASKED_ABOUT if _WRONG.search(question.text) else 1.0))
    for age, path in enumerate(live.recent_files[:10]):
        found.add(place(path), RECENT * FADE**age, "used in an earlier answer")
    if _ASKS.match(question.text):
        _asked_for(ground, found, question)
    words = set(question.lowered)
    for variable in live.variables:
        if variable.module and variable.name.lower() in words:
            documents = ground.shape.position_of_name(variable.module.lower())
            found.add(documents, NAMED_VARIABLE, f"defines the type of {variable.name}")
    for path in {*live.accepted, *live.rejected}:
        amount = choice(live.accepted.get(path, 0.0), live.rejected.get(path, 0.0))
        found.add(place(path), amount, "you used it when it was predicted before")
    return found


def choice(accepted: float, rejected: float) -> float:
    """Log odds from past choices: smoothed by one of each, so one vote moves little and many move up to the limit."""
    amount = CHOICE * math.log((accepted + 1) / (rejected + 1))
    return max(-MOST_CHOICE, min(MOST_CHOICE, amount))


def _failure(ground: Ground, found: Lift, failure: Failure, share: float) -> None:
    amount, why = {
        "traceback": (IN_TRACEBACK, "in the traceback"),
        "pytest": (IN_TEST_FAILURE, "in the last test failure"),
        "log": (IN_LOG, "in a log's error"),
    }[failure.kind]
    inward = [frame.path for frame in reversed((*failure.before, *failure.frames)) if frame.path is not None]
    for depth, path in enumerate(dict.fromkeys(inward)):  # the innermost frame is where it broke
        found.add(ground.place(path), amount * share * FADE**depth, why)


def _written(cell: Cell) -> bool:
    """Whether a cell holds something of its own: no request to us, which is typed in it."""
    source = cell.source.lstrip()
    return bool(source) and not source.startswith("%%maestro")


def _asked_for(ground: Ground, found: Lift, question: Question) -> None:
    """Lift what defines the names that a question is about, the half-typed one as far as it says which."""
    for word in dict.fromkeys((*question.words, question.partial)):
        if len(word) > 2 and word.lower() not in STOP:
            documents = ground.symbols.postings((subtokens(word) or ("",))[-1])[0].tolist()
            why = f"defines {word}"
            if not documents and word == question.partial and len(word) >= SHORTEST_BEGUN:
                documents, why = _begun(ground, word.lower()), f"defines {word}…"
            if 0 < len(documents) <= MOST_DEFINERS:
                found.add(documents, ASKED_FOR * len(documents) ** -0.5, why)


def _begun(ground: Ground, word: str) -> list[int]:
    """The documents that define a name which goes on so; none if the names that do are too many."""
    terms = ground.symbols.complete(word, MOST_DEFINERS + 1)
    if len(terms) > MOST_DEFINERS:
        return []
    return sorted({document for term, _ in terms for document in ground.symbols.postings(term)[0].tolist()})


def _imports(ground: Ground, found: Lift, sources: Iterable[str], why: str) -> None:
    modules = {(one or other).strip(".").lower() for text in sources for one, other in _IMPORT.findall(text[:20_000])}
    documents = {number for module in sorted(modules) for number in ground.shape.position_of_module(module)}
    found.add(sorted(documents), IMPORTED, why)


def _cell_names(ground: Ground, found: Lift, text: str) -> None:
    """Files that define what the cell calls: the rarest names count."""
    names = [name for name in dict.fromkeys(WORD.findall(text[-5_000:])) if len(name) > 2 and name.lower() not in STOP]
    points = np.zeros(ground.n, np.float32)
    for name in names[-MOST_CELL_NAMES:]:
        documents, weights = ground.symbols.weights(name.lower())
        points[documents] += weights
    points = np.minimum(MOST_CELL, CELL_NAMES * points)
    for document in np.flatnonzero(points > 0.2).tolist()[:200]:
        found.add([document], float(points[document]), "defines names in your cell")
