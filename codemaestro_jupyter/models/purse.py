"""What may still be spent on models: reserved before a call, paid after it, and nothing passes the budgets.

A reservation is the most that the call can cost (prompt counted generously, output up to its limit), so that calls
under way together cannot pass what each alone would keep to.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codemaestro_jupyter.errors import ModelError
from codemaestro_jupyter.models.prices import price
from codemaestro_jupyter.models.protocol import Message, ModelInfo, Usage
from codemaestro_jupyter.models.tokens import budget
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.ledger import Ledger
from codemaestro_jupyter.types import TurnId

DAY = 86_400.0
"""The day of the budget is any 24 hours: a midnight would allow twice the budget around it."""
LEAST_ANSWER = 64
"""Tokens below which an answer is not worth beginning."""
WRITE_FACTOR = 1.25
"""What some providers charge more for a prompt that they keep (see their price lists, 2026)."""
UNKNOWN_PRICE = (15e-6, 75e-6)
"""Dollars a token in and out where no price is published: that of the dearest usual models, to be on the safe side."""
MESSAGE_TOKENS = 16
"""What roles and separators add to each message, at most."""


class BudgetError(ModelError):
    """A call would pass the day's or the turn's budget; it is not made."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """The right to one call of at most `max_tokens` output, costing at most `dollars`."""

    purpose: str
    info: ModelInfo
    prompt: int
    max_tokens: int
    dollars: float
    turn: TurnId | None
    number: int


class Purse:
    """The budgets of one project; any thread may use it, prices are imported on first need."""

    def __init__(self, ledger: Ledger, settings: CodeMaestro, clock: Callable[[], float]) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[int, Reservation] = {}
        self._count = 0

    def reserve(
        self, purpose: str, info: ModelInfo, messages: Sequence[Message], max_tokens: int, turn: TurnId | None = None
    ) -> Reservation:
        """Set aside the most that a call can cost; its output is limited to what the budgets allow.

        Raises `BudgetError` if not even a short answer fits, and `ModelError` if the prompt does not fit the model.
        """
        window = info.context_window
        counts = bool(window) or not info.local  # counting takes 1 ms for 8,000 tokens
        prompt = sum(budget(message.content) + MESSAGE_TOKENS for message in messages) if counts else 0
        if window and max_tokens:
            if prompt + LEAST_ANSWER > window:
                raise ModelError(
                    f"The request takes up to {prompt} tokens, and {info.name} reads {window}.",
                    hint="Name fewer files, or choose a model that reads more.",
                )
            max_tokens = min(max_tokens, window - prompt)
        with self._lock:
            self._count += 1
            if info.local:
                reservation = Reservation(purpose, info, prompt, max_tokens, 0.0, turn, self._count)
            else:
                left, what = self._left(turn)
                before, each = _prices(info, prompt)
                least = min(LEAST_ANSWER, max_tokens)
                if before + least * each > left:
                    raise BudgetError(
                        f"The budget of {what} for models is used up: ${left:.2f} left.",
                        hint="Raise `turn_budget` or `daily_budget`, name fewer files, or use a local model.",
                    )
                if each > 0.0:
                    max_tokens = min(max_tokens, int((left - before) / each))
                dollars = before + max_tokens * each
                reservation = Reservation(purpose, info, prompt, max_tokens, dollars, turn, self._count)
            self._held[self._count] = reservation
            return reservation

    def pay(self, reservation: Reservation, usage: Usage) -> float:
        """The call is over: record what it took, give back the rest; returns its dollars."""
        dollars = cost(reservation.info, usage)
        self._ledger.add(
            reservation.purpose,
            reservation.info.name,
            usage.prompt,
            usage.completion,
            dollars,
            reservation.turn,
            cached=usage.cached,
        )
        with self._lock:
            self._held.pop(reservation.number, None)
        return dollars

    def release(self, reservation: Reservation) -> None:
        """The call was refused or never made: nothing was spent."""
        with self._lock:
            self._held.pop(reservation.number, None)

    def _left(self, turn: TurnId | None) -> tuple[float, str]:
        held = sum(item.dollars for item in self._held.values())
        day = self._settings.daily_budget - self._ledger.since(self._clock() - DAY).dollars - held
        spent = self._ledger.of_turn(turn).dollars if turn is not None else 0.0
        mine = sum(item.dollars for item in self._held.values() if turn is not None and item.turn == turn)
        one = self._settings.turn_budget - spent - mine
        if day <= one:
            return max(0.0, day), f"${self._settings.daily_budget:.2f} a day"
        return max(0.0, one), f"${self._settings.turn_budget:.2f} a turn"


def cost(info: ModelInfo, usage: Usage) -> float:
    """Dollars of one call; a price that is not published is taken as a high one."""
    found = price(info, usage)
    if found is None:
        return usage.prompt * UNKNOWN_PRICE[0] + usage.completion * UNKNOWN_PRICE[1]
    return found


def _prices(info: ModelInfo, prompt: int) -> tuple[float, float]:
    """Dollars of the prompt, read anew and kept, and of each token of output."""
    before = cost(info, Usage(prompt)) * WRITE_FACTOR
    many = 10_000
    return before, max(0.0, (cost(info, Usage(prompt, 0, many)) - cost(info, Usage(prompt))) / many)
