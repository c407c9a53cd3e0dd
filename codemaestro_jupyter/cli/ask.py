"""`codemaestro ask`: a request given at once, piped in as it comes, or typed at a prompt that prepares meanwhile."""

from __future__ import annotations

import argparse
import os
import sys
import time

from codemaestro_jupyter.cli.edit import apply_if_agreed
from codemaestro_jupyter.cli.questions import answer_questions
from codemaestro_jupyter.cli.screen import Working, print_json, print_markdown, project, wait_for_index
from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.jupyter.servers import ServerCells
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.types import CellId, NotebookId, TypingEvent
from codemaestro_jupyter.view import ReceiptView

TERMINAL = NotebookId("terminal")
PREVIEW_WAIT = 2.0
"""Seconds that a dry run waits for the index: without it, no file is likely."""
CONTENTS_WAIT = 30.0
"""Seconds that a first answer waits for the index; later ones find it ready."""


def ask(arguments: argparse.Namespace) -> int:
    """Answer one request; exit status 1 if there was none."""
    with project(arguments.root) as maestro:
        maestro.changes.host = ServerCells(maestro.root)
        text = " ".join(arguments.text)
        if text == "-":
            text = _piped(maestro)
        elif not text:
            text = _prompted(maestro) if sys.stdin.isatty() else _piped(maestro)
        if not text.strip():
            raise InputError("There is no request.", hint='Try: codemaestro ask "where is …"')
        if arguments.dry_run:
            maestro.workspace.index.wait(PREVIEW_WAIT)
            answer = maestro.preview(text)
            print_json(dict(answer.data)) if arguments.json else print_markdown(answer.markdown, maestro.root)
            return 0
        wait_for_index(maestro, quiet=arguments.json, timeout=CONTENTS_WAIT)
        _answer(maestro, text, as_json=arguments.json)
    return 0


def _answer(maestro: Maestro, text: str, *, as_json: bool) -> None:
    person = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    pending = maestro.submit(text, source="chat", notebook_id=TERMINAL, asks=person)
    before = ""

    def show(markdown: str) -> None:
        working.stop()
        print_markdown(markdown, maestro.root)

    try:
        with Working("Looking…") as working:
            if person:
                before = answer_questions(maestro, pending, show=show)
            if not as_json and not sys.stdout.isatty():
                for part in pending.parts():
                    working.stop()
                    sys.stdout.write(part.markdown)
                    sys.stdout.flush()
                print()
            answer = pending.result()
    except KeyboardInterrupt:
        pending.cancel()
        raise
    shown = next(turn for turn in maestro.view()["turns"] if turn["id"] == pending.turn)
    if as_json:
        print_json(
            {
                "request": text,
                "tool": answer.tool,
                "markdown": answer.markdown,
                "files": list(answer.files),
                "sources": list(answer.sources),
                "data": dict(answer.data),
                "receipt": shown["receipt"],
                "seconds": round(shown["finished"] - shown["started"], 4),
            }
        )
        return
    if sys.stdout.isatty():
        print_markdown(answer.markdown[len(before) :], maestro.root)
    print(_footer(shown["receipt"], shown["finished"] - shown["started"]), file=sys.stderr)
    if person and answer.tool == "edit":
        apply_if_agreed(maestro, pending.turn)


def _footer(receipt: ReceiptView | None, seconds: float) -> str:
    parts = [f"[{seconds:.2f} s]"]
    if receipt and receipt["said"]:
        parts.append(f"{receipt['said']}: {receipt['used']} of {receipt['prepared']} prepared things used,")
        parts.append(f"{receipt['saved_seconds']:.2f} s saved.")
    return " ".join(parts)


def _event(text: str, number: int) -> TypingEvent:
    return TypingEvent("chat", TERMINAL, CellId(""), number, text, len(text), time.time())


def _piped(maestro: Maestro) -> str:
    """Standard input as it comes: what is there already is prepared for while the rest is written."""
    data = b""
    number = 0
    while chunk := os.read(sys.stdin.fileno(), 65536):
        data += chunk
        number += 1
        maestro.typing(_event(data.decode("utf8", "replace"), number))
    return data.decode("utf8", "replace")


def _prompted(maestro: Maestro) -> str:
    """A line typed at a prompt; the line below shows what is being prepared."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import get_app_or_none
    from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.document import Document
    from prompt_toolkit.history import InMemoryHistory

    number = 0

    class Words(AutoSuggest):
        """The likely next word as ghost text; the right arrow key accepts it."""

        def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
            prediction = maestro.view().get("prediction")
            fits = prediction and prediction["seq"] == number and prediction["words"]
            return Suggestion(prediction["words"][0]) if prediction and fits else None

    def toolbar() -> str:
        view = maestro.view()
        files = (
            [file["path"] + ("" if file["prepared"] else " …") for file in view["prediction"]["files"]]
            if ("prediction" in view)
            else []
        )
        return "  ".join([view["stage"]["message"], *files]).strip() or "Type your request; I prepare while you type"

    def changed(buffer: Buffer) -> None:
        nonlocal number
        number += 1
        maestro.typing(_event(buffer.text, number))

    def redraw(_: object) -> None:
        if (application := get_app_or_none()) is not None:
            application.invalidate()

    session: PromptSession[str] = PromptSession(
        history=InMemoryHistory(
            [turn.request for turn in reversed(maestro.store.turns.list(limit=50)) if "\n" not in turn.request]
        ),
        auto_suggest=Words(),
        bottom_toolbar=toolbar,
        refresh_interval=0.2,
    )
    session.default_buffer.on_text_changed += changed
    stop = maestro.subscribe(redraw)
    try:
        return session.prompt("ask > ")
    except EOFError:
        return ""
    finally:
        stop()
