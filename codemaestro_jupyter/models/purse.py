"""What may still be spent on models: reserved before a call, paid after it, and nothing passes the budgets.

A reservation is the most that the call can cost (prompt counted generously, output up to its limit), held in the ledger
itself, so that calls under way together, of one kernel or of several, cannot pass what each alone would keep to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from codemaestro_jupyter.errors import ModelError
from codemaestro_jupyter.models.prices import price
from codemaestro_jupyter.models.protocol import Message, ModelInfo, Usage
from codemaestro_jupyter.models.tokens import Counter
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
    """The call's number in the ledger where money is held for it, else 0."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A call that is over, as it stands in the ledger."""

    number: int
    dollars: float


class Purse:
    """The budgets of one project; any thread may use it, prices are imported on first need."""

    def __init__(
        self, ledger: Ledger, settings: CodeMaestro, clock: Callable[[], float], counter: Counter | None = None
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._counter = counter or Counter()

    def reserve(
        self, purpose: str, info: ModelInfo, messages: Sequence[Message], max_tokens: int, turn: TurnId | None = None
    ) -> Reservation:
        """Set aside the most that a call can cost; its output is limited to what the budgets allow.

        Raises `BudgetError` if not even a short answer fits, and `ModelError` if the prompt does not fit the model.
        """
        window = info.context_window
        counts = bool(window) or not info.local  # counting takes 1 ms for 8,000 tokens
        exact = counts and self._counter.exact_for(info.name)
        sizes = (self._counter.budget(message.content, exact) + MESSAGE_TOKENS for message in messages)
        prompt = sum(sizes) if counts else 0
        if window and max_tokens:
            if prompt + LEAST_ANSWER > window:
                raise ModelError(
                    f"The request takes {'' if exact else 'up to '}{prompt:,} tokens{'' if exact else ' (estimated)'},"
                    f" and {info.name} reads {window:,}.",
                    hint="Name fewer files, or choose a model that reads more.",
                )
            max_tokens = min(max_tokens, window - prompt)
        if info.local:
            return Reservation(purpose, info, prompt, max_tokens, 0.0, turn, 0)
        before, each = _prices(info, prompt)
        least = min(LEAST_ANSWER, max_tokens)
        granted: list[float] = []

        def grant(day: float, one: float) -> float:
            left, what = self._left(day, one if turn is not None else 0.0)
            if before + least * each > left:
                raise BudgetError(
                    f"The budget of {what} for models is used up: ${left:.2f} left.",
                    hint="Raise `turn_budget` or `daily_budget`, name fewer files, or use a local model.",
                )
            affordable = min(max_tokens, int((left - before) / each)) if each > 0.0 else max_tokens
            granted[:] = [affordable, before + affordable * each]
            return granted[1]

        number = self._ledger.hold(purpose, info.name, turn, self._clock() - DAY, grant)
        return Reservation(purpose, info, prompt, int(granted[0]), granted[1], turn, number)

    def pay(self, reservation: Reservation, usage: Usage, seconds: float = 0.0, *, used: bool = True) -> Paid:
        """The call is over: record what it took, give back the rest; returns its number and its dollars."""
        dollars = cost(reservation.info, usage)
        number = self._ledger.add(
            reservation.purpose,
            reservation.info.name,
            usage.prompt,
            usage.completion,
            dollars,
            reservation.turn,
            cached=usage.cached,
            used=used,
            seconds=seconds,
            number=reservation.number,
        )
        return Paid(number, dollars)

    def release(self, reservation: Reservation) -> None:
        """The call was refused or never made: nothing was spent."""
        if reservation.number:
            self._ledger.release(reservation.number)

    def use(self, numbers: Iterable[int]) -> None:
        """What those calls brought ahead of need was used."""
        self._ledger.use(numbers)

    def flush(self) -> None:
        """Write down what was paid; blocks."""
        self._ledger.flush()

    def _left(self, day: float, one: float) -> tuple[float, str]:
        daily, single = self._settings.daily_budget - day, self._settings.turn_budget - one
        if daily <= single:
            return max(0.0, daily), f"${self._settings.daily_budget:.2f} a day"
        return max(0.0, single), f"${self._settings.turn_budget:.2f} a turn"


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
