"""What `%maestro <command>` can do, as a table: a new command is a new row.

Commands say what they have to say as a `Report`, the same that the terminal prints.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from codemaestro_jupyter import editing, reports
from codemaestro_jupyter.converse.machine import APPLY
from codemaestro_jupyter.doctor import checkup
from codemaestro_jupyter.edit.card import cut, fenced
from codemaestro_jupyter.errors import MaestroError, OptionError
from codemaestro_jupyter.jupyter.drawing import question_of
from codemaestro_jupyter.jupyter.inward import checked
from codemaestro_jupyter.jupyter.options import OPTIONS
from codemaestro_jupyter.reports import Report
from codemaestro_jupyter.settings import parse_name
from codemaestro_jupyter.store.store import Forgettable
from codemaestro_jupyter.types import Rating, TurnId

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.proposal import Proposal
    from codemaestro_jupyter.maestro import Maestro


class Door(Protocol):
    """What commands may use: the engine, and what this door knows of its own."""

    maestro: Maestro
    last_turn: TurnId | None

    def ask(self, line: str) -> None:
        """Answer a request, as a cell does."""

    def checks(self) -> list[str]:
        """Lines of Markdown that `doctor` adds: the comm set-up of this kernel."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it may be given, what it is good for, and what it does with its words."""

    usage: str
    help: str
    run: Callable[[Door, list[str]], Report | None]


def split(line: str) -> tuple[str, str]:
    """The command and the rest of a line; no command means `status`.

    Raises `OptionError` naming the closest commands if there is none.
    """
    name, _, rest = line.strip().partition(" ")
    if not name or name.startswith("-"):
        return "status", line.strip()
    if name not in COMMANDS:
        close = get_close_matches(name, list(COMMANDS), 2)
        hint = f"Did you mean {' or '.join(close)}? " if close else ""
        hint += f"To ask something, write `%maestro ask {line.strip()[:40]}`; `%maestro help` lists the commands."
        raise OptionError(f"There is no command {name!r}.", hint=hint)
    return name, rest.strip()


def _nothing(name: str, words: list[str]) -> None:
    if words:
        raise OptionError(f"`{name}` takes nothing more, but was given {' '.join(words)!r}.", hint="See %maestro help.")


def _status(door: Door, words: list[str]) -> Report:
    _nothing("status", words)
    return reports.status(door.maestro)


def _history(door: Door, words: list[str]) -> Report:
    under_way = {turn["id"] for turn in door.maestro.view()["turns"] if turn["state"] == "running"}
    return reports.history(door.maestro.store, " ".join(words), under_way=under_way)


def _preparations(door: Door, words: list[str]) -> Report:
    if words[:1] == ["--difference"]:
        try:
            older, newer = map(int, words[1:])
        except ValueError:
            raise OptionError(
                "--difference takes the numbers of two preparations.", hint="%maestro preparations lists them."
            ) from None
        return reports.preparations(door.maestro.store, difference=(older, newer))
    return reports.preparations(door.maestro.store, " ".join(words))


def _settings(door: Door, words: list[str]) -> Report:
    settings = door.maestro.settings
    if not words:
        return reports.settings_report(settings)
    name, value = parse_name(words[0]), " ".join(words[1:])
    if value == "--default":
        settings.unset(name)
    elif value:
        settings.set(name, value.strip("'\"") if value[:1] in "'\"" else value)
    now, where = getattr(settings.values, name), settings.where(name)
    help_ = type(settings.values).class_traits()[name].help
    return Report(f"`{name}` is `{now!r}` ({where}). {help_}", {"name": name, "value": now, "from": where})


def _index(door: Door, words: list[str]) -> Report:
    if words == ["--rebuild"]:
        door.maestro.workspace.index.rebuild()
    else:
        _nothing("index", words)
    return reports.index_report(door.maestro)


def _ledger(door: Door, words: list[str]) -> Report:
    _nothing("ledger", words)
    return reports.ledger(door.maestro)


def _model(door: Door, words: list[str]) -> Report:
    return reports.models(door.maestro, " ".join(words).strip("'\""))


def _tool(door: Door, words: list[str]) -> Report:
    """Its one word is the rest of the line, so that values may hold blanks in quotes."""
    return reports.tool(door.maestro, words[0] if words else "")


def _consent(door: Door, words: list[str]) -> Report:
    return reports.consent(door.maestro, *words[:2])


def _doctor(door: Door, words: list[str]) -> Report:
    _nothing("doctor", words)
    report, ours = checkup(door.maestro), door.checks()
    return Report("\n".join([report.markdown, *ours]), {**report.data, "kernel": ours})


def _switch(on: bool) -> Callable[[Door, list[str]], Report]:
    def switch(door: Door, words: list[str]) -> Report:
        _nothing("on" if on else "off", words)
        door.maestro.settings.set("enabled", on)
        said = (
            "CodeMaestro watches what you type and prepares."
            if on
            else "CodeMaestro no longer watches; requests are still answered. `%maestro on` switches it on again."
        )
        if door.maestro.view().get("ask_session"):
            said += "\n\nHow was this session: fast, smooth, anticipated? `%maestro rate session 5 4 5` says it."
        return Report(said, {"enabled": on})

    return switch


def _rate(door: Door, words: list[str]) -> Report:
    session = words[:1] == ["session"]
    try:
        marks = [int(word) for word in words[session:]]
    except ValueError:
        marks = []
    if len(marks) > 3:
        marks = []
    rating = checked(Rating(*marks))
    turn = None if session else door.last_turn
    door.maestro.rate(turn, rating)
    said = "Thank you." if turn or session else "Thank you. There is no answer yet, so this rates the session."
    return Report(said, {"turn": turn, "fast": rating.fast, "smooth": rating.smooth, "anticipated": rating.anticipated})


def _forget(door: Door, words: list[str]) -> Report:
    kinds: tuple[Any, ...] = get_args(Forgettable)
    what = " ".join(words)
    if what not in kinds:
        raise OptionError("Forget what?", hint=f"%maestro forget {' | '.join(kinds)}")
    return reports.forget(door.maestro, what)  # type: ignore[arg-type]


CHOOSE = "`%maestro apply -FILE:N` leaves the N-th place of a file out, `+FILE:N` takes one that is not ticked."

LEAVE = "`%maestro apply -FILE` writes the rest without what may not be changed; nothing is written before that."


def _edit(door: Door, words: list[str]) -> Report:
    if not words or not words[0].strip():
        raise OptionError("There is nothing to change.", hint="%maestro edit rename old_name to new_name")
    turn = TurnId(f"edit-{uuid.uuid4().hex[:8]}")
    found, report = editing.propose(door.maestro, turn, words[0])
    if not found.applicable:
        return offering(report, found)
    checks = editing.checked(door.maestro, found)
    if checks is not None:
        report = Report(f"{report.markdown}\n\n{checks.markdown}", {**report.data, **checks.data})
    if door.maestro.settings.values.auto_apply and (checks is None or checks.data["passed"]):
        done = _apply(door, [])
        return Report(f"{report.markdown}\n{done.markdown}", {**report.data, "applied": done.data["transactions"][0]})
    hint = f"`%maestro apply` writes it; nothing is written before that. {CHOOSE}"
    hint += " `%maestro diff` shows every line." if cut(found) else ""
    return Report(f"{report.markdown}\n{hint}", report.data)


def _apply(door: Door, words: list[str]) -> Report:
    changes = door.maestro.changes
    turn = changes.newest
    found = changes.get(turn) if turn is not None else None
    if turn is None or found is None:
        raise OptionError("There is nothing to apply.", hint="Begin with %maestro edit TEXT.")
    if found.state == "discarded" and not words:
        files = " ".join(dict.fromkeys(diff.path for diff in found.proposal.diffs))
        raise OptionError(
            f"You left this change as it is: {found.proposal.title}.",
            hint=f"`%maestro diff` shows it; if you want it after all, name its places: `%maestro apply {files}`.",
        )
    chosen = editing.named(found.proposal, words)
    try:
        done = editing.receipts([changes.apply(turn, chosen)], "Applied")
    except MaestroError as error:
        found = changes.get(turn)
        if found is None or not found.fixes:
            raise
        ways = "; ".join(f"{number}: {fix.title}" for number, fix in enumerate(found.fixes, 1))
        raise type(error)(error.message, hint=f"{error.hint} `%maestro fix N` follows a suggestion. {ways}") from error
    question = question_of(door.maestro.view(), turn)
    if question is not None and question["stage"] == "READY":  # it waits for this very yes, in a cell or in the panel
        door.maestro.choose(question["id"], APPLY)
    return Report(done.markdown + "\n\n`%maestro undo` takes it back.", done.data)


def _diff(door: Door, words: list[str]) -> Report:
    changes = door.maestro.changes
    turn = changes.newest
    found = changes.get(turn) if turn is not None else None
    if found is None:
        raise OptionError("There is no change to look at.", hint="Begin with %maestro edit TEXT.")
    text = editing.whole(found.proposal, words)
    return Report(fenced(text, "diff"), {"diff": text})


def offering(report: Report, found: Proposal) -> Report:
    """A report of what cannot be done so, with how a suggestion is followed."""
    said = "\n`%maestro fix 1` follows the first suggestion." if found.ways_out() else ""
    said += f"\n{LEAVE}" if found.possible else ""
    return Report(report.markdown + said, report.data)


def _fix(door: Door, words: list[str]) -> Report:
    changes = door.maestro.changes
    turn = changes.stuck
    if turn is None or len(words) > 1 or (words and not words[0].isdecimal()):
        raise OptionError("There is no such suggestion.", hint="Begin with %maestro edit TEXT, then %maestro fix 1.")
    changes.perform(turn, "fix", fix=int(words[0] if words else 1) - 1)
    now = changes.get(turn)
    assert now is not None
    report = editing.proposal(now.proposal)
    if not now.applicable:
        return offering(report, now.proposal)
    return Report(report.markdown + "\n`%maestro apply` writes it; nothing is written before that.", report.data)


def _turn(what: Literal["undo", "redo"]) -> Callable[[Door, list[str]], Report]:
    def turn(door: Door, words: list[str]) -> Report:
        changes = door.maestro.changes
        act = changes.undo if what == "undo" else changes.redo
        done = act(1, words[0] if words else "")
        return editing.receipts(done, "Undone" if what == "undo" else "Done again")

    return turn


def _log(door: Door, words: list[str]) -> Report:
    _nothing("log", words)
    return editing.log(door.maestro)


def _ask(door: Door, words: list[str]) -> None:
    """Its one word is the rest of the line, verbatim."""
    door.ask(words[0])


def _help(door: Door, words: list[str]) -> Report:
    return Report(help_text(), {"commands": {name: command.help for name, command in COMMANDS.items()}})


COMMANDS: dict[str, Command] = {
    "ask": Command("ask [options] TEXT", "the same as a `%%maestro` cell", _ask),
    "edit": Command("edit TEXT", "show what a sentence would change: `edit rename old_name to new_name`", _edit),
    "fix": Command("fix [N]", "follow suggestion N (the first) for what could not be done as it was said", _fix),
    "apply": Command(
        "apply [[+|-]FILE[:N] …]",
        "write what `edit` or a model's plan showed, as one transaction: what is ticked, with (`+`) and without (`-`) "
        "the N-th place of a file, or only the places named; what you declined only so",
        _apply,
    ),
    "diff": Command(
        "diff [FILE[:N] …]", "every line of what `edit` or a model's plan would change, or of these places", _diff
    ),
    "undo": Command("undo [ID]", "take the last change back, byte for byte", _turn("undo")),
    "redo": Command("redo [ID]", "do again what was undone", _turn("redo")),
    "log": Command("log", "what was changed, newest first", _log),
    "status": Command("status", "where the session stands", _status),
    "history": Command("history [WORDS]", "earlier requests and answers", _history),
    "preparations": Command(
        "preparations [SUBJECT]",
        "what was prepared, by version; `--difference ID ID` compares two",
        _preparations,
    ),
    "settings": Command(
        "settings [NAME [VALUE]]", "see or change a setting, at once; `--default` takes it back", _settings
    ),
    "index": Command("index", "how much of the project is indexed; `--rebuild` starts afresh", _index),
    "ledger": Command("ledger", "what models took and what preparing brought: tokens, dollars, seconds", _ledger),
    "model": Command(
        "model [NAME]", "which models there are, or the one that answers from now on; `off`: none", _model
    ),
    "consent": Command(
        "consent [yes|no [PROVIDER]]", "whether a model elsewhere may read ahead what is not submitted", _consent
    ),
    "tool": Command("tool [NAME NAME=VALUE …]", "your own functions that a model may ask for; call one", _tool),
    "doctor": Command("doctor", "check the installation and say what to do", _doctor),
    "off": Command("off", "stop watching", _switch(False)),
    "on": Command("on", "watch again", _switch(True)),
    "rate": Command("rate FAST SMOOTH ANTICIPATED", "how it felt, 1 to 5 each; `rate session …` rates all", _rate),
    "forget": Command(
        "forget turns|preparations|everything", "delete what was stored; `everything` also what undo needs", _forget
    ),
    "help": Command("help", "this text", _help),
}


def help_text() -> str:
    """Every option and command, as Markdown."""
    options = "\n".join(f"| `{spelling}` | {meaning} |" for spelling, (_, meaning) in OPTIONS.items())
    rows = "\n".join(
        f"| `%maestro {command.usage}` | {command.help} |".replace("turns|p", "turns\\|p")
        .replace("s|e", "s\\|e")
        .replace("+|-", "+\\|-")
        for command in COMMANDS.values()
    )
    return (
        "`%%maestro [options]` answers the text of the cell. `@name` means a variable, `@path` a file.\n\n"
        f"| option | meaning |\n|---|---|\n{options}\n\n| command | meaning |\n|---|---|\n{rows}\n\n"
        "Commands take `-f text|markdown|json` too."
    )
