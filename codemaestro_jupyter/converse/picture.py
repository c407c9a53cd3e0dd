"""From nouns to the JSON picture: pure functions, one per part, so that every screen says the same words."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from codemaestro_jupyter.types import (
    Failure,
    LikelyFile,
    Prediction,
    PreparationKey,
    Receipt,
    Turn,
    TypingEvent,
)
from codemaestro_jupyter.view import (
    FailureView,
    FileView,
    IndexProgressView,
    NoticeView,
    PredictionView,
    ReceiptView,
    SessionView,
    SpentView,
    StageView,
    ToolView,
    TurnView,
)

if TYPE_CHECKING:
    from codemaestro_jupyter.workspace.index import IndexProgress

IDLE = StageView(stage="INTENT", message="", progress=0.0)
READY = StageView(stage="READY", message="Ready for your input", progress=1.0)
TOOL_WORDS = {
    "read": "Reading",
    "find": "Finding",
    "explain": "Explaining",
    "history": "What changed in",
    "failure": "Why it failed",
    "brief": "A plan for",
    "edit": "Editing",
    "test": "Tests for",
}
INTERRUPTED = "*Stopped, the kernel ended before it was answered. Ask again.*"
WAITED = "*The kernel ended while this waited for a yes. Ask again in the same words: it is kept.*"
SUGGESTIONS = 3
LEAST_LIKELY = 0.15
"""Probability below which something is prepared quietly instead of being announced."""
LEAST_SAVED = 0.005
"""Seconds below which nothing was saved that anybody could feel."""
GENERIC = {"src", "lib", "app", "tests", "test", "docs", "doc", "python", "pkg", "packages", "examples", ""}
"""Folder names that say nothing about the topic of the files in them."""


def prediction_view(prediction: Prediction, event: TypingEvent, prepared: Collection[str]) -> PredictionView:
    """What the text typed so far leads us to expect; `prepared` are the paths that are ready."""
    return PredictionView(
        seq=prediction.seq,
        source=event.source,
        cell_id=event.cell_id,
        text_length=len(event.text),
        files=[
            FileView(
                path=file.path,
                probability=round(file.probability, 3),
                why=list(file.why),
                prepared=file.path in prepared,
            )
            for file in prediction.files
        ],
        words=[word.completion for word in prediction.words],
        tools=[
            ToolView(tool=tool.tool, probability=round(tool.probability, 3), argument=tool.argument)
            for tool in prediction.tools
        ],
    )


def suggestions(prediction: Prediction) -> list[str]:
    """What "I'm preparing solutions for:" lists, most likely first, at most three short labels."""
    labels: dict[str, None] = {}
    for tool in sorted(prediction.tools, key=lambda tool: -tool.probability):
        if tool.argument and tool.probability >= LEAST_LIKELY:
            labels[f"{TOOL_WORDS[tool.tool]} {tool.argument}"] = None
            break
    first = _first_word(prediction.text)
    for file in prediction.files:
        if file.probability >= LEAST_LIKELY and not any(_name(file) in label for label in labels):
            labels[f"{first} in {_name(file)}" if first else _name(file)] = None
    return list(labels)[:SUGGESTIONS]


def said(receipt: Receipt) -> str:
    """What was done ahead of need, in a sentence of a person: "I loaded auth files while you were typing"."""
    files = [key.subject for key in receipt.used_keys if key.kind == "file"]
    parts = []
    if len(files) == 1:
        parts.append(f"loaded {files[0]}")
    elif files:
        topic = _topic(files)
        parts.append(f"loaded {topic} files" if topic else f"loaded {_name_of(files[0])} and {len(files) - 1} more")
    parts += _others(receipt.used_keys)
    if not parts:
        return ""
    text = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    return f"I {text} while you were typing"


def receipt_view(receipt: Receipt) -> ReceiptView:
    """Counts and measured seconds of one turn."""
    return ReceiptView(
        prepared=receipt.prepared,
        used=receipt.used,
        wasted=receipt.wasted,
        saved_seconds=round(receipt.saved_seconds, 3),
        waited_seconds=round(receipt.waited_seconds, 3),
        said=said(receipt),
    )


def turn_view(turn: Turn, *, reused: bool = False) -> TurnView:
    """One request and its answer so far."""
    again = bool(turn.data.get("again"))  # a plan that was shown before; its yes was waited for now
    return TurnView(
        id=turn.id,
        request=turn.request,
        markdown=turn.answer,
        state=turn.state,
        tool=turn.tool,
        cell_id=turn.cell_id,
        notebook_id=turn.notebook_id,
        started=turn.started,
        first_output=turn.first_output,
        finished=turn.finished,
        asked_seconds=0.0 if reused and not again else _real(turn.data.get("asked_seconds")),
        receipt=None if turn.state == "running" else receipt_view(turn.receipt),
        spent=spent_view(turn, reused=reused or again),
        rated=turn.rating != type(turn.rating)(),
        reused=reused or again,
    )


def interrupted(turn: Turn) -> Turn:
    """A turn that another session began and did not end, as far as it is known."""
    said = f"{turn.answer}\n\n{WAITED}" if "plan" in turn.data else INTERRUPTED
    return replace(turn, answer=said, state="cancelled", finished=turn.started)


def spent_view(turn: Turn, *, reused: bool = False) -> SpentView | None:
    """What models took for a turn, if one answered it; a reused answer took nothing."""
    found = turn.data
    if not found.get("model"):
        return None
    model, local = str(found["model"]), bool(found.get("local"))
    if reused:
        return SpentView(model=model, local=local, tokens=0, estimated=False, cached=0, dollars=0.0)
    return SpentView(
        model=model,
        local=local,
        tokens=_number(found.get("tokens")),
        estimated=bool(found.get("estimated")),
        cached=_number(found.get("cached")),
        dollars=round(_real(found.get("dollars")), 6),
    )


def took(turn: TurnView) -> str:
    """Time and cost of an answer in one line: "2.1 s · 812 tokens, 610 read ahead · $0.0012 · saved 1.4 s · name".

    Without a model there is no cost to speak of, so there is only the time; empty while the answer is being made. An
    answer from history took no model: only the time until it was found.
    """
    if turn["state"] == "running":
        return ""
    whole = turn["finished"] - turn["started"] - turn["asked_seconds"]  # nobody waited for their own thinking
    parts = [seconds(whole)] if whole > 0 else []
    spent, receipt = turn["spent"], turn["receipt"]
    if turn["reused"]:
        parts.append("from history")
    elif spent:
        about = "about " if spent["estimated"] else ""
        ahead = f", {spent['cached']:,} read ahead" if spent["cached"] else ""
        parts.append(f"{about}{spent['tokens']:,} tokens{ahead}")
        if spent["dollars"]:
            parts.append(f"${spent['dollars']:.4f}")
    if receipt and receipt["saved_seconds"] >= LEAST_SAVED:
        parts.append(f"saved {seconds(receipt['saved_seconds'])}")
    if spent:
        parts.append(f"{spent['model']}{' on this machine' if spent['local'] else ''}")
    return " · ".join(parts)


def so_far(view: SessionView) -> str:
    """What is prepared for a request under way, which the sums count once it is answered: ", 3 more so far"."""
    running = any(turn["state"] == "running" for turn in view.get("turns", ()))
    ready = sum(item["state"] == "ready" for item in view.get("preparations", ())) if running else 0
    return f", {ready} more so far for the request under way" if ready else ""


def waited(turn: Turn) -> float:
    """Seconds from a request to its whole answer, without those that the person's own answers took; 0 unanswered."""
    return turn.finished - turn.started - _real(turn.data.get("asked_seconds")) if turn.finished else 0.0


def seconds(value: float) -> str:
    """A duration a person can read."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _real(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def notices(texts: Iterable[str]) -> list[NoticeView]:
    """What the person should know, as warnings."""
    return [NoticeView(level="warning", message=text, hint="") for text in texts]


def index_view(progress: IndexProgress) -> IndexProgressView:
    """How far the index is."""
    return IndexProgressView(state=progress.state, done=progress.done, total=progress.total)


def failure_view(failures: Sequence[Failure]) -> FailureView | None:
    """The newest failure, if there is one."""
    for failure in failures:
        cell = next((frame.cell for frame in reversed(failure.frames) if frame.cell), None)
        return FailureView(kind=failure.kind, title=failure.title, cell_id=cell or "")
    return None


def _others(keys: Iterable[PreparationKey]) -> list[str]:
    kinds = {key.kind: key.subject for key in keys}
    phrases = {
        "symbol": f"looked up {kinds.get('symbol', '')}",
        "history": "read the project's history",
        "status": "checked what changed",
        "failure": "read the last failure",
        "neighbours": "found the tests that go with it",
        "scope": "mapped the modules",
        "plan": "drafted a plan",
    }
    return [phrase for kind, phrase in phrases.items() if kind in kinds]


def _topic(files: Sequence[str]) -> str:
    """The folder, or the word in their names, that most of the files share."""
    for words in ([_folder(file) for file in files], [_stem(file) for file in files]):
        for word in dict.fromkeys(words):
            if word not in GENERIC and words.count(word) * 2 > len(files):
                return word
    return ""


def _folder(path: str) -> str:
    return posixpath.basename(posixpath.dirname(path))


def _stem(path: str) -> str:
    return posixpath.basename(path).split(".")[0].removeprefix("test_").removesuffix("_test")


def _name(file: LikelyFile) -> str:
    return _name_of(file.path)


def _name_of(path: str) -> str:
    name = posixpath.basename(path)
    return path if name in {"__init__.py", "index.ts", "index.js", "mod.rs"} else name


def _first_word(text: str) -> str:
    """The request's verb, where its first word can be one: "fix the login" -> "Fix"."""
    words = text.split()
    word = words[0].strip(".,:;!?") if len(words) > 1 else ""
    return word.capitalize() if word.isalpha() and len(word) > 2 else ""
