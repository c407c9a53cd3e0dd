"""A change of mind: an own answer that means another answer to an earlier question of the same request. Pure.

It is taken for one only where every word that tells something stands in that answer: "no, the backend" does, "like the
backend" says something about the question that is open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from codemaestro_jupyter.converse.clarify import ROWS, Facts, Settled, normalised
from codemaestro_jupyter.converse.offered import STOP, Option

FILLERS = STOP | frozenset(
    re.findall(
        r"\w+",
        "no not nope sorry wait oh rather instead actually meant better but wrong was is take use go change my mind do "
        "make same again let s us we want should be",
    )
)
"""Words that say that it is a correction, or nothing."""
MEANT = re.compile(r"\b(?:i mean|i meant|rather)\b", re.IGNORECASE)
"""What follows it is what holds: "no, the backend… I mean shop"."""
STAGES = tuple(row.stage for row in ROWS)


@dataclass(frozen=True, slots=True)
class Correction:
    """What holds now, the question that it answers anew, and what was settled before."""

    answer: Settled
    question: str
    before: str

    @property
    def said(self) -> str:
        """As the person reads it."""
        return f"*{self.question} → {self.answer.answer}, not {self.before}*\n\n"


def corrected(request: str, facts: Facts, settled: Sequence[Settled], text: str) -> Correction | None:
    """The earlier answer that a text corrects, the newest that it can mean; None if it corrects none."""
    meant = MEANT.split(text)[-1]
    said = meant if meant.strip(" .!,") else text
    words = frozenset(re.findall(r"[a-z0-9]+", said.lower())) - FILLERS
    for row in reversed(ROWS):
        item = next((each for each in settled if each.stage == row.stage and each.option), None)
        if item is None or not words:
            continue
        before = tuple(each for each in settled if STAGES.index(each.stage) < STAGES.index(row.stage))
        fitting = [option for option in normalised(row.options(request, facts, before)) if words <= _words(option)]
        if len(fitting) == 1 and fitting[0].id != item.option:
            option = fitting[0]
            answer = Settled(row.stage, option.label, False, option.paths, option.id)
            return Correction(answer, row.text(request, facts, before), item.answer)
    return None


def _words(option: Option) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", option.label.lower()))


def with_correction(settled: Sequence[Settled], answer: Settled) -> tuple[Settled, ...]:
    """What is settled once an answer is another: offered answers to later questions were about what no longer holds."""
    place = STAGES.index(answer.stage)
    earlier = [item for item in settled if STAGES.index(item.stage) < place]
    later = [item for item in settled if STAGES.index(item.stage) > place and not item.option]
    return (*earlier, answer, *later)
