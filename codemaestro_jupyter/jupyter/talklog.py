"""What was said, as widgets: requests and answers below each other, with the cards of their newest changes in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from codemaestro_jupyter.edit.card import without_diffs
from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.jupyter.changewidget import ChangeWidget
from codemaestro_jupyter.jupyter.comms import tame_widgets
from codemaestro_jupyter.jupyter.widgets import close_all
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import SessionView, TurnView

CARDS = 3
"""Changes with a card that can be clicked; older ones say what they did, and `%maestro undo` reaches them."""
OnChange = Callable[[TurnId, Any, list[str] | None, int], object]


class TalkLog:
    """Draws turns below each other; `on_change(turn, action, hunks, fix)` is called for each click on a card.

    `draw` from one thread at a time.
    """

    def __init__(self, on_change: OnChange) -> None:
        self._on_change = on_change
        self._cards: dict[str, ChangeWidget] = {}
        self._logs: list[Any] = []
        self._drawn: list[tuple[str, ...]] = []
        self.box = ipywidgets.VBox([])
        tame_widgets([self.box])

    def draw(self, view: SessionView, turns: Sequence[TurnView]) -> None:
        """Show turns, oldest first, as the picture has them."""
        changes = {turn["id"]: drawing.change_of(view, turn["id"]) for turn in turns}
        carded = [name for name, change in changes.items() if change is not None][-CARDS:]
        gone = [self._cards.pop(name) for name in list(self._cards) if name not in carded]
        children: list[Any] = []
        chunk: list[str] = []
        for turn in turns:
            chunk += said(turn, carded=turn["id"] in carded)
            change = changes[turn["id"]]
            if turn["id"] in carded and change is not None:
                children += [self._output(len(children) // 2, chunk), self._card(TurnId(turn["id"])).box]
                self._cards[turn["id"]].draw(change)
                chunk = []
        if chunk:
            children.append(self._output(len(children) // 2, chunk))
        if self.box.children != tuple(children):
            self.box.children = tuple(children)
        needed = (len(children) + 1) // 2
        for old in self._logs[needed:]:
            close_all(old)
        del self._logs[needed:], self._drawn[needed:]
        for card in gone:
            card.close()

    def close(self) -> None:
        """Close every comm of it."""
        for card in self._cards.values():
            card.close()
        close_all(self.box)

    def _card(self, turn: TurnId) -> ChangeWidget:
        if turn not in self._cards:
            self._cards[turn] = ChangeWidget(lambda action, hunks, fix: self._on_change(turn, action, hunks, fix))
        return self._cards[turn]

    def _output(self, place: int, texts: Sequence[str]) -> Any:
        """The text between two cards; drawn anew only where it says something else."""
        if place == len(self._logs):
            self._logs.append(ipywidgets.Output())
            self._drawn.append(())
            tame_widgets(self._logs[-1:])
        if self._drawn[place] != tuple(texts):
            self._drawn[place] = tuple(texts)
            self._logs[place].outputs = tuple(
                {"output_type": "display_data", "data": drawing.bundle(text), "metadata": {}} for text in texts
            )
        return self._logs[place]


def said(turn: TurnView, *, carded: bool = False) -> tuple[str, str]:
    """What was asked and what was answered; where it is `carded`, the card has the diffs."""
    quoted = "\n".join(f"> {line}" for line in turn["request"].splitlines())
    answer = without_diffs(turn["markdown"]) if carded else turn["markdown"]
    answer = answer or (drawing.WORKING if turn["state"] == "running" else drawing.STOPPED)
    return quoted, drawing.with_receipt(answer, drawing.receipt_line(turn))
