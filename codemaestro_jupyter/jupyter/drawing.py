"""The picture in words and HTML: pure functions, so that widgets, cells and chat say the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from html import escape
from typing import Any

from codemaestro_jupyter.converse import picture
from codemaestro_jupyter.jupyter.options import Format
from codemaestro_jupyter.plan.harmless import harmless
from codemaestro_jupyter.types import Answer
from codemaestro_jupyter.view import ChangeView, FileView, QuestionView, SessionView, TurnView

WORKING = "*Working on it…*"
WAITING = "*Waiting for your answer*"
STOPPED = "*Stopped.*"
SHOWN = 6
"""Preparations listed by name; the rest is counted."""
Bundle = dict[str, Any]


def bundle(markdown: str, format_: Format = "markdown", data: object = None) -> Bundle:
    """A MIME bundle of text in the given format; every one has `text/plain`. Nothing in its Markdown can run."""
    if format_ == "json":
        plain = json.dumps(data, indent=2, ensure_ascii=False, default=_plainly)
        return {"application/json": json.loads(plain), "text/plain": plain}
    if format_ == "text":
        return {"text/plain": markdown}
    return {"text/markdown": harmless(markdown), "text/plain": markdown}


def _plainly(value: object) -> object:
    """Our own frozen values as objects, anything else as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return str(value)


def answer_data(answer: Answer, turn: TurnView | None = None, reused: bool = False) -> dict[str, Any]:
    """What `-f json` shows of an answer."""
    return {
        "turn": turn["id"] if turn else "",
        "request": answer.request,
        "tool": answer.tool,
        "markdown": answer.markdown,
        "sources": list(answer.sources),
        "files": list(answer.files),
        "data": dict(answer.data),
        "reused": reused,
        "receipt": turn["receipt"] if turn else None,
        "spent": turn["spent"] if turn else None,
    }


def receipt_line(turn: TurnView | None, reused: bool = False) -> str:
    """What the answer took and owes to preparation, in one line of Markdown; empty if there is nothing to say."""
    line = picture.took(turn) if turn else ""
    parts = [f"{line}."] if line else []
    if reused or (turn and turn["reused"]):
        parts.append("[reused] What this answer rests on has not changed; `--fresh` makes it anew.")
    receipt = turn["receipt"] if turn else None
    if receipt:
        if receipt["said"]:
            parts.append(receipt["said"].rstrip(".") + ".")
        if receipt["used"]:
            parts.append(f"{receipt['used']} of {receipt['prepared']} prepared pieces used.")
        elif receipt["prepared"]:
            parts.append(f"{receipt['prepared']} pieces prepared, none used.")
    return f"*{' '.join(parts)}*" if parts else ""


def ledger_line(view: SessionView) -> str:
    """The sums of this session in one line."""
    ledger = view["ledger"]
    parts = [f"{ledger['prepared']} prepared, {ledger['used']} used, {ledger['wasted']} wasted"]
    parts.append(f"{picture.seconds(ledger['saved_seconds'])} saved")
    if ledger["tokens"]:
        parts.append(f"{ledger['tokens']:,} tokens")
    if ledger["dollars"]:
        parts.append(f"${ledger['dollars']:.2f}")
    return ", ".join(parts) + picture.so_far(view)


def stage_text(view: SessionView, turn: TurnView | None) -> str:
    """The message beside the bar; empty where the place of the answer says it."""
    if turn is not None and turn["state"] != "running":
        return {"done": "Done", "cancelled": "Stopped", "failed": "Failed"}[turn["state"]]
    stage = view.get("stage")
    if turn is None:
        otherwise = "Ready for your input"
    else:
        otherwise = placeholder(view, turn["id"]).strip("*") if turn["markdown"] else ""
    return (stage["message"] if stage else "") or otherwise


def placeholder(view: SessionView, turn_id: str) -> str:
    """What stands in the place of an answer of which nothing is said yet."""
    return WAITING if question_of(view, turn_id) is not None else WORKING


def stage_progress(view: SessionView, turn: TurnView | None) -> float:
    """How far the bar is, in [0, 1]."""
    if turn is not None and turn["state"] == "done":
        return 1.0
    stage = view.get("stage")
    return stage["progress"] if stage else 0.0


def turn_of(view: SessionView, turn_id: str) -> TurnView | None:
    """A turn of the picture by its id."""
    return next((turn for turn in view.get("turns", []) if turn["id"] == turn_id), None)


def question_of(view: SessionView, turn_id: str) -> QuestionView | None:
    """What a turn asks."""
    newest = view.get("question")
    found = [*view.get("earlier_questions", ()), *((newest,) if newest is not None else ())]
    return next((question for question in found if question["turn"] == turn_id), None)


def change_of(view: SessionView, turn_id: str) -> ChangeView | None:
    """What a turn proposes."""
    return next((change for change in view.get("changes", []) if change["turn"] == turn_id), None)


def waits_on_card(view: SessionView, turn_id: str) -> ChangeView | None:
    """The change of a turn that waits for a yes: what is done with it is chosen on its card, and nowhere else."""
    question, change = question_of(view, turn_id), change_of(view, turn_id)
    waits = question is not None and question["stage"] == "READY"
    if not waits or change is None or change["state"] != "proposed" or change["problem"]:
        return None
    return change if any(not file["blocked"] for file in change["files"]) else None


def details_html(view: SessionView, turn: TurnView | None) -> str:
    """Chips of what is being prepared, the predicted files, and what is ready or was used."""
    blocks = []
    ahead = turn is None or turn["state"] == "running"
    if turn is not None and waits_on_card(view, turn["id"]) and not view.get("suggestions"):
        ahead = False  # there is nothing left to prepare for but a yes
    if ahead and view.get("suggestions"):
        chips = "".join(f"<span style='{CHIP}'>{escape(label)}</span>" for label in view["suggestions"])
        blocks.append(f"<div>I'm preparing solutions for: {chips}</div>")
    prediction = view.get("prediction")
    if ahead and prediction and prediction["files"]:
        blocks.append(f"<div>Likely files: <ul style='margin:0'>{files_html(prediction['files'])}</ul></div>")
    ready = (each["label"] for each in view.get("preparations", []) if each["state"] in ("ready", "used"))
    done = list(dict.fromkeys(ready))
    if done:
        blocks.append(f"<div>Prepared while you were typing: {escape(listed(done))}</div>")
    return "".join(blocks)


CHIP = (
    "display:inline-block;padding:0 .6em;margin:0 .2em;border:1px solid var(--jp-border-color1,#999);border-radius:1em"
)


def files_html(files: Iterable[FileView]) -> str:
    """List items of predicted files, each with its probability and its reasons."""
    return "".join(
        f"<li><code>{escape(file['path'])}</code> {file['probability']:.0%}"
        f"{' ✓' if file['prepared'] else ''} <small>{escape(', '.join(file['why']))}</small></li>"
        for file in files
    )


def listed(labels: list[str], shown: int = SHOWN) -> str:
    """The first few labels and the number of the others."""
    more = len(labels) - shown
    return ", ".join(labels[:shown]) + (f" and {more} more" if more > 0 else "")


def fallback(view: SessionView, turn: TurnView | None) -> str:
    """What the live widget says, as Markdown, for front ends that draw no widgets."""
    text = stage_text(view, turn)
    lines = [f"**{text}** ({stage_progress(view, turn):.0%})"] if text else []
    if view.get("suggestions"):
        lines.append("I'm preparing solutions for: " + " ".join(f"• {label}" for label in view["suggestions"]))
    return "\n\n".join(lines)


def stopped(turn: TurnView | None, said: str) -> str:
    """What a stopped answer came to, with what was billed: the turn says it once its calls are closed."""
    whole = turn["markdown"] if turn is not None and turn["state"] == "cancelled" else ""
    return whole if len(whole.rstrip()) > len(said.rstrip()) else with_receipt(said, STOPPED)


def with_receipt(markdown: str, line: str) -> str:
    """An answer with its receipt below."""
    return "\n\n".join(part for part in (markdown.rstrip(), line) if part) if line else markdown
