"""A question with the answers that are offered for it."""

from __future__ import annotations

from dataclasses import dataclass

from codemaestro_jupyter.types import RelPath, Stage

STOP = frozenset("the a an it is in of on to and or please one only just i mean with that this".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that is offered; `paths` are the files it is about."""

    id: str
    label: str
    probability: float
    paths: tuple[RelPath, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A clarification with 2-4 answers, most likely first; another answer can always be typed."""

    stage: Stage
    text: str
    options: tuple[Option, ...]

    def option(self, id: str) -> Option | None:  # noqa: A002 - what the wire calls it
        """The option of that id."""
        return next((option for option in self.options if option.id == id), None)
