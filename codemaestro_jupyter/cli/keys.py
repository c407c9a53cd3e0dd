"""What is typed in a terminal is prepared for meanwhile; what that brings fits into a line below."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemaestro_jupyter.types import CellId, NotebookId, TypingEvent
from codemaestro_jupyter.view import SessionView

if TYPE_CHECKING:
    from codemaestro_jupyter.maestro import Maestro

TERMINAL = NotebookId("terminal")


class Keys:
    """Tells Maestro what stands in a box; `seq` is the number of the newest text."""

    _numbers: Iterator[int] = itertools.count(1)  # one order for all boxes of a session

    def __init__(self, maestro: Maestro, context: str = "") -> None:
        self._maestro = maestro
        self._context = context
        self.seq = 0

    def typed(self, text: str) -> None:
        """The box holds this text now; what was asked before belongs to what it means."""
        if self._context and not text.strip():
            return  # an own answer taken back: the offered ones are prepared for anyway
        whole = f"{self._context}\n{text}" if self._context else text
        self.seq = next(self._numbers)
        self._maestro.typing(TypingEvent("chat", TERMINAL, CellId(""), self.seq, whole, len(whole), time.time()))

    def words(self, view: SessionView) -> str:
        """How the text probably goes on, if that was predicted for it as it stands."""
        prediction = view.get("prediction")
        fits = prediction is not None and prediction["seq"] == self.seq and prediction["words"]
        return prediction["words"][0] if prediction is not None and fits else ""


def preparing(view: SessionView) -> str:
    """What solutions are prepared for: answers to the open question, else what the text leads to expect."""
    labels = view.get("suggestions", [])
    return "I'm preparing solutions for: " + " ".join(f"• {label}" for label in labels) if labels else ""


def ahead(view: SessionView) -> str:
    """What is being prepared, in a line: the stage, how far it is, the suggestions, the likely files."""
    stage = view.get("stage")
    parts = [f"{stage['message']} {stage['progress']:.0%}"] if stage and stage["message"] else []
    parts += filter(None, [preparing(view)])
    files = view["prediction"]["files"] if "prediction" in view else []
    if files:
        parts.append(", ".join(file["path"] + (" ✓" if file["prepared"] else " …") for file in files))
    return "  |  ".join(parts)
