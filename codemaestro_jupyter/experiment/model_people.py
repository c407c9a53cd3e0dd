"""Who answers the questions of the bench with a model: how fast they type and read, and which answer they want.

The issue's figures are those of `USUAL`; the others show what they owe to a person who reads at leisure and wants what
was guessed. Times in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from codemaestro_jupyter.experiment.typist import WORDS_A_MINUTE

READING = 238.0
"""Words a minute that adults read silently (Brysbaert, "How many words do we read per minute?", 2019)."""
DECIDING = 1.5
"""Seconds to decide between a few answers once they are read."""
Choice = Literal["first", "second", "last", "own words"]
OWN_WORDS = {"SCOPE": "where a basket is priced", "IMPLEMENTATION": "two constants, chosen by who logs in"}
"""What is typed where no offered answer will do; none of them means one of these."""


class Reply(NamedTuple):
    """An answer to a question: the id of an offered one, or own words; and how probable it was said to be."""

    option: str
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Person:
    """`pause` is how long each question is looked at; None: read at the speed people read, and decided on."""

    name: str
    choice: Choice = "first"
    pause: float | None = None
    words_a_minute: float = WORDS_A_MINUTE

    def looks_at(self, question: Any) -> float:
        """Seconds from a question's appearance to its answer's click, or to the first key of own words."""
        if self.pause is not None:
            return self.pause
        words = [question["text"], *(option["label"] for option in question["options"])]
        return len(" ".join(words).split()) / READING * 60.0 + DECIDING

    def answers(self, question: Any) -> Reply:
        """What is answered; to the first question always that something shall be changed."""
        options: Sequence[Any] = question["options"]
        stage = question["stage"]
        if stage == "INTENT":
            chosen = next(option for option in options if option["id"] == "change")
        elif self.choice == "own words":
            return Reply("", OWN_WORDS[stage], 0.0)
        else:
            chosen = options[{"first": 0, "second": min(1, len(options) - 1), "last": -1}[self.choice]]
        return Reply(chosen["id"], "", chosen["probability"])


USUAL = Person("reads at 238 words a minute, types at 52, wants the first answers")
PACES: dict[str, Person] = {f"{pause:g} s": Person(f"{pause:g} s a question", pause=pause) for pause in (0.5, 1, 2, 4)}
FAST = Person("types at 100 words a minute", words_a_minute=100.0)
CHOICES: dict[Choice, Person] = {
    "second": Person("wants the second answers", "second"),
    "last": Person("wants the last answers", "last"),
    "own words": Person("answers in own words", "own words"),
}
