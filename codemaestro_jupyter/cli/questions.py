"""Questions in a terminal: what was said so far, numbered answers with ready marks, and a line for an own answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from codemaestro_jupyter.cli.screen import print_markdown
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.view import QuestionView

LOOK_SECONDS = 0.05


def answer_questions(
    maestro: Maestro, pending: Pending, *, ask: Callable[[str], str] = input, show: Callable[[str], None] | None = None
) -> str:
    """Ask until the turn is over; returns what of its Markdown was shown before a question.

    An empty line takes the first answer, except where something would be changed: there it leaves everything as it is.
    """
    show = show or print_markdown
    shown, answered = "", ""
    while not pending.done:
        question = maestro.view().get("question")
        if question is None or question["id"] == answered or question["turn"] != pending.turn:
            time.sleep(LOOK_SECONDS)
            continue
        turns = maestro.view()["turns"]
        said = next((turn["markdown"] for turn in turns if turn["id"] == pending.turn), "")
        show(said[len(shown) :])
        shown = said
        print(text_of(question), file=sys.stderr)
        try:
            reply = ask("answer > ").strip()
        except EOFError:
            reply = ""
        answered = question["id"]
        if reply:
            maestro.choose(answered, text=reply)
        else:
            usual = question["options"][-1 if question["stage"] == "READY" else 0]
            maestro.choose(answered, usual["id"])
    return shown


def text_of(question: QuestionView) -> str:
    """The question with its answers, as lines."""
    lines = [question["text"]]
    for number, option in enumerate(question["options"], 1):
        lines.append(
            f"  {number}. {option['label']} ({option['probability']:.0%}{', ready' if option['ready'] else ''})"
        )
    return "\n".join([*lines, "  A number, or your own words:"])
