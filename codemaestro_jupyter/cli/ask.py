"""`codemaestro ask`: a request given at once, piped in as it comes, or a conversation at a prompt that prepares."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import CancelledError
from contextlib import suppress

from codemaestro_jupyter.cli.edit import apply_if_agreed
from codemaestro_jupyter.cli.keys import TERMINAL, Keys
from codemaestro_jupyter.cli.prompting import RATE_SESSION, Prompt, marks_of
from codemaestro_jupyter.cli.questions import answer_questions
from codemaestro_jupyter.cli.screen import Working, aside, print_json, print_markdown, project, wait_for_index
from codemaestro_jupyter.cli.streaming import LOOKING, Growing
from codemaestro_jupyter.converse import picture
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.errors import InputError, MaestroError
from codemaestro_jupyter.jupyter.servers import ServerCells
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.store.text import storable
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import TurnView

PREVIEW_WAIT = 2.0
"""Seconds that a dry run waits for the index: without it, no file is likely."""
CONTENTS_WAIT = 30.0
"""Seconds that a first answer waits for the index; later ones find it ready."""
STOP_WAIT = 5.0
"""Seconds that a stopped answer may take to say what was billed."""


def ask(arguments: argparse.Namespace) -> int:
    """Answer one request, or hold a conversation; exit status 1 if there was no request."""
    with project(arguments.root) as maestro:
        if arguments.model:
            maestro.settings.set("model", arguments.model)
        maestro.models.attend(not arguments.json and _somebody())
        maestro.changes.host = ServerCells(maestro.root)
        _remember(maestro, arguments.go_on)
        text = " ".join(arguments.text)
        if not text and sys.stdin.isatty():
            if not (arguments.json or arguments.dry_run):
                return _converse(maestro)
            text = Prompt(maestro).ask()
        elif text in ("", "-"):
            text = _piped(maestro)
        text = storable(text)  # an argument may hold bytes that are no text
        _require(text)
        if arguments.dry_run:
            maestro.workspace.index.wait(PREVIEW_WAIT)
            answer = maestro.preview(text)
            print_json(dict(answer.data)) if arguments.json else print_markdown(answer.markdown, maestro.root)
            return 0
        wait_for_index(maestro, quiet=arguments.json, timeout=CONTENTS_WAIT)
        _answer(maestro, text, as_json=arguments.json)
    return 0


def _remember(maestro: Maestro, go_on: bool) -> None:
    """What was asked in this project before counts; with `go_on` the conversation of its terminals goes on."""
    count = maestro.memory.resume(TERMINAL if go_on else None)
    if go_on and sys.stderr.isatty():
        last = maestro.view()["turns"][-1:]
        said = f" The last one: {last[0]['request'].splitlines()[0][:60]}" if last else ""
        print(f"Going on after {count} requests.{said}", file=sys.stderr)


def _somebody() -> bool:
    """Whether a person can answer here; a pipe never does."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _require(text: str) -> None:
    if not text.strip():
        raise InputError("There is no request.", hint='Try: codemaestro ask "where is …"')


def _converse(maestro: Maestro) -> int:
    """Request after request, until an empty line or Ctrl-D; Ctrl-C stops an answer, and at the prompt ends it all."""
    prompt = Prompt(maestro)
    text = prompt.ask()
    _require(text)
    last: TurnId | None = None
    while text.strip():
        marks = marks_of(text)
        if marks is not None and last is not None:
            maestro.rate(last, marks)
            print("Thank you.", file=sys.stderr)
            prompt.rates = False
        else:
            wait_for_index(maestro, timeout=CONTENTS_WAIT)
            prompt.rates = False  # what is stopped or failed is not asked about, nor the one before it again
            try:
                last = _answer(maestro, text, as_json=False)
                prompt.rates = bool(maestro.settings.values.ask_rating)
            except KeyboardInterrupt:
                pass  # that answer was stopped, and has said so
            except MaestroError as error:
                print(f"codemaestro: {error}", file=sys.stderr)
        text = prompt.ask()
    if last is not None and maestro.settings.values.ask_rating:
        _rate_session(maestro)
    return 0


def _ask_consent(maestro: Maestro) -> None:
    """Once, if a model elsewhere was met: whether it may read ahead. Anything but a yes is a no."""
    asked = maestro.view().get("consent")
    if asked:
        aside(asked["question"])
        try:
            reply = input("May it? [y/N] ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            reply = ""
        maestro.models.consent(reply in {"y", "yes"}, asked["provider"])


def _rate_session(maestro: Maestro) -> None:
    try:
        marks = marks_of(input(RATE_SESSION))
    except (EOFError, KeyboardInterrupt):
        return
    if marks is not None:
        maestro.rate(None, marks)
        print("Thank you.", file=sys.stderr)


def _answer(maestro: Maestro, text: str, *, as_json: bool) -> TurnId:
    person = not as_json and _somebody()
    pending = maestro.submit(text, source="chat", notebook_id=TERMINAL, asks=person)
    place = Growing(maestro.root) if sys.stdout.isatty() and not as_json else None
    try:
        if place is not None:
            with place:
                answer_questions(maestro, pending, place)
                answer = pending.result()
                place.say(answer.markdown[len(place.said) :])
        else:
            with Working(LOOKING) as working:
                for part in () if as_json else pending.parts():
                    working.stop()
                    sys.stdout.write(part.markdown)
                    sys.stdout.flush()
                answer = pending.result()
    except (KeyboardInterrupt, CancelledError):
        _stopped(maestro, pending, place, as_json=as_json)
        raise KeyboardInterrupt from None
    turn = _turn(maestro, pending)
    if as_json:
        print_json(
            {
                "request": text,
                "tool": answer.tool,
                "markdown": answer.markdown,
                "files": list(answer.files),
                "sources": list(answer.sources),
                "data": dict(answer.data),
                "receipt": turn["receipt"],
                "spent": turn["spent"],
                "seconds": round(turn["finished"] - turn["started"], 4),
            }
        )
        return pending.turn
    if place is None:
        print()
    aside(_footer(turn))
    if person and answer.tool == "edit" and "model" not in answer.data:  # a model's plan was asked about already
        apply_if_agreed(maestro, pending.turn)
    if person:
        _ask_consent(maestro)
    return pending.turn


def _stopped(maestro: Maestro, pending: Pending, place: Growing | None, *, as_json: bool) -> None:
    """End an answer, and show what it still had to say: how much of it was billed."""
    pending.cancel()
    with suppress(CancelledError, TimeoutError, MaestroError):
        pending.result(STOP_WAIT)
    said = _turn(maestro, pending)["markdown"]
    if place is None:
        receipt = said.rstrip().rpartition("\n")[2]
        print_json({"error": {"message": receipt, "hint": ""}}) if as_json else print(receipt)
        return
    with place:
        place.say(said[len(place.said) :])


def _turn(maestro: Maestro, pending: Pending) -> TurnView:
    return next(turn for turn in maestro.view()["turns"] if turn["id"] == pending.turn)


def _footer(turn: TurnView) -> str:
    parts, receipt = [f"[{picture.took(turn)}]"], turn["receipt"]
    if receipt and receipt["said"]:
        parts.append(f"{receipt['said']}: {receipt['used']} of {receipt['prepared']} prepared things used.")
    return " ".join(parts)


def _piped(maestro: Maestro) -> str:
    """Standard input as it comes: what is there already is prepared for while the rest is written."""
    data = b""
    keys = Keys(maestro)
    while chunk := os.read(sys.stdin.fileno(), 65536):
        data += chunk
        keys.typed(data.decode("utf8", "replace"))
    return data.decode("utf8", "replace")
