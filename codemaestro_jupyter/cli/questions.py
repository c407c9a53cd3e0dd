"""The questions of one turn in a terminal: what was said so far is shown, then each is asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from codemaestro_jupyter.cli.choosing import EDIT, Chooser, Reply
from codemaestro_jupyter.cli.editor import edit
from codemaestro_jupyter.cli.screen import print_markdown
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.edit.card import proposal_markdown
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import QuestionView

LOOK_SECONDS = 0.05
Ask = Callable[[QuestionView, str], Reply | None]
"""Asks a question about a request; None if it was closed meanwhile."""


def answer_questions(
    maestro: Maestro, pending: Pending, *, ask: Ask | None = None, show: Callable[[str], None] | None = None
) -> str:
    """Ask until the turn is over; returns what of its Markdown was shown before a question."""
    show = show or print_markdown
    ask = ask or (lambda question, request: Chooser(maestro, question, request).ask())
    shown, answered = "", ""
    while not pending.done:
        view = maestro.view()
        question = view.get("question")
        if question is None or question["id"] == answered or question["turn"] != pending.turn:
            time.sleep(LOOK_SECONDS)
            continue
        turn = next((turn for turn in view["turns"] if turn["id"] == pending.turn), None)
        said = turn["markdown"] if turn else ""
        show(said[len(shown) :])
        shown, answered = said, question["id"]
        reply = ask(question, turn["request"] if turn else "")
        if reply is not None and reply.option == EDIT:
            _edit(maestro, pending.turn)
            answered = ""  # it is still open
            continue
        if reply is not None:
            maestro.choose(answered, reply.option, reply.text)
    return shown


def _edit(maestro: Maestro, turn: TurnId) -> None:
    """Let the person change the plan's text, and show what would be done then."""
    try:
        before = maestro.changes.text(turn)
        after = edit(before)
        if after.rstrip("\n") == before.rstrip("\n"):
            return
        maestro.changes.revise(turn, after)
    except MaestroError as error:
        print(f"codemaestro: {error}", file=sys.stderr)
        return
    change = maestro.changes.get(turn)
    if change is not None:
        print_markdown(proposal_markdown(change.proposal), maestro.root)
