"""What an answer needs of each kind of thing, as far as a half-typed text tells.

The predictor's tools are guesses from a sentence's first words; the grammar of requests (`plan.requests`) is sure, once
it fits: who asks for the mean of a column, for a variable, for help or for commits needs no file of the project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from codemaestro_jupyter.plan.framewords import begins
from codemaestro_jupyter.plan.requests import Request, classify
from codemaestro_jupyter.types import LiveContext, Prediction, Tool

NEEDS: Mapping[Tool, Mapping[str, float]] = {
    # Share of a tool's answers that hold content of a thing: `used_of` in the figures of `codemaestro bench answer`, on
    # flask, httpx and sqlite-utils; where that asks for none, from what plan/offline says for the tool. What finds a
    # name is in the rehearsal, with the files around it: then the name's own preparation is seldom wanted, too.
    "read": {"file": 0.95, "cell": 0.1, "tool": 0.9},
    "find": {"symbol": 0.2, "tool": 0.9, "file": 0.6},
    "explain": {"symbol": 0.9, "file": 0.8, "neighbours": 0.3, "history:file": 0.45, "tool": 0.9},
    "history": {"history:topic": 0.9, "history:recent": 0.7, "status": 0.7, "tool": 0.9},
    "failure": {"failure": 0.95, "file": 0.7, "cell": 0.2, "tool": 0.9},
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
HISTORY: Mapping[str, Mapping[str, float]] = {
    "commit": {"tool": 0.9},
    "tree": {"status": 0.9, "tool": 0.9},
    "last": {"history:file": 0.9, "history:topic": 0.5, "tool": 0.9},
    "branch": {"status": 0.7, "tool": 0.9},
}
"""The same for requests about the past, by what they ask of it."""
NEWEST = {"history:recent": 0.9, "status": 0.7}
PROJECT = {"history:recent": 0.7, "tool": 0.9}
NOTHING: Mapping[str, float] = {}
FILE_TOLD, FAILURE_TOLD = 0.35, 0.9
"""The same where a model answers, of a likely file and of the last failure where that is asked about: what nobody tells
the model is not prepared. A file must be as likely as 0.7 with the dial in the middle (`economics.LEAST_PROBABILITY`),
the share that is to be used: what the model reads ahead is read anyway, so that a second reading saves next to nothing,
and half a sentence names many a file that the whole one does not mean (`codemaestro bench model`, "by kind")."""
FIRST_WORDS = 2
"""A sentence in prose names files from so many whole words on: its verb alone brings those that are always touched."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What an answer needs: by thing, how probably; and what a request surely is about, where its form tells."""

    shares: Mapping[str, float]
    request: Request | None = None
    name: str = ""
    """What a text seems to name that only begins to be a request for a file."""

    def __call__(self, thing: str) -> float:
        """How probably a thing is needed."""
        return self.shares.get(thing, 0.0)

    @property
    def anywhere(self) -> bool:
        """Whether the name that it is about may be met in any file."""
        return self.request is not None and self.request.tool in ("find", "explain")

    @property
    def about(self) -> str:
        """The name that a request is about, whose files are wanted and no others; empty where it names none."""
        request = self.request
        if request is None or (request.tool == "history" and request.aspect != "last"):
            return self.name
        return request.argument if request.tool in ("read", "find", "explain", "history") else ""


def needed(prediction: Prediction, live: LiveContext, *, model: bool = False, rested: bool = True) -> Needed:
    """What the answer to a text needs; `rested` says that it has not changed for longer than between two words."""
    text = prediction.text
    request = classify(text)
    told = sure(request, live)
    if told is not None and (not model or not told):
        return Needed(told, request)
    shares = needs(prediction, model=model)
    likeliest = max(prediction.tools, key=lambda tool: tool.probability, default=None)
    name = likeliest.argument if likeliest is not None and likeliest.tool == "read" else ""
    if not rested and _whole_words(text) < FIRST_WORDS:
        shares = {thing: share for thing, share in shares.items() if thing not in ("file", "neighbours")}
    return Needed(shares, name=name)


def sure(request: Request, live: LiveContext) -> Mapping[str, float] | None:
    """The same where a request's form tells it; None where it is told in prose."""
    names = {variable.name for variable in live.variables}
    frames = {each.name: each.columns for each in live.variables if each.columns}
    if frames and begins(request.text, frames):
        return NOTHING
    match request.tool:
        case "explain" | "read" if request.argument in names or _is_reference(request, names):
            return NOTHING
        case "explain" if request.aspect == "help":
            return NOTHING
        case "explain" if request.aspect == "project":
            return PROJECT
        case "history" if request.aspect:
            return HISTORY.get(request.aspect, NEEDS["history"])
        case "history" if not request.argument:
            return NEWEST if not request.count else {"history:recent": 0.9}
        case "failure" if not live.failures:
            return None if request.argument else {"failure": 0.95, "tool": 0.9}
        case "read" if "." in request.argument or "/" in request.argument:
            return {"file": 0.95}
        case "brief" | "edit" | "test":
            return None
        case tool:
            return NEEDS[tool]


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
    shares.append(("brief", left))
    for name, share in shares:
        for thing, need in NEEDS[name].items():
            found[thing] = found.get(thing, 0.0) + share * need
    return found


def _is_reference(request: Request, names: Iterable[str]) -> bool:
    """Whether an argument after an @ begins a variable's name."""
    said = {reference.name for reference in request.references}
    return bool(request.argument) and request.argument in said and any(n.startswith(request.argument) for n in names)


def _whole_words(text: str) -> int:
    """Words of a text that nothing is added to any more."""
    return len(text.split()) - (not text[-1:].isspace())
