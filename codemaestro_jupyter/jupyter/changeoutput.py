"""The card of a change below the cell that asked for it: alive as long as the kernel session, Markdown after that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from codemaestro_jupyter.converse.broadcast import merge
from codemaestro_jupyter.edit.card import DIFF
from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.jupyter.screen import Screen
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import ChangeView, SessionView

if TYPE_CHECKING:
    from codemaestro_jupyter.jupyter.output import Display
    from codemaestro_jupyter.maestro import Maestro


class ChangeOutput:
    """Takes the place of one output of a cell; `settle()` leaves its Markdown there.

    Constructed and drawn on `maestro-screen`. `markdown` is the whole answer, of which the diffs stay.
    """

    def __init__(
        self, turn: TurnId, view: SessionView, markdown: str, maestro: Maestro, screen: Screen, place: Display
    ) -> None:
        self._turn, self._view, self._maestro, self._screen, self._place = turn, view, maestro, screen, place
        self._diffs = "\n".join(match[0] for match in DIFF.finditer(markdown))
        self._settled = False
        self._widget: Any = None
        self._fallback = ""
        place.run(self._make)
        self._unsubscribe = maestro.subscribe(self._part)

    def settle(self) -> None:
        """Replace the widget by what it says; may be called twice, and from any thread."""
        self._screen.draw((self, "settle"), self._settle)

    def _make(self) -> None:
        from codemaestro_jupyter.jupyter.changewidget import ChangeWidget

        act: Callable[..., object] = self._maestro.change
        self._widget = ChangeWidget(lambda action, hunks, fix: act(self._turn, action, hunks, fix))
        self._draw()

    def _part(self, part: SessionView) -> None:
        if not {"changes", "changed"}.isdisjoint(part):
            told = {key: value for key, value in part.items() if key in ("changes", "changed")}
            self._view = merge(self._view, cast(SessionView, told))
            self._screen.draw((self, "change"), lambda: self._place.run(self._draw))

    def _draw(self) -> None:
        change = drawing.change_of(self._view, self._turn)
        if self._settled or change is None:
            return
        self._widget.draw(change)
        fallback = f"{self._diffs}\n{said(change)}"
        if fallback != self._fallback:  # the notebook is saved with what became of it
            from codemaestro_jupyter.jupyter.widgets import widget_bundle

            self._fallback = fallback
            self._place.show(widget_bundle(self._widget.box, fallback, self._view.get("session", ""), keep=True))

    def _settle(self) -> None:
        if self._settled:
            return
        self._settled = True
        self._unsubscribe()
        self._place.show(drawing.bundle(self._fallback))
        self._place.run(self._widget.close)
        for key in ((self, "change"), (self, "settle")):
            self._screen.forget(key)


def said(change: ChangeView) -> str:
    """Where a change stands, in one line of Markdown."""
    if change["state"] == "applied":
        return f"**Applied** `{change['transaction']}`. `%maestro undo` takes it back."
    return {"undone": "**Undone**, every byte as before.", "discarded": "**Discarded**; nothing was changed."}.get(
        change["state"], ""
    )
