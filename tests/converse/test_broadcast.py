"""Parts of the picture are merged, throttled and never lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.converse import broadcast
from codemaestro_jupyter.converse.broadcast import Broadcaster, merge


def turn(name: str, markdown: str) -> Any:
    return {"id": name, "markdown": markdown}


def test_newer_keys_replace_and_turns_merge_by_id() -> None:
    older: Any = {"model": "a", "turns": [turn("1", "x"), turn("2", "y")]}
    newer: Any = {"model": "b", "turns": [turn("2", "yy"), turn("3", "z")]}
    assert merge(older, newer) == {"model": "b", "turns": [turn("1", "x"), turn("2", "yy"), turn("3", "z")]}


def test_a_whole_picture_replaces_all_that_came_before() -> None:
    older: Any = {"model": "a", "turns": [turn("1", "x")]}
    whole: Any = {"session": "s", "turns": []}
    assert merge(older, whole) == whole
    assert merge(whole, {"turns": [turn("2", "y")]}) == {"session": "s", "turns": [turn("2", "y")]}


parts = st.fixed_dictionaries(
    {},
    optional={
        "session": st.just("s"),
        "model": st.text(max_size=3),
        "turns": st.lists(st.builds(turn, st.sampled_from("abc"), st.text(max_size=3)), max_size=3),
    },
)


@given(parts, parts, parts)
def test_merging_is_associative(a: Any, b: Any, c: Any) -> None:
    def unique(part: Any) -> Any:
        if "turns" in part:
            part = {**part, "turns": list({t["id"]: t for t in part["turns"]}.values())}
        return part

    a, b, c = unique(a), unique(b), unique(c)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))


def test_a_burst_becomes_few_parts_and_the_newest_arrives() -> None:
    async def run() -> list[Any]:
        got: list[Any] = []
        broadcaster = Broadcaster(asyncio.get_running_loop(), interval=0.02)
        broadcaster.subscribe(lambda part: (_ for _ in ()).throw(ValueError("broken screen")))
        broadcaster.subscribe(got.append)
        for number in range(1000):
            broadcaster.publish({"model": str(number)})
            if number % 100 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        return got

    got = asyncio.run(run())
    assert got[-1] == {"model": "999"}
    assert len(got) < 20


def test_where_a_cell_starts_answers_go_on_and_the_rest_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "HELD", 3600)

    async def run(part: Any) -> list[Any]:
        got: list[Any] = []
        broadcaster = Broadcaster(asyncio.get_running_loop(), interval=0.0)
        broadcaster.subscribe(got.append)
        broadcaster.publish({"model": "typed before"})
        broadcaster.hold(True)
        broadcaster.publish(part)
        await asyncio.sleep(0.02)
        at_once = list(got)
        broadcaster.flush()  # the end of the wait, whenever it comes
        return [at_once, got]

    said: Any = {"turns": [turn("1", "x")]}
    assert asyncio.run(run({"model": "typed"})) == [[], [{"model": "typed"}]]
    assert asyncio.run(run(said)) == [[{"model": "typed before", **said}]] * 2


def test_what_a_key_led_to_goes_at_once_and_what_follows_from_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "HELD", 3600)

    async def run() -> list[Any]:
        got: list[Any] = []
        broadcaster = Broadcaster(asyncio.get_running_loop(), interval=3600)
        broadcaster.subscribe(got.append)
        broadcaster.publish({"suggestions": ["a"]}, at_once=True)
        broadcaster.publish({"model": "waits"})
        await asyncio.sleep(0.02)
        broadcaster.publish({"suggestions": ["a", "b"]}, at_once=True)
        broadcaster.hold(True)
        broadcaster.publish({"suggestions": ["the cell's output comes first"]}, at_once=True)
        broadcaster.publish({"turns": [turn("1", "an answer does not wait")]}, at_once=True)
        return got

    assert asyncio.run(run()) == [
        {"suggestions": ["a"]},
        {"model": "waits", "suggestions": ["a", "b"]},
        {"suggestions": ["the cell's output comes first"], "turns": [turn("1", "an answer does not wait")]},
    ]


def test_what_a_screen_shows_already_is_not_said_again() -> None:
    async def run() -> list[Any]:
        got: list[Any] = []
        broadcaster = Broadcaster(asyncio.get_running_loop())

        def publish(part: Any) -> None:
            broadcaster.publish(part)
            broadcaster.flush()

        broadcaster.subscribe(got.append)
        publish({"suggestions": ["a"], "stage": "one", "notices": ["dismissed"], "turns": [turn("1", "x")]})
        publish({"suggestions": ["a"], "stage": "two", "notices": ["dismissed"], "turns": [turn("1", "x")]})
        publish({"suggestions": ["a"], "stage": "two"})
        broadcaster.forget()  # somebody asked for the whole picture, which may be newer
        publish({"suggestions": ["a"]})
        publish({"session": "s", "suggestions": ["b"]})
        publish({"suggestions": ["b"]})
        broadcaster.subscribe(lambda part: None)
        publish({"suggestions": ["b"]})
        return got

    assert asyncio.run(run()) == [
        {"suggestions": ["a"], "stage": "one", "notices": ["dismissed"], "turns": [turn("1", "x")]},
        {"stage": "two", "notices": ["dismissed"], "turns": [turn("1", "x")]},
        {"suggestions": ["a"]},
        {"session": "s", "suggestions": ["b"]},
        {"suggestions": ["b"]},
        {"suggestions": ["b"]},
    ]


def test_nothing_arrives_after_unsubscribing() -> None:
    async def run() -> list[Any]:
        got: list[Any] = []
        broadcaster = Broadcaster(asyncio.get_running_loop(), interval=0.0)
        stop = broadcaster.subscribe(got.append)
        broadcaster.publish({"model": "a"})
        broadcaster.flush()
        stop()
        broadcaster.publish({"model": "b"})
        broadcaster.flush()
        return got

    assert asyncio.run(run()) == [{"model": "a"}]
