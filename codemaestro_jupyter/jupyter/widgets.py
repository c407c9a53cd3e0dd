"""The live widget under a `%%maestro` cell: what is prepared, how far it is, what it saved, how it felt.

Imported on first need: ipywidgets costs more than everything else of ours together.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets

from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.jupyter.comms import tame_widgets
from codemaestro_jupyter.types import Rating
from codemaestro_jupyter.view import SessionView, TurnView

QUESTIONS = ("How fast did it feel?", "How smooth was it?", "Did it anticipate what you needed?")
SESSION = "How was this session?"
WIDGET = "application/vnd.jupyter.widget-view+json"
LIVE = "application/vnd.codemaestro.live+json"
"""Read by our lab extension (`livewidget.ts`): it draws the widget only while the kernel session that made it is there.

A notebook that was saved while the widget stood in it would show "model not found" in its place for ever.
"""


def widget_bundle(widget: Any, markdown: str, session: str, *, keep: bool) -> drawing.Bundle:
    """The widget where widgets are drawn, Markdown or plain text elsewhere.

    Where our lab extension is and `session` is not, it shows the Markdown (`keep`) or nothing.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {LIVE: {"session": session, "keep": keep}, WIDGET: view, **drawing.bundle(markdown)}


class RatingBar:
    """Three questions, 1-5 each, and a button; calls `on_rate(rating)` once. `about` says what they are about."""

    def __init__(self, on_rate: Callable[[Rating], object], about: str = "") -> None:
        self._on_rate = on_rate
        self._marks = [
            ipywidgets.ToggleButtons(
                options=[1, 2, 3, 4, 5],
                value=None,
                description=question,
                style={"description_width": "18em", "button_width": "2.5em"},
                layout={"width": "max-content"},  # the question beside its marks
            )
            for question in QUESTIONS
        ]
        self._button = ipywidgets.Button(description="Rate", tooltip="Send the marks", disabled=True)
        heading = [ipywidgets.HTML(f"<strong role='status'>{escape(about)}</strong>")] if about else []
        self.box = ipywidgets.VBox([*heading, *self._marks, self._button])
        for mark in self._marks:
            mark.observe(self._marked, names="value")
        self._button.on_click(self._clicked)
        tame_widgets([self.box])

    def _marked(self, _: object) -> None:
        self._button.disabled = False

    def _clicked(self, _: object) -> None:
        if not self._button.disabled:
            self._button.disabled = True
            self._button.description = "Thank you"
            self._on_rate(Rating(*(mark.value for mark in self._marks)))


class StageWidget:
    """Stage message and bar, chips, files; the rating once the answer is there. `draw` from one thread at a time.

    `more` are widgets that stand below, and are closed with it. `on_session` takes the rating of the whole session.
    With `on_stop` there is a button that stops an answer while it comes.
    """

    def __init__(
        self,
        on_rate: Callable[[Rating], object],
        *more: Any,
        on_session: Callable[[Rating], object] = lambda _: None,
        on_stop: Callable[[], object] | None = None,
    ) -> None:
        self._on_rate = on_rate
        self._on_session = on_session
        self._message = ipywidgets.HTML()
        self._bar = ipywidgets.FloatProgress(min=0.0, max=1.0, tooltip="How much is prepared")
        self._details = ipywidgets.HTML()
        self._rating: RatingBar | None = None
        self._asked = ""
        self._stop: Any = None
        if on_stop is not None:
            small = {"width": "auto", "flex": "0 0 auto"}
            self._stop = ipywidgets.Button(description="Stop", tooltip="Stop the answer", layout=small)
            self._stop.on_click(lambda _: on_stop())
            tame_widgets([self._stop])
        self._first = (self._bar, self._message)
        self._line = ipywidgets.HBox(self._first)
        self._fixed = (self._line, self._details, *more)
        self.box = ipywidgets.VBox(self._fixed)
        tame_widgets([self.box])

    def bundle(self, view: SessionView, turn: TurnView | None) -> drawing.Bundle:
        """The MIME bundle to display."""
        return widget_bundle(self.box, drawing.fallback(view, turn), view.get("session", ""), keep=False)

    def draw(
        self,
        view: SessionView,
        turn: TurnView | None,
        *,
        ask: bool = False,
        session: bool = False,
        receipt: bool = True,
    ) -> None:
        """Show the picture; `ask` adds the rating questions, `session` those about it all, `receipt` what was saved."""
        message = drawing.stage_text(view, turn)
        # role=status: a screen reader says the new stage without being asked and without losing the focus
        self._message.value = f"<span role='status' aria-live='polite'>{escape(message)}</span>"
        self._bar.value = drawing.stage_progress(view, turn)
        running = self._stop is not None and turn is not None and turn["state"] == "running"
        if running != (len(self._line.children) > len(self._first)):
            self._line.children = (*self._first, self._stop) if running else self._first
        line = drawing.receipt_line(turn).strip("*") if receipt else ""
        said = f"<div>{escape(line)}</div>" if line else ""
        self._details.value = f"<div style='line-height:1.4'>{drawing.details_html(view, turn)}{said}</div>"
        asked = SESSION if session else turn["id"] if ask and turn is not None else ""
        if asked != self._asked:
            self._ask(asked)

    def _ask(self, turn: str) -> None:
        """Ask about a turn, and no more about the one before; an empty turn asks nothing."""
        self._asked = turn
        old, self._rating = self._rating, None
        if turn == SESSION:
            self._rating = RatingBar(self._on_session, SESSION)
        elif turn:
            self._rating = RatingBar(self._on_rate)
        self.box.children = (*self._fixed, *([self._rating.box] if self._rating else []))
        if old is not None:
            close_all(old.box)

    def close(self) -> None:
        """Close every comm of it."""
        close_all(self.box)
        if self._stop is not None:
            close_all(self._stop)  # it stands there only while an answer comes


def anchor() -> Any:
    """A widget that nobody sees: open as long as ours come and go, so that the last one of a page never closes.

    With the last comm of a kind JupyterLab (4.4 to 4.6) ends the subshell that it made for them, but gives it to those
    that open meanwhile as well: what is clicked there reaches nobody.
    """
    found = ipywidgets.Layout()
    tame_widgets([found])
    return found


def close_all(widget: Any) -> None:
    """Close a widget and all that is inside, layouts and styles included."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    for name in ("layout", "style"):
        part: Any = getattr(widget, name, None)
        if hasattr(part, "close"):
            part.close()
    widget.close()
