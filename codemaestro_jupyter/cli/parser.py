"""The commands and their options, as data that argparse reads; nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

from codemaestro_jupyter import __version__

COMMANDS: dict[str, str] = {
    "ask": "codemaestro_jupyter.cli.ask:ask",
    "predict": "codemaestro_jupyter.cli.predict:predict",
    "index": "codemaestro_jupyter.cli.records:index",
    "history": "codemaestro_jupyter.cli.records:history",
    "preparations": "codemaestro_jupyter.cli.records:preparations",
    "forget": "codemaestro_jupyter.cli.records:forget",
    "model": "codemaestro_jupyter.cli.records:model",
    "consent": "codemaestro_jupyter.cli.records:consent",
    "ledger": "codemaestro_jupyter.cli.records:ledger",
    "doctor": "codemaestro_jupyter.cli.records:doctor",
    "edit": "codemaestro_jupyter.cli.edit:edit",
    "undo": "codemaestro_jupyter.cli.edit:undo",
    "redo": "codemaestro_jupyter.cli.edit:redo",
    "log": "codemaestro_jupyter.cli.edit:log",
    "metrics": "codemaestro_jupyter.cli.edit:metrics",
    "bench": "codemaestro_jupyter.cli.bench:bench",
}
"""Where each command lives, imported only when it is called."""


def command_of(arguments: argparse.Namespace) -> Callable[[argparse.Namespace], int]:
    """The function that performs the parsed command."""
    module, _, name = COMMANDS[arguments.command].partition(":")
    function: Callable[[argparse.Namespace], int] = getattr(import_module(module), name)
    return function


def build_parser() -> argparse.ArgumentParser:
    """The parser of `codemaestro`; `tests/test_readme.py` holds its commands and options to the README."""
    parser = argparse.ArgumentParser(
        prog="codemaestro",
        description="A pair programmer that starts working while you are still typing.",
        epilog="`codemaestro COMMAND --help` says more. Nothing leaves your machine.",
    )
    parser.add_argument("--version", action="version", version=f"codemaestro {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--root", metavar="DIR", help="project root (default: the git top level of this folder)")
    common.add_argument("--json", action="store_true", help="answer in JSON")

    ask = commands.add_parser("ask", parents=[common], help="answer a request; without TEXT, a conversation")
    ask.add_argument("text", nargs="*", metavar="TEXT", help="the request; `-` reads standard input as it comes")
    ask.add_argument("--model", metavar="NAME", help="the model that answers; `off` for none")
    ask.add_argument(
        "--continue", dest="go_on", action="store_true", help="go on with the last conversation of a terminal"
    )
    ask.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    predict = commands.add_parser("predict", parents=[common], help="the files a half-typed request will need")
    predict.add_argument("text", nargs="*", metavar="TEXT", help="the request as typed so far")
    predict.add_argument("-k", type=int, default=3, metavar="N", help="how many files (default 3)")
    predict.add_argument(
        "--jsonl", action="store_true", help='read {"root","text","k"} a line, answer {"paths",…} a line'
    )

    index = commands.add_parser("index", parents=[common], help="build or update the index now, with progress")
    index.add_argument("--rebuild", action="store_true", help="throw the index away first")

    history = commands.add_parser("history", parents=[common], help="earlier requests and answers")
    history.add_argument("search", nargs="*", metavar="WORD", help="only turns that contain these words")
    history.add_argument("-n", "--limit", type=int, default=20, metavar="N", help="how many (default 20)")
    history.add_argument("--show", metavar="ID", help="one turn, whole")

    preparations = commands.add_parser("preparations", parents=[common], help="what was prepared, by version")
    preparations.add_argument("subject", nargs="?", metavar="SUBJECT", help="a file, symbol or topic: all its versions")
    preparations.add_argument(
        "--difference", nargs=2, type=int, metavar=("ID", "ID"), help="what changed between two preparations"
    )
    preparations.add_argument("-n", "--limit", type=int, default=30, metavar="N", help="how many (default 30)")

    forget = commands.add_parser("forget", parents=[common], help="delete turns, preparations or everything")
    forget.add_argument("what", choices=("turns", "preparations", "everything"), help="what to delete")
    forget.add_argument("--yes", action="store_true", help="do not ask")

    commands.add_parser("ledger", parents=[common], help="what models took: tokens and dollars, by purpose")

    commands.add_parser("model", parents=[common], help="which models there are, and which one answers")

    consent = commands.add_parser(
        "consent", parents=[common], help="whether a model elsewhere may read ahead what is not submitted"
    )
    consent.add_argument("answer", nargs="?", choices=("yes", "no"), help="default: show the answers")
    consent.add_argument("provider", nargs="?", default="", metavar="PROVIDER", help="default: that of the model")

    commands.add_parser("doctor", parents=[common], help="check the installation and say what to do")

    edit = commands.add_parser("edit", parents=[common], help="change files from a sentence: shows the diff, then asks")
    edit.add_argument(
        "text",
        nargs="*",
        metavar="TEXT",
        help="e.g. `rename fetch_user to load_user`; several in quotes: a batch",
    )
    edit.add_argument("--yes", action="store_true", help="apply without asking")
    take = "also write this place: the N-th of a file, or an id of --json; may be repeated"
    edit.add_argument("--take", action="append", default=[], metavar="FILE:N", help=take)
    edit.add_argument("--leave", action="append", default=[], metavar="FILE[:N]", help="leave this place or file out")
    edit.add_argument("--whole", action="store_true", help="show every line of the diff, however long it is")
    edit.add_argument("--fix", type=int, default=0, metavar="N", help="follow suggestion N where it cannot be done so")

    for name, meaning in (("undo", "undo the last change, byte for byte"), ("redo", "do again what was undone")):
        turn = commands.add_parser(name, parents=[common], help=meaning)
        turn.add_argument("transaction", nargs="?", metavar="ID", help="this transaction (default: the last)")
        turn.add_argument("-n", "--count", type=int, default=1, metavar="N", help="how many (default 1)")

    log = commands.add_parser("log", parents=[common], help="what was changed, newest first")
    log.add_argument("-n", "--limit", type=int, default=20, metavar="N", help="how many (default 20)")

    metrics = commands.add_parser(
        "metrics", parents=[common], help="how long editing took, stage by stage, and what went wrong, for Prometheus"
    )
    metrics.add_argument("--svg", metavar="FILE", help="also draw it there")

    bench = commands.add_parser(
        "bench", parents=[common], help="measure CodeMaestro, on your own project where that is what counts"
    )
    bench.add_argument(
        "what", choices=("predict", "index", "answer", "load", "typing", "engine", "model"), help="what to measure"
    )
    bench.add_argument(
        "--repo",
        metavar="PATH",
        help="predict, answer, typing: the git project to measure on (default: this one); engine: where to write",
    )
    bench.add_argument("--harness", metavar="DIR", help="predict: a folder with cases (dev.jsonl) instead")
    bench.add_argument(
        "-n", "--cases", type=int, metavar="N", help="how many commits, or repetitions; engine: a tenth of all"
    )
    bench.add_argument("-o", "--output", metavar="FILE", help="also write the figures there, as JSON")
    return parser
