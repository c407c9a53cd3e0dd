"""Questions in a console of text, while its cell waits: the answers have numbers, `input()` reads one, or own words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from codemaestro_jupyter.converse.machine import APPLY, LEAVE
from codemaestro_jupyter.jupyter.drawing import question_of
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import QuestionView

if TYPE_CHECKING:
    from codemaestro_jupyter.converse.turns import Pending
    from codemaestro_jupyter.maestro import Maestro

LOOK_SECONDS = 0.05
EDITS = ("e", "edit")
LETTERS = {"y": APPLY, "yes": APPLY, "n": LEAVE, "no": LEAVE}
"""What may be typed instead of a number where a plan is to be confirmed."""
Read = Callable[[str], str]
"""Reads a line after a prompt, as `input` does."""


def parts_asking(
    maestro: Maestro,
    pending: Pending,
    before: Callable[[], object],
    read: Read | None = None,
    edit: Callable[[TurnId], object] | None = None,
) -> Iterator[str]:
    """What is said in a turn, piece by piece, until it is over; each question is asked in between, after `before`.

    `edit` lets the person change the text of a plan, and shows what it became; without it that is not offered.
    """
    read = read or input  # looked up now: a kernel puts its own there while a cell may ask
    said = answered = ""
    while not pending.done:
        view = maestro.view()
        turn = next((turn for turn in view["turns"] if turn["id"] == pending.turn), None)
        if turn is not None and (new := turn["markdown"][len(said) :]):
            said += new
            yield new
        question = question_of(view, pending.turn)
        if question is None or question["id"] == answered:
            time.sleep(LOOK_SECONDS)
            continue
        answered = question["id"]
        before()
        option, text = _asked(question, read, edits=edit is not None)
        if edit is not None and question["stage"] == "READY" and text.lower() in EDITS:
            edit(pending.turn)
            answered = ""  # it is still open
            continue
        maestro.choose(answered, option, text)


def asked(question: QuestionView, *, edits: bool = False) -> str:
    """The question as it is printed, with the number that Enter alone means in the last line."""
    lines = [f"{number}. {option['label']}" for number, option in enumerate(question["options"], 1)]
    ways = "A number, e to edit the plan's text" if edits and question["stage"] == "READY" else "A number"
    return "\n".join(["", question["text"], *lines, f"{ways}, or your own words [{usual(question) + 1}]: "])


def usual(question: QuestionView) -> int:
    """The place of the answer that Enter alone takes: the likeliest, and where something would be changed, none."""
    return len(question["options"]) - 1 if question["stage"] == "READY" else 0


def reply(question: QuestionView, line: str) -> tuple[str, str]:
    """What a line means: the id of an offered answer, or own words."""
    line, options = line.strip(), question["options"]
    if not line:
        return options[usual(question)]["id"], ""
    if line.isdecimal() and 0 < int(line) <= len(options):
        return options[int(line) - 1]["id"], ""
    if question["stage"] == "READY" and line.lower() in LETTERS:
        return LETTERS[line.lower()], ""
    return "", line


def _asked(question: QuestionView, read: Read, *, edits: bool) -> tuple[str, str]:
    try:
        return reply(question, read(asked(question, edits=edits)))
    except (EOFError, NotImplementedError):  # Ctrl-D, or a front end that cannot be asked after all
        return reply(question, "")
