"""The commands that change files: edit, undo, redo and log."""

from __future__ import annotations

import argparse
import sys

from codemaestro_jupyter import editing
from codemaestro_jupyter.cli.screen import Working, print_json, print_markdown, project, wait_for_index
from codemaestro_jupyter.errors import EditError, InputError
from codemaestro_jupyter.reports import Report


def edit(arguments: argparse.Namespace) -> int:
    """Show what a sentence would change, and apply it once the person agrees; exit status 1 if it cannot be done."""
    text = " ".join(arguments.text)
    if not text.strip():
        raise InputError("There is nothing to change.", hint='Try: codemaestro edit "rename old_name to new_name"')
    with project(arguments.root) as maestro:
        wait_for_index(maestro, quiet=arguments.json)
        editor = editing.open_editor(maestro)
        with Working("Working out the change…"):
            found = editor.propose(text)
        report = editing.proposal(found)
        if not arguments.json:
            print_markdown(report.markdown)
        agreed = found.applicable and (arguments.yes or maestro.settings.values.auto_apply or _agreed(arguments))
        data = {**report.data, "applied": None}
        if agreed:
            done = editing.receipts([editor.apply(found)], "Applied")
            data["applied"] = done.data["transactions"][0]
            if not arguments.json:
                print_markdown(done.markdown + "\n\nUndo it with `codemaestro undo`.")
        if arguments.json:
            print_json(data)
    return 0 if found.problem is None and all(item.allowed for item in found.permissions) else 1


def undo(arguments: argparse.Namespace) -> int:
    """Undo the last transactions, or one by its id."""
    return _turn(arguments, "undo")


def redo(arguments: argparse.Namespace) -> int:
    """Do again what was undone."""
    return _turn(arguments, "redo")


def log(arguments: argparse.Namespace) -> int:
    """List the newest transactions."""
    with project(arguments.root) as maestro:
        _show(editing.log(editing.open_editor(maestro), arguments.limit), arguments)
    return 0


def _turn(arguments: argparse.Namespace, what: str) -> int:
    with project(arguments.root) as maestro:
        editor = editing.open_editor(maestro)
        turn = editor.undo if what == "undo" else editor.redo
        try:
            done = turn(arguments.count, arguments.transaction or "")
        except EditError as error:
            raise EditError(error.message, hint=error.hint or "`codemaestro log` lists what was done.") from error
        _show(editing.receipts(done, "Undone" if what == "undo" else "Done again"), arguments)
    return 0


def _agreed(arguments: argparse.Namespace) -> bool:
    if arguments.json or not sys.stdin.isatty():
        return False
    return input("Apply? [y/N] ").strip().lower() in {"y", "yes"}


def _show(report: Report, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json(report.data)
    else:
        print_markdown(report.markdown)
