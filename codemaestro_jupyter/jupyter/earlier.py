"""Earlier turns of a notebook, folded above its first answer: for front ends where no panel shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.converse.broadcast import merge
from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.jupyter.screen import Screen
from codemaestro_jupyter.types import NotebookId
from codemaestro_jupyter.view import SessionView, TurnView

if TYPE_CHECKING:
    from codemaestro_jupyter.maestro import Maestro

SHOWN = 20
"""Turns on screen; `%maestro history` has the others."""


def earlier(view: SessionView, notebook: NotebookId, before: float) -> list[TurnView]:
    """The newest turns of a notebook that began before a time, oldest first; none where no notebook is known."""
    turns = (turn for turn in view.get("turns", []) if turn["notebook_id"] == notebook and turn["started"] < before)
    return list(turns)[-SHOWN:] if notebook else []


def title(count: int) -> str:
    """What the fold says."""
    return f"Earlier in this notebook: {count} request{'s' * (count != 1)}"


class Earlier:
    """What was said in a notebook before a time, with Undo for its changes; `settle()` leaves one line of it.

    Constructed in the cell's run; everything else happens on `maestro-screen`.
    """

    def __init__(self, maestro: Maestro, screen: Screen, notebook: NotebookId, before: float) -> None:
        import ipywidgets

        from codemaestro_jupyter.jupyter.comms import tame_widgets
        from codemaestro_jupyter.jupyter.output import Display
        from codemaestro_jupyter.jupyter.talklog import TalkLog
        from codemaestro_jupyter.jupyter.widgets import widget_bundle

        self._maestro, self._screen, self._notebook, self._before = maestro, screen, notebook, before
        self._view: SessionView = maestro.view()
        self._settled = False
        self._log = TalkLog(maestro.change)
        said = title(len(earlier(self._view, notebook, before)))
        self._fold: Any = ipywidgets.Accordion([self._log.box], titles=(said,), selected_index=None)
        self._fold.observe(self._turned, names="selected_index")
        tame_widgets([self._fold])
        self._line = f"*{said}. `maestro.chat()` shows them, `%maestro undo` takes the last change back.*"
        self._place = Display(widget_bundle(self._fold, self._line, self._view.get("session", ""), keep=True))
        self._unsubscribe = maestro.subscribe(self._part)

    def settle(self) -> None:
        """Replace the widget by its line; may be called twice, and from any thread."""
        self._screen.draw((self, "settle"), self._settle)

    def _turned(self, _: object) -> None:
        self._screen.draw(self, self._renew)

    def _renew(self) -> None:
        self._view = self._maestro.view()
        self._draw()

    def _part(self, part: SessionView) -> None:
        self._view = merge(self._view, part)
        if not {"changes", "changed", "turns"}.isdisjoint(part):
            self._screen.draw(self, self._draw)

    def _draw(self) -> None:
        if self._fold.selected_index == 0 and not self._settled:
            turns = earlier(self._view, self._notebook, self._before)
            self._place.run(lambda: self._log.draw(self._view, turns))

    def _settle(self) -> None:
        if self._settled:
            return
        from codemaestro_jupyter.jupyter.widgets import close_all

        self._settled = True
        self._unsubscribe()
        self._place.show(drawing.bundle(self._line))
        self._place.run(self._log.close)
        self._place.run(lambda: close_all(self._fold))
        for key in (self, (self, "settle")):
            self._screen.forget(key)
