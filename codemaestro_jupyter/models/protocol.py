"""What the product asks of a language model, and no more: stream text, warm a prefix, say what it cost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
Schema = Mapping[str, Any]
"""A JSON schema whose root is an object."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a model may ask for, through the API of its server."""

    name: str
    description: str
    parameters: Schema


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """What a model asked for; `arguments` is the JSON as it wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt. A prompt is byte-stable from the front: what changes comes last."""

    role: Role
    content: str
    stable: int = 0
    """How many characters of it the next prompts will begin with, too: where a server is told to keep what it read."""
    calls: tuple[FunctionCall, ...] = ()
    """What an assistant's message asked for."""
    answers: str = ""
    """The id of the call that a tool's message answers."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the server counted them, or as estimated where it does not say."""

    prompt: int = 0
    cached: int = 0
    """Part of `prompt` that the server had computed before."""
    completion: int = 0
    estimated: bool = False
    written: int = 0
    """Part of `prompt` that the server keeps from now on, where it says so: some charge more for it."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            self.estimated or other.estimated,
            self.written + other.written,
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer as it streams; the last one carries the usage and no text."""

    text: str = ""
    usage: Usage | None = None
    finish: str = ""
    """Why the answer ended (`stop`, `length`, …), on the last chunk."""
    calls: tuple[FunctionCall, ...] = ()
    """The functions that the answer asks for, on the last chunk."""
    unsaid: str = ""
    """Output that is billed and not for the person: what it thinks, and how it writes a call."""
    turned: bool = False
    """Whether all that was said so far was thought: some models mark only the end of it."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model, where it runs, and how much it can read."""

    name: str
    provider: str
    base_url: str
    local: bool
    """On this machine, and no cloud model behind a local port: unsubmitted text may go there."""
    context_window: int = 0
    """Tokens; 0 where it is not known."""
    slots: int = 0
    """Places that each keep what they read for themselves (llama.cpp); 0: what one call read, every call finds."""
    waits: str = ""
    """Why nobody can say yet where it runs: its server on this machine is down or still loading; else empty."""


class Model(Protocol):
    """One language model; every method may raise `ModelUnavailableError` or `ModelAnswerError`."""

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        ...

    @property
    def takes_functions(self) -> bool:
        """Whether functions can be offered to it through the API, as far as is known."""
        ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int | None = None,
        deadline: float = 120.0,
        functions: Sequence[Function] = (),
        may_call: bool = True,
    ) -> AsyncIterator[Chunk]:
        """The answer as it comes. Closing the iterator, or cancelling the task, closes the connection at once.

        `schema` asks for JSON of that form; `deadline` is in seconds for the whole answer. `functions` may be asked
        for; a server that takes none raises `ToolsRefusedError` before anything is said. With `may_call` False they
        only stand there so that the prompt begins with the bytes that were read before: they are left out where the
        server does not take them so, and what is asked for all the same is nobody's to perform.
        """
        ...

    async def warm(self, messages: Sequence[Message], places: int = 1, *, functions: Sequence[Function] = ()) -> Usage:
        """Let the server read a prefix without answering, so that the next call with it starts sooner.

        `places` is how many calls at once will begin with it: a server that keeps what it read per slot reads it in as
        many slots (those that have it already read nothing), others once. `functions` will be offered then, too: most
        servers read them first of all.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
