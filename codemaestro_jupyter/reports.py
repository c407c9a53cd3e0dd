"""What `%maestro <command>` and `codemaestro <command>` show: the same words and the same data in both."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from codemaestro_jupyter.converse.picture import seconds, so_far, waited
from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.plan.markdown import count
from codemaestro_jupyter.settings import Settings, setting_names
from codemaestro_jupyter.store.accounts import accounts
from codemaestro_jupyter.store.ledger import Spending
from codemaestro_jupyter.store.store import Forgettable, Store
from codemaestro_jupyter.tools import call_of, shown
from codemaestro_jupyter.types import PreparationId, TurnId

DAY = 86_400.0
PURPOSES = {
    "answer": "answers",
    "plan": "plans made after the choice",
    "draft": "plans drafted before the choice",
    "warm": "reading ahead",
    "forgotten": "what was forgotten since",
}
REQUEST_SHOWN = 80
"""Characters of a request in a table."""


@dataclass(frozen=True, slots=True)
class Report:
    """Markdown for a person and the same facts as JSON-able data."""

    markdown: str
    data: dict[str, Any]


def status(maestro: Maestro) -> Report:
    """Where the session stands: project, index, what is prepared, what it saved."""
    view = maestro.view()
    index, ledger = view["index"], view["ledger"]
    lines = [
        f"**CodeMaestro** is {'watching' if view['enabled'] else 'switched off (`%maestro on`)'} in `{view['root']}`.",
        f"- Index: {index['state']}, {index['done']} of {index['total']} files",
        f"- Model: {view['model'] or 'none (works without one; nothing leaves this machine)'}",
        f"- Prepared this session: {ledger['prepared']}, used {ledger['used']}, {ledger['saved_seconds']:.2f} s saved"
        f"{so_far(view)}",
    ]
    if view["suggestions"]:
        lines.append("- Preparing for: " + ", ".join(view["suggestions"]))
    lines += [f"- ⚠ {notice['message']} {notice['hint']}".rstrip() for notice in view["notices"]]
    return Report("\n".join(lines), dict(view))


def history(store: Store, search: str = "", limit: int = 20, *, under_way: Collection[str] = ()) -> Report:
    """Earlier turns, newest first; of those that are not over, which ones this session works on is `under_way`."""
    turns = store.turns.search(search, limit=limit) if search else store.turns.list(limit=limit)
    rows = [
        (turn.id, _when(turn.started), turn.tool, _short(turn.request), seconds(waited(turn)) if turn.finished else "",
         turn.state if turn.state != "running" or turn.id in under_way else "unfinished")
        for turn in turns
    ]  # fmt: skip
    none = f"No turn holds all of: {search}" if search else _none(store, "No turns yet.")
    markdown = table(("id", "when", "tool", "request", "took", "state"), rows, none)
    return Report(markdown, {"turns": turns})


def turn(store: Store, turn_id: str) -> Report:
    """One turn, whole; the beginning of its id will do, as narrow terminals show it."""
    found = store.turns.get(TurnId(turn_id)) or store.turns.beginning(turn_id.rstrip("…"))
    if found is None:
        return Report(f"There is no turn `{turn_id}`; `history` lists them.", {"turn": None})
    return Report(f"> {found.request}\n\n{found.answer}", {"turn": found})


def preparations(store: Store, subject: str = "", difference: Sequence[int] = (), limit: int = 30) -> Report:
    """The newest version of everything prepared, all versions of one subject, or what two of them differ in."""
    if difference:
        older, newer = difference
        text = store.preparations.difference(PreparationId(older), PreparationId(newer))
        return Report(f"```diff\n{text}\n```" if text else "No difference.", {"difference": text})
    found = store.preparations.list(subject=subject, limit=limit)
    rows = [
        (
            item.id,
            item.key.kind,
            _short(item.key.subject),
            item.version,
            _when(item.created),
            f"{item.seconds * 1000:.0f} ms",
            item.tokens,
            _when(item.used) if item.used else "",
        )
        for item in found
    ]
    header = ("id", "kind", "subject", "version", "made", "cost", "tokens (estimated)", "used")
    return Report(table(header, rows, _none(store, "Nothing prepared yet.")), {"preparations": found})


def settings_report(settings: Settings) -> Report:
    """Every setting, its value and who set it."""
    traits = type(settings.values).class_traits()
    rows = [
        (f"`{name}`", f"`{getattr(settings.values, name)}`", settings.where(name), str(traits[name].help))
        for name in setting_names()
    ]
    data = {name: {"value": getattr(settings.values, name), "from": settings.where(name)} for name in setting_names()}
    return Report(table(("setting", "value", "from", "meaning"), rows, ""), data)


def index_report(maestro: Maestro, *, waited: bool = False) -> Report:
    """How much of the project the index holds; who `waited` for it is told so, though more came meanwhile."""
    state, done, total = index_state(maestro, waited=waited)
    view = maestro.workspace.index.view()
    markdown = f"Index {state}: {done} of {total} files, {len(view.paths)} paths known."
    return Report(markdown, {"state": state, "done": done, "total": total, "paths": len(view.paths)})


def index_state(maestro: Maestro, *, waited: bool = False) -> tuple[str, int, int]:
    """State, files done and files in all; ready is what shows all that was asked for, though more came meanwhile."""
    index = maestro.workspace.index
    ready, progress = waited or index.wait(0.0), index.progress()
    if ready and progress.state != "failed":
        total = progress.total or len(index.view().paths)
        return "ready", total, total
    return progress.state, progress.done, progress.total


def forget(maestro: Maestro, what: Forgettable) -> Report:
    """Delete turns, preparations, or everything that was stored about this project."""
    changes = maestro.changes.forget() if what == "everything" else 0
    deleted = maestro.forget(what)
    said = f"Deleted {deleted} stored {what if what != 'everything' else 'things'}."
    if changes:
        them = "it" if changes == 1 else "them"
        said += f" What {count(changes, 'change')} replaced is deleted too: there is no undo of {them} any more."
    return Report(said, {"deleted": deleted, "changes": changes})


def ledger(maestro: Maestro) -> Report:
    """What models took and what preparing brought: by purpose, day, turn and kind of preparation; and the budgets."""
    store, values = maestro.store, maestro.settings.values
    maestro.engine.record()  # what the newest answer used is written down beside who reads it
    yesterday = time.time() - DAY
    books, day, view = accounts(store, yesterday), store.ledger.since(yesterday), maestro.view()
    session = view["ledger"]
    spent = ("calls", "tokens sent", "read before", "received", "not used", "dollars", "seconds")
    purposes = [(PURPOSES.get(name, name), *_spent(item)) for name, item in books.purposes.items()]
    turns = [
        (_short(item.request), *_spent(item.spending)[1:6], item.prepared, item.used, f"{item.saved_seconds:.2f}")
        for item in books.turns.values()
    ]
    kinds = [
        (name, item.prepared, item.used, item.wasted, f"{item.seconds:.2f}", f"{item.used_seconds:.2f}")
        for name, item in books.kinds.items()
    ]
    lines = [
        table(("for", *spent), purposes, "No model was called."),
        "",
        # no dollar signs: two of them make Jupyter's Markdown set what is between as mathematics
        f"Last 24 hours: {day.dollars:.4f} of {values.daily_budget:.2f} dollars; a turn may take "
        f"{values.turn_budget:.2f}."
        + (f" {books.held:.4f} of it is set aside for calls under way, or that broke off." if books.held else ""),
        f"This session: {session['prepared']} prepared, {session['used']} used, {session['wasted']} not used, "
        f"{session['saved_seconds']:.2f} s saved, {session['tokens']} tokens, {session['dollars']:.4f} dollars"
        f"{so_far(view)}. "
        f"The dial stands at {values.dial:.1f} (0 thrifty, 1 fast).",
    ]
    if purposes:
        lines += ["", table(("day", *spent), [(name, *_spent(item)) for name, item in books.days.items()], "")]
    if turns:
        lines += ["", table(("turn", *spent[1:6], "prepared", "used", "seconds saved"), turns, "")]
    if kinds:
        header = ("preparations", "made", "used", "not used", "seconds", "seconds of those used")
        lines += ["", table(header, kinds, "")]
    data = {"purposes": books.purposes, "day": day, "session": session, "daily_budget": values.daily_budget}
    more = {"days": books.days, "turns": books.turns, "kinds": books.kinds, "held": books.held, "dial": values.dial}
    return Report("\n".join(lines), {**data, **more, "turn_budget": values.turn_budget})


def _spent(item: Spending) -> tuple[object, ...]:
    return (
        item.calls, item.sent, item.cached, item.received, item.wasted, f"{item.dollars:.4f}", f"{item.seconds:.1f}",
    )  # fmt: skip


def consent(maestro: Maestro, answer: str = "", provider: str = "") -> Report:
    """Answer whether a model elsewhere may see what is not submitted (`yes`, `no`), or tell what was answered."""
    if answer not in ("", "yes", "no"):
        raise OptionError(
            f"{answer!r} is no answer.", hint="`consent yes` or `consent no`, then a provider if need be."
        )
    about = maestro.models.consent(answer == "yes", provider) if answer else ""
    answers = maestro.store.providers.consents()
    if about:
        answers[about] = answer == "yes"
    says = {True: "may read ahead what you type, likely files and names", False: "sees nothing before you submit"}
    lines = [f"- {name}: {says[may]}" for name, may in sorted(answers.items())]
    return Report("\n".join(lines) or "Nobody was asked: nothing leaves before you submit.", {"providers": answers})


def models(maestro: Maestro, pick: str = "") -> Report:
    """Which models can be chosen, and which one answers; `pick` changes that for this session."""
    if pick:
        maestro.settings.set("model", pick)
    offered = maestro.dialogue.offer()
    current = maestro.dialogue.models.current
    name = current.info.name if current is not None else ""
    problem = maestro.dialogue.models.problem
    waits = current.info.waits if current is not None else ""
    rows = [
        (
            "✓" if item["name"] == name else "",
            f"`{item['name']}`",
            waits if waits and item["name"] == name else "on this machine" if item["local"] else "elsewhere",
        )
        for item in offered
    ]
    lines = [
        table(("", "model", "runs"), rows, "No model was found on this machine's usual ports."),
        "",
        f"`{name}` answers." if name else f"No model answers; everything works without one. {problem}".rstrip(),
        "`%maestro model NAME` or `codemaestro ask --model NAME` picks one, `off` none.",
    ]
    return Report("\n".join(lines), {"models": offered, "current": name, "problem": problem})


def tool(maestro: Maestro, line: str) -> Report:
    """Which functions a model may ask for; or what one of them gives, called as `NAME NAME=VALUE …`."""
    name, arguments = call_of(line)
    if not name:
        rows = [(f"`{spec.signature}`", _short(spec.description)) for spec in maestro.tools.specs]
        empty = "No tools. `@maestro.tool` above a function of yours lets a model ask for it."
        data = [{"name": spec.name, "signature": spec.signature} for spec in maestro.tools.specs]
        return Report(table(("tool", "what it says of itself"), rows, empty), {"tools": data})
    value = shown(maestro.tools.wait(name, arguments))
    return Report(f"```\n{value}\n```", {"tool": name, "arguments": arguments, "value": value})


def _none(store: Store, words: str) -> str:
    """That there is nothing yet; without a database that it is not known: what was kept may be out of reach."""
    return words if store.path else "The project's database cannot be used, so nothing is known; `doctor` says why."


def _when(timestamp: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(timestamp))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= REQUEST_SHOWN else line[: REQUEST_SHOWN - 1] + "…"


def table(header: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> str:
    """A Markdown table, or `empty` where there is no row."""
    if not rows:
        return empty

    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return "\n".join([line(header), "|" + "---|" * len(header), *map(line, rows)])
