"""What a model server keeps of the prompts it read, as servers differ in it: everything, marked fronts, or per slot."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from codemaestro_jupyter.models.slots import common
from codemaestro_jupyter.models.tokens import estimate

Keeps = Literal["everything", "marked"]
MARKS = ("prompt_cache_breakpoint", "cache_control")


@dataclass
class PromptCache:
    """`keeps="marked"` finds a front again only where both prompts have a mark; `slots` keep one prompt each."""

    keeps: Keeps = "everything"
    slots: int = 0
    _seen: list[str] = field(default_factory=list)
    _slot: dict[int, str] = field(default_factory=dict)
    _busy: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, body: dict[str, Any]) -> tuple[int, int, int]:
        """Tokens of a prompt, those that need not be read again, and the slot it is read in."""
        text, fronts = flat(body)
        with self._lock:
            if self.slots:
                number = self._choose(text, body.get("id_slot"))
                self._busy.add(number)
                shared = common(text, self._slot.get(number, ""))
            elif self.keeps == "marked":
                number, shared = 0, max((len(front) for front in fronts if front in self._seen), default=0)
            else:
                number, shared = 0, max((common(text, seen) for seen in self._seen), default=0)
        prompt = estimate(text)
        return prompt, min(prompt, estimate(text[:shared])), number

    def keep(self, body: dict[str, Any], slot: int) -> None:
        """It was read."""
        text, fronts = flat(body)
        with self._lock:
            self._slot[slot] = text
            self._seen += fronts if self.keeps == "marked" else [text]

    def leave(self, slot: int) -> None:
        """The call is over: its slot is free."""
        with self._lock:
            self._busy.discard(slot)

    def forget(self) -> None:
        """Everything is cold again."""
        with self._lock:
            self._seen.clear()
            self._slot.clear()

    def _choose(self, text: str, wanted: int | None) -> int:
        """As llama.cpp does: the slot asked for, else the free one that knows most."""
        if wanted is not None and 0 <= wanted < self.slots:
            return wanted
        free = [number for number in range(self.slots) if number not in self._busy] or [0]
        return max(free, key=lambda number: common(text, self._slot.get(number, "")))


def flat(body: dict[str, Any]) -> tuple[str, list[str]]:
    """A prompt as one text, and its fronts that end with a mark."""
    text, fronts = "", []
    for piece, marked in _pieces(body):
        text += piece
        if marked:
            fronts.append(text)
    return text, fronts


def _pieces(body: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    if body.get("tools"):  # servers put them before everything else
        yield json.dumps(body["tools"]), False
    system = body.get("system")
    messages = ([{"role": "system", "content": system}] if system else []) + body["messages"]
    for message in messages:
        yield "\0" + message["role"], False
        content = message["content"]
        for part in content if isinstance(content, list) else [{"text": content or ""}]:
            yield part.get("text") or json.dumps(part), any(mark in part for mark in MARKS)
