"""Any OpenAI-compatible server behind the narrow protocol, through the `openai` SDK, imported on first use."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.errors import ModelError, ToolsRefusedError
from codemaestro_jupyter.models import failures
from codemaestro_jupyter.models.addresses import fault, is_near
from codemaestro_jupyter.models.attempts import limited
from codemaestro_jupyter.models.bounds import http_bounds, not_for
from codemaestro_jupyter.models.dialects import (
    INSTEAD,
    LEAST_OUTPUTS,
    CallsHeard,
    Dialect,
    dialect,
    offered,
    unknown_option,
    wire,
    without,
)
from codemaestro_jupyter.models.discovery import is_loopback
from codemaestro_jupyter.models.events import chunk_of, events_of, spoken, usage_of
from codemaestro_jupyter.models.keys import Key
from codemaestro_jupyter.models.limits import estimated
from codemaestro_jupyter.models.protocol import Chunk, Function, Message, ModelInfo, Schema, Usage
from codemaestro_jupyter.models.remembered import Forgetful, Remembered
from codemaestro_jupyter.models.slots import Slots
from codemaestro_jupyter.models.thoughts import Thoughts
from codemaestro_jupyter.models.tokens import estimate

if TYPE_CHECKING:
    from openai import AsyncOpenAI

RETRIES = 2
"""Of the SDK, with its exponential backoff, for connections that were dropped, 429 and 5xx; Retry-After is obeyed."""
CONNECT_SECONDS = 10.0
NO_KEY = "none"
NO_SCHEMA, LEAST_OUTPUT = "no schema", "least output"
NO_SILENT_FUNCTIONS = "no silent functions"
"""What is found out about a server once, and remembered."""


class OpenAICompatible:
    """One model of one server. The key is read when needed, never stored on disk, never logged.

    `cache_key` names those whose prompts begin alike (a project), `remembered` keeps what was found out about the
    server, `speaks` is its dialect where that cannot be told from its address.
    """

    def __init__(
        self,
        info: ModelInfo,
        *,
        key: str | None = None,
        retries: int = RETRIES,
        cache_key: str = "",
        remembered: Remembered | None = None,
        speaks: Dialect | None = None,
    ) -> None:
        self._info = info
        self._key = Key(info.base_url, key)
        self._retries = retries
        self._dialect = speaks or dialect(info)
        self._cache_key = cache_key if self._dialect.cache_key else ""
        self._remembered = remembered or Forgetful()
        self._slots = Slots(info.slots) if info.slots > 1 else None
        self._client: AsyncOpenAI | None = None
        self._closed = self._refused = False

    def __repr__(self) -> str:
        return f"OpenAICompatible({self._info.name!r})"

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return self._info

    @property
    def takes_functions(self) -> bool:
        """Whether its server has not refused them yet."""
        return not self._refused and not self._remembered.get(self._info.base_url, self._no_functions)

    @property
    def _no_functions(self) -> str:
        return f"no functions {self._info.name}"  # some servers know it of each model

    @property
    def _thinks_first(self) -> str:
        return f"thinks first {self._info.name}"

    def _turned(self, chunk: Chunk) -> None:
        """From the next answer on nothing is shown before the end of what it thinks."""
        if chunk.turned:
            self._remembered.set(self._info.base_url, self._thinks_first, True)

    def _answered_without(self) -> None:
        """A call without functions went well: if one with them did not, they were what was refused."""
        if self._refused:
            self._remembered.set(self._info.base_url, self._no_functions, True)
            self._refused = False

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
        """The answer as it comes; see `Model.stream`. A server that knows no schema is asked without one."""
        options = {"stream": True, "stream_options": {"include_usage": True}, **self._limit(max_tokens)}
        silent = offered(functions) if not may_call else {}
        functions = functions if may_call else ()
        options |= offered(functions)
        heard = CallsHeard()
        usage: Usage | None = None
        finish, said, thought, declined = "", "", "", ""
        thoughts = Thoughts(bool(self._remembered.get(self._info.base_url, self._thinks_first)))
        until = asyncio.get_running_loop().time() + deadline
        try:
            with self._slot(messages) as place:
                async with asyncio.timeout_at(until):
                    stream = await self._open_silently(messages, {**options, **place}, schema, silent)
                async with aclosing(events_of(stream, self._info, str(self._key))) as events:
                    while True:
                        async with asyncio.timeout_at(until):  # around each wait: who reads is never interrupted
                            event = await anext(events, None)
                        if event is None:
                            break
                        usage = usage_of(event) or usage
                        for choice in event.choices or ():
                            finish = choice.finish_reason or finish
                            if choice.delta is None:
                                continue
                            if choice.delta.tool_calls:
                                heard.hear(choice.delta.tool_calls)
                            text, hidden = spoken(choice.delta)
                            declined += choice.delta.refusal or ""
                            if hidden:
                                thought += hidden
                                yield Chunk(unsaid=hidden)
                            for chunk in map(chunk_of, thoughts.hear(text)):
                                said, thought = said + chunk.text, thought + chunk.unsaid
                                self._turned(chunk)
                                yield chunk
                    for chunk in map(chunk_of, thoughts.end()):
                        said, thought = said + chunk.text, thought + chunk.unsaid
                        yield chunk
        except TimeoutError as error:
            raise failures.late(self._info, deadline, limited()) from error
        except Exception as error:
            if functions and not said and failures.is_about_functions(error):
                self._refused = True
                raise ToolsRefusedError(f"{self._info.name} takes no functions.") from error
            raise self._translated(error) from error
        if not functions:
            self._answered_without()
        if not finish or finish == "error":  # OpenRouter's word for a provider that broke off
            raise failures.cut(self._info)
        if declined and not said:
            raise failures.declined(self._info, declined)
        if usage is None:
            usage = Usage(estimated(messages, functions, schema), 0, estimate(thought + said), estimated=True)
        yield Chunk(usage=usage, finish=finish, calls=heard.calls())

    async def warm(self, messages: Sequence[Message], places: int = 1, *, functions: Sequence[Function] = ()) -> Usage:
        """Let the server read a prefix, in as many of its slots; the least output that it accepts is found out once."""
        if functions and self.takes_functions:
            try:
                return await self._warm_places(messages, places, offered(functions))
            except ModelError as error:
                if not (error.__cause__ and failures.is_about_functions(error.__cause__)):
                    raise
                self._refused = True
        read = await self._warm_places(messages, places, {})
        self._answered_without()
        return read

    async def _warm_places(self, messages: Sequence[Message], places: int, options: dict[str, Any]) -> Usage:
        total = Usage()
        with contextlib.ExitStack() as held:
            for number in range(places if self._slots else 1):
                warm = self._slots is not None and self._slots.knows(_text(messages))
                place = held.enter_context(self._slot(messages))
                if number and (warm or not place):  # read before, or no slot is free
                    continue
                total += await self._warm(messages, {**options, **place})
        return total

    async def close(self) -> None:
        """Close the connections; a call that comes later fails, and opens none anew."""
        client, self._client, self._closed = self._client, None, True
        if client is not None:
            await client.close()

    # -- calls --------------------------------------------------------------------------------------

    async def _warm(self, messages: Sequence[Message], options: dict[str, Any]) -> Usage:
        known = self._remembered.get(self._info.base_url, LEAST_OUTPUT)
        candidates = LEAST_OUTPUTS if known is None else (known, *(least for least in LEAST_OUTPUTS if least > known))
        for least in candidates:
            try:
                answer = await self._create(messages, {**self._limit(least), **options})
            except Exception as error:
                if failures.is_bad_request(error) and least != candidates[-1]:
                    continue
                raise self._translated(error) from error
            if least != known:
                self._remembered.set(self._info.base_url, LEAST_OUTPUT, least)
            return usage_of(answer) or Usage(estimated(messages), estimated=True)
        raise AssertionError("the last candidate returns or raises")

    async def _sdk(self) -> AsyncOpenAI:
        base_url = self._info.base_url
        if self._closed:
            raise failures.closed(self._info)
        if fault(base_url) is not None:
            raise failures.no_address(base_url)
        # a cloud model behind a local port needs no key, nor does, until it says so, a server of the local network
        here = is_loopback(base_url) or self._info.local
        keyless = here or is_near(base_url)
        await self._key.read(needed=not keyless)
        key = str(self._key) or ("local" if here else "")
        if not (key or keyless):
            raise failures.no_key(self._info, self._key.fault)
        if self._closed:  # meanwhile
            raise failures.closed(self._info)
        if self._client is None:
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit, Timeout

            timeout = Timeout(None, connect=CONNECT_SECONDS)
            self._client = AsyncOpenAI(
                base_url=base_url,
                api_key=key or NO_KEY,  # else the SDK takes one that is meant for another server
                max_retries=self._retries,
                timeout=timeout,
                default_headers=not_for(base_url, "openai", Omit),
                http_client=DefaultAsyncHttpxClient(timeout=timeout, **http_bounds(self._info)),
            )
        self._client.api_key = key or NO_KEY
        return self._client

    async def _open_silently(
        self, messages: Sequence[Message], options: dict[str, Any], schema: Schema | None, silent: dict[str, Any]
    ) -> Any:
        """With functions that must not be asked for; without them where the server wants none beside a form."""
        base_url = self._info.base_url
        if not silent or self._refused or self._remembered.get(base_url, NO_SILENT_FUNCTIONS):
            return await self._open(messages, options, schema)
        try:
            return await self._create(messages, {**options, **self._form(schema), **silent, "tool_choice": "none"})
        except Exception as error:
            if not failures.is_about_functions(error):
                raise
        opened = await self._open(messages, options, schema)
        self._remembered.set(base_url, NO_SILENT_FUNCTIONS, True)
        return opened

    def _form(self, schema: Schema | None) -> dict[str, Any]:
        """Options that ask for JSON of that form; none where the server is known not to take them."""
        if schema is None or self._remembered.get(self._info.base_url, NO_SCHEMA):
            return {}
        form = {"name": "answer", "schema": dict(schema), "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": form}}

    async def _open(self, messages: Sequence[Message], options: dict[str, Any], schema: Schema | None) -> Any:
        base_url, form = self._info.base_url, self._form(schema)
        if not form:
            return await self._create(messages, options)
        try:
            return await self._create(messages, {**options, **form})
        except Exception as error:
            if not failures.is_bad_request(error):
                raise
            opened = await self._create(messages, options)  # an older server: asked in words only, the parser repairs
            self._remembered.set(base_url, NO_SCHEMA, True)
            return opened

    async def _create(self, messages: Sequence[Message], options: dict[str, Any]) -> Any:
        if self._cache_key:
            options = {**options, "prompt_cache_key": self._cache_key}
        sent: Any = wire(messages, self._dialect.mark)
        client = await self._sdk()
        completions = client.chat.completions
        if client.api_key == NO_KEY:
            from openai import Omit

            options = {**options, "extra_headers": {"Authorization": Omit()}}
        for name in INSTEAD:
            if self._remembered.get(self._info.base_url, self._unknown(name)):
                options = without(options, name)
        found: list[str] = []
        while True:
            try:
                answer = await completions.create(model=self._info.name, messages=sent, **options)
            except Exception as error:
                name = unknown_option(str(error), options) if failures.is_bad_request(error) else ""
                if not name:
                    raise
                options = without(options, name)
                found.append(name)
            else:
                for name in found:
                    self._remembered.set(self._info.base_url, self._unknown(name), True)
                return answer

    def _unknown(self, option: str) -> str:
        return f"no {option} {self._info.name}"  # of one server, one model may know it and another not

    def _limit(self, tokens: int | None) -> dict[str, Any]:
        return {} if tokens is None else {self._dialect.limit: tokens}

    @contextlib.contextmanager
    def _slot(self, messages: Sequence[Message]) -> Iterator[dict[str, Any]]:
        """Options that send a call to the slot that knows most of it; none where the server has no slots."""
        if self._slots is None:
            yield {}
            return
        with self._slots.take(_text(messages)) as number:
            yield {} if number is None else {"extra_body": {"id_slot": number}}

    def _translated(self, error: Exception) -> Exception:
        import openai

        if isinstance(error, openai.AuthenticationError):
            self._key.refused()
        if isinstance(error, openai.APIConnectionError) and self._slots is not None:
            self._slots.forget()
        return failures.translated(error, self._info, openai, str(self._key))


def _text(messages: Sequence[Message]) -> str:
    return "\0".join(message.role + message.content for message in messages)
