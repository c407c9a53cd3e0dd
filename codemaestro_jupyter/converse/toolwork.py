"""An answer during which the model may ask for the person's tools: each is called, and its result given back as data.

Only here, for a request that was submitted: nothing that is prepared ahead ever calls a tool.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from codemaestro_jupyter.converse.voice import Voice
from codemaestro_jupyter.errors import ToolError
from codemaestro_jupyter.models.protocol import Message
from codemaestro_jupyter.plan.tooling import Call, Listener, result_message
from codemaestro_jupyter.tools import Tools, shown

MOST_CALLS = 6
"""Calls in one answer: a model that needs more goes round in circles."""
ENOUGH = "No more tools can be asked for in this answer. Answer with what you know."
Stream = Callable[[tuple[Message, ...]], AsyncGenerator[str, None]]


async def answer(stream: Stream, messages: tuple[Message, ...], tools: Tools, voice: Voice) -> int:
    """Say the answer to a prompt, calling the tools it asks for; returns how many calls there were."""
    calls = 0
    while True:
        listener = Listener()
        async with aclosing(stream(messages)) as texts:
            async for text in texts:
                voice.say(listener.hear(text))
                if listener.complete:
                    break  # what a model makes up after its request is not waited for, nor paid
        voice.say(listener.end())
        call = listener.call()
        if call is None or calls > MOST_CALLS:
            return min(calls, MOST_CALLS)
        calls += 1
        said = await _perform(call, tools, voice) if calls <= MOST_CALLS else ENOUGH
        messages = (*messages, Message("assistant", listener.text), Message("user", said))


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
