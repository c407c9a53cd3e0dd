"""A local OpenAI-compatible server without a model: slow, flaky, wrong and prefix-caching on request.

It plays the timing of a real one: the first token waits for the part of the prompt that it has not read before
(`prefill` tokens a second), the others follow at `speed` tokens a second. Tests and benchmarks talk real HTTP to it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from codemaestro_jupyter.experiment.prompt_cache import PromptCache

MODEL = "served"
LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
"""What llama-server says until its model is loaded (seen on one)."""
Reply = str | Callable[[list[dict[str, str]]], str]


@dataclass
class Behaviour:
    """How the next call goes wrong; each is used up by one call."""

    status: int = 200
    """429, 500, 401, 404, 400: answered instead of the reply."""
    retry_after: float = 0.0
    location: str = ""
    """Where a status of 307 sends the client on."""
    cut_after: int = -1
    """Close the connection after this many tokens."""
    silent: float = 0.0
    """Say nothing for this long, then drop the connection."""
    drop: bool = False
    """Close the connection without an answer."""
    message: str = ""
    """What a refusal says."""
    garbage: bool = False
    """Stream what is no JSON."""
    reply: Reply | None = None
    thinks: str = ""
    """Said before the reply as `reasoning_content`; counted, and limited, with it."""
    finish: str = ""
    """Why it ends, in place of the true reason."""
    comments: bool = False
    """Whether comments stand between the events, as proxies send them to keep a connection alive."""
    usage: dict[str, Any] | None = None
    """What it says that it took, in place of what it did."""
    calls: tuple[tuple[str, str], ...] = ()
    """Functions that it asks for, by name and JSON of the arguments, if any are offered."""
    events: tuple[dict[str, Any] | str, ...] = ()
    """Streamed in place of the answer: events, or lines as they stand."""
    page: tuple[str, str] = ("", "")
    """A content type and a text that it answers in place of a stream, as if all were well."""
    body: dict[str, Any] = field(default_factory=dict)
    """What a refusal answers, in place of an error with the message."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers of a refusal."""


@dataclass
class Call:
    """One call as the server saw it."""

    body: dict[str, Any]
    received: float
    cached: int = 0
    prompt: int = 0
    sent: int = 0
    slot: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    """By their names in small letters."""
    closed_by_client: float = 0.0
    """When a write failed because the client had gone, 0.0 if it never did."""


@dataclass
class ModelServer:
    """`with ModelServer("answer") as server: server.url`; all times in seconds, tokens as estimated."""

    reply: Reply = "ok"
    prefill: float = 0.0
    """Tokens a second; 0 is instant."""
    speed: float = 0.0
    takes_schema: bool = True
    takes_functions: bool = True
    refuses_functions: int = 400
    """The status with which functions are refused where it takes none."""
    functions_with_schema: bool = True
    """Whether functions may stand beside a form that is asked for: llama.cpp refuses both together."""
    keeps_limit: bool = True
    """Whether it ends where `max_tokens` says."""
    unknown: tuple[str, ...] = ()
    """Options that are refused with 400."""
    least_output: int = 0
    """Smaller `max_tokens` are refused with 400."""
    marks: dict[str, Any] = field(default_factory=lambda: {"total_slots": 1})
    """What `/props` answers: by default that of llama.cpp."""
    models: tuple[str, ...] = (MODEL,)
    pages: dict[str, Any] = field(default_factory=dict)
    """What other paths answer, e.g. those of Ollama and LM Studio."""
    loading: bool = False
    """Whether it answers as llama.cpp does until its model is loaded: 503, whatever is asked."""
    tells_after: float = 0.0
    """Seconds that it takes to say which models it has, as a server that is busy does."""
    key: str = ""
    """Without it nothing is said."""
    cache: PromptCache = field(default_factory=PromptCache)
    port: int = 0
    behaviours: list[Behaviour] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def __enter__(self) -> ModelServer:
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

            def do_GET(self) -> None:
                answers = {
                    "/v1/models": {"data": [{"id": name} for name in server.models]},
                    "/props": server.marks,
                    **server.pages,
                }
                time.sleep(server.tells_after)
                if server.loading:
                    self.send(503, LOADING)
                elif server.key and self.headers["Authorization"] != f"Bearer {server.key}":
                    self.send(401, {"error": {"message": "Invalid API key", "type": "authentication_error"}})
                else:
                    self.send(200 if self.path in answers else 404, answers.get(self.path, {}))

            def do_POST(self) -> None:
                server.handle(self)

            def send(
                self, status: int, value: dict[str, Any] | str, kind: str = "application/json", **headers: str
            ) -> None:
                data = (value if isinstance(value, str) else json.dumps(value)).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                for name, text in headers.items():
                    self.send_header(name.replace("_", "-"), text)
                self.end_headers()
                self.wfile.write(data)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that left: what the tests are about

        self._http = Server(("127.0.0.1", self.port), Handler)
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, name="model-server", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:<port>`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return self.origin + "/v1"

    def forget(self) -> None:
        """Forget every prompt that was read: the next one is cold."""
        self.cache.forget()

    def handle(self, handler: Any) -> None:
        """Answer one chat completion."""
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        call = Call(body, time.perf_counter(), headers={name.lower(): value for name, value in handler.headers.items()})
        with self._lock:
            self.calls.append(call)
            behaviour = self.behaviours.pop(0) if self.behaviours else Behaviour()
        if self.loading:
            handler.send(503, LOADING)
            return
        if behaviour.silent:
            time.sleep(behaviour.silent)
        if behaviour.drop or behaviour.silent:
            handler.close_connection = True
            handler.connection.close()
            return
        refused = self.refused(body, behaviour)
        if self.key and call.headers.get("authorization") != f"Bearer {self.key}":
            refused = 401, "Invalid API key"
        if refused:
            status, message = refused
            wait = {"Retry_After": str(behaviour.retry_after)} if behaviour.retry_after else {}
            wait |= {"Location": behaviour.location} if behaviour.location else {}
            answer = behaviour.body or {"error": {"message": message, "type": "test"}}
            handler.send(status, answer, **wait, **behaviour.headers)
            return
        if behaviour.page[0]:
            handler.send(200, behaviour.page[1], behaviour.page[0])
            return
        self._read(call)
        try:
            self.answer(handler, call, behaviour)
        finally:
            self.cache.leave(call.slot)

    def answer(self, handler: Any, call: Call, behaviour: Behaviour) -> None:
        """Say the reply, streamed or whole."""
        body = call.body
        reply = behaviour.reply if behaviour.reply is not None else self.reply
        text = reply if isinstance(reply, str) else reply(body["messages"])
        asked = behaviour.calls if "tools" in body else ()
        limit = _limit(body) if self.keeps_limit else None
        thoughts = list(pieces(behaviour.thinks))
        every = [*thoughts, *pieces(text)]
        said = every[: limit if limit is not None else None]
        finish = behaviour.finish or ("tool_calls" if asked else "stop" if len(said) == len(every) else "length")
        usage = {
            "prompt_tokens": call.prompt,
            "completion_tokens": len(said),
            "total_tokens": call.prompt + len(said),
            "prompt_tokens_details": {"cached_tokens": call.cached},
        }
        usage = usage if behaviour.usage is None else behaviour.usage
        if body.get("stream"):
            self._stream(handler, call, said, finish, usage, behaviour, asked)
        else:
            message = {"role": "assistant", "content": "".join(said[len(thoughts) :])}
            choice = {"index": 0, "message": message, "finish_reason": finish}
            handler.send(200, _event([choice], usage, "chat.completion"))

    def refused(self, body: dict[str, Any], behaviour: Behaviour) -> tuple[int, str] | None:
        """The status and the message of a refusal, if the call is refused."""
        if behaviour.status != 200:
            return behaviour.status, behaviour.message or f"told to answer {behaviour.status}"
        if body.get("model") not in self.models:
            return 404, f"no model {body.get('model')}"
        if unknown := next((name for name in self.unknown if name in body), ""):
            return 400, f"Unsupported parameter: '{unknown}' is not supported with this model."
        if "tools" in body and not self.takes_functions:
            return self.refuses_functions, f"{body['model']} does not support tools"
        if "tools" in body and "response_format" in body and not self.functions_with_schema:
            return 400, "Cannot use custom grammar constraints with tools."
        if "response_format" in body and not self.takes_schema:
            return 400, "response_format is not supported"
        limit = _limit(body)
        if limit is not None and limit < self.least_output:
            return 400, f"max_tokens must be at least {self.least_output}"
        return None

    def _read(self, call: Call) -> None:
        """Wait as a model does that keeps what it has read: only for the part that it does not know."""
        call.prompt, call.cached, call.slot = self.cache.look(call.body)
        if self.prefill:
            time.sleep((call.prompt - call.cached) / self.prefill)
        self.cache.keep(call.body, call.slot)

    def _stream(
        self, handler: Any, call: Call, said: list[str], finish: str, usage: dict[str, Any], behaviour: Behaviour,
        asked: Sequence[tuple[str, str]],
    ) -> None:  # fmt: skip
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        began, thoughts = time.perf_counter(), len(list(pieces(behaviour.thinks)))
        try:
            for event in behaviour.events:
                handler.wfile.write(f"{event}\n".encode()) if isinstance(event, str) else _write(handler, event)
            if behaviour.events:
                return
            for number, piece in enumerate(said):
                if behaviour.comments:
                    handler.wfile.write(b": still here\n\n")
                if behaviour.cut_after == number:
                    return
                if behaviour.garbage:
                    handler.wfile.write(b"data: {nonsense\n\n")
                    return
                if self.speed:  # by the clock: what one sleep takes too long, the next does not add to
                    time.sleep(max(0.0, began + (number + 1) / self.speed - time.perf_counter()))
                _write(handler, _event([{"index": 0, "delta": {
                    "reasoning_content" if number < thoughts else "content": piece,
                }, "finish_reason": None}]))  # fmt: skip
                call.sent += 1
            for number, (name, arguments) in enumerate(asked):
                head = {"id": f"call_{name}_{number}", "type": "function", "function": {"name": name, "arguments": ""}}
                deltas: list[dict[str, Any]] = [
                    head,
                    *({"function": {"arguments": piece}} for piece in pieces(arguments)),
                ]
                for delta in deltas:
                    choice = {"index": 0, "delta": {"tool_calls": [{"index": number, **delta}]}, "finish_reason": None}
                    _write(handler, _event([choice]))
            _write(handler, _event([{"index": 0, "delta": {}, "finish_reason": finish}]))
            _write(handler, _event([], usage))
            handler.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            call.closed_by_client = time.perf_counter()


def _limit(body: dict[str, Any]) -> int | None:
    limit: int | None = body.get("max_tokens", body.get("max_completion_tokens"))
    return limit


def pieces(text: str) -> Iterator[str]:
    """About one token each."""
    for start in range(0, len(text), 4):
        yield text[start : start + 4]


def _event(
    choices: list[dict[str, Any]], usage: dict[str, Any] | None = None, kind: str = "chat.completion.chunk"
) -> dict[str, Any]:
    return {"id": "x", "object": kind, "created": 0, "model": MODEL, "choices": choices, "usage": usage}


def _write(handler: Any, event: dict[str, Any]) -> None:
    handler.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
    handler.wfile.flush()
