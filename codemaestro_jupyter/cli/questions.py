"""The questions of one turn in a terminal: what is said is shown as it comes, and each question is asked below it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol

from codemaestro_jupyter.cli.choosing import EDIT, HUNKS, Chooser, Reply
from codemaestro_jupyter.cli.edit import one_by_one
from codemaestro_jupyter.cli.screen import print_markdown
from codemaestro_jupyter.converse.machine import APPLY, LEAVE
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.editing import edited
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import QuestionView

LOOK_SECONDS = 0.05
LETTERS = {"y": APPLY, "yes": APPLY, "n": LEAVE, "no": LEAVE, "h": HUNKS, "hunk": HUNKS, "hunks": HUNKS}
"""What may be typed instead of choosing, as `codemaestro edit` has it."""
Ask = Callable[[QuestionView, str], Reply | None]
"""Asks a question about a request; None if it was closed meanwhile."""


class Place(Protocol):
    """Where an answer grows; `said` is all of it so far."""

    said: str

    def say(self, text: str) -> None:
        """More of it."""

    def pause(self) -> None:
        """Something else is printed now."""

    def resume(self) -> None:
        """Work goes on."""


def answer_questions(maestro: Maestro, pending: Pending, place: Place, *, ask: Ask | None = None) -> None:
    """Show what is said and ask, until the turn is over; what was said last may still be missing then."""
    ask = ask or (
        lambda question, request: Chooser(maestro, question, request, hunks=_several(maestro, question)).ask()
    )
    answered = ""
    while not pending.done:
        view = maestro.view()
        turn = next((turn for turn in view["turns"] if turn["id"] == pending.turn), None)
        if turn is not None:
            place.say(turn["markdown"][len(place.said) :])
        question = view.get("question")
        if question is None or question["id"] == answered or question["turn"] != pending.turn:
            time.sleep(LOOK_SECONDS)
            continue
        place.pause()
        answered = question["id"]
        reply = _in_letters(ask(question, turn["request"] if turn else ""), question)
        if reply is not None and reply.option == HUNKS:
            reply = _hunks(maestro, pending.turn)
        if reply is not None and reply.option == EDIT:
            _edit(maestro, pending.turn)
            answered = ""  # it is still open
            continue
        if reply is not None:
            maestro.choose(answered, reply.option, reply.text)
        place.resume()


def _several(maestro: Maestro, question: QuestionView) -> bool:
    """Whether a plan that is to be confirmed can be accepted in part."""
    change = maestro.changes.get(TurnId(question["turn"])) if question["stage"] == "READY" else None
    return change is not None and len(change.proposal.hunks()) > 1


def _in_letters(reply: Reply | None, question: QuestionView) -> Reply | None:
    if reply is None or question["stage"] != "READY":
        return reply
    chosen = LETTERS.get(reply.text.strip().lower())
    return Reply(chosen) if chosen else reply


def _hunks(maestro: Maestro, turn: TurnId) -> Reply:
    """Let the person accept the plan's hunks one by one; none means that everything stays as it is."""
    change = maestro.changes.get(turn)
    chosen = one_by_one(change.proposal, input) if change is not None else frozenset()
    if chosen:
        maestro.changes.accept(turn, chosen)
    return Reply(APPLY if chosen else LEAVE)


def _edit(maestro: Maestro, turn: TurnId) -> None:
    """Let the person change the plan's text, and show what would be done then."""
    try:
        report = edited(maestro, turn)
    except MaestroError as error:
        print(f"codemaestro: {error}", file=sys.stderr)
        return
    if report is not None:
        print_markdown(report.markdown, maestro.root)
