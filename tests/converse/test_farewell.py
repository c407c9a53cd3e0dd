"""A session is asked about once, at its end, and never in the way."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.converse.farewell import End, Event, Farewell, step
from codemaestro_jupyter.converse.session import Session
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.store.store import open_store
from codemaestro_jupyter.types import LiveContext, Rating
from codemaestro_jupyter.view import SessionView
from tests.conftest import eventually

EVENTS: tuple[Event, ...] = ("answered", "paused", "switched off", "requested", "rated")


def after(*events: Event) -> End:
    end = End()
    for event in events:
        end = step(end, event)
    return end


@pytest.mark.parametrize(
    ("events", "asks"),
    [
        (("paused",), False),
        (("switched off",), False),
        (("answered", "paused"), False),
        (("answered", "switched off"), True),
        (("answered", "answered", "answered"), False),
        (("answered", "answered", "answered", "paused"), True),
        (("answered", "answered", "answered", "paused", "requested"), False),
        (("answered", "answered", "answered", "paused", "rated"), False),
        (("answered", "answered", "answered", "rated", "paused"), False),
    ],
)
def test_examples(events: tuple[Event, ...], asks: bool) -> None:
    assert after(*events).asks is asks


@given(st.lists(st.sampled_from(EVENTS)))
def test_it_is_asked_at_most_once(events: list[Event]) -> None:
    states = [after(*events[:count]).asks for count in range(len(events) + 1)]
    begun = sum(now and not before for before, now in pairwise(states))
    assert begun <= 1


@pytest.mark.parametrize("wanted", [True, False])
def test_a_pause_after_a_few_answers_asks_where_the_person_wants_to_be_asked(tmp_path: Path, wanted: bool) -> None:
    settings = Settings(environment={}, policy={}, ask_rating=wanted)
    store = open_store(tmp_path, settings)[1]
    background, said = Background(), list[SessionView]()
    farewell = Farewell(settings.values, Session(LiveContext()), store.ratings, background, said.append, pause=0.05)
    try:
        for _ in range(3):
            background.ask(lambda: farewell.happens("answered"))
        eventually(lambda: background.ask(lambda: farewell._end.asks))
        assert said == ([{"ask_session": True}] if wanted else [])
        background.ask(lambda: farewell.rate(None, Rating()))
        background.ask(lambda: farewell.rate(None, Rating(5, None, 4)))
        assert said == ([{"ask_session": True}, {"ask_session": False}] if wanted else [])
        eventually(lambda: store.ratings.means().count == 1)
    finally:
        background.close()
        store.close()


def test_who_is_active_is_not_asked(tmp_path: Path) -> None:
    settings = Settings(environment={}, policy={})
    store = open_store(tmp_path, settings)[1]
    background = Background()
    farewell = Farewell(settings.values, Session(LiveContext()), store.ratings, background, lambda _: None, pause=60.0)
    try:
        for _ in range(3):
            background.ask(lambda: farewell.happens("answered"))

        def look() -> None:
            farewell._active = background.loop.time() - 59.0  # as if all but a second of the pause were over
            farewell.active()
            farewell._look()

        background.ask(look)
        assert not background.ask(lambda: farewell.asks)
        assert farewell._timer is not None
    finally:
        background.close()
        store.close()
