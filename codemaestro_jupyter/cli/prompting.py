"""The prompt of a conversation in a terminal: what is typed is prepared for, shown below, and marks rate an answer."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from codemaestro_jupyter.cli.keys import Keys, ahead
from codemaestro_jupyter.types import Rating

if TYPE_CHECKING:
    from codemaestro_jupyter.maestro import Maestro

INVITATION = "Type your request; I prepare while you type"
RATE = "How did that feel? Three marks from 1 to 5 say it: fast, smooth, anticipated (`5 4 5`; `-` leaves one out)"
RATE_SESSION = "How was this session? fast, smooth, anticipated, 1 to 5 each (Enter skips) > "
HISTORY = 50


def marks_of(text: str) -> Rating | None:
    """The marks that a line gives, if it is nothing else: one to three of 1-5, or `-` for none."""
    words = text.replace(",", " ").split()
    if not 1 <= len(words) <= 3 or any(word not in {"1", "2", "3", "4", "5", "-"} for word in words):
        return None
    marks = [None if word == "-" else int(word) for word in words]
    return Rating(*marks) if any(mark is not None for mark in marks) else None


class Prompt:
    """Asks for one request after the other; `rates` says whether the last answer may be rated."""

    def __init__(self, maestro: Maestro) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
        from prompt_toolkit.buffer import Buffer
        from prompt_toolkit.document import Document
        from prompt_toolkit.history import InMemoryHistory

        keys = self._keys = Keys(maestro)
        self._maestro = maestro
        self.rates = False

        class Words(AutoSuggest):
            """The likely next word as ghost text; the right arrow key accepts it."""

            def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
                words = keys.words(maestro.view())
                return Suggestion(words) if words else None

        earlier = [turn.request for turn in reversed(maestro.store.turns.list(limit=HISTORY))]
        self._session: PromptSession[str] = PromptSession(
            history=InMemoryHistory([request for request in earlier if "\n" not in request]),
            auto_suggest=Words(),
            bottom_toolbar=lambda: "\n".join(wrap(self._below(), self._session.output.get_size().columns)),
            refresh_interval=0.2,
        )
        self._session.default_buffer.on_text_changed += lambda buffer: keys.typed(buffer.text)

    def ask(self) -> str:
        """One line; empty once the person has nothing more to ask. Raises `KeyboardInterrupt` on Ctrl-C."""
        from prompt_toolkit.application import get_app_or_none

        def redraw(_: object) -> None:
            if (application := get_app_or_none()) is not None:
                application.invalidate()

        stop = self._maestro.subscribe(redraw)
        try:
            return self._session.prompt("ask > ")
        except EOFError:
            return ""
        finally:
            stop()

    def _below(self) -> str:
        text = self._session.default_buffer.text
        if not text.strip() or marks_of(text):
            return RATE if self.rates else INVITATION
        return ahead(self._maestro.view()) or INVITATION
