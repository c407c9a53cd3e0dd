"""Parts of the picture are merged, throttled and never lost."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

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


def test_where_a_cell_starts_answers_go_on_and_the_rest_waits() -> None:
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
