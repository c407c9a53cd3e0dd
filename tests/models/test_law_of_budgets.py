"""The law: whatever calls are made, and however they interleave and end, what an honest server bills is in the budgets.

An honest server bills a prompt that it took and the tokens that it streamed, and keeps to `max_tokens`; it need not say
what it took, may break off at any time, may be closed at any time, and its tokens are any that are no more than bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemaestro_jupyter.errors import ModelAnswerError, ModelError, ModelUnavailableError
from codemaestro_jupyter.models.attempts import answered, sending
from codemaestro_jupyter.models.calls import Calls, Spent
from codemaestro_jupyter.models.limits import sent
from codemaestro_jupyter.models.protocol import Chunk, Function, Message, ModelInfo, Schema, Usage
from codemaestro_jupyter.models.purse import BudgetError, Purse, cost
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import TurnId

REMOTE = ModelInfo("a model nobody prices", "elsewhere", "https://models.example/v1", local=False)
TEXTS = ("def add(a, b): return a + b\n" * 20, "ሰላም🦜" * 60, " " * 400, "Qx7Zk9" * 80, "")


class Status:
    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class Request:
    def __init__(self) -> None:
        self.extensions: dict[str, Any] = {}


class Honest:
    """Bills what it read and streamed, at once; `dense` is how many of its tokens a byte makes, at most one."""

    takes_functions = True

    def __init__(self, bills: dict[str | None, float], whose: str | None, dense: float, plan: dict[str, Any]) -> None:
        self._bills, self._whose, self._dense, self._plan = bills, whose, dense, plan
        self.info = REMOTE

    def tokens(self, text: str) -> int:
        return min(len(text.encode()), int(len(text.encode()) * self._dense) + 1) if text else 0

    def bill(self, prompt: int, completion: int) -> None:
        self._bills[self._whose] = self._bills.get(self._whose, 0.0) + cost(REMOTE, Usage(prompt, 0, completion))

    async def send(self, status: int, *, lost: bool = False) -> None:
        request = Request()
        await sending(request)
        await request.extensions["trace"]("http11.send_request_headers.started", {})
        if not lost:
            await answered(Status(status))

    async def read(self, messages: Sequence[Message], functions: Sequence[Function], schema: Schema | None) -> int:
        prompt = sum(self.tokens(message.content) + 10 for message in sent(messages, functions, schema))
        for lost in self._plan["before"]:
            await self.send(500, lost=lost)
            self.bill(prompt if lost else 0, 0)
        if self._plan["end"] == "refused":
            await self.send(400)
            raise ModelAnswerError("refused")
        await self.send(200)
        self.bill(prompt, 0)
        return prompt

    async def stream(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None,
        deadline: float = 0.0, functions: Sequence[Function] = (), may_call: bool = True,
    ) -> AsyncIterator[Chunk]:  # fmt: skip
        prompt = await self.read(messages, functions, schema)
        said, end = 0, self._plan["end"]
        for piece in self._plan["pieces"]:
            tokens = self.tokens(piece)
            if max_tokens is not None and said + tokens > max_tokens:
                break
            said += tokens
            self.bill(0, tokens)
            yield Chunk(piece)
        if end == "broken":
            raise ModelUnavailableError("broke off")
        usage = Usage(prompt, 0, said) if end == "told" else Usage(1, 0, 1, estimated=True)
        yield Chunk(usage=usage, finish="stop")

    async def warm(self, messages: Sequence[Message], places: int = 1, *, functions: Sequence[Function] = ()) -> Usage:
        usage = Usage()
        for _ in range(places):
            usage += Usage(await self.read(messages, functions, None))
        if self._plan["end"] == "broken":
            raise ModelUnavailableError("broke off")
        return usage if self._plan["end"] == "told" else Usage(1, estimated=True)

    async def close(self) -> None:
        """Nothing is open."""


plans = st.fixed_dictionaries(
    {
        "before": st.lists(st.booleans(), max_size=2),
        "end": st.sampled_from(["told", "told", "untold", "broken", "refused"]),
        "pieces": st.lists(st.sampled_from(["word ", "x", "🦜ሰ", " " * 40, "{}"]), max_size=12),
    }
)
prompts = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3)
steps = st.lists(
    st.tuples(
        st.sampled_from(["begin", "begin", "on", "on", "on", "close", "warm"]),
        st.integers(0, 5),
        st.sampled_from(["a", "b", None]),
        prompts,
        plans,
        st.integers(1, 900),
    ),
    max_size=25,
)


@settings(deadline=None)
@given(steps, st.floats(0.0, 1.0), st.floats(0.0, 0.3), st.floats(0.1, 1.0))
def test_what_an_honest_server_bills_is_within_the_budgets(
    moves: list[Any], daily: float, turn: float, dense: float
) -> None:
    asyncio.run(_play(moves, daily, turn, dense))


async def _play(moves: list[Any], daily: float, turn: float, dense: float) -> dict[str | None, float]:
    """What was billed, by turn."""
    store = Store(None, clock=lambda: 1.0)
    bills: dict[str | None, float] = {}

    async def work(function: Callable[..., Any], *arguments: Any) -> Any:
        return function(*arguments)

    kernels = [
        Calls(Purse(store.ledger, CodeMaestro(daily_budget=daily, turn_budget=turn), lambda: 1.0), work)
        for _ in range(2)
    ]
    under_way: list[AsyncGenerator[str, None]] = []

    async def step(stream: AsyncGenerator[str, None]) -> None:
        try:
            await anext(stream)
        except (StopAsyncIteration, ModelError):
            under_way.remove(stream)

    for what, number, whose, texts, plan, tokens in moves:
        model, calls = Honest(bills, whose, dense, plan), kernels[number % 2]
        messages = [Message("user", text) for text in texts]
        name = TurnId(whose) if whose else None
        if what == "begin":
            under_way.append(calls.stream(model, "answer", messages, Spent(), turn=name, max_tokens=tokens))
            await step(under_way[-1])
        elif what == "warm":
            with contextlib.suppress(ModelError):
                await calls.warm(model, messages, Spent(), 1 + number % 3, turn=name)
        elif under_way and what == "on":
            await step(under_way[number % len(under_way)])
        elif under_way:
            await under_way.pop(number % len(under_way)).aclose()
        assert sum(bills.values()) <= daily + 1e-9
        assert max((bill for whom, bill in bills.items() if whom), default=0.0) <= turn + 1e-9
    for stream in under_way:
        await stream.aclose()
    assert sum(bills.values()) <= store.ledger.since(0.0).dollars + 1e-9, "the ledger never says less than was billed"
    for task in asyncio.all_tasks() - {asyncio.current_task()}:  # type: ignore[operator]
        task.cancel()
    store.close()
    return bills


ENDS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("answer", {"end": "told"}, 99),
    ("answer", {"end": "untold"}, 99),
    ("answer", {"end": "broken"}, 99),
    ("answer", {"end": "broken", "pieces": []}, 99),
    ("answer", {"end": "told", "before": [True, True]}, 99),
    ("answer", {"end": "told"}, 4),
    ("warm", {"end": "told"}, 3),
    ("warm", {"end": "untold"}, 1),
    ("warm", {"end": "broken"}, 2),
)


@pytest.mark.parametrize(("what", "plan", "number"), ENDS, ids=str)
def test_the_same_call_again_and_again_ends_with_the_budget(what: str, plan: dict[str, Any], number: int) -> None:
    """`number` is how many pieces are listened to before the call is closed, or in how many places it is read."""
    texts = ["Qx7Zk9" * 100]
    moves: list[Any] = []
    for _ in range(80):
        whole = {"before": [], "pieces": ["Qx7Zk9"] * 20, **plan}
        if what == "warm":
            moves.append((what, number - 1, None, texts, whole, 300))
        else:
            moves += [("begin", 0, None, texts, whole, 300), *[("on", 0, None, texts, whole, 0)] * min(number, 22)]
            moves += [("close", 0, None, texts, whole, 0)]
    bills = asyncio.run(_play(moves, 0.2, 1.0, 1.0))
    assert 0.02 < sum(bills.values()) <= 0.2
    assert bills[None] < 80 * 600 * 15e-6, "at some time it was refused"


def test_the_prompt_of_a_turn_that_was_read_once_needs_little_set_aside() -> None:
    store = Store(None, clock=lambda: 1.0)
    mine = Purse(store.ledger, CodeMaestro(daily_budget=10.0, turn_budget=10.0), lambda: 1.0)
    long = [Message("system", "rules " * 4_000)]
    first = mine.reserve("warm", REMOTE, long, 0)
    mine.weighed(REMOTE, long, Usage(4_010))
    second = mine.reserve("draft", REMOTE, [*long, Message("user", "and then")], 0)
    assert (first.most, second.most) == (24_006 + 1_040, 4_010 + 9 + 4 + 1_056)
    assert first.dollars == pytest.approx(first.most * 15e-6)
    store.close()


def test_a_server_that_knows_no_limit_is_closed_within_what_was_set_aside() -> None:
    """Its text is any whose tokens are at most 34 % more than estimated, as with 907 texts that were counted."""

    class Endless(Honest):
        async def stream(self, messages: Sequence[Message], **_: Any) -> AsyncIterator[Chunk]:
            await self.read(messages, (), None)
            for _ in range(10_000):
                self.bill(0, 3)
                yield Chunk("to be ")  # estimated: 2

    async def main() -> None:
        store = Store(None, clock=lambda: 1.0)

        async def work(function: Callable[..., Any], *arguments: Any) -> Any:
            return function(*arguments)

        purse = Purse(store.ledger, CodeMaestro(daily_budget=0.1, turn_budget=1.0), lambda: 1.0)
        bills: dict[str | None, float] = {}
        model = Endless(bills, None, 1.0, {"before": [], "end": "told", "pieces": []})
        calls = Calls(purse, work)
        for _ in range(9):
            try:
                async for _ in calls.stream(model, "answer", [Message("user", "go")], Spent()):
                    pass
            except BudgetError:
                break
        else:
            pytest.fail("it went on and on")
        assert 0.02 < sum(bills.values()) <= 0.1
        store.close()

    asyncio.run(main())
