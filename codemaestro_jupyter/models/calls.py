"""One call of a model, from reservation to receipt: streamed, closed at once when nobody listens, always paid."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

from codemaestro_jupyter.errors import ModelAnswerError, ModelError, StoreError
from codemaestro_jupyter.models.attempts import Attempts, watched
from codemaestro_jupyter.models.failures import declined, late, used_up
from codemaestro_jupyter.models.limits import Heard, believed, estimated, most_billed, most_read, sent
from codemaestro_jupyter.models.protocol import Chunk, Function, FunctionCall, Message, Model, ModelInfo, Schema, Usage
from codemaestro_jupyter.models.purse import BudgetError, Purse, Reservation, Room
from codemaestro_jupyter.models.tokens import estimate
from codemaestro_jupyter.types import TurnId

ANSWER_TOKENS = 2_048
"""Longest answer that is asked for: about four screenfuls."""
DEADLINE = 120.0
"""Seconds for a whole answer."""
WARM_TOKENS = 16
"""Output that a server may insist on when it only is to read."""
CUT = ("length", "max_tokens", "model_context_window_exceeded")
"""Why an answer ended that did not come to its end, in the words of OpenAI's and of Anthropic's API."""
FILTERED = ("content_filter", "refusal")
"""The same for an answer that a filter of the server ended."""
WRITE_SECONDS = 0.2
"""Pause before the ledger is written: whoever waits for the answer does not wait for the disk."""
AHEAD = ("draft", "warm")
"""Purposes of calls made before anybody asked for their result: not used until somebody does."""


class Work(Protocol):
    """Runs a plain function on a worker thread."""

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
        """Its result."""
        ...


@dataclass
class Spent:
    """What calls have taken so far; grows as they end."""

    usage: Usage = Usage()  # noqa: RUF009 - frozen
    dollars: float = 0.0
    calls: int = 0
    numbers: list[int] = field(default_factory=list)
    """The calls' numbers in the ledger."""

    def add(self, usage: Usage, dollars: float, numbers: Sequence[int] = ()) -> None:
        """One more call is over."""
        self.usage += usage
        self.dollars += dollars
        self.calls += 1
        self.numbers += numbers

    def include(self, other: Spent) -> None:
        """What other calls took was taken for this, too."""
        self.usage += other.usage
        self.dollars += other.dollars
        self.calls += other.calls
        self.numbers += other.numbers

    @property
    def tokens(self) -> int:
        """Tokens sent and received."""
        return self.usage.prompt + self.usage.completion

    def __str__(self) -> str:
        parts = [f"{'about ' if self.usage.estimated else ''}{self.tokens:,} tokens"]
        if self.usage.cached:
            parts.append(f"{self.usage.cached:,} of them read ahead")
        if self.dollars:
            parts.append(f"${self.dollars:.4f}")
        return ", ".join(parts)


class Calls:
    """Calls within the budgets; on the loop, with what blocks on `work`."""

    def __init__(
        self,
        purse: Purse,
        work: Work,
        timer: Callable[[], float] = time.perf_counter,
        deadline: Callable[[], float] = lambda: DEADLINE,
    ) -> None:
        self._deadline = deadline
        self._purse = purse
        self._work = work
        self._timer = timer
        self._writing: asyncio.Task[None] | None = None
        self.total = Spent()
        """Every call of this session."""

    async def stream(
        self,
        model: Model,
        purpose: str,
        messages: Sequence[Message],
        spent: Spent,
        *,
        turn: TurnId | None = None,
        schema: Schema | None = None,
        max_tokens: int = ANSWER_TOKENS,
        functions: Sequence[Function] = (),
        asked: list[FunctionCall] | None = None,
        may_call: bool = True,
    ) -> AsyncGenerator[str, None]:
        """The answer's text as it comes; what it took is added to `spent` and the ledger, however it ends.

        The model may ask for `functions`; in the end `asked` holds what it asks for. For `may_call` see `Model.stream`.

        Close it (`aclosing`) or cancel the task to stop: the connection closes at once, and what was billed until then
        is estimated, since no server says it. Raises `BudgetError` before anything is sent, and `ModelError`.
        """
        everything = sent(messages, functions, schema)
        wanted = (purpose, model.info, everything, max_tokens, turn)
        # a local model costs nothing, so nothing needs to be looked up
        reservation = self._purse.reserve(*wanted) if model.info.local else await self._reserve(*wanted)
        granted = reservation.max_tokens
        heard, attempts = Heard(granted), self._attempts(reservation)
        usage: Usage | None = None
        answering = cut = filtered = doubted = said = False
        began = self._timer()
        try:
            offered: Any = {"functions": functions, "may_call": may_call} if functions else {}
            chunks: Any = model.stream(
                messages, schema=schema, max_tokens=granted, deadline=self._deadline(), **offered
            )
            async with aclosing(chunks) as stream:
                answering = True
                while True:
                    with watched(attempts):
                        chunk: Chunk | None = await anext(stream, None)
                    if chunk is None:
                        break
                    heard.hear(chunk.text + chunk.unsaid)
                    if chunk.usage is not None:
                        self._purse.weighed(model.info, everything, chunk.usage)
                        usage = believed(chunk.usage, most_read(everything), heard.most)
                        doubted = usage != chunk.usage
                    cut = cut or chunk.finish in CUT
                    filtered = filtered or chunk.finish in FILTERED
                    if chunk.calls and asked is not None:
                        asked += chunk.calls
                    if chunk.turned and said and schema is None:
                        yield f"\n\n*Until here {model.info.name} thought aloud. Its answer:*\n\n"
                    if chunk.text:
                        said = True
                        yield chunk.text
                    if heard.over:
                        cut = True
                        break
            if filtered and (schema is not None or not said):
                raise declined(model.info)
            if filtered:
                yield f"\n\n*A filter of {model.info.name} ended the answer here.*"
            if cut:
                limit = f"{granted:,} tokens"
                if schema is not None:  # half a plan must not be taken for a whole one
                    raise ModelAnswerError(
                        f"{model.info.name} did not come to an end within {limit}.", hint="Ask for less at once."
                    )
                if not said:
                    raise used_up(model.info, limit)
                yield f"\n\n*The answer was cut off here, at {limit}.*"
            if usage is not None and doubted and schema is None:
                most = f"{usage.prompt + usage.completion:,}"
                yield f"\n\n*{model.info.name} claims more tokens than this can take: {most} are counted.*"
        except ModelError:
            answering = bool(heard.text)  # refused or never answered: nothing is billed
            raise
        finally:
            known = usage is not None and not usage.estimated
            bound = None if known else most_billed(model.info, heard, granted)
            if usage is None and answering:
                usage = Usage(estimated(everything), 0, estimate(heard.text), estimated=True)
            seconds = self._timer() - began
            self._settle(reservation, usage, spent, seconds, attempts, bound, used=purpose not in AHEAD)

    async def warm(
        self,
        model: Model,
        messages: Sequence[Message],
        spent: Spent,
        places: int = 1,
        functions: Sequence[Function] = (),
        turn: TurnId | None = None,
    ) -> Usage:
        """Let the model read what will be sent, for a turn that was begun; raises `BudgetError` and `ModelError`."""
        everything = sent(messages, functions)
        reservation = await self._reserve("warm", model.info, everything, WARM_TOKENS, turn, places)
        attempts = self._attempts(reservation)
        usage: Usage | None = None
        began = self._timer()
        try:
            offered: Any = {"functions": functions} if functions else {}
            with watched(attempts):
                async with asyncio.timeout(self._deadline()):
                    read = await model.warm(messages, places, **offered)
            if places == 1:
                self._purse.weighed(model.info, everything, read)
            usage = believed(read, most_read(everything) * places, reservation.max_tokens * places)
            return usage
        except TimeoutError as error:
            raise late(model.info, self._deadline()) from error
        except asyncio.CancelledError:
            usage = Usage(estimated(everything), estimated=True)
            raise
        finally:
            most = None if usage is not None and not usage.estimated else reservation.max_tokens
            self._settle(reservation, usage, spent, self._timer() - began, attempts, most, used=False)

    def room(self, info: ModelInfo, turn: TurnId) -> Room:
        """What the budgets leave for a turn. Blocks; raises `BudgetError` where that is not known."""
        try:
            return self._purse.room(info, turn)
        except StoreError as error:
            raise unwritten(error) from error

    async def _reserve(self, *wanted: Any) -> Reservation:
        """On a worker; what was set aside for a call that was stopped meanwhile is given back."""
        asking: asyncio.Future[Reservation] = asyncio.ensure_future(self._work(self._purse.reserve, *wanted))
        try:
            return await asyncio.shield(asking)
        except StoreError as error:  # a full disk: what is not written down could pass a budget
            raise unwritten(error) from error
        except asyncio.CancelledError:
            asking.add_done_callback(self._give_back)
            raise

    def _give_back(self, asking: asyncio.Future[Reservation]) -> None:
        if not asking.cancelled() and asking.exception() is None:
            self._purse.release(asking.result())
            self._write()

    def use(self, spent: Spent) -> None:
        """What those calls brought ahead of need was used: it is not counted as wasted."""
        if spent.numbers:
            self._purse.use(spent.numbers)
            self._write()

    def _attempts(self, reservation: Reservation) -> Attempts:
        async def afford() -> None:
            await self._work(self._purse.again, reservation)

        return Attempts(afford)

    def _settle(
        self,
        reservation: Reservation,
        usage: Usage | None,
        spent: Spent,
        seconds: float,
        attempts: Attempts,
        most_said: int | None,
        *,
        used: bool,
    ) -> None:
        """Pay what the call took; `most_said` is what it said at most, where that is not known."""
        if usage is not None:  # prices were imported when it was reserved, so this takes no time
            paid = self._purse.pay(reservation, usage, seconds, used=used, most_said=most_said)
            spent.add(usage, paid.dollars, [paid.number])
            self.total.add(usage, paid.dollars)
        elif attempts.may_be_billed and most_said is not None:
            self._purse.leave(reservation, most_said)
        else:
            self._purse.release(reservation)
        self._write()

    def _write(self) -> None:
        """Write it down soon, beside the loop and the answer; what cannot be written then waits for the next time."""

        async def write() -> None:
            await asyncio.sleep(WRITE_SECONDS)
            with contextlib.suppress(StoreError):
                await self._work(self._purse.flush)

        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(write())


def unwritten(error: StoreError) -> BudgetError:
    """Nobody knows what was spent: nothing that costs money is asked."""
    return BudgetError("What models cost cannot be written down, so none is asked that costs money.", hint=str(error))
