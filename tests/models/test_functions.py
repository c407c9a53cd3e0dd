"""Functions offered to a model through the APIs, over real HTTP: offered, asked for in pieces, answered, refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from codemaestro_jupyter.errors import ModelAnswerError, ToolsRefusedError
from codemaestro_jupyter.experiment.anthropic_server import AnthropicServer
from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, ModelServer
from codemaestro_jupyter.models.anthropic import Anthropic
from codemaestro_jupyter.models.client import OpenAICompatible
from codemaestro_jupyter.models.dialects import LEAST_OUTPUTS, CallsHeard
from codemaestro_jupyter.models.protocol import Chunk, Function, FunctionCall, Message, Model, ModelInfo
from codemaestro_jupyter.models.remembered import Forgetful

PRICE = Function("price", "What it costs.", {"type": "object", "properties": {"item": {"type": "string"}}})
ARGUMENTS = ('{"item": "a pen"}', '{"item": "an ink"}')
ASKED = Behaviour(calls=tuple(("price", arguments) for arguments in ARGUMENTS), reply="Let me see.")
PROMPT = (Message("system", "rules"), Message("user", "what does a pen cost?"))


@pytest.fixture
def plain() -> Iterator[ModelServer]:
    with ModelServer("3 euros") as server:
        yield server


@pytest.fixture
def other() -> Iterator[AnthropicServer]:
    with AnthropicServer("3 euros") as server:
        yield server


def client(server: ModelServer, **options: Any) -> OpenAICompatible:
    return OpenAICompatible(ModelInfo(MODEL, "test", server.url, local=True), **options)


def run(model: Model, *prompts: tuple[Message, ...], functions: tuple[Function, ...] = (PRICE,)) -> list[list[Chunk]]:
    async def collect() -> list[list[Chunk]]:
        try:
            return [[chunk async for chunk in model.stream(prompt, functions=functions)] for prompt in prompts]
        finally:
            await model.close()

    return asyncio.run(collect())


def answered(calls: tuple[FunctionCall, ...]) -> tuple[Message, ...]:
    results = [Message("tool", f"{number} euros", answers=call.id) for number, call in enumerate(calls, 3)]
    return (*PROMPT, Message("assistant", "Let me see.", calls=calls), *results)


def test_calls_come_in_pieces_and_are_answered_as_the_openai_api_wants(plain: ModelServer) -> None:
    plain.behaviours.append(ASKED)
    ids = [f"call_price_{number}" for number in range(2)]
    calls = tuple(FunctionCall(id_, "price", arguments) for id_, arguments in zip(ids, ARGUMENTS, strict=True))
    first, second = run(client(plain), PROMPT, answered(calls))
    assert "".join(chunk.text for chunk in first) == "Let me see."
    assert (first[-1].finish, first[-1].calls) == ("tool_calls", calls)
    assert ("".join(chunk.text for chunk in second), second[-1].calls) == ("3 euros", ())
    bodies = [call.body for call in plain.calls]
    assert [body["tools"][0]["function"]["name"] for body in bodies] == ["price", "price"]
    assert bodies[1]["messages"][2:] == [
        {"role": "assistant", "content": "Let me see.", "tool_calls": [
            {"id": id_, "type": "function", "function": {"name": "price", "arguments": arguments}}
            for id_, arguments in zip(ids, ARGUMENTS, strict=True)
        ]},
        *({"role": "tool", "tool_call_id": id_, "content": f"{number} euros"} for number, id_ in enumerate(ids, 3)),
    ]  # fmt: skip


def test_the_same_as_anthropics_api_wants_it(other: AnthropicServer) -> None:
    other.behaviours.append(ASKED)
    model = Anthropic(ModelInfo(MODEL, "anthropic", other.url, local=False), key="k-1")
    calls = tuple(FunctionCall(f"toolu_{number}", "price", said) for number, said in enumerate(ARGUMENTS, 1))
    first, second = run(model, PROMPT, answered(calls))
    assert (first[-1].finish, first[-1].calls) == ("tool_use", calls)
    assert "".join(chunk.text for chunk in second) == "3 euros"
    body = other.calls[1].body
    assert body["tools"] == [{"name": "price", "description": "What it costs.", "input_schema": dict(PRICE.parameters)}]
    assert [(turn["role"], [block["type"] for block in turn["content"]]) for turn in body["messages"][1:]] == [
        ("assistant", ["text", "tool_use", "tool_use"]),
        ("user", ["tool_result", "tool_result"]),
    ]
    assert body["messages"][1]["content"][1]["input"] == {"item": "a pen"}


@pytest.mark.parametrize("status", [400, 500])
def test_a_server_that_takes_none_is_asked_once_and_remembered(plain: ModelServer, status: int) -> None:
    plain.takes_functions, plain.refuses_functions = False, status
    remembered = Forgetful()
    model = client(plain, remembered=remembered, retries=0)
    assert model.takes_functions
    with pytest.raises(ToolsRefusedError):
        run(model, PROMPT)
    assert not model.takes_functions
    again = client(plain, remembered=remembered)
    assert again.takes_functions, "until the same was answered without functions, it may have been something else"

    async def both() -> None:
        with pytest.raises(ToolsRefusedError):
            [chunk async for chunk in again.stream(PROMPT, functions=(PRICE,))]
        [chunk async for chunk in again.stream(PROMPT)]
        await again.close()

    asyncio.run(both())
    assert not client(plain, remembered=remembered).takes_functions


@pytest.mark.parametrize("takes", [True, False])
def test_a_prefix_is_read_ahead_with_the_functions_that_will_be_offered(plain: ModelServer, takes: bool) -> None:
    plain.takes_functions = takes
    model = client(plain)

    async def both() -> list[Chunk]:
        await model.warm(PROMPT, functions=(PRICE,))
        try:
            return [chunk async for chunk in model.stream(PROMPT, functions=(PRICE,) if takes else ())]
        finally:
            await model.close()

    assert asyncio.run(both())[-1].text == ""
    assert model.takes_functions is takes
    refused = [True] * len(LEAST_OUTPUTS)  # it might have been the output that was asked for
    assert ["tools" in call.body for call in plain.calls] == ([True, True] if takes else [*refused, False, False])


def test_functions_that_may_not_be_asked_for_are_left_out_where_a_server_wants_none_beside_a_form(
    plain: ModelServer,
) -> None:
    plain.functions_with_schema = False
    remembered = Forgetful()

    async def twice() -> list[bool]:
        takes = []
        for _ in range(2):
            model = client(plain, remembered=remembered)
            chunks = model.stream(PROMPT, schema={"type": "object"}, functions=(PRICE,), may_call=False)
            assert [chunk async for chunk in chunks][-1].usage is not None
            takes.append(model.takes_functions)
            await model.close()
        return takes

    assert asyncio.run(twice()) == [True, True], "answers may still ask for them"
    sent = [("tools" in call.body, "response_format" in call.body) for call in plain.calls]
    assert sent == [(True, True), (False, True), (False, True)]


def test_what_is_wrong_without_functions_too_is_said_and_not_remembered(plain: ModelServer) -> None:
    remembered = Forgetful()
    model = client(plain, remembered=remembered)
    plain.behaviours += [Behaviour(status=400, message="too long")] * 2

    async def both() -> None:
        with pytest.raises(ToolsRefusedError):
            [chunk async for chunk in model.stream(PROMPT, functions=(PRICE,))]
        with pytest.raises(ModelAnswerError, match="too long"):
            [chunk async for chunk in model.stream(PROMPT)]
        await model.close()

    asyncio.run(both())
    assert client(plain, remembered=remembered).takes_functions


@pytest.mark.parametrize(
    ("numbers", "ids"),
    [((0, 0, 1, 1), ("a", None, "b", None)), ((0, 0, 0, 0), ("a", "a", "b", "b")), ((0, 0, 1, 1), (None,) * 4)],
)
def test_calls_are_told_apart_by_number_or_by_id(numbers: tuple[int, ...], ids: tuple[str | None, ...]) -> None:
    def piece(index: int, id_: str | None, name: str | None, arguments: str) -> Any:
        function = type("F", (), {"name": name, "arguments": arguments})
        return type("P", (), {"index": index, "id": id_, "function": function})

    heard, said = CallsHeard(), (("f", '{"x"'), (None, ":1}"), ("g", "{"), (None, "}"))
    make: Callable[..., Any] = piece
    for number, id_, (name, arguments) in zip(numbers, ids, said, strict=True):
        heard.hear([make(number, id_, name, arguments)])
    expected = [(ids[0] or "call_1", "f", '{"x":1}'), (ids[2] or "call_2", "g", "{}")]
    assert [(call.id, call.name, call.arguments) for call in heard.calls()] == expected
