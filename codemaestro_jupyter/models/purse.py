"""What may still be spent on models: reserved before a call, paid after it, and nothing passes the budgets.

A reservation is more than the call can cost: no prompt has more tokens than bytes, and twice the output that is granted
is set aside, so that a server that keeps to no limit is closed before that is gone. It is held in the ledger itself, so
that calls under way together, of one kernel or of several, cannot pass what each alone would keep to. Of a call that
ended without a receipt the most that it may have cost stays set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from codemaestro_jupyter.errors import ModelError
from codemaestro_jupyter.models.limits import SERVERS_OWN, SET_ASIDE
from codemaestro_jupyter.models.prices import price
from codemaestro_jupyter.models.protocol import Message, ModelInfo, Usage
from codemaestro_jupyter.models.tokens import Counter
from codemaestro_jupyter.models.weighed import MESSAGE_TOKENS, Weighed
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.ledger import Ledger
from codemaestro_jupyter.types import TurnId

DAY = 86_400.0
"""The day of the budget is any 24 hours: a midnight would allow twice the budget around it."""
LEAST_ANSWER = 64
"""Tokens below which an answer is not worth beginning."""
UNKNOWN_PRICE = (15e-6, 75e-6)
"""Dollars a token in and out where no price is published: that of the dearest usual models, to be on the safe side."""


class BudgetError(ModelError):
    """A call would pass the day's or the turn's budget; it is not made."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """The right to one call of at most `max_tokens` output, costing less than `dollars`."""

    purpose: str
    info: ModelInfo
    prompt: int
    max_tokens: int
    dollars: float
    turn: TurnId | None
    number: int
    """The call's number in the ledger where money is held for it, else 0."""
    most: int = 0
    """Tokens that its prompt cannot have more of; counted where money is held for them."""


@dataclass(frozen=True, slots=True)
class Room:
    """Dollars that are left, of the budget of a `turn` or of a `day` (`whose`), whichever is narrower."""

    left: float
    whose: str
    most: Callable[[Sequence[Message], int], float]
    """Dollars set aside for a call: for all that it reads, and so many tokens of answer."""

    def bears(self, messages: Sequence[Message], tokens: int, times: int = 1) -> bool:
        """Whether so many such calls fit, one beside the other."""
        return self.most(messages, tokens) * times <= self.left


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
        self._weighed = Weighed()

    def reserve(
        self,
        purpose: str,
        info: ModelInfo,
        messages: Sequence[Message],
        max_tokens: int,
        turn: TurnId | None = None,
        times: int = 1,
    ) -> Reservation:
        """Set aside more than a call can cost, sent so many times; its output is limited to what the budgets allow.

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
        most = self._most_read(info, messages, prompt if exact else None)
        before, each = _prices(info, most)
        before, each = before * times, each * times * SET_ASIDE
        least = min(LEAST_ANSWER, max_tokens)
        granted: list[float] = []

        def grant(day: float, one: float) -> float:
            left, what = self._left(day, one if turn is not None else 0.0)
            if before + least * each > left:
                raise BudgetError(
                    f"The budget of {what} for models does not reach: ${left:.2f} is left, and this may take"
                    f" ${before + least * each:.2f}.",
                    hint="Raise `turn_budget` or `daily_budget`, name fewer files, or use a local model.",
                )
            affordable = min(max_tokens, int((left - before) / each)) if each > 0.0 else max_tokens
            granted[:] = [affordable, before + affordable * each]
            return granted[1]

        number = self._ledger.hold(purpose, info.name, turn, self._clock() - DAY, grant)
        return Reservation(purpose, info, prompt, int(granted[0]), granted[1], turn, number, most)

    def room(self, info: ModelInfo, turn: TurnId) -> Room:
        """What is left for a turn right now, and what of calls fits into it; nothing is set aside. Blocks."""
        if info.local:
            return Room(float("inf"), "", lambda messages, tokens: 0.0)
        exact = self._counter.exact_for(info.name)

        def most(messages: Sequence[Message], tokens: int) -> float:
            sizes = (self._counter.budget(message.content, True) + MESSAGE_TOKENS for message in messages)
            before, each = _prices(info, self._most_read(info, messages, sum(sizes) if exact else None))
            return before + tokens * each * SET_ASIDE

        day, one = self._ledger.since(self._clock() - DAY).dollars, self._ledger.of_turn(turn).dollars
        left, what = self._left(day, one)
        return Room(left, "day" if what.endswith("day") else "turn", most)

    def again(self, reservation: Reservation) -> None:
        """Set aside what a sending may have cost that nobody answered, before it is sent once more.

        It stays set aside: whether the prompt was read is not known. Raises `BudgetError`.
        """
        if not reservation.number:
            return
        dollars = _prices(reservation.info, reservation.most)[0]

        def grant(day: float, one: float) -> float:
            left, what = self._left(day, one if reservation.turn is not None else 0.0)
            if dollars > left:
                raise BudgetError(
                    f"{reservation.info.name} broke off, and the budget of {what} does not reach to ask again.",
                    hint="Raise `turn_budget` or `daily_budget`, or use a local model.",
                )
            return dollars

        self._ledger.hold(reservation.purpose, reservation.info.name, reservation.turn, self._clock() - DAY, grant)

    def weighed(self, info: ModelInfo, messages: Sequence[Message], usage: Usage) -> None:
        """A server counted a prompt: the next one that begins with it needs less set aside."""
        if not (info.local or usage.estimated):
            self._weighed.learn(info, messages, usage.prompt)

    def pay(
        self,
        reservation: Reservation,
        usage: Usage,
        seconds: float = 0.0,
        *,
        used: bool = True,
        most_said: int | None = None,
    ) -> Paid:
        """The call is over: record what it took, give back the rest; returns its number and its dollars.

        `most_said` is told where the server did not say what it took: tokens that its output had at most. What it may
        have cost beyond the estimate stays set aside.
        """
        dollars = cost(reservation.info, usage)
        beyond = 0.0
        if most_said is not None and reservation.number:
            beyond = min(self._most(reservation, most_said), reservation.dollars) - dollars
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
            beyond=max(0.0, beyond),
        )
        return Paid(number, dollars)

    def leave(self, reservation: Reservation, most_said: int) -> None:
        """The call came to nothing, and may have been billed: so much stays set aside."""
        if reservation.number:
            dollars = min(self._most(reservation, most_said), reservation.dollars)
            self._ledger.leave(reservation.number, dollars)

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

    def _most_read(self, info: ModelInfo, messages: Sequence[Message], counted: int | None) -> int:
        most = self._weighed.most(info, messages)
        return most if counted is None else min(most, counted + SERVERS_OWN)

    def _most(self, reservation: Reservation, said: int) -> float:
        before, each = _prices(reservation.info, reservation.most)
        return before + said * each

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
    """Dollars of the prompt, read anew and kept by whoever charges for that, and of each token of output."""
    read = cost(info, Usage(prompt))
    many = 10_000
    each = max(0.0, (cost(info, Usage(prompt, 0, many)) - read) / many)
    return max(read, cost(info, Usage(prompt, written=prompt))), each
