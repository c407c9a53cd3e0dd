"""A model that says what it was told to: the public double, for tests and for trying things without a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from codemaestro_jupyter.errors import ModelAnswerError, ModelError
from codemaestro_jupyter.models.protocol import Chunk, Function, FunctionCall, Message, ModelInfo, Schema, Usage
from codemaestro_jupyter.models.slots import common
from codemaestro_jupyter.models.tokens import estimate

Script = str | ModelError | FunctionCall | Callable[[Sequence[Message]], str]


class ScriptedModel:
    """Answers each call with the next script: a text, an error to raise, or a function of the messages.

    `seconds_a_token` and `prefill_tokens_a_second` give it the timing of a real one: the first token waits for the
    part of the prompt that no earlier call shared. Raises `ModelAnswerError` when the scripts run out. Where it
    `takes_functions`, a script may be a call of one.
    """

    def __init__(
        self,
        scripts: Sequence[Script],
        *,
        local: bool = True,
        seconds_a_token: float = 0.0,
        prefill_tokens_a_second: float = 0.0,
        sleep: Callable[[float], object] = asyncio.sleep,
        takes_functions: bool = False,
    ) -> None:
        self._scripts = list(scripts)
        self._info = ModelInfo("scripted", "scripted", "", local)
        self._seconds_a_token = seconds_a_token
        self._prefill = prefill_tokens_a_second
        self._sleep = sleep
        self._takes_functions = takes_functions
        self._seen: list[str] = []
        self.calls: list[tuple[Message, ...]] = []
        """The messages of every call, in order."""
        self.functions: list[tuple[Function, ...]] = []
        """What was offered with each of them."""
        self.may_call: list[bool] = []
        """Whether it might be asked for."""
        self.warmed: list[tuple[Message, ...]] = []
        self.warmed_with: list[tuple[Function, ...]] = []
        self.cancelled = 0
        """How many answers were closed before their end."""

    @property
    def info(self) -> ModelInfo:
        """A local model named `scripted`."""
        return self._info

    @property
    def takes_functions(self) -> bool:
        """As it was told."""
        return self._takes_functions

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int | None = None,
        deadline: float = 120.0,
        functions: Sequence[Function] = (),
        may_call: bool = True,
    ) -> AsyncIterator[Chunk]:
        """The next script, word by word."""
        self.calls.append(tuple(messages))
        self.functions.append(tuple(functions))
        self.may_call.append(may_call)
        if not self._scripts:
            raise ModelAnswerError("The scripted model has nothing more to say.", hint="Give it more scripts.")
        script = self._scripts.pop(0)
        if isinstance(script, ModelError):
            raise script
        if isinstance(script, FunctionCall):
            yield Chunk(usage=await self._read(messages), finish="tool_calls", calls=(script,))
            return
        text = script if isinstance(script, str) else script(messages)
        usage = await self._read(messages)
        words = text.split(" ")[: max_tokens or None]
        said = 0
        try:
            for number, word in enumerate(words):
                if self._seconds_a_token:
                    await self._pause(self._seconds_a_token)
                said += 1
                yield Chunk(word if number == len(words) - 1 else word + " ")
            yield Chunk(usage=Usage(usage.prompt, usage.cached, estimate(text)), finish="stop")
        finally:
            if said < len(words):
                self.cancelled += 1

    async def warm(self, messages: Sequence[Message], places: int = 1, *, functions: Sequence[Function] = ()) -> Usage:
        """Read a prefix."""
        self.warmed.append(tuple(messages))
        self.warmed_with.append(tuple(functions))
        return await self._read(messages)

    async def close(self) -> None:
        """Nothing is open."""

    async def _read(self, messages: Sequence[Message]) -> Usage:
        prompt = "\0".join(message.role + message.content for message in messages)
        shared = max((common(prompt, seen) for seen in self._seen), default=0)
        self._seen.append(prompt)
        tokens, cached = estimate(prompt), estimate(prompt[:shared])
        if self._prefill:
            await self._pause((tokens - cached) / self._prefill)
        return Usage(tokens, min(tokens, cached), 0)

    async def _pause(self, seconds: float) -> None:
        waiting = self._sleep(seconds)
        if asyncio.iscoroutine(waiting):
            await waiting
