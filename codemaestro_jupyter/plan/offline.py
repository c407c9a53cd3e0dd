"""A first answer without a model: one way of answering per tool, each made of what the project itself says."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING

from codemaestro_jupyter.plan import markdown as md
from codemaestro_jupyter.plan.requests import Detail, classify
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.plan.targets import settle
from codemaestro_jupyter.types import Answer, AnswerPart, Prediction, Tool

if TYPE_CHECKING:
    from codemaestro_jupyter.plan.evidence import Evidence

    Way = Callable[[Evidence], Iterator[AnswerPart]]
WOULD_ADD: Mapping[Tool, str] = {
    "read": "say what the lines do and why",
    "find": "say what each use is for",
    "explain": "explain in prose what it is for and how it behaves",
    "history": "sum up what the changes mean",
    "failure": "weigh these facts and propose a fix",
    "brief": "turn these facts into a design and a proposed change",
}
CODE_ADDS = "write what takes more than a line of code"
SWITCH_ON = (
    "start Ollama, LM Studio or llama.cpp here, or `%maestro settings model NAME` (in a terminal `CODEMAESTRO_MODEL`)"
)


def answer(
    text: str,
    sources: Sources,
    *,
    now: float,
    zone: tzinfo | None = None,
    detail: Detail | None = None,
    closing: str = "",
) -> Generator[AnswerPart, None, Answer]:
    """Answer a request part by part; the generator's return value is the whole.

    The parts' Markdown put together is the answer's. `now` is in seconds since the epoch and `zone` the person's time
    zone (None: this machine's), for phrases like "yesterday". The same sources and moment give the same answer. It is
    always one: what cannot be found is said, with what was searched and what to try. `closing` is said in the end, in
    place of what a model would add.
    """
    from codemaestro_jupyter.plan.evidence import Evidence

    request = classify(text)
    if detail is not None:
        request = replace(request, detail=detail)
    request = settle(request, sources)
    evidence = Evidence(sources, request, now, zone)
    yield from way_of(request.tool)(evidence)
    if request.aspect == "undo":  # a model would know no more
        return evidence.answer()
    adds = WOULD_ADD.get(request.tool, WOULD_ADD["brief"]) if request.aspect != "frame" else CODE_ADDS
    yield evidence.part(closing or f"*Made without a model. A model would {adds}: {SWITCH_ON}.*")
    return evidence.answer()


def way_of(tool: Tool) -> Way:
    """How a tool's requests are answered; imported here, since loading the extension waits for none of them."""
    match tool:
        case "read":
            from codemaestro_jupyter.plan.show import show as way
        case "find":
            from codemaestro_jupyter.plan.find import find as way
        case "explain":
            from codemaestro_jupyter.plan.explain import explain as way
        case "history":
            from codemaestro_jupyter.plan.changes import changes as way
        case "failure":
            from codemaestro_jupyter.plan.failure import failure as way
        case "brief" | "edit" | "test":
            from codemaestro_jupyter.plan.brief import brief as way
    return way


def preview(text: str, prediction: Prediction) -> Answer:
    """What answering would do, from the text and its prediction alone: nothing is read."""
    request = classify(text)
    named = f" {md.code(request.argument)}" if request.argument and request.tool != "brief" else ""
    files = tuple(file.path for file in prediction.files)
    lines = [f"**Would do:** {request.tool}{named}{f' ({request.when})' if request.when else ''}\n"]
    lines += [
        f"- would read {md.link(file.path, file.path)} ({file.probability:.0%}: {md.plain(', '.join(file.why))})"
        for file in prediction.files
    ]
    if not files:
        lines.append("- no file is likely yet")
    lines.append("\nNothing was read, run or stored.")
    data = {
        "tool": request.tool,
        "argument": request.argument,
        "when": request.when,
        "files": [
            {"path": file.path, "probability": file.probability, "why": list(file.why)} for file in prediction.files
        ],
    }
    return Answer(text, request.tool, "\n".join(lines) + "\n", ("prediction",), files, {}, data)
