"""Nothing passes a budget, however many calls are under way and however they end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import ModelError
from codemaestro_jupyter.models.limits import believed
from codemaestro_jupyter.models.protocol import Message, ModelInfo, Usage
from codemaestro_jupyter.models.purse import DAY, BudgetError, Purse, Reservation, cost
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import TurnId

REMOTE = ModelInfo("a model nobody prices", "elsewhere", "https://models.example/v1", local=False)
LOCAL = ModelInfo("small", "ollama", "http://127.0.0.1:11434/v1", local=True)
SHORT = [Message("user", "why does it fail")]


class Now:
    def __init__(self) -> None:
        self.value = 1_000_000.0

    def __call__(self) -> float:
        return self.value


def purse(daily: float = 1.0, turn: float = 0.25) -> tuple[Purse, Store, Now]:
    now = Now()
    store = Store(None, clock=now)
    return Purse(store.ledger, CodeMaestro(daily_budget=daily, turn_budget=turn), now), store, now


def test_a_local_model_costs_nothing_and_is_counted() -> None:
    mine, store, _ = purse(daily=0.0, turn=0.0)
    reservation = mine.reserve("answer", LOCAL, SHORT, 2_000, TurnId("t"))
    assert (reservation.max_tokens, reservation.dollars) == (2_000, 0.0)
    assert mine.pay(reservation, Usage(100, 80, 20)).dollars == 0.0
    spent = store.ledger.of_turn(TurnId("t"))
    assert (spent.calls, spent.sent, spent.cached, spent.received) == (1, 100, 80, 20)


def test_an_answer_is_cut_to_what_the_turn_may_take_and_then_refused() -> None:
    mine, _, _ = purse(turn=0.04)
    reservation = mine.reserve("answer", REMOTE, SHORT, 2_000, TurnId("t"))
    assert 64 <= reservation.max_tokens < 2_000
    assert reservation.dollars <= 0.04
    with pytest.raises(BudgetError, match=r"\$0.04 a turn"):
        mine.reserve("draft", REMOTE, SHORT, 2_000, TurnId("t"))
    mine.release(reservation)
    assert mine.reserve("draft", REMOTE, SHORT, 2_000, TurnId("t")).max_tokens == reservation.max_tokens


def test_a_day_later_there_is_money_again() -> None:
    mine, _, now = purse(daily=0.04, turn=1.0)
    mine.pay(mine.reserve("answer", REMOTE, SHORT, 2_000), Usage(10, 0, 250))
    with pytest.raises(BudgetError, match=r"\$0.04 a day"):
        mine.reserve("answer", REMOTE, SHORT, 2_000)
    now.value += DAY + 1
    mine.reserve("answer", REMOTE, SHORT, 2_000)


def test_a_clock_that_was_wrong_for_a_while_neither_forgets_nor_blocks_for_ever() -> None:
    mine, store, now = purse(daily=0.04, turn=1.0)
    right, now.value = now.value, now.value + 365 * DAY
    mine.pay(mine.reserve("answer", REMOTE, SHORT, 2_000), Usage(10, 0, 250))
    now.value = right
    with pytest.raises(BudgetError):
        mine.reserve("answer", REMOTE, SHORT, 2_000)
    store.ledger.flush()
    now.value += DAY + 1
    mine.reserve("answer", REMOTE, SHORT, 2_000)


def test_a_prompt_over_the_window_is_refused_with_what_to_do() -> None:
    mine, _, _ = purse()
    small = ModelInfo("small", "ollama", "", local=True, context_window=200)
    with pytest.raises(ModelError, match="Name fewer files"):
        mine.reserve("answer", small, [Message("user", "word " * 500)], 100)
    assert mine.reserve("answer", small, SHORT, 2_000).max_tokens < 200


calls = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.integers(1, 4000), st.floats(0, 1), st.booleans()), max_size=12
)


@given(calls, st.floats(0, 0.5), st.floats(0, 0.2))
def test_what_is_paid_never_passes_the_budgets(wanted: list[Any], daily: float, turn: float) -> None:
    mine, store, _ = purse(daily, turn)
    held: list[tuple[Reservation, float]] = []
    for name, tokens, share, now in wanted:
        try:
            reservation = mine.reserve("x", REMOTE, SHORT, tokens, TurnId(name) if name else None)
        except BudgetError:
            continue
        held.append((reservation, share))
        if now:
            reservation, share = held.pop(0)
            mine.pay(reservation, Usage(5, 0, int(reservation.max_tokens * share)))
    for reservation, share in held:
        mine.pay(reservation, Usage(5, 0, int(reservation.max_tokens * share)))
    assert store.ledger.since(0).dollars <= daily + 1e-9
    for name in ("a", "b"):
        assert store.ledger.of_turn(TurnId(name)).dollars <= turn + 1e-9
    store.close()


moves = st.lists(
    st.tuples(
        st.sampled_from(["begin", "warm", "end", "stop", "liar"]),
        st.integers(0, 5),
        st.sampled_from(["a", "b", None]),
        st.integers(1, 4000),
    ),
    max_size=40,
)


@given(moves, st.floats(0, 0.5), st.floats(0, 0.2))
def test_no_interleaving_of_calls_passes_a_budget(steps: list[Any], daily: float, turn: float) -> None:
    """Calls of two kernels begin, end, stop and are lied about in any order; the ledger keeps to both budgets."""
    mine, store, now = purse(daily, turn)
    other = Purse(store.ledger, CodeMaestro(daily_budget=daily, turn_budget=turn), now)
    under_way: list[tuple[Purse, Reservation]] = []

    def within() -> None:
        assert store.ledger.since(0).dollars <= daily + 1e-9
        for name in ("a", "b"):
            assert store.ledger.of_turn(TurnId(name)).dollars <= turn + 1e-9

    for what, place, name, tokens in steps:
        if what in ("begin", "warm"):
            whose = mine if place % 2 else other
            try:
                held = whose.reserve(
                    what, REMOTE, SHORT, 16 if what == "warm" else tokens, TurnId(name) if name else None
                )
            except BudgetError:
                continue
            under_way.append((whose, held))
        elif under_way:
            whose, held = under_way.pop(place % len(under_way))
            if what == "stop":
                whose.release(held)
            else:
                said = Usage(10**30, 0, 10**30) if what == "liar" else Usage(held.prompt, 0, tokens)
                whose.pay(held, believed(said, held.prompt, held.max_tokens))
        within()
    store.close()


def test_a_price_that_nobody_publishes_is_taken_as_high() -> None:
    assert cost(REMOTE, Usage(1_000, 0, 1_000)) == pytest.approx(0.09)
