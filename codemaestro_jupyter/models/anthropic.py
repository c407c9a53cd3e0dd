"""Anthropic's own API behind the narrow protocol, for its own cache control; needs the extra `anthropic`.

A breakpoint stands behind the rules and behind each part that stays, so that the next prompt finds them read: five
minutes long, renewed by each use, for a quarter more than reading once. `max_tokens: 0` reads ahead without answering.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.models import failures
from codemaestro_jupyter.models.addresses import is_near
from codemaestro_jupyter.models.attempts import limited
from codemaestro_jupyter.models.bounds import http_bounds, not_for
from codemaestro_jupyter.models.dialects import counted, parts
from codemaestro_jupyter.models.discovery import is_loopback
from codemaestro_jupyter.models.events import whole_body
from codemaestro_jupyter.models.keys import Key
from codemaestro_jupyter.models.limits import estimated
from codemaestro_jupyter.models.protocol import Chunk, Function, FunctionCall, Message, ModelInfo, Schema, Usage
from codemaestro_jupyter.models.remembered import Forgetful, Remembered
from codemaestro_jupyter.models.tokens import estimate

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

RETRIES = 2
CONNECT_SECONDS = 10.0
LEAST_OUTPUTS = (0, 1)
LONGEST_ANSWER = 4_096
"""Tokens where nothing else is wanted: this API must be told."""
NO_KEY = "none"
NO_SCHEMA, LEAST_OUTPUT = "no schema", "least output"


class Anthropic:
    """One model of Anthropic, or of a server that speaks its API. The key is read when needed, never stored."""

    def __init__(
        self,
        info: ModelInfo,
        *,
        key: str | None = None,
        retries: int = RETRIES,
        remembered: Remembered | None = None,
    ) -> None:
        self._info = info
        self._key = Key(info.base_url, key)
        self._retries = retries
        self._remembered = remembered or Forgetful()
        self._client: AsyncAnthropic | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"Anthropic({self._info.name!r})"

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return self._info

    @property
    def takes_functions(self) -> bool:
        """Every model of this API does."""
        return True

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
        """The answer as it comes; see `Model.stream`.

        Functions that may not be asked for are not forbidden: another `tool_choice` would have the messages read anew.
        """
        offer = _offered(functions)
        asked: dict[int, list[str]] = {}
        usage, finish, said = Usage(estimated=True), "", ""
        until = asyncio.get_running_loop().time() + deadline
        try:
            async with asyncio.timeout_at(until):
                stream = await self._open(messages, max_tokens or LONGEST_ANSWER, schema, offer)
            async with aclosing(_events(stream, self._info, str(self._key))) as events:
                while True:
                    async with asyncio.timeout_at(until):
                        event: Any = await anext(events, None)
                    if event is None:
                        break
                    match event.type:
                        case "message_start":
                            usage = _usage(event.message.usage)
                        case "content_block_start" if event.content_block.type == "tool_use":
                            asked[event.index] = [event.content_block.id, event.content_block.name, ""]
                        case "content_block_delta" if event.delta.type == "input_json_delta":
                            asked[event.index][2] += event.delta.partial_json
                            yield Chunk(unsaid=event.delta.partial_json)
                        case "content_block_delta" if event.delta.type == "thinking_delta":
                            yield Chunk(unsaid=event.delta.thinking)
                        case "content_block_delta" if event.delta.type == "text_delta":
                            said += event.delta.text
                            yield Chunk(event.delta.text)
                        case "message_delta":
                            finish = event.delta.stop_reason or finish
                            wrote = counted(event.usage.output_tokens)
                            known = not usage.estimated and wrote is not None
                            usage = Usage(usage.prompt, usage.cached, wrote or 0, not known, usage.written)
        except TimeoutError as error:
            raise failures.late(self._info, deadline, limited()) from error
        except Exception as error:
            raise self._translated(error) from error
        if not finish:
            raise failures.cut(self._info)
        if usage.estimated:
            usage = Usage(estimated(messages, functions, schema), 0, estimate(said), estimated=True)
        yield Chunk(usage=usage, finish=finish, calls=tuple(FunctionCall(*call) for call in asked.values()))

    async def warm(self, messages: Sequence[Message], places: int = 1, *, functions: Sequence[Function] = ()) -> Usage:
        """Let the server read a prefix and keep it; the least output that it accepts is found out once."""
        known = self._remembered.get(self._info.base_url, LEAST_OUTPUT)
        for least in LEAST_OUTPUTS if known is None else (known,):
            try:
                answer = await self._create(messages, least, **_offered(functions))
            except Exception as error:
                if failures.is_bad_request(error) and known is None and least != LEAST_OUTPUTS[-1]:
                    continue
                raise self._translated(error) from error
            if known is None:
                self._remembered.set(self._info.base_url, LEAST_OUTPUT, least)
            usage = _usage(answer.usage)
            return Usage(estimated(messages, functions), estimated=True) if usage.estimated else usage
        raise AssertionError("the last candidate returns or raises")

    async def close(self) -> None:
        """Close the connections; a call that comes later fails, and opens none anew."""
        client, self._client, self._closed = self._client, None, True
        if client is not None:
            await client.close()

    # -- calls --------------------------------------------------------------------------------------

    async def _sdk(self) -> AsyncAnthropic:
        base_url = self._info.base_url
        keyless = is_near(base_url) and not is_loopback(base_url)
        if self._closed:
            raise failures.closed(self._info)
        await self._key.read(needed=not keyless)
        if not (str(self._key) or keyless):
            raise failures.no_key(self._info, self._key.fault)
        if self._closed:  # meanwhile
            raise failures.closed(self._info)
        if self._client is None:
            from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient, Omit, Timeout

            timeout = Timeout(None, connect=CONNECT_SECONDS)
            self._client = AsyncAnthropic(
                base_url=base_url.rstrip("/").removesuffix("/v1"),
                api_key=str(self._key) or NO_KEY,
                max_retries=self._retries,
                timeout=timeout,
                default_headers=not_for(base_url, "anthropic", Omit),
                http_client=DefaultAsyncHttpxClient(timeout=timeout, **http_bounds(self._info)),
            )
        self._client.api_key = str(self._key) or NO_KEY
        return self._client

    async def _open(
        self, messages: Sequence[Message], max_tokens: int, schema: Schema | None, offer: dict[str, Any]
    ) -> Any:
        base_url = self._info.base_url
        if schema is None or self._remembered.get(base_url, NO_SCHEMA):
            return await self._create(messages, max_tokens, stream=True, **offer)
        form = {"output_config": {"format": {"type": "json_schema", "schema": dict(schema)}}}
        try:
            return await self._create(messages, max_tokens, stream=True, extra_body=form, **offer)
        except Exception as error:
            if not failures.is_bad_request(error):
                raise
            opened = await self._create(
                messages, max_tokens, stream=True, **offer
            )  # an older model: asked in words only
            self._remembered.set(base_url, NO_SCHEMA, True)
            return opened

    async def _create(self, messages: Sequence[Message], max_tokens: int, **options: Any) -> Any:
        system: Any = [block for message in messages if message.role == "system" for block in _blocks(message)]
        turns: list[Any] = []
        for message in messages:
            if message.answers and turns and turns[-1]["content"][0]["type"] == "tool_result":
                turns[-1]["content"] += _blocks(message)  # the results of one turn stand together
            elif message.role != "system":
                role = "user" if message.answers else message.role
                turns += [{"role": role, "content": blocks}] if (blocks := _blocks(message)) else []
        client = await self._sdk()
        if client.api_key == NO_KEY:
            from anthropic import Omit

            options = {**options, "extra_headers": {"X-Api-Key": Omit(), "Authorization": Omit()}}
        return await client.messages.create(
            model=self._info.name, system=system, messages=turns, max_tokens=max_tokens, **options
        )

    def _translated(self, error: Exception) -> Exception:
        import anthropic

        if isinstance(error, anthropic.AuthenticationError):
            self._key.refused()
        return failures.translated(error, self._info, anthropic, str(self._key))


async def _events(stream: Any, info: ModelInfo, key: str) -> AsyncGenerator[Any, None]:
    """The stream's events; leaving early closes the connection."""
    try:
        if (body := await whole_body(stream.response, info)) is not None:  # this API always streams
            raise failures.instead(info, body, key)
        async for event in stream:
            yield event
    finally:
        await stream.close()


def _blocks(message: Message) -> list[dict[str, Any]]:
    """A message as this API has it: a text of blanks, which it refuses, is left out."""
    if message.answers:
        return [{"type": "tool_result", "tool_use_id": message.answers, "content": message.content}]
    if message.stable:
        return parts(message, "cache_control")
    said = [{"type": "text", "text": message.content}] if message.content.strip() else []
    return [*said, *({"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call)}
                     for call in message.calls)]  # fmt: skip


def _input(call: FunctionCall) -> Any:
    """The arguments as this API wants them; those that are no object were answered as a mistake."""
    try:
        value = json.loads(call.arguments or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _offered(functions: Sequence[Function]) -> dict[str, Any]:
    tools = [
        {"name": each.name, "description": each.description, "input_schema": dict(each.parameters)}
        for each in functions
    ]
    return {"tools": tools} if tools else {}


def _usage(found: Any) -> Usage:
    """This API counts what was read from the cache, and what was put there, beside the input."""
    each = (found.cache_read_input_tokens, found.cache_creation_input_tokens, found.input_tokens, found.output_tokens)
    cached, written, new, said = (counted(number or 0) for number in each)
    if cached is None or written is None or new is None or said is None or not cached + written + new:
        return Usage(estimated=True)
    return Usage(cached + written + new, cached, said, written=written)
