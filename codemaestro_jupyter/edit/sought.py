"""Look for words in files before any of them is decoded: an ASCII word has the same bytes in nearly every encoding.

Another word is looked for by its bytes in UTF-8 and, in a file that may spell it otherwise, in its text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codemaestro_jupyter.edit.spelt import OTHERWISE, nfkc
from codemaestro_jupyter.edit.text import BOMS, decode
from codemaestro_jupyter.errors import PathError

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.blueprint import Component

LETTERS = frozenset(b"0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") | frozenset(range(128, 256))
"""The bytes that words are made of; no other character has one of them in its UTF-8."""
WORD = re.compile(rb"[0-9_A-Za-z\x80-\xff]+")
WIDE = tuple({bom[:2] for bom, encoding in BOMS if encoding != "utf-8"})
"""How files begin whose letters are wider than a byte, the ASCII ones too."""


def otherwise(component: Component) -> bool:
    """Whether a file may spell a word in other bytes than UTF-8 has for it: its letters are wide, or its names odd."""
    data = component.data
    return not component.ascii and (data.startswith(WIDE) or _odd(component))


def _odd(component: Component) -> bool:
    """Whether a name in a file may be spelt otherwise than Python takes it."""
    return component.path.endswith((".py", ".pyi", ".ipynb")) and OTHERWISE.search(component.data) is not None


class Sought:
    """Some texts, any of which is looked for."""

    __slots__ = ("_beyond", "_bytes", "_texts", "_words")

    def __init__(self, *texts: str) -> None:
        self._texts = tuple(filter(None, texts))
        self._bytes = tuple(text.encode("utf-8", "surrogatepass") for text in self._texts)
        self._beyond = tuple(text for text in self._texts if not text.isascii())
        self._words = tuple(max(WORD.findall(text), key=len, default=b"") for text in self._bytes)

    def among(self, components: Sequence[Component]) -> list[Component]:
        """The components that `inside` says yes to, in any order, some of them more than once."""
        found = [item for text in self._bytes for item in components if text in item.data]
        others = components if self._beyond else [item for item in components if not item.ascii]
        return found + [item for item in others if self._spelt(item)] if self._texts else []

    def maybe_in(self, words: bytes) -> bool:
        """Whether one of the texts may be in files of these words, parted by blanks, none of them `otherwise`.

        A text with a word in it is where that word is, maybe as a part of a longer one.
        """
        return bool(self._beyond) or any(word in words for word in self._words)

    def inside(self, component: Component) -> bool:
        """Whether one of the texts is in a component; in a notebook's JSON maybe where there is none."""
        data = component.data
        for text in self._bytes:  # of a thousand files all are asked, so no generator is made for each
            if text in data:
                return True
        return self._spelt(component)

    def _spelt(self, component: Component) -> bool:
        """Whether one of the texts is there in other bytes than UTF-8 has for it."""
        data = component.data
        if self._beyond and component.path.endswith(".ipynb") and b"\\u" in data:
            return True  # JSON may spell it `\u00e9`
        if component.ascii or not (self._beyond or otherwise(component)):
            return False
        try:
            found = decode(data, component.path)
        except PathError:
            return False
        if found.encoding != "utf-8" and any(text in found.text for text in self._texts):
            return True
        if not _odd(component):
            return False
        text = nfkc(found.text)
        return any(nfkc(sought) in text for sought in self._texts)


def holds(component: Component, text: str) -> bool:
    """Whether a text is in a component."""
    return Sought(text).inside(component)
