"""The local model server, speaking Anthropic's API: what it read it finds again only at a `cache_control`."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from codemaestro_jupyter.experiment.model_server import MODEL, Behaviour, Call, ModelServer, pieces
from codemaestro_jupyter.experiment.prompt_cache import MARKS, PromptCache


@dataclass
class AnthropicServer(ModelServer):
    """`with AnthropicServer("answer") as server: server.url`; counts as that API does."""

    cache: PromptCache = field(default_factory=lambda: PromptCache("marked"))

    @property
    def url(self) -> str:
        """The base URL for a client; its end tells which API it speaks."""
        return self.origin + "/anthropic"

    def refused(self, body: dict[str, Any], behaviour: Behaviour) -> tuple[int, str] | None:
        """As the other server, but for the form of a schema, and for what this API does not take in a conversation."""
        if "output_config" in body and not self.takes_schema:
            return 400, "output_config is not supported"
        turns = [turn["content"] for turn in body["messages"]]
        if any(block["type"] == "text" and not block["text"].strip() for turn in turns for block in turn):
            return 400, "messages: text content blocks must be non-empty"
        for turn, following in zip(turns, [*turns[1:], []], strict=True):
            asked = {block["id"] for block in turn if block["type"] == "tool_use"}
            if not asked <= {block.get("tool_use_id") for block in following}:
                return 400, "messages: `tool_use` ids were found without `tool_result` blocks immediately after"
        return super().refused(body, behaviour)

    def answer(self, handler: Any, call: Call, behaviour: Behaviour) -> None:
        """Answer one message, streamed or whole."""
        reply = behaviour.reply if behaviour.reply is not None else self.reply
        text = reply if isinstance(reply, str) else reply(call.body["messages"])
        said = list(pieces(text))[: call.body["max_tokens"]]
        new = call.prompt - call.cached
        marked = any(mark in json.dumps(call.body) for mark in MARKS)
        usage = {
            "input_tokens": 0 if marked else new,
            "cache_creation_input_tokens": new if marked else 0,
            "cache_read_input_tokens": call.cached,
            "output_tokens": len(said),
            **(behaviour.usage or {}),
        }
        message: dict[str, Any] = {
            "id": "m", "type": "message", "role": "assistant", "model": MODEL, "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": {**usage, "output_tokens": 0},
        }  # fmt: skip
        if not call.body.get("stream"):
            blocks = [{"type": "text", "text": "".join(said)}] if said else []
            handler.send(200, {**message, "content": blocks, "stop_reason": "end_turn", "usage": usage})
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        try:
            _write(handler, {"type": "message_start", "message": message})
            block: dict[str, Any] = {"type": "text", "text": ""}
            _write(handler, {"type": "content_block_start", "index": 0, "content_block": block})
            for event in behaviour.events:
                if isinstance(event, dict):
                    _write(handler, event)
            for number, piece in enumerate(said if not behaviour.events else ()):
                if behaviour.cut_after == number:
                    return
                if self.speed:
                    time.sleep(1.0 / self.speed)
                delta = {"type": "text_delta", "text": piece}
                _write(handler, {"type": "content_block_delta", "index": 0, "delta": delta})
                call.sent += 1
            _write(handler, {"type": "content_block_stop", "index": 0})
            asked = behaviour.calls if "tools" in call.body else ()
            for number, (name, arguments) in enumerate(asked, 1):
                block = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}
                _write(handler, {"type": "content_block_start", "index": number, "content_block": block})
                for piece in pieces(arguments):
                    delta = {"type": "input_json_delta", "partial_json": piece}
                    _write(handler, {"type": "content_block_delta", "index": number, "delta": delta})
                _write(handler, {"type": "content_block_stop", "index": number})
            end = {"stop_reason": "tool_use" if asked else "end_turn", "stop_sequence": None}
            _write(handler, {"type": "message_delta", "delta": end, "usage": {"output_tokens": usage["output_tokens"]}})
            _write(handler, {"type": "message_stop"})
        except OSError:
            call.closed_by_client = time.perf_counter()


def _write(handler: Any, event: dict[str, Any]) -> None:
    handler.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
    handler.wfile.flush()
