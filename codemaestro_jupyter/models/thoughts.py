"""Tell what a model thinks from what it says, where its server streams both as one text.

Many models begin with what they think, between marks of their own; a mark counts at the beginning only, where no answer
has one. Some templates put the first mark into the prompt, so that an answer begins with thoughts and only their end is
marked: that is known for sure once the end comes on a line of its own.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

MARKS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<mm:think>": "</mm:think>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|channel|>analysis<|message|>": "<|end|>",
    "<|channel>thought": "<channel|>",
}
"""Where thoughts begin, and where they end: DeepSeek, Qwen, Gemini, MiniMax, Seed, Mistral, Kimi, Command, gpt-oss,
Gemma (llama.cpp's parsers and the models' templates)."""
DROPPED = ("<|start|>assistant", "<|channel|>final<|message|>", "<|START_RESPONSE|>")
"""Marks of some of them before the answer itself."""
BARE_ENDS = ("</think>", "</thinking>", "[/THINK]")
"""Ends that are met without a beginning."""
FENCE = "```"


class Piece(NamedTuple):
    """A piece of an answer."""

    text: str
    thought: bool = False
    turned: bool = False
    """Whether all that was said before was thought: only its end was marked."""


class Thoughts:
    """Separates one answer as it streams; marks may be cut anywhere. `first`: it begins thinking, whatever it says."""

    def __init__(self, first: bool = False) -> None:
        self._state: Literal["beginning", "thinking", "saying"] = "thinking" if first else "beginning"
        self._first = first
        self._end = BARE_ENDS[0] if first else ""
        self._held = ""
        self._thought = False
        """Whether a beginning was met: no bare end comes then."""
        self._line = ""
        self._fenced = False

    def hear(self, text: str) -> list[Piece]:
        """What is sure by now of what came."""
        self._held += text
        found: list[Piece] = []
        while (piece := self._next()) is not None:
            found.append(piece)
        return [piece for piece in found if piece.text or piece.turned]

    def end(self) -> list[Piece]:
        """The rest, once nothing more comes; what began as thought and was never ended was said after all."""
        rest, self._held = self._held, ""
        return [Piece(rest, self._state == "thinking" and not self._first)] if rest else []

    def _next(self) -> Piece | None:
        match self._state:
            case "beginning":
                return self._begin()
            case "thinking":
                return self._think()
            case "saying":
                return self._say()

    def _begin(self) -> Piece | None:
        begins = self._held.lstrip()
        if not begins:
            return None
        for mark in (*MARKS, *DROPPED):
            if begins.startswith(mark):
                self._held = begins[len(mark) :]
                if mark in MARKS:
                    self._state, self._end, self._thought = "thinking", MARKS[mark], True
                return Piece("")
        if any(mark.startswith(begins) for mark in (*MARKS, *DROPPED)):
            return None
        self._held = begins if self._thought else self._held
        self._state = "saying"
        return Piece("")

    def _think(self) -> Piece | None:
        thought, mark, rest = self._held.partition(self._end)
        if mark:
            self._held, self._state, self._thought, self._first = rest, "beginning", True, False
            return Piece(thought, True)
        if self._first:
            return None  # it may yet turn out to be the answer
        keep = _may_begin(self._held, (self._end,))
        said, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return Piece(said, True) if said else None

    def _say(self) -> Piece | None:
        """Line by line where a bare end could come: only such lines are held back."""
        if not self._held:
            return None
        if self._thought:
            text, self._held = self._held, ""
            return Piece(text)
        line, newline, rest = self._held.partition("\n")
        whole = self._line + line
        if newline:
            self._line, self._held = "", rest
            if whole.strip() in BARE_ENDS and not self._fenced:
                self._state, self._thought = "beginning", True
                return Piece("", turned=True)
            self._fenced ^= whole.lstrip().startswith(FENCE)
            return Piece(line + newline)
        if not self._fenced and any(mark.startswith(whole.strip()) for mark in BARE_ENDS):
            return None
        self._line, self._held = whole, ""
        return Piece(line)


def _may_begin(text: str, marks: tuple[str, ...]) -> int:
    """How many characters at the end of a text one of the marks may begin with."""
    most = min(len(text), max(map(len, marks)) - 1)
    return next((size for size in range(most, 0, -1) if any(mark.startswith(text[-size:]) for mark in marks)), 0)
