"""The commands that change files: edit, undo, redo and log."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codemaestro_jupyter import editing
from codemaestro_jupyter.cli.screen import Working, print_json, print_markdown, project, wait_for_index
from codemaestro_jupyter.errors import DiskError, EditError, InputError
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
        checks = editing.checked(editor, maestro, found)
        if checks is not None and not arguments.json:
            print_markdown(checks.markdown)
        passed = checks is None or checks.data["passed"]
        unasked = passed and (arguments.yes or maestro.settings.values.auto_apply)
        agreed = found.applicable and (unasked or _agreed(arguments))
        data = {**report.data, "checks": checks.data["checks"] if checks else [], "applied": None}
        if agreed:
            done = editing.receipts([editor.apply(found)], "Applied")
            data["applied"] = done.data["transactions"][0]
            if not arguments.json:
                print_markdown(done.markdown + "\n\nUndo it with `codemaestro undo`.")
        if arguments.json:
            print_json(data)
    right = found.problem is None and all(item.allowed for item in found.permissions)
    return 0 if right and (passed or agreed) else 1


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
