"""The open questions, at most one of each turn: shown with what is ready, answered by a click or in own words.

Several wait side by side where several cells ask. For the newest one the parts of the project that its answers are
about are mapped; what is rejected ends at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from codemaestro_jupyter.converse import picture
from codemaestro_jupyter.converse.clarify import Clear, about
from codemaestro_jupyter.converse.machine import CONFIRM, Answered
from codemaestro_jupyter.converse.offered import Option, Question
from codemaestro_jupyter.converse.surroundings import Drafter, Surroundings
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import OptionView, QuestionView, SessionView

log = logging.getLogger(__name__)
QUESTION_SECONDS = 600.0
"""After this long without an answer the most probable one is taken, and said."""
CLOSING_SECONDS = 1.0
"""Who stops waits at most this long for calls to close: it takes milliseconds."""
MAPPED = ("SCOPE", "IMPLEMENTATION")
"""Questions whose answers are about parts of the project."""


@dataclass(frozen=True, slots=True)
class Open:
    """A question that waits for its answer; `name` is what the wire calls it."""

    name: str
    turn: TurnId
    question: Question
    clear: Clear
    answer: asyncio.Future[Answered]
    answers: Mapping[str, str] = field(default_factory=dict)
    """Where no model is: the request that is answered once an option is chosen, by the option's id."""
    drafting: bool = True
    """Whether plans are drafted for its answers: only with a model."""

    def parts(self, option: Option) -> tuple[str, ...]:
        """The parts of the project that an option is about."""
        return about(self.question, option, self.clear.settled)

    def offers(self) -> dict[str, float]:
        """Every part that is offered, with how probably it is chosen."""
        found: dict[str, float] = {}
        if self.question.stage in MAPPED:
            for option in self.question.options:
                for part in self.parts(option):
                    found[part] = min(1.0, found.get(part, 0.0) + option.probability)
        return found


class Questions:
    """The open questions, in the order in which they were asked; on the loop."""

    def __init__(self, around: Surroundings, drafts: Drafter) -> None:
        self._around = around
        self._drafts = drafts
        self._open: dict[TurnId, Open] = {}
        drafts.on_change = self.changed

    def views(self) -> list[QuestionView]:
        """Every open question, with what is ready for its answers; the newest is the last."""
        return [self._view(asked) for asked in self._open.values()]

    def picture(self) -> SessionView:
        """What the picture says of them."""
        found = self.views()
        return {"question": found[-1] if found else None, "earlier_questions": found[:-1]}

    def of(self, turn: TurnId) -> QuestionView | None:
        """The open question of a turn."""
        return self._view(self._open[turn]) if turn in self._open else None

    def preparing(self) -> tuple[str, ...]:
        """The answers to the newest question for which a plan is drafted, an answer rehearsed or a part mapped."""
        asked = self._newest
        if asked is None:
            return ()
        prepared = {*self._drafts.begun(asked.turn), *asked.answers}
        mapped = asked.question.stage == "SCOPE"
        found = [
            option.label
            for option in asked.question.options
            if option.id in prepared or (mapped and asked.parts(option))
        ]
        return tuple(found[: picture.SUGGESTIONS])

    def show(self) -> None:
        """Something became ready: draw the questions anew, if any is open."""
        if self._open:
            self._publish()

    def changed(self) -> None:
        """A draft began or ended."""
        self._prepare()
        self.show()

    def choose(self, question: str, option: str, text: str) -> bool:
        """Answer the open question; False if that one is not open, or has no such answer."""
        asked = next((each for each in self._open.values() if each.name == question), None)
        if asked is None or asked.answer.done():
            return False
        if asked.question.option(option) is None and not text.strip():
            return False
        self._around.typed.answered()
        asked.answer.set_result(Answered(option, text))
        return True

    def withdraw(self, turn: TurnId) -> None:
        """Take a turn's question off the screens; what was asked before it is prepared for again."""
        if self._open.pop(turn, None) is not None:
            self._prepare()
            self._publish()

    def over(self, turn: TurnId) -> None:
        """A turn ended: it asks nothing, and nothing is prepared for its answers."""
        self._around.asking(turn, None, {}, {})
        self.withdraw(turn)
        self._prepare()

    async def ask(
        self,
        turn: TurnId,
        number: int,
        question: Question,
        clear: Clear,
        prepare: Callable[[], Coroutine[Any, Any, None]],
        *,
        drafting: bool = True,
        answers: Mapping[str, str],
    ) -> Answered:
        """Show a question and wait for its answer; `prepare` is begun at once, and ended with it."""
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._open[turn] = Open(f"{turn}:{number}", turn, question, clear, future, answers, drafting)
        self._publish()
        self._prepare()
        preparing = asyncio.ensure_future(prepare())
        preparing.add_done_callback(_logged)
        try:
            async with asyncio.timeout(QUESTION_SECONDS):
                return await future
        except TimeoutError:
            return assumed(question)
        except asyncio.CancelledError:
            preparing.cancel()
            await asyncio.wait([preparing], timeout=CLOSING_SECONDS)  # what it reads is closed, and paid
            raise
        finally:
            preparing.cancel()

    def answered(self, turn: TurnId, parts: tuple[str, ...], answers: Iterable[str]) -> None:
        """What is prepared for a turn's question goes on for these parts and answers only."""
        self._around.asking(turn, None, dict.fromkeys(parts, 1.0), dict.fromkeys(answers, 1.0))

    @property
    def _newest(self) -> Open | None:
        return next(reversed(self._open.values()), None)

    def _view(self, asked: Open) -> QuestionView:
        drafted = self._drafts.ready(asked.turn)
        return QuestionView(
            id=asked.name,
            turn=asked.turn,
            stage=asked.question.stage,
            text=asked.question.text,
            options=[
                OptionView(
                    id=option.id,
                    label=option.label,
                    probability=round(option.probability, 3),
                    ready=asked.question is CONFIRM or option.id in drafted or self._mapped(asked, option),
                )
                for option in asked.question.options
            ],
        )

    def _publish(self) -> None:
        suggestions = list(self.preparing()) or self._around.typed.suggestions()
        self._around.publish({**self.picture(), "suggestions": suggestions})

    def _prepare(self) -> None:
        """For the newest question that asks for more than a yes."""
        asked = next((each for each in reversed(self._open.values()) if each.question is not CONFIRM), None)
        if asked is None:
            return
        answers = {asked.answers[option.id]: option.probability for option in asked.question.options
                   if option.id in asked.answers}  # fmt: skip
        self._around.asking(asked.turn, asked.question.stage, asked.offers(), answers)

    def _mapped(self, asked: Open, option: Option) -> bool:
        """Whether choosing it needs no more than maps that are there: what is drafted for is ready with its draft."""
        stage, parts = asked.question.stage, asked.parts(option)
        mapped = self._around.mapped()
        if option.id in asked.answers:
            return f"answer:{asked.answers[option.id]}" in mapped and mapped.issuperset(parts)
        if stage not in MAPPED or not parts or not mapped.issuperset(parts):
            return False
        return not asked.drafting or (stage == "SCOPE" and option.id not in self._drafts.begun(asked.turn))


def _logged(preparing: asyncio.Task[None]) -> None:
    """What is prepared may fail without anybody's noticing: who chooses an answer gets it made then."""
    if not preparing.cancelled() and (error := preparing.exception()) is not None:
        log.error("The answers to a question could not be prepared for", exc_info=error)


def assumed(question: Question) -> Answered:
    """What is taken where nobody answers: the likeliest, and nothing is changed."""
    return Answered(question.options[-1 if question is CONFIRM else 0].id, by_default=True)
