"""Any OpenAI-compatible server behind the narrow protocol, through the `openai` SDK, imported on first use."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.errors import ModelAnswerError, ModelError, ModelUnavailableError
from codemaestro_jupyter.models.protocol import Chunk, Message, ModelInfo, Schema, Usage
from codemaestro_jupyter.models.tokens import estimate

if TYPE_CHECKING:
    from openai import AsyncOpenAI

KEY_VARIABLES = {
    "api.openai.com": "OPENAI_API_KEY",
    "openrouter.ai": "OPENROUTER_API_KEY",
    "generativelanguage.googleapis.com": "GEMINI_API_KEY",
    "api.mistral.ai": "MISTRAL_API_KEY",
    "api.groq.com": "GROQ_API_KEY",
}
OWN_KEY_VARIABLE = "CODEMAESTRO_API_KEY"
RETRIES = 2
"""Of the SDK, with its exponential backoff, for connections that were dropped, 429 and 5xx; Retry-After is obeyed."""
LEAST_OUTPUTS = (0, 1, 16)
"""What a server may accept as the least output of a warm-up call, tried once each in this order."""
CONNECT_SECONDS = 5.0


class OpenAICompatible:
    """One model of one server. The key is read when needed, never stored on disk, never logged."""

    def __init__(self, info: ModelInfo, *, key: str | None = None, retries: int = RETRIES) -> None:
        self._info = info
        self._key = key
        self._retries = retries
        self._client: AsyncOpenAI | None = None
        self._least_output: int | None = None
        self._takes_schema = True

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return self._info

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int | None = None,
        deadline: float = 120.0,
    ) -> AsyncIterator[Chunk]:
        """The answer as it comes; see `Model.stream`. A server that knows no schema is asked without one."""
        options = self._options(schema, max_tokens)
        usage: Usage | None = None
        finish, said = "", ""
        try:
            async with asyncio.timeout(deadline):
                stream = await self._open(messages, options, schema)
                async with aclosing(_closing(stream)) as events:
                    async for event in events:
                        usage = _usage(event) or usage
                        for choice in event.choices:
                            finish = choice.finish_reason or finish
                            if choice.delta and choice.delta.content:
                                said += choice.delta.content
                                yield Chunk(choice.delta.content)
        except TimeoutError as error:
            raise ModelUnavailableError(
                f"{self._info.name} did not finish within {deadline:.0f} s.",
                hint="Ask for less, or choose a faster model.",
            ) from error
        except Exception as error:
            raise self._translated(error) from error
        if not finish:
            raise ModelAnswerError(f"The answer of {self._info.name} was cut off.", hint="Ask again.")
        if usage is None:
            prompt = sum(estimate(message.content) for message in messages)
            usage = Usage(prompt, 0, estimate(said), estimated=True)
        yield Chunk(usage=usage, finish=finish)

    async def warm(self, messages: Sequence[Message]) -> Usage:
        """Let the server read a prefix; the least output that it accepts is found out once."""
        candidates = LEAST_OUTPUTS if self._least_output is None else (self._least_output,)
        for place, least in enumerate(candidates):
            try:
                answer = await self._sdk().chat.completions.create(
                    model=self._info.name, messages=_wire(messages), max_tokens=least
                )
            except Exception as error:
                translated = self._translated(error)
                if _is_bad_request(error) and place + 1 < len(candidates):
                    continue
                raise translated from error
            self._least_output = least
            return _usage(answer) or Usage(sum(estimate(message.content) for message in messages), estimated=True)
        raise AssertionError("the last candidate returns or raises")

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _sdk(self) -> AsyncOpenAI:
        if self._client is None:
            from openai import AsyncOpenAI, Timeout

            key = self._key or find_key(self._info.base_url) or ("local" if self._info.local else "")
            if not key:
                raise ModelUnavailableError(
                    f"There is no key for {self._info.base_url}.",
                    hint=f"Set {key_variable(self._info.base_url)} in the environment, or store it in the keyring.",
                )
            self._client = AsyncOpenAI(
                base_url=self._info.base_url,
                api_key=key,
                max_retries=self._retries,
                timeout=Timeout(None, connect=CONNECT_SECONDS),
            )
        return self._client

    async def _open(self, messages: Sequence[Message], options: dict[str, Any], schema: Schema | None) -> Any:
        try:
            return await self._create(messages, options)
        except Exception as error:
            if schema is None or not self._takes_schema or not _is_bad_request(error):
                raise
            self._takes_schema = False  # an older server: ask in words only, the parser repairs
            options.pop("response_format", None)
            return await self._create(messages, options)

    async def _create(self, messages: Sequence[Message], options: dict[str, Any]) -> Any:
        return await self._sdk().chat.completions.create(
            model=self._info.name, messages=_wire(messages), stream=True, **options
        )

    def _options(self, schema: Schema | None, max_tokens: int | None) -> dict[str, Any]:
        options: dict[str, Any] = {"stream_options": {"include_usage": True}}
        if max_tokens is not None:
            options["max_tokens"] = max_tokens
        if schema is not None and self._takes_schema:
            options["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": dict(schema), "strict": True},
            }
        return options

    def _translated(self, error: Exception) -> ModelError:
        if isinstance(error, ModelError):
            return error
        import openai

        name, place = self._info.name, self._info.base_url
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            hint = f"Check {key_variable(place)}."
            return ModelUnavailableError(f"{place} refused the key.", hint=hint)
        if isinstance(error, openai.NotFoundError):
            return ModelUnavailableError(f"{place} has no model {name!r}.", hint="Choose one that it lists.")
        if isinstance(error, openai.RateLimitError):
            hint = "Wait a little, or choose another model."
            return ModelUnavailableError(f"{place} is limiting requests to {name}.", hint=hint)
        if isinstance(error, openai.BadRequestError):
            hint = "If it is about length, name fewer files."
            return ModelAnswerError(f"{name} refused the request: {_first_line(error)}.", hint=hint)
        if isinstance(error, openai.APIConnectionError):
            return ModelUnavailableError(f"{place} does not answer.", hint="Is the server running?")
        if isinstance(error, openai.APIStatusError):
            hint = "Ask again, or choose another model."
            return ModelUnavailableError(f"{place} failed ({error.status_code}).", hint=hint)
        return ModelAnswerError(
            f"{name} answered in a form that cannot be read ({type(error).__name__}).", hint="Ask again."
        )


def find_key(base_url: str) -> str:
    """The key for a server: from the environment, else from the keyring if that package is installed; "" if none."""
    found = os.environ.get(OWN_KEY_VARIABLE) or os.environ.get(key_variable(base_url), "")
    if found:
        return found
    try:
        import keyring  # type: ignore[import-not-found, unused-ignore]

        return keyring.get_password("codemaestro", base_url) or ""
    except Exception:  # not installed, or no keyring service on this machine
        return ""


def key_variable(base_url: str) -> str:
    """The environment variable that holds the key for a server."""
    return next((name for host, name in KEY_VARIABLES.items() if host in base_url), OWN_KEY_VARIABLE)


async def _closing(stream: Any) -> AsyncGenerator[Any, None]:
    """The stream's events; leaving early closes the connection, so that the server stops working for nobody."""
    try:
        async for event in stream:
            yield event
    finally:
        await stream.close()


def _wire(messages: Sequence[Message]) -> Any:
    return [{"role": message.role, "content": message.content} for message in messages]


def _usage(event: Any) -> Usage | None:
    found = getattr(event, "usage", None)
    if found is None:
        return None
    details = getattr(found, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None) or 0
    return Usage(found.prompt_tokens or 0, cached, found.completion_tokens or 0)


def _is_bad_request(error: Exception) -> bool:
    return getattr(error, "status_code", None) in {400, 422}


def _first_line(error: Any) -> str:
    body = getattr(error, "body", None)
    text = body.get("message") if isinstance(body, dict) else None
    return str(text or error).splitlines()[0][:200].rstrip(".")
