"""What a turn has said so far, and when it began to: every part goes to who waits and to the screens."""

from __future__ import annotations

from collections.abc import Callable

from codemaestro_jupyter.types import AnswerPart


class Voice:
    """One turn's answer as it grows; on the loop."""

    def __init__(
        self,
        say: Callable[[AnswerPart], None],
        grow: Callable[[str, float], None],
        clock: Callable[[], float],
    ) -> None:
        self._say = say
        self._grow = grow
        self.now = clock
        self.first = 0.0
        """When the first part was said; 0.0 before."""
        self.markdown = ""
        """Everything said."""

    def say(self, text: str) -> None:
        """One more part."""
        if not text:
            return
        self.first = self.first or self.now()
        self.markdown += text
        self._say(AnswerPart(text))
        self._grow(self.markdown, self.first)

    def paragraph(self) -> None:
        """Let what follows begin a paragraph of its own."""
        said = self.markdown[-2:]
        if said and said != "\n\n":
            self.say("\n" if said.endswith("\n") else "\n\n")
