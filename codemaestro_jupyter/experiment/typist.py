"""A simulated typist: keystrokes with the rhythm of a person, not of a program.

Intervals are log-normal around the mean of the given speed; pauses are longer between words and after
punctuation. 52 words a minute (five characters each) is the mean of 168,000 volunteers, and the spread of their
intervals is about half their mean (Dhakal, Feit, Kristensson, Oulasvirta: "Observations on Typing from 136 Million
Keystrokes", CHI 2018).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

WORDS_A_MINUTE = 52.0
CHARACTERS_A_WORD = 5.0
SPREAD = 0.5
"""Standard deviation of the intervals over their mean."""
WORD_PAUSE = 1.6
SENTENCE_PAUSE = 3.0
"""How many times longer the key after a space, or after punctuation, takes."""
SHORTEST = 0.03
"""Seconds between two keys of a fast roll."""


@dataclass(frozen=True, slots=True)
class Keystroke:
    """`text` is what stands in the box after the key; `pause` the seconds since the one before."""

    text: str
    pause: float


def keystrokes(text: str, seed: int = 0, words_a_minute: float = WORDS_A_MINUTE) -> Iterator[Keystroke]:
    """The keys of one text; the same seed gives the same rhythm. Raises `ValueError` for a speed of zero or less."""
    if words_a_minute <= 0:
        raise ValueError(f"A typist writes more than {words_a_minute} words a minute.")
    generator = random.Random(seed)  # noqa: S311 - a rhythm, not a secret
    weights = [_weight(text, place) for place in range(len(text))]
    mean = 60.0 / (words_a_minute * CHARACTERS_A_WORD) / (sum(weights) / len(weights) if weights else 1.0)
    sigma = math.sqrt(math.log(1.0 + SPREAD**2))
    for place, weight in enumerate(weights):
        factor = generator.lognormvariate(-(sigma**2) / 2.0, sigma)  # mean 1
        yield Keystroke(text[: place + 1], max(SHORTEST, mean * weight * factor))


def _weight(text: str, place: int) -> float:
    if place == 0:
        return 1.0
    before = text[place - 1]
    if before in ".,;:!?":
        return SENTENCE_PAUSE
    return WORD_PAUSE if before.isspace() else 1.0
