"""An answer, or a plan, during which the model may ask for the person's tools: each is called, its result is data.

Asked for through the API where the model's server takes functions, else in the text of the answer. Only here, for a
request that was submitted: nothing that is prepared ahead ever calls a tool.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from codemaestro_jupyter.converse.voice import Voice
from codemaestro_jupyter.errors import ToolError, ToolsRefusedError
from codemaestro_jupyter.models.protocol import Function, FunctionCall, Message
from codemaestro_jupyter.plan import tooling
from codemaestro_jupyter.plan.tooling import Call, Listener, ToolSpec, result_message
from codemaestro_jupyter.tools import Tools, shown

MOST_CALLS = 6
"""Calls in one answer: a model that needs more goes round in circles."""
ENOUGH = "No more tools can be asked for in this answer. Answer with what you know."


Stream = Callable[..., AsyncGenerator[str, None]]
"""One call of the model (`Calls.stream`): by `messages`, `functions` and `asked`, its text as it comes."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What came of it: how many calls there were, and the text after the last of them."""

    calls: int
    text: str


@dataclass(frozen=True, slots=True)
class Round:
    """One answer of the model: its text, and the calls it asks for, each with its id where the API has one."""

    text: str
    calls: tuple[tuple[Call, FunctionCall | None], ...]


async def answer(
    stream: Stream, messages: tuple[Message, ...], tools: Tools, voice: Voice, *, native: bool, aloud: bool = True
) -> Talk:
    """The answer to a prompt, said as it comes if it is for the person (`aloud`), with the tools it asks for called.

    `native` says that the server takes functions; one that refuses them is asked in words.
    """
    specs, calls = tools.specs, 0
    native = native and bool(specs)
    prompt = messages if native else with_task(messages, tooling.task(specs))
    while True:
        try:
            said = await _heard(stream, prompt, functions(specs) if native else (), voice if aloud else None)
        except ToolsRefusedError:
            if not native or calls:
                raise
            native, prompt = False, with_task(messages, tooling.task(specs))
            continue
        if not said.calls or calls > MOST_CALLS:
            return Talk(min(calls, MOST_CALLS), said.text)
        asked = tuple(each for _, each in said.calls if each is not None)
        prompt = (*prompt, Message("assistant", said.text, calls=asked))
        for call, each in said.calls:
            calls += 1
            told = await _perform(call, tools, voice) if calls <= MOST_CALLS else ENOUGH
            prompt = (*prompt, Message("tool", told, answers=each.id) if each is not None else Message("user", told))


def with_task(messages: tuple[Message, ...], task: str) -> tuple[Message, ...]:
    """A prompt that ends with a task; the same one for an empty task."""
    *before, last = messages
    return (*before, replace(last, content=f"{last.content}\n\n{task}")) if task else messages


def functions(specs: Iterable[ToolSpec]) -> tuple[Function, ...]:
    """The tools as an API describes functions."""
    return tuple(
        Function(spec.name, " ".join(spec.description.split()), {
            "type": "object", "properties": spec.parameters, "required": list(spec.required),
        })
        for spec in specs
    )  # fmt: skip


async def _heard(
    stream: Stream, prompt: tuple[Message, ...], offered: Sequence[Function], voice: Voice | None
) -> Round:
    """One answer: what is for the person is said, a request for a tool is held back."""
    say = voice.say if voice is not None else lambda text: None
    asked: list[FunctionCall] = []
    listener = Listener(quiet=bool(offered))
    async with aclosing(stream(messages=prompt, functions=offered, asked=asked)) as texts:
        async for text in texts:
            say(listener.hear(text))
            if listener.complete:
                break  # what a model makes up after its request is not waited for, nor paid
    say(listener.end())
    if offered:
        return Round(listener.text, tuple((tooling.called(each.name, each.arguments), each) for each in asked))
    call = listener.call()
    return Round(listener.text, ((call, None),) if call is not None else ())


async def _perform(call: Call, tools: Tools, voice: Voice) -> str:
    """Call a tool, tell the person, and return what the model is told."""
    if call.problem:
        return call.problem
    voice.paragraph()
    try:
        result = shown(await tools.call(call.name, call.arguments))
    except ToolError as error:
        voice.say(f"*{error}*\n\n")
        return f"The call failed. {error}"
    voice.say(f"*Asked your tool `{call}`.*\n\n")
    return result_message(call.name, result)
