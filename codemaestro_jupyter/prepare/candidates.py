"""From a prediction to what could be prepared for it: which things, and how probably the answer needs each.

Probability of need = what the predictor says of the thing × what the likely tools need of its kind × how useful that
kind has been. Pure: what is known of the project comes in as `Known`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codemaestro_jupyter.prepare.economics import Candidate
from codemaestro_jupyter.prepare.wordings import left, same_command
from codemaestro_jupyter.types import (
    LikelyCommand,
    LiveContext,
    Prediction,
    PreparationKey,
    PreparationKind,
    Tool,
)
from codemaestro_jupyter.workspace.secrets import redact

NEEDS: Mapping[Tool, Mapping[str, float]] = {
    # Share of a tool's answers that hold content of a thing: `used_of` in the figures of `codemaestro bench answer`, on
    # flask, httpx and sqlite-utils; where that asks for none, from what plan/offline says for the tool. What finds a
    # name is in the rehearsal, with the files around it: then the name's own preparation is seldom wanted, too.
    "read": {"file": 0.95, "cell": 0.1, "tool": 0.9},
    "find": {"symbol": 0.2, "tool": 0.9, "file": 0.6},
    "explain": {"symbol": 0.9, "file": 0.8, "neighbours": 0.3, "history:file": 0.45, "tool": 0.9},
    "history": {"history:topic": 0.9, "history:recent": 0.7, "status": 0.7, "tool": 0.9},
    "failure": {"failure": 0.95, "file": 0.7, "cell": 0.4, "tool": 0.9},
    "brief": {
        "file": 0.65, "symbol": 0.2, "neighbours": 0.25, "history:file": 0.3, "status": 0.05, "failure": 0.2,
        "cell": 0.2, "tool": 0.8,
    },
    "edit": {
        "file": 0.65, "symbol": 0.2, "neighbours": 0.25, "history:file": 0.3, "status": 0.05, "failure": 0.1,
        "tool": 0.8,
    },
    "test": {"file": 0.7, "neighbours": 0.6, "symbol": 0.5, "failure": 0.3, "tool": 0.8},
}  # fmt: skip
"""By kind; commits by what they are about as well, since a tool that looks at a file's does not look at all of them."""
FILE_TOLD, FAILURE_TOLD = 0.35, 0.9
"""The same where a model answers, of a likely file and of the last failure where that is asked about: what nobody tells
the model is not prepared. A file must be as likely as 0.7 with the dial in the middle (`economics.LEAST_PROBABILITY`),
the share that is to be used: what the model reads ahead is read anyway, so that a second reading saves next to nothing,
and half a sentence names many a file that the whole one does not mean (`codemaestro bench model`, "by kind")."""
NEEDS_A_NAME = frozenset({"read", "find", "explain"})
"""Tools that cannot be asked for before a name of the project is there to be asked about."""
IN_CHILD: frozenset[PreparationKind] = frozenset({"tool", "symbol", "history", "status", "failure", "scope", "change"})
"""Kinds that take more than a few milliseconds of the interpreter: the child process makes them."""
RECHECK: Mapping[PreparationKind, float] = {"status": 0.7, "failure": 0.7, "cell": 0.5}
"""Share of a kind's cost that checking whether it still holds takes (the others: `RECHECK_ELSE`)."""
RECHECK_ELSE = 0.05
USUAL = 0.7
"""Usefulness of a kind nothing was learned about, see store/learning.py."""
WORDS = 3
SURELY_MEANT, DEFINED_THERE = 0.9, 0.7
"""A name that surely is meant as such, and how probably an answer then shows the file that defines it."""
SETTLED, NAMED, UNSETTLED = 0.7, 0.5, 0.04
"""How probably a text is submitted just as it stands: after a pause, with the name that its tool needs, and else."""
GROWN = 0.4
"""How probably what was looked up for the beginning of a sentence is looked up for the whole of it, too."""
MORE_WORDS = 2
"""A sentence is rehearsed again in a pause once it has so many words more: between two of its words it seldom ends."""
LONGEST_TOPIC = 300
_IDENTIFIER = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Known:
    """What deciding needs to know of the project and of the past; every function answers from memory."""

    size: Callable[[str], float | None]
    """Bytes of a file; None if there is no such file."""
    spread: Callable[[str], int]
    """In how many files an identifier is defined."""
    places: Callable[[str], tuple[str, ...]]
    """The files that define an identifier."""
    files: int
    estimate: Callable[[PreparationKind, float], float]
    usefulness: Callable[[PreparationKind], float]
    repository: bool
    """Whether there is git to ask."""
    rehearsed: tuple[str, ...] = ()
    """The wordings of this request whose answers were rehearsed, or are just now."""
    model: bool = False
    """Whether a model will answer."""
    worked_out: Mapping[str, float] = field(default_factory=dict)
    """The wordings of a command that were begun in this turn, and the seconds each took so far."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What an answer to the open question needs: the map of a part (`scope`: a file, or a folder with a slash at its
    end), or what answering the request looks up then (`tool`), and how probably it is given."""

    key: PreparationKey
    probability: float


def offers(parts: Mapping[str, float], requests: Mapping[str, float]) -> tuple[Offered, ...]:
    """Maps of these parts, and what answering these requests looks up, each with how probably it is wanted."""
    maps = [Offered(PreparationKey("scope", part), share) for part, share in parts.items()]
    answers = [Offered(PreparationKey("tool", f"answer:{text}"), share) for text, share in requests.items()]
    return (*maps, *answers)


def offered(answers: Iterable[Offered], known: Known) -> tuple[Candidate, ...]:
    """What is offered, as candidates."""
    found = []
    for answer in answers:
        size = float(known.files) if answer.key.kind == "tool" else 0.0
        seconds = known.estimate(answer.key.kind, size)
        saved = seconds * (1.0 - RECHECK_ELSE)
        found.append(Candidate(answer.key, min(1.0, answer.probability), seconds, saved, size=size, aside=True))
    return tuple(found)


def needs(prediction: Prediction, *, model: bool = False) -> dict[str, float]:
    """How probably the answer needs each thing of `NEEDS`; what no tool is likely for is a brief."""
    if model:
        failure = sum(tool.probability for tool in prediction.tools if tool.tool == "failure")
        return {"file": FILE_TOLD, "failure": FAILURE_TOLD * min(1.0, failure)}
    left = 1.0
    found: dict[str, float] = {}
    shares: list[tuple[Tool, float]] = []
    for tool in sorted(prediction.tools, key=lambda tool: -tool.probability):
        share = min(left, max(0.0, tool.probability))
        left -= share
        shares.append((tool.tool, share))
    for name, share in (*shares, _rest(left)):
        for thing, need in NEEDS[name].items():
            found[thing] = found.get(thing, 0.0) + share * need
    return found


def thing_of(key: PreparationKey) -> str:
    """Under which name `NEEDS` has it."""
    return f"history:{key.subject.partition(':')[0]}" if key.kind == "history" else key.kind


def _rest(left: float) -> tuple[Tool, float]:
    return "brief", left


def candidates(
    prediction: Prediction, live: LiveContext, known: Known, *, settled: bool = True, rested: bool = True
) -> tuple[Candidate, ...]:
    """Everything that could be prepared for a prediction, each once; nothing for an empty one.

    `settled` says that the text has not changed for a moment, `rested` that it has not for longer than between words:
    only then is what depends on its every word (searching for it, commits on it) likely to be asked for as it stands.
    """
    if not prediction.text.strip() or not (prediction.files or prediction.tools or prediction.command):
        return ()
    if prediction.command is not None:  # its answer is its proposal, and no more
        return tuple(_change(prediction.command, known, settled))
    need = needs(prediction, model=known.model)
    found: dict[PreparationKey, Candidate] = {}
    for key, share, size in _things(prediction, live, known, settled, rested):
        useful = known.usefulness(key.kind) / USUAL
        probability = min(1.0, max(0.0, share * need.get(thing_of(key), 0.0) * useful))
        seconds = known.estimate(key.kind, size)
        saved = seconds * (1.0 - RECHECK.get(key.kind, RECHECK_ELSE))
        if key not in found or found[key].probability < probability:
            found[key] = Candidate(key, probability, seconds, saved, size=size, aside=key.kind in IN_CHILD)
    return tuple(found.values())


def _change(command: LikelyCommand, known: Known, settled: bool) -> Iterator[Candidate]:
    """The proposal of a command that is said whole.

    While its last word may still grow, the first wording is gone on with: then the files are understood, and another
    wording takes a part of that time. In a pause the newest takes its place.
    """
    if not command.sentence or redact(command.sentence)[1]:  # a subject is stored
        return
    begun = {said: took for said, took in known.worked_out.items() if same_command(said, command.sentence)}
    share = SETTLED if settled else UNSETTLED if command.goes_on and begun else NAMED
    shares = {command.sentence: share}
    if not settled:
        shares |= {earlier: GROWN for earlier in begun if earlier != command.sentence}
    useful = known.usefulness("change") / USUAL
    seconds = left(known.estimate("change", command.size), begun)
    saved = seconds * (1.0 - RECHECK_ELSE)
    for sentence, probability in shares.items():
        key = PreparationKey("change", sentence)
        yield Candidate(key, min(1.0, probability * useful), seconds, saved, size=command.size, aside=True)


def names(prediction: Prediction, known: Known) -> list[tuple[str, float]]:
    """Identifiers that the text names and the project defines, with how surely they are meant as such."""
    found: dict[str, float] = {}
    for tool in prediction.tools:
        if tool.argument and known.spread(tool.argument.rpartition(".")[2]):
            found[tool.argument] = 1.0
    for match in _IDENTIFIER.finditer(prediction.text[:LONGEST_TOPIC]):
        name = match[0]
        if match.start() == 0 and name.isalpha():  # the request's verb: "explain …"
            continue
        spread = known.spread(name.rpartition(".")[2])
        if not spread or len(name) < 3:
            continue
        looks_like_code = "_" in name or "." in name or not (name.islower() or name.istitle())
        found.setdefault(name, SURELY_MEANT if looks_like_code else 0.4 / spread)
    return sorted(found.items(), key=lambda item: -item[1])[:WORDS]


def _things(
    prediction: Prediction, live: LiveContext, known: Known, settled: bool, rested: bool
) -> Iterator[tuple[PreparationKey, float, float]]:
    """Key, probability that it is the right one of its kind, and size in bytes (or what stands for it)."""
    named = names(prediction, known)
    for path, probability in _files(prediction, named, known).items():
        size = known.size(path) or 0.0
        yield PreparationKey("file", path), probability, size
        yield PreparationKey("neighbours", path), probability, size
        if known.repository:
            yield PreparationKey("history", f"file:{path}"), probability, known.files
    for name, probability in named:
        yield PreparationKey("symbol", name), probability, 20_000.0
    text = prediction.text.strip()
    as_it_stands = _as_it_stands(prediction, text, known, settled, rested)
    if len(text) <= LONGEST_TOPIC and not redact(text)[1]:  # a subject is stored; a secret must not be
        yield PreparationKey("tool", f"answer:{text}"), as_it_stands, known.files
    for earlier in known.rehearsed:  # the sentence went on; another mind or another name ends these
        if text.startswith(earlier) and text != earlier and not _needs_a_name(prediction):
            yield PreparationKey("tool", f"answer:{earlier}"), GROWN, known.files
    for topic, probability in _topics(prediction, as_it_stands).items():
        if known.repository:
            yield PreparationKey("history", f"topic:{topic}"), probability, known.files
    if known.repository:
        yield PreparationKey("status", "working tree"), 1.0, known.files
        yield PreparationKey("history", "recent"), 1.0, known.files
    yield PreparationKey("failure", "last"), 1.0 if live.failures else 0.3, 0.0
    if live.notebook is not None and live.notebook.cells:
        size = float(sum(len(cell.source) for cell in live.notebook.cells))
        yield PreparationKey("cell", str(live.notebook.path or live.notebook.id)), 1.0, size


def _as_it_stands(prediction: Prediction, text: str, known: Known, settled: bool, rested: bool) -> float:
    """How probably a text is submitted with just these words."""
    if _needs_a_name(prediction):
        last = text.rpartition(" ")[2].strip("`'\"()?,:;")
        if " " not in text or not (known.spread(last.rpartition(".")[2]) or known.size(last) is not None):
            return UNSETTLED  # "find uses of", "explain Clie": there is more to come
        return SETTLED if settled else NAMED
    said = max((len(earlier.split()) for earlier in known.rehearsed if text.startswith(earlier)), default=0)
    return SETTLED if rested or (settled and len(text.split()) - said >= MORE_WORDS) else UNSETTLED


def _needs_a_name(prediction: Prediction) -> bool:
    likeliest = max(prediction.tools, key=lambda tool: tool.probability, default=None)
    return likeliest is not None and likeliest.tool in NEEDS_A_NAME


def _files(prediction: Prediction, named: list[tuple[str, float]], known: Known) -> dict[str, float]:
    """Files that exist, with how probably each is one that matters: predicted, named by path, or where a name is."""
    found: dict[str, float] = {file.path: file.probability for file in prediction.files}
    for tool in prediction.tools:
        if tool.argument:
            found[tool.argument] = max(found.get(tool.argument, 0.0), tool.probability)
    for name, probability in named[:1]:
        if probability >= SURELY_MEANT:
            for path in known.places(name)[:2]:
                found[path] = max(found.get(path, 0.0), DEFINED_THERE)
    return {path: probability for path, probability in found.items() if known.size(path) is not None}


def _topics(prediction: Prediction, as_it_stands: float) -> dict[str, float]:
    """What will be looked up in the history, as far as the text already tells."""
    found = {tool.argument: tool.probability * as_it_stands for tool in prediction.tools if tool.tool == "history"}
    return {topic: share for topic, share in found.items() if 0 < len(topic) <= LONGEST_TOPIC and not redact(topic)[1]}
