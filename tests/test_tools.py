"""A person's own functions: described by what they say of themselves, called where they belong, told clearly."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.errors import ToolError
from codemaestro_jupyter.plan.tooling import ToolSpec
from codemaestro_jupyter.tools import LONGEST, Tools, describe, shown

pytestmark = pytest.mark.usefixtures("no_remains")


def weather(city: str, days: int = 3, unit: Literal["C", "F"] = "C", near: list[str] | None = None) -> dict[str, Any]:
    """How the weather will be.

    In a city.
    """
    return {"city": city, "days": days, "unit": unit}


async def price(item: str) -> str:
    """What something costs."""
    await asyncio.sleep(0)
    return f"{item}: 3, on {threading.current_thread().name}"


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.close()


@pytest.fixture
def make(background: Background) -> Iterator[Callable[..., Tools]]:
    made: list[Tools] = []

    def tools(*given: Callable[..., Any], seconds: float = 30.0) -> Tools:
        made.append(Tools(background, given, seconds))
        return made[-1]

    yield tools
    for each in made:
        each.close()


def test_a_tool_is_described_by_its_docstring_and_signature() -> None:
    spec = describe(weather)
    assert spec == ToolSpec(
        "weather",
        "How the weather will be.\n\nIn a city.",
        {
            "city": {"type": "string"},
            "days": {"type": "integer"},
            "unit": {"enum": ["C", "F"]},
            "near": {"type": "array"},
        },
        ("city",),
    )
    assert spec.signature == 'weather(city: string, days?: integer, unit?: "C" | "F", near?: array)'


def strange(*args: int) -> None: ...
def unknown(x: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("function", [lambda: 0, functools.partial(weather, "x"), strange, unknown, 7])
def test_what_cannot_be_called_by_names_is_no_tool(function: Any, make: Callable[..., Tools]) -> None:
    with pytest.raises(ToolError) as caught:
        make(function)
    assert caught.value.hint


def test_a_plain_function_runs_in_a_thread_and_a_coroutine_on_a_loop_of_its_own(make: Callable[..., Tools]) -> None:
    tools = make(weather, price)
    assert tools.wait("weather", {"city": "Rome"}) == {"city": "Rome", "days": 3, "unit": "C"}
    assert tools.wait("price", {"item": "pen"}) == "pen: 3, on maestro-tools"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("whether", {}, "There is no tool 'whether'. There are: weather."),
        ("weather", {}, "`weather` lacks `city`."),
        ("weather", {"city": "Rome", "when": 1}, "`weather` has no parameter `when`."),
        ("weather", {"city": 7}, "`weather` cannot take 7 as `city`."),
        ("weather", {"city": "Rome", "days": True}, "cannot take True as `days`"),
        ("weather", {"city": "Rome", "unit": "K"}, "cannot take 'K' as `unit`"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_and_the_signature_told(
    name: str, arguments: dict[str, Any], said: str, make: Callable[..., Tools]
) -> None:
    with pytest.raises(ToolError) as caught:
        make(weather).wait(name, arguments)
    assert said in str(caught.value)


def broken() -> None:
    raise ValueError("no such city")


async def broken_too() -> None:
    raise TimeoutError("the server is slow")


async def gives_up() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (broken, "`broken` failed: ValueError: no such city"),
        (broken_too, "`broken_too` failed: TimeoutError: the server is slow"),
        (gives_up, "`gives_up` failed: CancelledError"),
    ],
)
def test_what_a_tool_raises_is_told(function: Callable[..., Any], said: str, make: Callable[..., Tools]) -> None:
    with pytest.raises(ToolError, match=said):
        make(function).wait(function.__name__, {})


def test_a_slow_tool_is_given_up_and_a_coroutine_is_ended(make: Callable[..., Tools]) -> None:
    ended = threading.Event()
    free = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    def stuck() -> None:
        free.wait(30)

    tools = make(endless, stuck, seconds=0.05)
    with pytest.raises(ToolError, match=r"took longer than 0\.05 s"):
        tools.wait("endless", {})
    assert ended.wait(10)
    with pytest.raises(ToolError, match="cannot be stopped from outside"):
        tools.wait("stuck", {})
    free.set()


def test_a_coroutine_runs_on_the_loop_it_was_given_on_while_that_one_is_free(make: Callable[..., Tools]) -> None:
    async def program() -> str:
        tools = make(price)
        return str(await asyncio.to_thread(tools.wait, "price", {"item": "pen"}))

    assert asyncio.run(program()) == f"pen: 3, on {threading.current_thread().name}"


def test_a_loop_that_is_held_by_something_else_is_told(make: Callable[..., Tools]) -> None:
    async def program() -> None:
        tools = make(price, seconds=0.05)
        future = tools._background.start(tools.call("price", {"item": "pen"}))
        while not future.done():
            time.sleep(0.01)  # as a cell that computes
        with pytest.raises(ToolError, match="a running cell holds the kernel's event loop"):
            future.result()

    asyncio.run(program())


def test_results_are_text_shortened_and_without_secrets() -> None:
    assert shown({"a": [1, 2.5, None]}) == '{"a":[1,2.5,null]}'
    assert shown(object).startswith("\"<class 'object'>") or "object" in shown(object)
    assert shown("x" * (LONGEST + 5)).endswith("[… 5 characters left out]")
    assert "ghp_" not in shown("token = ghp_" + "a1B2" * 9)
