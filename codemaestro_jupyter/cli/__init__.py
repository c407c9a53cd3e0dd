"""The terminal's door: `codemaestro <command>`; every command also speaks JSON."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from codemaestro_jupyter.errors import MaestroError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 it failed, 2 the call was wrong, 130 stopped by Ctrl-C."""
    from codemaestro_jupyter.cli.parser import build_parser, command_of

    _make_printable()
    arguments = build_parser().parse_args(argv)
    try:
        return command_of(arguments)(arguments)
    except MaestroError as error:
        if arguments.json:
            from codemaestro_jupyter.cli.screen import print_json

            print_json({"error": {"message": error.message, "hint": error.hint}})
        print(f"codemaestro: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `codemaestro history | head`
        sys.stderr.close()
        return 0
    except OSError as error:  # no files left to open, no process left to start
        print(f"codemaestro: The system refused: {error}.", file=sys.stderr)
        return 1


def _make_printable() -> None:
    """Let nothing fail for being printed: a closed stream swallows, an ASCII one shows `?` for what it cannot.

    A closed input holds nothing.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf8")  # noqa: SIM115 - for as long as the process
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf8"))  # noqa: SIM115 - for as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace" if name == "stdout" else "backslashreplace")
