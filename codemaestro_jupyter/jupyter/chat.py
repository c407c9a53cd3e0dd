"""A chat in any Jupyter front end: what is typed into its box is prepared for, answers stream below each other."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from codemaestro_jupyter.converse.again import CHATS
from codemaestro_jupyter.converse.broadcast import merge
from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.jupyter.asking import QuestionBox
from codemaestro_jupyter.jupyter.comms import tame_widgets
from codemaestro_jupyter.jupyter.drawers import LedgerDrawer, ModelPicker
from codemaestro_jupyter.jupyter.earlier import SHOWN, earlier
from codemaestro_jupyter.jupyter.screen import Screen
from codemaestro_jupyter.jupyter.talklog import TalkLog, said
from codemaestro_jupyter.jupyter.widgets import StageWidget, close_all, widget_bundle
from codemaestro_jupyter.types import CellId, NotebookId, Rating, TurnId, TypingEvent
from codemaestro_jupyter.view import SessionView, TurnView

if TYPE_CHECKING:
    from codemaestro_jupyter.maestro import Maestro

_numbers = itertools.count(1)


class Chat:
    """A chat widget; display it, close it with `close()`. Every chat has its own conversation on screen.

    `notebook` names the notebook that it stands in, as it is called now: what was said there until now, in earlier
    sessions too, stands above.
    """

    def __init__(self, maestro: Maestro, screen: Screen, notebook: Callable[[], str] = lambda: "") -> None:
        self._maestro = maestro
        self._screen = screen
        self._id = CellId(f"{CHATS}{next(_numbers)}")
        self._seq = itertools.count(1)
        self._notebook = notebook
        self._opened = time.time()
        self._mine: list[TurnId] = []
        self._view: SessionView = maestro.view()
        self._log = TalkLog(maestro.change)
        self._stage = StageWidget(self._rate, on_session=lambda rating: maestro.rate(None, rating))
        self._words = ipywidgets.HTML()
        self._box = ipywidgets.Textarea(
            placeholder="Ask CodeMaestro… (it prepares while you type; Enter twice sends)",
            continuous_update=True,
            rows=3,
            layout={"width": "100%"},
        )
        self._send = ipywidgets.Button(description="Send", button_style="primary", tooltip="Send the request")
        self._stop = ipywidgets.Button(description="Stop", tooltip="Stop the answer", disabled=True)
        self._question = QuestionBox(maestro.choose, self._typed_answer, maestro.changes.text, maestro.dialogue.revise)
        self._model = ModelPicker(maestro)
        self._ledger = LedgerDrawer(maestro, screen)
        buttons = ipywidgets.HBox([self._send, self._stop, self._model.box], layout={"flex_flow": "row wrap"})
        self.box = ipywidgets.VBox(
            [self._log.box, self._question.box, self._box, self._words, buttons, self._stage.box, self._ledger.box]
        )
        self._box.observe(self._typed, names="value")
        self._send.on_click(lambda _: self.send())
        self._stop.on_click(lambda _: self.stop())
        tame_widgets([self.box])  # typing here must neither touch plots nor wait for the running cell
        self._unsubscribe = maestro.subscribe(self._part)
        self._draw()
        self._refresh()  # what was said while the widget was built
        self._model.look(self._refresh)

    def close(self) -> None:
        """Close the widget; what was said stays in the history. May be called twice."""
        self._unsubscribe()
        self._screen.forget(self)
        self._screen.forget((self._ledger, "report"))
        self._log.close()
        close_all(self.box)

    def send(self) -> None:
        """Submit what stands in the box, and empty it."""
        text = self._box.value.rstrip("\n")
        if not text.strip():
            return
        pending = self._maestro.submit(text, source="chat", notebook_id=self._notebook(), cell_id=self._id, asks=True)
        others = [turn for turn in self._mine if turn != pending.turn]  # it may be under way already
        self._mine = [*others[1 - SHOWN :], pending.turn]
        pending.add_done_callback(lambda _: self._refresh())
        self._box.value = ""

    def stop(self) -> None:
        """Stop the newest answer."""
        if self._mine:
            self._maestro.cancel(self._mine[-1])

    def _repr_mimebundle_(self, **_: object) -> drawing.Bundle:
        return widget_bundle(self.box, self.markdown(), self._view.get("session", ""), keep=True)

    def markdown(self) -> str:
        """The conversation as text, for where no widgets are drawn."""
        texts = [text for turn in self._turns() for text in said(self._view, turn)]
        return (
            "\n\n".join(texts)
            or "*A chat with CodeMaestro; this front end draws no widgets. Use `%maestro ask` instead.*"
        )

    def _typed(self, change: Any) -> None:
        if ends_with_blank_line(str(change["old"]), str(change["new"])):
            self.send()
        elif change["new"]:  # the box emptied by sending is nothing the person typed
            self._tell(change["new"])

    def _typed_answer(self, text: str) -> None:
        """An own answer means something only together with what was asked."""
        turn = drawing.turn_of(self._view, self._mine[-1]) if self._mine else None
        self._tell(f"{turn['request']}\n{text}" if turn else text)

    def _tell(self, text: str) -> None:
        event = TypingEvent(
            "chat", NotebookId(self._notebook()), self._id, next(self._seq), text, len(text), time.time()
        )
        self._maestro.typing(event)

    def _rate(self, rating: Rating) -> None:
        if self._mine:
            self._maestro.rate(self._mine[-1], rating)

    def _part(self, part: SessionView) -> None:
        self._view = merge(self._view, part)
        self._screen.draw(self, self._draw)

    def _refresh(self) -> None:
        self._screen.draw(self, self._renew)

    def _renew(self) -> None:
        self._view = self._maestro.view()
        self._draw()

    def _turns(self) -> list[TurnView]:
        before = earlier(self._view, NotebookId(self._notebook()), self._opened)
        turns = (drawing.turn_of(self._view, turn) for turn in self._mine)
        return [*before, *(turn for turn in turns if turn is not None)][-SHOWN:]

    def _draw(self) -> None:
        newest = drawing.turn_of(self._view, self._mine[-1]) if self._mine else None
        running = newest if newest and newest["state"] == "running" else None
        self._stop.disabled = running is None
        asked = (drawing.question_of(self._view, turn) for turn in reversed(self._mine))
        mine = next((question for question in asked if question is not None), None)
        carded = newest is not None and drawing.waits_on_card(self._view, newest["id"]) is not None
        self._question.draw(mine, carded=carded)
        self._model.draw(self._view)
        self._ledger.draw(self._view)
        typing = bool(self._box.value)
        ask = not typing and bool(self._view.get("ask_rating")) and newest is not None and newest["state"] == "done"
        session = bool(self._view.get("ask_session")) and not typing
        self._stage.draw(self._view, None if typing else newest, ask=ask, session=session, receipt=False)
        prediction = self._view.get("prediction")
        words = prediction["words"][:3] if prediction and prediction["cell_id"] == self._id else []
        self._words.value = (
            "<small>Next: " + ", ".join(f"<code>…{escape(word)}</code>" for word in words) + "</small>" if words else ""
        )
        self._log.draw(self._view, self._turns())


def ends_with_blank_line(before: str, after: str) -> bool:
    """Whether nothing but Enter was pressed, at the end, until a blank line stood there: a box says no more of keys.

    What is pasted or written in between, blank lines at its end or not, is no such thing.
    """
    text = before.rstrip("\n")
    return bool(text.strip()) and after.startswith(before) and after.rstrip("\n") == text and after.endswith("\n\n")
