"""From wire messages to nouns: pure functions, one for each message that carries more than names."""

from __future__ import annotations

from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.jupyter.protocol import Attachment, Rate, UserTyping
from codemaestro_jupyter.types import CellId, NotebookId, Rating, TypingEvent


def typing_event(message: UserTyping) -> TypingEvent:
    """The typing event, its cursor counted in characters instead of UTF-16 code units."""
    return TypingEvent(
        source=message["source"],
        notebook_id=NotebookId(message["notebook_id"]),
        cell_id=CellId(message["cell_id"]),
        seq=message["seq"],
        text=message["text"],
        cursor=characters(message["text"], message["cursor"]),
        timestamp=message["timestamp"],
    )


def characters(text: str, units: int) -> int:
    """How many characters the first `units` UTF-16 code units are; clipped to the text, half a pair counts as none."""
    if text.isascii():
        return max(0, min(units, len(text)))
    return len(text.encode("utf-16-le")[: 2 * max(0, units)].decode("utf-16-le", "ignore"))


def attached(attachment: Attachment) -> str:
    """An attachment as a text that belongs to the request."""
    kind, name, text = attachment["kind"], attachment["name"], attachment["text"].strip("\n")
    if not text:
        return f"Attached {kind} `{name}`."
    fence = "```"
    while fence in text:
        fence += "`"
    return f"Attached {kind} `{name}`:\n\n{fence}\n{text}\n{fence}"


def rating(message: Rate) -> Rating:
    """The rating; raises `OptionError` for marks outside 1-5. A session's may have none: not now."""
    if not message["turn"] and message["fast"] is message["smooth"] is message["anticipated"] is None:
        return Rating()
    return checked(Rating(message["fast"], message["smooth"], message["anticipated"]))


def checked(rating: Rating) -> Rating:
    """The rating itself; raises `OptionError` for marks outside 1-5 or if nothing was said."""
    marks = [mark for mark in (rating.fast, rating.smooth, rating.anticipated) if mark is not None]
    if not marks or any(not 1 <= mark <= 5 for mark in marks):
        raise OptionError("A rating is one to three marks from 1 to 5.", hint="For example: %maestro rate 5 4 5")
    return rating
