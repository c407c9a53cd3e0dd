"""From a prediction to what could be prepared for it: which things, and how probably the answer needs each.

Probability of need = what the predictor says of the thing × what the likely tools need of its kind × how useful that
kind has been. Pure: what is known of the project comes in as `Known`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codemaestro_jupyter.prepare.economics import Candidate
from codemaestro_jupyter.prepare.needs import Needed, needed
from codemaestro_jupyter.prepare.wordings import left, same_command
from codemaestro_jupyter.types import (
    LikelyCommand,
    LiveContext,
    Prediction,
    PreparationKey,
    PreparationKind,
)
from codemaestro_jupyter.workspace.secrets import redact
from codemaestro_jupyter.workspace.tokens import STOP

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
FIRST_WORDS, MORE_WORDS = 3, 2
"""A sentence is rehearsed in a pause once it has so many words, again with so many more: between two it seldom ends."""
LONGEST_TOPIC = 300
LEAST_NAME = 3
"""Characters of a name from which on it can tell a file."""
_LAST = re.compile(r"[^\W\d]\w*\Z")
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
    word: Callable[[str], bool] = bool
    """Whether the project has a word, as it is written."""
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


def thing_of(key: PreparationKey) -> str:
    """Under which name `NEEDS` has it."""
    return f"history:{key.subject.partition(':')[0]}" if key.kind == "history" else key.kind


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
    need = needed(prediction, live, model=known.model, rested=rested)
    found: dict[PreparationKey, Candidate] = {}
    for key, share, size in _things(prediction, live, known, need, settled, rested):
        useful = known.usefulness(key.kind) / USUAL
        probability = min(1.0, max(0.0, share * need(thing_of(key)) * useful))
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
    text = prediction.text[:LONGEST_TOPIC]
    found: dict[str, float] = {}
    for tool in prediction.tools:
        if tool.argument and known.spread(tool.argument.rpartition(".")[2]):
            written = re.search(re.escape(tool.argument), text, re.IGNORECASE)
            found[written[0] if written else tool.argument] = 1.0
    for match in _IDENTIFIER.finditer(text):
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
    prediction: Prediction, live: LiveContext, known: Known, need: Needed, settled: bool, rested: bool
) -> Iterator[tuple[PreparationKey, float, float]]:
    """Key, probability that it is the right one of its kind, and size in bytes (or what stands for it)."""
    named = names(prediction, known)
    for path, probability in _files(prediction, named, known).items():
        if need.about and not _is_about(need, path, prediction.text, known, settled):
            continue
        size = known.size(path) or 0.0
        yield PreparationKey("file", path), probability, size
        yield PreparationKey("neighbours", path), probability, size
        if known.repository:
            yield PreparationKey("history", f"file:{path}"), probability, known.files
    for name, probability in named:
        grows = not settled and prediction.text.endswith(name)  # "Client" may become "Client.get"
        yield PreparationKey("symbol", name), probability * (UNSETTLED if grows else 1.0), 20_000.0
    text = prediction.text.strip()
    as_it_stands = _as_it_stands(prediction, text, known, settled, rested)
    if len(text) <= LONGEST_TOPIC and not redact(text)[1]:  # a subject is stored; a secret must not be
        yield PreparationKey("tool", f"answer:{text}"), as_it_stands, known.files
    for earlier in known.rehearsed:  # the sentence went on; another mind or another name ends these
        if text.startswith(earlier) and text != earlier and not _needs_a_name(prediction):
            yield PreparationKey("tool", f"answer:{earlier}"), GROWN, known.files
    for topic, probability in _topics(prediction, need, as_it_stands).items():
        if known.repository:
            yield PreparationKey("history", f"topic:{topic}"), probability, known.files
    if known.repository:
        all_said = 1.0 if settled or len(text.split()) >= FIRST_WORDS else UNSETTLED  # "what changed" in what?
        yield PreparationKey("status", "working tree"), all_said, known.files
        yield PreparationKey("history", "recent"), all_said, known.files
    yield PreparationKey("failure", "last"), 1.0 if live.failures else 0.3, 0.0
    if live.notebook is not None and live.notebook.cells:
        size = float(sum(len(cell.source) for cell in live.notebook.cells))
        yield PreparationKey("cell", str(live.notebook.path or live.notebook.id)), 1.0, size


def _as_it_stands(prediction: Prediction, text: str, known: Known, settled: bool, rested: bool) -> float:
    """How probably a text is submitted with just these words."""
    if _needs_a_name(prediction):
        last = text.rpartition(" ")[2].strip("`'\"()?,:;")
        if (
            " " not in text
            or (len(last) < LEAST_NAME and not rested)
            or not (known.spread(last.rpartition(".")[2]) or known.size(last) is not None)
        ):
            return UNSETTLED  # "find uses of", "explain Clie": there is more to come
        return SETTLED if settled else NAMED
    if not (rested or _is_whole(prediction.text, known)):
        return UNSETTLED
    said = [len(earlier.split()) for earlier in known.rehearsed if text.startswith(earlier)]
    more = len(text.split()) - max(said) >= MORE_WORDS if said else len(text.split()) >= FIRST_WORDS
    return SETTLED if rested or (settled and more) else UNSETTLED


def _is_whole(text: str, known: Known) -> bool:
    """Whether a text's last word is one, as far as anybody can tell: what the project does not have may still grow."""
    last = _LAST.search(text)
    return last is None or last[0].lower() in STOP or known.word(last[0])


def _is_about(need: Needed, path: str, text: str, known: Known, settled: bool) -> bool:
    """Whether a likely file may be what a request is about: its name says so, or the name is defined there.

    Who looks for a name may be shown any likely file, once there is such a name.
    """
    name = need.about
    if text.endswith(name) and not settled and not known.size(name):  # "Client" may become "Client.get"
        return False
    last = name.rpartition("/")[2]
    named = len(last) >= LEAST_NAME and last.lower() in path.lower()
    return named or (known.spread(name.rpartition(".")[2]) > 0 if need.anywhere else path in known.places(name))


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


def _topics(prediction: Prediction, need: Needed, as_it_stands: float) -> dict[str, float]:
    """What will be looked up in the history, as far as the text already tells."""
    if need.request is not None and need.request.tool == "history":
        found = {need.request.argument: as_it_stands}
    else:
        found = {tool.argument: tool.probability * as_it_stands for tool in prediction.tools if tool.tool == "history"}
    return {topic: share for topic, share in found.items() if 0 < len(topic) <= LONGEST_TOPIC and not redact(topic)[1]}
