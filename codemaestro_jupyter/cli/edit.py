"""The commands that change files: edit, undo, redo and log."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter import editing
from codemaestro_jupyter.cli.screen import Working, print_json, print_markdown, project, wait_for_index
from codemaestro_jupyter.edit.card import blocked, cut, numbered
from codemaestro_jupyter.edit.garbage import collecting_seldom
from codemaestro_jupyter.errors import DiskError, EditError, InputError, MaestroError
from codemaestro_jupyter.jupyter.servers import ServerCells
from codemaestro_jupyter.reports import Report
from codemaestro_jupyter.types import TurnId

if TYPE_CHECKING:
    from codemaestro_jupyter.edit.proposal import Hunk, Proposal
    from codemaestro_jupyter.maestro import Maestro

ONE = TurnId("edit")
"""The one change of a command."""


def edit(arguments: argparse.Namespace) -> int:
    """Show what a sentence would change, and apply it once the person agrees; exit status 1 if it cannot be done."""
    text = said(arguments.text)
    if not text.strip():
        raise InputError("There is nothing to change.", hint='Try: codemaestro edit "rename old_name to new_name"')
    with project(arguments.root) as maestro:
        wait_for_index(maestro, quiet=arguments.json)
        maestro.changes.host = ServerCells(maestro.root)
        with Working("Working out the change…"), collecting_seldom():
            found = maestro.changes.work_out(text)
        maestro.changes.show(ONE, found)
        if arguments.fix:
            found = follow(maestro, ONE, arguments.fix)
        report = editing.proposal(found)
        if not arguments.json:
            print_markdown(report.markdown)
            if arguments.whole:
                print(editing.whole(found))
            elif cut(found):
                print("This is not every line of the diff: `--whole` shows all of it.")
            found = choose_way_out(maestro, ONE) or found
        data: dict[str, Any] = {**report.data, "applied": None}
        words = [*(f"+{name}" for name in arguments.take), *(f"-{name}" for name in arguments.leave)]
        chosen = editing.named(found, words) if found.possible else None
        if chosen is not None:
            maestro.changes.accept(ONE, chosen)
        checks = editing.checked(maestro, found)
        if checks is not None and not arguments.json:
            print_markdown(checks.markdown)
        passed = checks is None or checks.data["passed"]
        data["checks"] = checks.data["checks"] if checks else []
        if found.possible:
            unasked = passed and (arguments.yes or maestro.settings.values.auto_apply)
            data["applied"] = apply_if_agreed(maestro, ONE, unasked=unasked, asks=not arguments.json, ways=False)
            if data["applied"] is None and not arguments.json and not sys.stdin.isatty():
                print("Nothing was written. `--yes` applies without asking.")
        if arguments.json:
            print_json(data)
    right = found.problem is None and not found.denied(chosen)
    return 0 if right and (passed or data["applied"]) else 1


def said(words: list[str]) -> str:
    """The words of one command, or several commands in quotes, side by side."""
    quoted = len(words) > 1 and all(len(word.split()) > 1 for word in words)
    return ("; " if quoted else " ").join(words)


def follow(maestro: Maestro, turn: TurnId, number: int) -> Proposal:
    """Follow a suggestion (from 1) for what cannot be done as it is: the proposal that it makes, not yet shown."""
    maestro.changes.perform(turn, "fix", fix=number - 1)
    found = maestro.changes.get(turn)
    assert found is not None
    return found.proposal


def choose_way_out(maestro: Maestro, turn: TurnId) -> Proposal | None:
    """Let the person choose among the suggestions, once and again, and show what each makes; None without a choice."""
    chosen: Proposal | None = None
    while sys.stdin.isatty() and (change := maestro.changes.get(turn)) is not None:
        offered = change.ways_out
        number = picked(len(offered), input) if offered and (change.fixes or not change.applicable) else 0
        if not number:
            break
        chosen = follow(maestro, turn, number)
        print_markdown(editing.proposal(chosen).markdown)
    return chosen


def picked(count: int, ask: Callable[[str], str]) -> int:
    """The number of the suggestion to follow; 0 for none, which the end of input means too."""
    try:
        reply = ask(f"Follow a suggestion? [1{f'-{count}' if count > 1 else ''}, N]: ").strip()
    except EOFError:
        return 0
    return int(reply) if reply.isdecimal() and 1 <= int(reply) <= count else 0


def apply_if_agreed(
    maestro: Maestro, turn: TurnId, *, unasked: bool = False, asks: bool = True, ways: bool = True
) -> dict[str, Any] | None:
    """Apply what a turn proposes if the person says so, or some hunks of it; what was done, if anything was.

    `ways`: suggestions for what cannot be done so were not offered yet.
    """
    if asks and ways and not unasked:
        choose_way_out(maestro, turn)
    change = maestro.changes.get(turn)
    if change is None or not change.proposal.possible or change.state != "proposed":
        return None
    if unasked and not change.applicable:  # said above, with the reason
        return None
    hunks: frozenset[str] | None = None
    if not unasked:
        if not asks or not sys.stdin.isatty():
            return None
        chosen = choose(change.proposal, input, change.accepted)
        denied = change.proposal.denied(chosen)
        for item in denied:
            print(f"✗ {item.reason}")
        if not chosen or denied:
            print("Nothing was written.")
            return None
        hunks = chosen
    try:
        done = editing.receipts([maestro.changes.apply(turn, hunks)], "Applied")
    except MaestroError as error:
        change = maestro.changes.get(turn)
        if not asks or change is None or not change.fixes or not sys.stdin.isatty():
            raise
        print_markdown(f"{error}\n\n{numbered(change.fixes)}")
        if choose_way_out(maestro, turn) is None:
            return None
        return apply_if_agreed(maestro, turn, asks=asks)
    if asks:
        print_markdown(done.markdown + "\n\nUndo it with `codemaestro undo`.")
    receipt: dict[str, Any] = done.data["transactions"][0]
    return receipt


def choose(found: Proposal, ask: Callable[[str], str], accepted: frozenset[str] | None = None) -> frozenset[str]:
    """The hunks to apply: all that are ticked (or accepted before), none, or one by one; the end of input is a no."""
    ticked = frozenset(hunk.id for hunk in found.hunks() if hunk.ticked) if accepted is None else accepted
    hunks = found.hunks()
    single = len(hunks) == 1 and bool(ticked)
    free, more = found.applies(ticked), ", [w]hole diff" if cut(found) else ""
    asked = f"Apply? [y]es, [N]o, [h]unk by hunk{more}: " if free else f"Apply the rest? [h]unk by hunk, [N]o{more}: "
    asked = "Apply? [y/N] " if single and free and not more else asked
    try:
        while (reply := ask(asked).strip().lower()) in {"w", "whole"} and more:
            print(editing.whole(found))
        if free and reply in {"y", "yes"}:
            return ticked
        if single or reply not in {"h", "hunk", "hunks"}:
            return frozenset()
    except EOFError:
        return frozenset()
    return one_by_one(found, ask, ticked)


def one_by_one(found: Proposal, ask: Callable[[str], str], ticked: frozenset[str] | None = None) -> frozenset[str]:
    """The hunks that are accepted as each is shown; the end of input is a no to all."""
    hunks = found.hunks()
    usually = frozenset(hunk.id for hunk in hunks if hunk.ticked) if ticked is None else ticked
    accepted: set[str] = set()
    reasons = {hunk.id: found.reason(diff) for diff in found.diffs for hunk in diff.hunks}
    try:
        for number, hunk in enumerate(hunks, 1):
            print_markdown(hunk_markdown(hunk, reasons.get(hunk.id, "")))
            usual = "y" if hunk.id in usually and not reasons[hunk.id] else "n"
            while True:
                reply = (
                    ask(f"({number} of {len(hunks)}) y, n, a: this and the rest, q: none [{usual}] ").strip().lower()
                )
                reply = reply or usual
                if reply in {"y", "n", "a", "q"}:
                    break
            if reply == "q":
                return frozenset()
            if reply == "a":
                rest = {each.id for each in hunks[number:] if not reasons[each.id]}
                return frozenset(accepted | {hunk.id} | rest & usually)
            if reply == "y":
                accepted.add(hunk.id)
        return frozenset(accepted)
    except EOFError:
        return frozenset()


def hunk_markdown(hunk: Hunk, reason: str = "") -> str:
    """One hunk, with where it is, why it is not ticked, and the `reason` why its file may not be changed."""
    said = blocked(f"`{hunk.id}`" + (f" not ticked: {hunk.why}" if not hunk.ticked else ""), reason)
    lines = "\n".join((hunk.header, *hunk.lines))
    return f"{said}\n\n````diff\n{lines}\n````\n"


def undo(arguments: argparse.Namespace) -> int:
    """Undo the last transactions, or one by its id."""
    return _turn(arguments, "undo")


def redo(arguments: argparse.Namespace) -> int:
    """Do again what was undone."""
    return _turn(arguments, "redo")


def log(arguments: argparse.Namespace) -> int:
    """List the newest transactions."""
    with project(arguments.root) as maestro:
        _show(editing.log(maestro, arguments.limit), arguments)
    return 0


def metrics(arguments: argparse.Namespace) -> int:
    """Print what every process measured so far as Prometheus text, and draw it if asked to."""
    from codemaestro_jupyter.edit.metrics import picture_of, prometheus

    with project(arguments.root) as maestro:
        picture = picture_of(maestro.store.measures.rows())
    if arguments.svg:
        from codemaestro_jupyter.experiment.engine_picture import draw

        try:
            Path(arguments.svg).write_text(draw(picture), encoding="utf8")
        except OSError as error:
            raise DiskError(f"{arguments.svg} cannot be written: {error.strerror}.") from error
    if arguments.json:
        print_json(picture)
    else:
        sys.stdout.write(prometheus(picture))
    return 0


def _turn(arguments: argparse.Namespace, what: str) -> int:
    with project(arguments.root) as maestro:
        maestro.changes.host = ServerCells(maestro.root)
        turn = maestro.changes.undo if what == "undo" else maestro.changes.redo
        try:
            done = turn(arguments.count, arguments.transaction or "")
        except EditError as error:
            raise EditError(error.message, hint=error.hint or "`codemaestro log` lists what was done.") from error
        _show(editing.receipts(done, "Undone" if what == "undo" else "Done again"), arguments)
    return 0


def _show(report: Report, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json(report.data)
    else:
        print_markdown(report.markdown)
