"""A person's own functions as tools: described by their docstring and signature, called at a request's answer only.

Plain functions run in a thread of their own, coroutine functions on the loop that their clients belong to. No
preparation ever calls one: what they do is the person's business.
"""

from __future__ import annotations

import asyncio
import inspect
import shlex
import threading
import types
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.errors import ToolError
from codemaestro_jupyter.ownloop import OwnLoop
from codemaestro_jupyter.plan.tooling import ToolSpec
from codemaestro_jupyter.workspace import parsing
from codemaestro_jupyter.workspace.secrets import redact

SECONDS = 30.0
"""How long one call may take, waiting for the kernel's loop included."""
LONGEST = 8_000
"""Characters of a result that a model is shown."""
POLL = 0.05
JSON_TYPES: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}
FITS: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,), "array": (list,), "object": (dict,),
}  # fmt: skip


class Tools:
    """The tools of one session, in the order they were given; any thread may use it, `call` belongs on the loop."""

    def __init__(
        self, background: Background, given: Iterable[Callable[..., Any]] = (), seconds: float = SECONDS
    ) -> None:
        self._background = background
        self._seconds = seconds
        self._own = OwnLoop()
        self._functions: dict[str, Callable[..., Any]] = {}
        self._specs: dict[str, ToolSpec] = {}
        for function in given:
            self.add(function)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What each tool is called, takes and is good for."""
        return tuple(self._specs.values())

    def add(self, function: Callable[..., Any]) -> None:
        """One more; it replaces one of the same name, as running its cell again does.

        Raises `ToolError` if it cannot be one.
        """
        spec = describe(function)
        if inspect.iscoroutinefunction(function):
            self._own.meet()
        self._functions[spec.name], self._specs[spec.name] = function, spec

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """What a tool gives. Raises `ToolError`: a wrong call, what the tool raised, too long a time."""
        function, spec = self._functions.get(name), self._specs.get(name)
        if function is None or spec is None:
            known = ", ".join(self._functions) or "none"
            raise ToolError(f"There is no tool {name!r}.", hint=f"There are: {known}.")
        check(spec, arguments)
        if inspect.iscoroutinefunction(function):
            return await self._on_its_loop(name, lambda: function(**arguments))
        return await self._in_a_thread(name, lambda: function(**arguments))

    def wait(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Like `call`, from any thread but the loop's: returns when it is there."""
        future = self._background.start(self.call(name, arguments))
        try:
            while True:
                try:
                    return future.result(POLL)
                except FutureTimeout:
                    if future.done():
                        raise
                    self.lend(future.done)
        except KeyboardInterrupt:
            future.cancel()
            raise

    @property
    def nested(self) -> bool:
        """Whether a loop was patched so that it runs from within: that stays."""
        return self._own.nested

    def lend(self, over: Callable[[], bool]) -> None:
        """The calling thread waits for an answer: let coroutine tools run on its loop meanwhile."""
        self._own.lend(over)

    def close(self) -> None:
        """End coroutine tools that still run; a plain function that does not return ends with the process."""
        self._own.close()

    async def _on_its_loop(self, name: str, make: Callable[[], Any]) -> Any:
        job = self._own.start(make)
        try:
            return await self._within(name, job.future)
        except TimeoutError:
            if job.began.is_set():
                raise _slow(name, self._seconds) from None
            raise ToolError(
                f"`{name}` could not begin within {self._seconds:g} s: a running cell holds the kernel's event loop.",
                hint="Ask again when the cell has ended, or interrupt it.",
            ) from None
        finally:
            if not job.future.done() or job.future.cancelled():
                self._own.stop(job)

    async def _in_a_thread(self, name: str, function: Callable[[], Any]) -> Any:
        future: Future[Any] = Future()

        def run() -> None:
            try:
                value = function()
            except BaseException as error:
                if not future.cancelled():
                    future.set_exception(error)
            else:
                if not future.cancelled():
                    future.set_result(value)

        threading.Thread(target=run, name=f"tool {name}", daemon=True).start()
        try:
            return await self._within(name, future)
        except TimeoutError:
            raise _slow(name, self._seconds, " It cannot be stopped from outside and still runs.") from None

    async def _within(self, name: str, future: Future[Any]) -> Any:
        """The result; `TimeoutError` only if time is up, whatever the tool raises is a `ToolError`."""
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # the answer was stopped
            raise _failed(name, error) from None
        except Exception as error:
            if isinstance(error, TimeoutError) and (future.cancelled() or not future.done()):
                raise
            raise _failed(name, error) from error


def _slow(name: str, seconds: float, more: str = "") -> ToolError:
    return ToolError(f"`{name}` took longer than {seconds:g} s.{more}", hint="Ask for less, or make the tool faster.")


def _failed(name: str, error: BaseException) -> ToolError:
    return ToolError(f"`{name}` failed: {type(error).__name__}: {error}")


def describe(function: Callable[..., Any]) -> ToolSpec:
    """Name, docstring and parameters of a function; raises `ToolError` for what cannot be called by parameter names."""
    name = getattr(function, "__name__", "")
    if not callable(function) or not name.isidentifier():
        raise ToolError(
            f"{function!r} cannot be a tool.", hint="Give a function with a name: `def weather(city: str): …`."
        )
    try:
        signature = inspect.signature(function)
        hints = get_type_hints(function)
    except (TypeError, ValueError, NameError) as error:
        raise ToolError(
            f"The signature of `{name}` cannot be read: {error}.", hint="Give it plain type hints."
        ) from None
    parameters: dict[str, Any] = {}
    for parameter in signature.parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ToolError(f"`{name}` takes `{parameter}`.", hint="A tool's parameters are named, each by itself.")
        parameters[parameter.name] = schema_of(hints.get(parameter.name, Any))
    required = tuple(each.name for each in signature.parameters.values() if each.default is each.empty)
    return ToolSpec(name, inspect.getdoc(function) or "", parameters, required)


def schema_of(hint: Any) -> dict[str, Any]:
    """The JSON schema of a type hint; empty (anything) for what JSON does not know."""
    origin = get_origin(hint) or hint
    if origin is Literal:
        return {"enum": list(get_args(hint))}
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(hint) if each is not type(None)]
        return schema_of(inner[0]) if len(inner) == 1 and len(inner) < len(get_args(hint)) else {}
    return {"type": JSON_TYPES[origin]} if origin in JSON_TYPES else {}


def check(spec: ToolSpec, arguments: Mapping[str, Any]) -> None:
    """Raise `ToolError` naming the parameter that is missing, unknown or of the wrong type."""
    takes = f"It is {spec.signature}."
    for name in spec.required:
        if name not in arguments:
            raise ToolError(f"`{spec.name}` lacks `{name}`.", hint=takes)
    for name, value in arguments.items():
        if name not in spec.parameters:
            raise ToolError(f"`{spec.name}` has no parameter `{name}`.", hint=takes)
        schema = spec.parameters[name]
        fits = FITS.get(schema.get("type", ""), (object,))
        truth = isinstance(value, bool) and schema.get("type") in ("integer", "number")
        wrong = not isinstance(value, fits) or truth or ("enum" in schema and value not in schema["enum"])
        if wrong and not (value is None and name not in spec.required):
            raise ToolError(f"`{spec.name}` cannot take {value!r} as `{name}`.", hint=takes)


def shown(value: Any) -> str:
    """A result as text, JSON where it can be, shortened, with secrets withheld."""
    if isinstance(value, str):
        text = value
    else:
        try:
            text = orjson.dumps(
                value, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
            ).decode()
        except (TypeError, ValueError):
            text = str(value)
    text = redact(text)[0]
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n[… {len(text) - LONGEST} characters left out]"


def call_of(line: str) -> tuple[str, dict[str, Any]]:
    """Name and arguments in `weather city=Rome days=3`; a value is Python where it can be read as such, else text.

    Raises `ToolError` for a word that is no `NAME=VALUE`.
    """
    try:
        name, *words = shlex.split(line) or [""]
    except ValueError as error:
        raise ToolError(f"{line!r} cannot be read: {error}.", hint="Close the quotes.") from None
    arguments: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.isidentifier():
            raise ToolError(f"{word!r} is no argument.", hint="Write `%maestro tool weather city=Rome days=3`.")
        try:
            arguments[key] = parsing.literal(value)
        except (ValueError, SyntaxError):
            arguments[key] = value
    return name, arguments
