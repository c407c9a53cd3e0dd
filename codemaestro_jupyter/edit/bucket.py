"""Some components of a blueprint, which come to know their words once they have been searched often enough.

A word that none of them has in it need not be looked for in their texts. Making the list takes as long as ten to
twenty searches (10 ms against 0.9 for the 1.5 MB of the reference suite, 86 against 4.6 for the 9 MB of networkx), so
it is made once a bucket has been searched about so often: a single command never pays for it, and a long plan or batch
never takes much more than twice the least it could. A list is a ninth to a quarter as long as real files are, and part
of its bucket; a change makes another bucket, and those of all others stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from codemaestro_jupyter.edit.sought import LETTERS, Sought, otherwise

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.blueprint import Component

WORTH_IT = 16
"""Searches of a bucket after which its words are listed."""
APART = bytes(code if code in LETTERS else ord(" ") for code in range(256))
"""For `translate`: whatever parts words is a blank."""


class Bucket(dict[str, "Component"]):
    """Components by path. Never changed once a blueprint has it: make another one of it."""

    __slots__ = ("_odd", "_searched", "_words")

    _words: bytes

    def __init__(self, components: Iterable[tuple[str, Component]] | dict[str, Component] = ()) -> None:
        super().__init__(components)
        self._searched = 0
        self._odd: list[Component] = []

    def may_hold(self, sought: Sought) -> Iterable[Component]:
        """The components to look for something in: all of them, or those whose words are not known."""
        if self._searched < WORTH_IT:
            self._searched += 1
            return self.values()
        if self._searched == WORTH_IT:  # by two threads at once it is done twice, and comes to the same
            self._words, self._odd = words_of(self.values()), [item for item in self.values() if otherwise(item)]
            self._searched += 1
        return self.values() if sought.maybe_in(self._words) else self._odd


def words_of(components: Iterable[Component]) -> bytes:
    """Each word of some components once, parted by blanks: never longer than they are."""
    return b" ".join(set(b" ".join([item.data for item in components]).translate(APART).split()))
