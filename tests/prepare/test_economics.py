from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.prepare.economics import (
    ASIDE_PRICE,
    CONTENDED_PRICE,
    EXEMPT,
    IDLE_PRICE,
    LIMIT,
    SLOTS,
    UNLIMITED,
    Allowance,
    Budget,
    Cancel,
    Candidate,
    Start,
    Underway,
    decide,
    least_probability,
    price,
    value,
    wanted,
)
from codemaestro_jupyter.types import PreparationKey, PreparationKind


def candidate(
    subject: str = "a",
    probability: float = 0.5,
    seconds: float = 0.1,
    saved: float | None = None,
    kind: PreparationKind = "file",
    tokens: int = 0,
    dollars: float = 0.0,
    aside: bool = False,
) -> Candidate:
    saved = seconds if saved is None else saved
    return Candidate(PreparationKey(kind, subject), probability, seconds, saved, tokens, dollars, aside=aside)


kinds = st.sampled_from(["file", "symbol", "history", "plan", "scope"])
candidate_lists = st.lists(
    st.builds(
        candidate,
        subject=st.sampled_from("abcdefgh"),
        probability=st.floats(0, 1),
        seconds=st.floats(0, 3),
        saved=st.floats(0, 3),
        kind=kinds,
        tokens=st.sampled_from([0, 0, 500, 5000]),
        dollars=st.sampled_from([0.0, 0.0, 0.01]),
        aside=st.booleans(),
    ),
    max_size=20,
    unique_by=lambda item: item.key,
)
budgets = st.builds(Budget, st.floats(-1, 5), st.integers(0, 10_000), st.floats(0, 0.1))
dials = st.floats(0, 1)


# -- the price --------------------------------------------------------------------------------------


def test_the_price_is_what_it_takes_from_the_person() -> None:
    assert price(candidate(seconds=2.0)) == pytest.approx(2.0 * IDLE_PRICE) == pytest.approx(0.1)
    assert price(candidate(seconds=2.0), contended=True) == pytest.approx(2.0 * CONTENDED_PRICE)
    assert price(candidate(seconds=2.0, aside=True), contended=True) == pytest.approx(2.0 * ASIDE_PRICE)
    assert IDLE_PRICE < ASIDE_PRICE < CONTENDED_PRICE


def test_a_read_pays_because_idle_time_is_cheap() -> None:
    """Taken as plain duration it would never start: a read saves what it costs, and its probability is below 1."""
    read = candidate(probability=0.3, seconds=0.01)
    assert read.probability * read.saved < read.seconds
    assert decide([read], [], (), Budget(1.0)) == (Start(read),)


@given(candidate_lists, dials)
def test_contention_and_thrift_only_make_things_dearer(items: list[Candidate], dial: float) -> None:
    for item in items:
        assert price(item, dial=dial, contended=True) >= price(item, dial=dial)
        assert price(item, dial=0.0) >= price(item, dial=dial) >= price(item, dial=1.0)


@given(candidate_lists, dials, dials)
def test_a_faster_dial_never_wants_less(items: list[Candidate], one: float, other: float) -> None:
    thrifty, fast = sorted((one, other))
    for item in items:
        assert value(item, dial=thrifty) <= value(item, dial=fast) + 1e-9
    kept = [wanted(items, dial=dial) for dial in (thrifty, fast)]
    for kind in {item.key.kind for item in items}:
        few, more = ([item for item in found if item.key.kind == kind] for found in kept)
        assert len(few) <= len(more)


def test_the_dial_goes_from_nearly_sure_to_nearly_anything() -> None:
    items = [candidate(str(probability), probability) for probability in (0.02, 0.5, 0.9)]
    kept = [sorted(item.probability for item in wanted(items, dial=dial)) for dial in (0.0, 0.5, 1.0)]
    assert kept == [[0.9], [0.5, 0.9], [0.02, 0.5, 0.9]]


def test_tokens_and_money_have_their_price() -> None:
    free = candidate(seconds=0.1, saved=1.0)
    assert value(free) > value(replace(free, tokens=1000)) > value(replace(free, tokens=1000, dollars=0.01))


# -- the laws ---------------------------------------------------------------------------------------


@given(candidate_lists, budgets, dials, st.booleans())
def test_what_is_started_pays_and_never_exceeds_the_budget(
    items: list[Candidate], budget: Budget, dial: float, contended: bool
) -> None:
    started = [
        step.candidate
        for step in decide(items, [], (), budget, dial=dial, contended=contended)
        if isinstance(step, Start)
    ]
    assert all(value(item, dial=dial, contended=contended) > 0.0 for item in started)
    assert sum(item.seconds for item in started) <= max(0.0, budget.seconds) + 1e-9
    assert sum(item.tokens for item in started) <= budget.tokens
    assert sum(item.dollars for item in started) <= budget.dollars + 1e-12
    assert len(started) <= (1 if contended else SLOTS)


@given(candidate_lists, dials)
def test_the_top_few_of_each_kind_are_wanted_cheap_first_models_last(items: list[Candidate], dial: float) -> None:
    chosen = wanted(items, dial=dial)
    for kind in {item.key.kind for item in items}:
        least = 0.0 if kind in EXEMPT else least_probability(dial)
        likely = [item for item in items if item.key.kind == kind and item.probability >= least]
        pays = sorted((value(item, dial=dial) for item in likely), reverse=True)
        kept = sorted((value(item, dial=dial) for item in chosen if item.key.kind == kind), reverse=True)
        assert kept == [worth for worth in pays if worth > 0.0][: None if kind in UNLIMITED else LIMIT]
    models = [item.uses_model for item in chosen]
    assert models == sorted(models)
    for before, after in itertools.pairwise(chosen):
        if before.uses_model == after.uses_model:
            assert before.seconds <= 2 * after.seconds + 2e-6


def test_the_thrifty_ask_for_more_likelihood_and_the_fast_for_none() -> None:
    assert [least_probability(dial) for dial in (0.0, 0.5, 1.0)] == [0.5, 0.25, 0.0]


@given(candidate_lists, st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0, 3)), max_size=4), budgets)
def test_what_no_longer_pays_is_cancelled_and_nothing_runs_twice(
    items: list[Candidate], running: list[tuple[str, float]], budget: Budget
) -> None:
    underway = [Underway(PreparationKey("file", subject), elapsed) for subject, elapsed in dict(running).items()]
    ready = {PreparationKey("symbol", "a"), PreparationKey("symbol", "b")}
    steps = decide(items, underway, ready, budget)
    cancelled = {step.key for step in steps if isinstance(step, Cancel)}
    started = [step.candidate.key for step in steps if isinstance(step, Start)]
    by_key = {item.key: item for item in items}
    assert cancelled == {
        work.key for work in underway if work.key not in by_key or value(by_key[work.key], elapsed=work.elapsed) <= 0.0
    }
    assert len(started) == len(set(started))
    assert not set(started) & ({work.key for work in underway} - cancelled)
    assert not set(started) & ready
    assert len(underway) - len(cancelled) + len(started) <= max(SLOTS, len(underway) - len(cancelled))


@given(candidate_lists, budgets)
def test_deciding_is_a_function_of_its_arguments(items: list[Candidate], budget: Budget) -> None:
    assert decide(items, [], (), budget) == decide(list(reversed(items)), [], (), budget)


def test_what_is_nearly_finished_is_worth_finishing() -> None:
    """Sunk cost counts for going on: only what is left has a price."""
    unlikely = candidate(probability=0.04, seconds=1.0)
    assert value(unlikely) < 0.0 < value(unlikely, elapsed=0.5)
    assert decide([unlikely], [Underway(unlikely.key, 0.5)], (), Budget(0.0)) == ()
    assert decide([unlikely], [Underway(unlikely.key, 0.1)], (), Budget(0.0)) == (Cancel(unlikely.key),)


def test_a_changed_mind_cancels_and_starts_in_one_step() -> None:
    old, new = candidate("old"), candidate("new")
    assert decide([new], [Underway(old.key)], (), Budget(1.0)) == (Cancel(old.key), Start(new))


def test_what_does_not_fit_is_passed_over_for_what_does() -> None:
    large, small = candidate("large", probability=0.9, seconds=2.0), candidate("small", seconds=0.01)
    assert decide([large, small], [], (), Budget(0.1)) == (Start(small),)


def test_one_at_a_time_while_a_cell_runs() -> None:
    items = [candidate(subject, probability=0.9) for subject in "ab"]
    assert len(decide(items, [], (), Budget(9.0))) == 2
    assert len(decide(items, [], (), Budget(9.0), contended=True)) == 1


# -- the allowance ----------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 2))), st.floats(0, 1))
def test_spending_within_the_allowance_never_passes_the_share(steps: list[tuple[float, float]], share: float) -> None:
    allowance, spent, now = Allowance(1.0, 0.0, 1.0), 0.0, 0.0
    for pause, seconds in steps:
        now += pause
        allowance = allowance.at(now, share)
        if seconds <= allowance.left:
            allowance = allowance.spend(seconds)
            spent += seconds
    assert spent <= 1.0 + share * now + 1e-6
    assert allowance.left <= 1.0
