"""What providers send that OpenAI's own API does not: each event here is of the shape that its maker documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.errors import ModelAnswerError, ModelError, ModelUnavailableError, ToolsRefusedError
from codemaestro_jupyter.experiment.model_server import Behaviour, ModelServer
from codemaestro_jupyter.models.limits import estimated
from codemaestro_jupyter.models.protocol import Chunk, Function, Usage

from .test_client import PROMPT, client, run
from .test_limits import SCHEMA, ask, calling

PRICE = Function("price", "What it costs.", {"type": "object", "properties": {}})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer("hello world") as running:
        yield running


def event(delta: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta if delta is not None else {}, "finish_reason": finish}
    return {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice], **more}


def usage(**numbers: Any) -> dict[str, Any]:
    return {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42, **numbers}


def heard(server: ModelServer, *events: dict[str, Any] | str, **options: Any) -> list[Chunk]:
    server.behaviours = [Behaviour(events=events)]
    return run(client(server), **options)


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


HELLO = event({"role": "assistant", "content": "hello"})
STOP, DONE = event(finish="stop"), "data: [DONE]\n"
NOT_CHOSEN = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": []}
TOOK = Usage(40, 0, 2)
LAST = {**NOT_CHOSEN, "usage": usage()}
ENDINGS: dict[str, tuple[tuple[dict[str, Any] | str, ...], Usage]] = {
    "OpenAI: usage last, on an event of its own": ((HELLO, STOP, LAST, DONE), TOOK),
    "Azure: an event about its filter first, without choices": (
        (NOT_CHOSEN, HELLO, STOP, LAST, DONE),
        TOOK,
    ),
    "usage null until the last": ((event({"content": "hello"}, usage=None), event(finish="stop", usage=usage()), DONE),
                                  TOOK),
    "DeepSeek: hits beside the details": (
        (HELLO, event(finish="stop", usage=usage(prompt_cache_hit_tokens=32, prompt_cache_miss_tokens=8)), DONE),
        Usage(40, 32, 2),
    ),
    "Moonshot, Together: cached tokens beside the details": (
        (HELLO, STOP, {**NOT_CHOSEN, "usage": usage(cached_tokens=16)}, DONE), Usage(40, 16, 2)),
    "OpenRouter: comments, and what it kept": (
        (": OPENROUTER PROCESSING\n", HELLO, ": OPENROUTER PROCESSING\n", STOP,
         {**NOT_CHOSEN, "usage": usage(cost=0.1, prompt_tokens_details={"cached_tokens": 8, "cache_write_tokens": 4})}),
        Usage(40, 8, 2, written=4),
    ),
    "xAI, Gemini: thoughts in the total only": (
        (HELLO, STOP, {**NOT_CHOSEN, "usage": usage(total_tokens=142)}, DONE), Usage(40, 0, 102)),
    "Groq: in a field of its own, too": (
        (HELLO, event(finish="stop", x_groq={"id": "r", "usage": usage()}, usage=usage()), DONE), TOOK),
    "vLLM: usage on every event": (
        (event({"content": "hello"}, usage=usage(completion_tokens=1)), event(finish="stop", usage=usage()), DONE),
        TOOK),
    "no choices at all": ((HELLO, {**NOT_CHOSEN, "choices": None}, STOP, LAST), TOOK),
    "null delta, null content, no [DONE]": (
        (event({"role": "assistant", "content": None}), HELLO, {**STOP, "choices": [{"index": 0, "delta": None}]},
         event({"content": None}, "stop", usage=usage())),
        TOOK),
    "carriage returns, no blank before the data": (
        ("data:" + '{"choices":[{"delta":{"content":"hello"}}]}\r\n\r', STOP, LAST, DONE),
        TOOK),
    "finish_reason of others": ((HELLO, event(finish="eos_token"), LAST, DONE), TOOK),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDINGS)
def test_an_answer_and_its_usage_are_found(server: ModelServer, name: str) -> None:
    events, expected = ENDINGS[name]
    chunks = heard(server, *events)
    assert (text(chunks), chunks[-1].usage) == ("hello", expected)


THINKING: dict[str, tuple[dict[str, Any], ...]] = {
    "DeepSeek, vLLM, llama.cpp": ({"reasoning_content": "let me", "content": None}, {"content": "hello"}),
    "OpenRouter, Ollama, Groq": ({"reasoning": "let me", "content": ""}, {"content": "hello"}),
    "in the text, marks cut": tuple({"content": text} for text in ("<th", "ink>let", " me</thi", "nk>\n\nhello")),
    "Mistral: in parts": (
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "let me"}]}]},
        {"content": [{"type": "text", "text": "hello"}]},
    ),
    "OpenRouter, with details beside": (
        {"reasoning": "let me", "content": "", "reasoning_details": [{"type": "reasoning.text", "text": "let me"}]},
        {"content": "hello"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", THINKING)
def test_thoughts_are_counted_and_not_said(server: ModelServer, name: str) -> None:
    chunks = heard(server, *map(event, THINKING[name]), STOP, DONE)
    assert (text(chunks), "".join(chunk.unsaid for chunk in chunks)) == ("hello", "let me")
    assert chunks[-1].usage == Usage(estimated(PROMPT), 0, 3, estimated=True)


def test_a_plan_of_a_model_that_thinks_aloud_is_read(server: ModelServer, tmp_path: Path) -> None:
    server.behaviours = [Behaviour(reply='<think>{"a": "not yet"}</think>\n{"a": 1}')]
    with calling(tmp_path) as (calls, _):
        assert ask(calls, server, schema=SCHEMA)[0] == '{"a": 1}'


def test_thoughts_whose_beginning_is_not_marked_are_told_once_and_then_never_shown(
    server: ModelServer, tmp_path: Path
) -> None:
    server.reply = "Let me see.\n</think>\n\nIt is a loop."
    model = client(server)
    with calling(tmp_path) as (calls, _):
        assert (
            ask(calls, server)[0] == "Let me see.\n\n\n*Until here served thought aloud. Its answer:*\n\nIt is a loop."
        )
    assert text(run(model)).endswith("It is a loop.")
    assert text(run(client(server, remembered=model._remembered))) == "It is a loop."


@pytest.mark.parametrize(
    ("events", "says"),
    [
        (({"error": {"message": "Provider disconnected", "code": 502}},), "broke off: Provider disconnected"),
        ((HELLO, {"error": {"message": "CUDA out of memory", "type": "server"}}), "broke off: CUDA out of memory"),
        ((HELLO, {"error": "model runner has unexpectedly stopped"}), "broke off: model runner has un"),
        ((HELLO, 'event: error\ndata: {"error": {"message": "overloaded"}}\n'), "broke off: overloaded"),
        ((HELLO, event({"content": ""}, "error")), "was cut off"),
        ((HELLO,), "was cut off"),
    ],
)  # fmt: skip
def test_an_error_within_an_answer_is_said_as_it_was(server: ModelServer, events: Any, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        heard(server, *events)
    assert len(server.calls) == 1


def test_what_a_model_declines_is_said_in_its_words(server: ModelServer) -> None:
    refusal = (event({"refusal": "I cannot", "content": None}), event({"refusal": " help with that."}), STOP, DONE)
    with pytest.raises(ModelAnswerError, match="declined: I cannot help with that"):
        heard(server, *refusal, schema=SCHEMA)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (402, {"error": {"message": "Insufficient Balance"}}, "gives no credit: Insufficient Balance"),
        (429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}, "no credit"),
        (403, {"error": {"message": "Country not supported"}}, "refused served: Country not supported"),
        (413, {"error": {"message": "Request too large for model"}}, "refused the request: Request too large"),
        (400, {"error": {"code": 400, "message": "the request exceeds the available context size (4096 tokens)",
                         "type": "exceed_context_size_error"}}, "exceeds the available context size"),
        (400, {"object": "error", "message": "The maximum context length is 4096", "code": 400}, "maximum context"),
        (422, {"detail": [{"loc": ["body", "messages"], "msg": "Input should be a list"}]}, "Input should be a list"),
        (503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, "is still loading"),
    ],
)  # fmt: skip
def test_refusals_say_what_their_server_says(server: ModelServer, status: int, body: dict[str, Any], says: str) -> None:
    server.behaviours = [Behaviour(status=status, body=body)] * 3
    with pytest.raises(ModelError, match=says):
        run(client(server, retries=0))


def test_a_provider_without_functions_says_it_with_404(server: ModelServer) -> None:
    server.behaviours = [Behaviour(status=404, message="No endpoints found that support tool use.")]
    with pytest.raises(ToolsRefusedError):
        run(client(server), functions=(PRICE,))


def test_a_time_to_come_again_may_be_a_date(server: ModelServer) -> None:
    server.behaviours = [Behaviour(status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})]
    assert text(run(client(server))) == "hello world"


@pytest.mark.parametrize("when", ["600", "Wed, 21 Oct 2095 07:28:00 GMT"])
def test_nobody_waits_long_for_a_server_that_limits_requests(server: ModelServer, when: str) -> None:
    server.behaviours = [Behaviour(status=429, headers={"Retry-After": when})]
    with pytest.raises(ModelUnavailableError, match=r"limiting requests to served\. Ask again in [\d,]+ s"):
        run(client(server))
    assert len(server.calls) == 1


def test_azure_wants_another_name_for_the_limit(server: ModelServer) -> None:
    said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    server.behaviours = [Behaviour(status=400, message=said)]
    assert text(run(client(server), max_tokens=1)) == "hell"
    assert server.calls[-1].body["max_completion_tokens"] == 1


def test_arguments_may_come_whole_and_calls_without_numbers(server: ModelServer) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "price", "arguments": '{"a":1}'}}
    chunks = heard(server, event({"tool_calls": [call]}), event(finish="tool_calls"), DONE, functions=(PRICE,))
    assert [(each.name, each.arguments) for each in chunks[-1].calls] == [("price", '{"a":1}')]


def test_a_server_that_is_unavailable_is_none_that_answers_wrongly(server: ModelServer) -> None:
    with pytest.raises(ModelUnavailableError):
        heard(server, {"error": {"message": "gone"}})
