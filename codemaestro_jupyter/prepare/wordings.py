"""One command, wording by wording while it is typed: what was understood for the first serves the others.

A wording differs from the one before in its last word. The newest is worked out in a part of the time once the files
that it is about were understood for an earlier one (`edit.python.library`); the first is worked out before the last
word is begun (`OPEN`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from codemaestro_jupyter.types import Prediction, PreparationKey

T = TypeVar("T")
AGAIN = 0.2
"""Share of a proposal's time that another wording takes at least (networkx, a name in 66 files: 0.11 of 0.56 s)."""
OPEN = "…"
"""Stands for a name that is still to come, as the last word of a sentence."""


class Wordings:
    """The wordings that were begun in this turn, and the seconds each took so far. Its owner holds a lock."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @property
    def begun(self) -> Mapping[str, float]:
        """Sentence → seconds."""
        return dict(self._seconds)

    def follow(self, prediction: Prediction) -> None:
        """The text went on: what is no wording of its command is forgotten, unless nobody can tell yet."""
        command = prediction.command
        if command is None or command.sentence:
            now = command.sentence if command else ""
            self._seconds = {said: took for said, took in self._seconds.items() if same_command(said, now)}

    def note(self, key: PreparationKey, seconds: float) -> None:
        """So long somebody worked on it."""
        if key.kind == "change":
            self._seconds[key.subject] = max(seconds, self._seconds.get(key.subject, 0.0))

    def clear(self) -> None:
        """A new turn."""
        self._seconds.clear()


def spoken(sentence: str) -> str:
    """The sentence with some name for the one that is still to come."""
    return sentence.removesuffix(OPEN) + "name_to_come" if sentence.endswith(f" {OPEN}") else sentence


def left(seconds: float, begun: Mapping[str, float]) -> float:
    """What is left of a proposal's estimated seconds, after what earlier wordings took."""
    return max(AGAIN * seconds, seconds - max(begun.values(), default=0.0)) if begun else seconds


def same_command(one: str, other: str) -> bool:
    """Whether two wordings differ in their last word at most."""
    return one.rpartition(" ")[0] == other.rpartition(" ")[0]


def newest(things: Mapping[PreparationKey, T], prediction: Prediction) -> dict[PreparationKey, T]:
    """What is there, without the proposals of earlier wordings, which helped to make the newest."""
    said = prediction.command.sentence if prediction.command else ""
    return {key: item for key, item in things.items() if key.kind != "change" or key.subject == said}
