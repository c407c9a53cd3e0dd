"""The commands about what is kept: index, history, preparations, forget; and doctor."""

from __future__ import annotations

import argparse
import sys

from codemaestro_jupyter import reports
from codemaestro_jupyter.cli.screen import print_json, print_markdown, project, wait_for_index
from codemaestro_jupyter.doctor import checkup
from codemaestro_jupyter.errors import InputError


def index(arguments: argparse.Namespace) -> int:
    """Build or update the index; exit status 1 if that failed."""
    with project(arguments.root) as maestro:
        if arguments.rebuild:
            maestro.workspace.index.rebuild()
        ready = wait_for_index(maestro, quiet=arguments.json)
        _show(reports.index_report(maestro, waited=ready), arguments)
    return 0 if ready else 1


def history(arguments: argparse.Namespace) -> int:
    """Earlier turns, or one of them."""
    with project(arguments.root) as maestro:
        if arguments.show:
            report = reports.turn(maestro.store, arguments.show)
        else:
            report = reports.history(maestro.store, " ".join(arguments.search), arguments.limit)
        _show(report, arguments)
    return 1 if arguments.show and report.data["turn"] is None else 0


def preparations(arguments: argparse.Namespace) -> int:
    """What was prepared, by version."""
    with project(arguments.root) as maestro:
        report = reports.preparations(
            maestro.store, arguments.subject or "", arguments.difference or (), arguments.limit
        )
        _show(report, arguments)
    return 0


def forget(arguments: argparse.Namespace) -> int:
    """Delete what was stored, once the person is sure."""
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise InputError("Nobody can be asked here.", hint="Add --yes to delete without asking.")
        if arguments.what == "everything":
            print("With everything goes what undo needs: no change made so far can be undone afterwards.")
        if input(f"Delete {arguments.what} of this project for good? [y/N] ").strip().lower() not in {"y", "yes"}:
            print("Nothing was deleted.")
            return 0
    with project(arguments.root) as maestro:
        _show(reports.forget(maestro, arguments.what), arguments)
    return 0


def ledger(arguments: argparse.Namespace) -> int:
    """What models took, and the budgets."""
    with project(arguments.root) as maestro:
        _show(reports.ledger(maestro), arguments)
    return 0


def model(arguments: argparse.Namespace) -> int:
    """Which models can be chosen, and which one answers."""
    with project(arguments.root) as maestro:
        _show(reports.models(maestro), arguments)
    return 0


def consent(arguments: argparse.Namespace) -> int:
    """Whether a model elsewhere may see what is not submitted."""
    with project(arguments.root) as maestro:
        _show(reports.consent(maestro, arguments.answer or "", arguments.provider), arguments)
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """Check the installation; exit status 1 if something is broken."""
    with project(arguments.root, quiet=True) as maestro:
        report = checkup(maestro)
        _show(report, arguments)
    return 0 if report.data["ok"] else 1


def _show(report: reports.Report, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json(report.data)
    else:
        print_markdown(report.markdown)
