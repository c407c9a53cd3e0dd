"""What models write becomes the object they were asked for, or a clear error."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import ModelAnswerError, ModelUnavailableError
from codemaestro_jupyter.models.prices import price
from codemaestro_jupyter.models.protocol import Chunk, Message, ModelInfo, Usage
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.models.structured import parse
from codemaestro_jupyter.models.tokens import Count, Counter, budget, estimate

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "steps": {"type": "array", "items": {"type": "object", "required": ["path"]}},
        "size": {"type": "integer"},
        "kind": {"enum": ["a", "b"]},
    },
    "required": ["title"],
}


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "x", "size": 1}',
        'Sure!\n```json\n{"title": "x", "size": 1}\n```\nDone.',
        'Here: {"title": "x", "size": 1,} as asked',
        '{"title": "x", "size": 1',
        '```\n{"title": "x",\n "size": 1,\n}',
    ],
)
def test_common_mistakes_are_repaired(text: str) -> None:
    assert parse(text, SCHEMA) == {"title": "x", "size": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no", "holds no JSON"),
        ("[1]", "holds no JSON"),
        ("{}", "title is missing"),
        ('{"title": 3}', "title is no string"),
        ('{"title": "x", "size": true}', "size is no integer"),
        ('{"title": "x", "steps": [{}]}', r"steps\[0\].path is missing"),
        ('{"title": "x", "kind": "c"}', "kind is none of"),
    ],
)
def test_what_does_not_fit_is_named(text: str, says: str) -> None:
    with pytest.raises(ModelAnswerError, match=says):
        parse(text, SCHEMA)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), json_values), st.text(alphabet="abc .\n"))
def test_an_object_in_any_wrapping_is_found(value: dict[str, Any], around: str) -> None:
    assert parse(f"{around}\n```json\n{json.dumps(value)}\n```\n{around}", {"type": "object"}) == value


@given(st.text(max_size=200))
def test_any_text_is_an_object_or_a_clear_error(text: str) -> None:
    try:
        value: object = parse(text, {"type": "object"})
    except ModelAnswerError as error:
        value = {"hint": error.hint}
    assert isinstance(value, dict)
    assert value.get("hint", "x")


@given(st.text(max_size=300))
def test_tokens_never_exceed_bytes(text: str) -> None:
    assert estimate(text) <= budget(text) <= len(text.encode("utf8", "replace"))


def test_a_count_says_that_it_is_estimated() -> None:
    assert Counter().count("def fetch_user(name): pass") == Count(9, True)


def test_local_models_are_free_and_unknown_ones_have_no_price() -> None:
    usage = Usage(1_000_000, 500_000, 100_000)
    assert price(ModelInfo("m", "ollama", "", local=True), usage) == 0.0
    assert price(ModelInfo("no-such-model-9", "x", "https://x.example/v1", local=False), usage) is None
    cheap = price(ModelInfo("gpt-4o-mini", "openai", "https://api.openai.com/v1", local=False), usage)
    dear = price(
        ModelInfo("gpt-4o-mini", "openai", "https://api.openai.com/v1", local=False), Usage(1_000_000, 0, 100_000)
    )
    assert cheap is not None
    assert dear is not None
    assert 0 < cheap < dear


def test_the_scripted_model_streams_warms_and_fails_as_told() -> None:
    waits: list[float] = []
    prompt = [Message("user", "one two three")]
    model = ScriptedModel(
        ["a b", ModelUnavailableError("down"), lambda messages: messages[-1].content],
        prefill_tokens_a_second=1.0,
        sleep=waits.append,
    )

    async def collect() -> list[Chunk]:
        return [chunk async for chunk in model.stream(prompt)]

    chunks = asyncio.run(collect())
    assert [chunk.text for chunk in chunks] == ["a ", "b", ""]
    assert chunks[-1].usage == Usage(estimate("userone two three"), 0, 2)
    with pytest.raises(ModelUnavailableError, match="down"):
        asyncio.run(collect())
    assert asyncio.run(model.warm(prompt)).cached == estimate("userone two three")
    assert "".join(chunk.text for chunk in asyncio.run(collect())) == "one two three"
    with pytest.raises(ModelAnswerError, match="nothing more"):
        asyncio.run(collect())
    assert waits == [4.0, 0.0, 0.0]
