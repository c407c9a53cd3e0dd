"""The terminal's door: `codemaestro <command>`; every command also speaks JSON."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from codemaestro_jupyter.errors import MaestroError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 it failed, 2 the call was wrong, 130 stopped by Ctrl-C."""
    from codemaestro_jupyter.cli.parser import build_parser, command_of

    for stream in (sys.stdout, sys.stderr):  # what a terminal cannot show is no reason to fail
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
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
