"""Hunks chosen by words, where no box can be ticked: `src/a.py`, `src/a.py:2`, `+notes.md:1`, `-src/b.py`."""

from __future__ import annotations

from collections.abc import Sequence

from codemaestro_jupyter.edit.proposal import Proposal
from codemaestro_jupyter.errors import OptionError


def named(proposal: Proposal, words: Sequence[str]) -> frozenset[str] | None:
    """The ids of the hunks that words choose; None for no words, which is what is ticked.

    A word is a hunk's id, a file with the number of the hunk in it, or a file: its ticked hunks (after `-`: all). `+`
    adds to what is ticked, `-` takes from it; words without either are all that is chosen. Raises `OptionError` for a
    word that names no hunk, and for a mixture of words with and without a sign.
    """
    if not words:
        return None
    signed = {word[:1] in "+-" for word in words}
    if len(signed) > 1:
        raise OptionError("Either name what is written, or what is added (+) and left out (-).", hint=_known(proposal))
    chosen = {hunk.id for hunk in proposal.hunks() if hunk.ticked} if signed == {True} else set()
    for word in words:
        sign, name = (word[0], word[1:]) if word[:1] in "+-" else ("", word)
        chosen = chosen - _hunks(proposal, name, whole=True) if sign == "-" else chosen | _hunks(proposal, name)
    return frozenset(chosen)


def places(proposal: Proposal, words: Sequence[str]) -> frozenset[str] | None:
    """The hunks to look at, ticked or not; None for no words, which is all. Raises `OptionError` as `named`."""
    return frozenset().union(*(_hunks(proposal, word, whole=True) for word in words)) if words else None


def _hunks(proposal: Proposal, name: str, *, whole: bool = False) -> set[str]:
    for diff in proposal.diffs:
        for number, hunk in enumerate(diff.hunks, 1):
            if name in (hunk.id, f"{diff.path}:{number}"):
                return {hunk.id}
        if name == diff.path:
            return {hunk.id for hunk in diff.hunks if hunk.ticked or whole}
    raise OptionError(f"There is no place {name!r} in this change.", hint=_known(proposal))


def _known(proposal: Proposal) -> str:
    names = [f"{diff.path}:1" + (f" to :{len(diff.hunks)}" if len(diff.hunks) > 1 else "") for diff in proposal.diffs]
    return f"There are {', '.join(names[:20])}."
