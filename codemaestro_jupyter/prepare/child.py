"""The child process that reads and parses what would stall the kernel's threads; it ends when its input does.

One JSON object a line, in `{"id", "path"}` and out `{"id", "file", "symbols"}` or `{"id", "error", "hint"}`. Started as
`python -m codemaestro_jupyter.prepare.child ROOT` at low priority. It reads files under the root, and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.types import FileText, RelPath, Symbol
from codemaestro_jupyter.workspace.reader import Reader
from codemaestro_jupyter.workspace.symbols import symbols

NICE = 10
"""Below the person's work, above the index's: somebody may be waiting for it."""


def outline(reader: Reader, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
    """A file and its definitions, computed here; raises `PathError`."""
    text = reader.read(path)
    return text, symbols(path, text.text)


def answers(reader: Reader, lines: Iterable[bytes]) -> Iterator[bytes]:
    """One answer for each question, in order."""
    for line in lines:
        question: dict[str, Any] = orjson.loads(line)
        answer: dict[str, Any] = {"id": question["id"]}
        try:
            answer["file"], answer["symbols"] = outline(reader, RelPath(question["path"]))
        except PathError as error:
            answer["error"], answer["hint"] = error.message, error.hint
        yield orjson.dumps(answer) + b"\n"


def main() -> None:
    """Answer until standard input ends."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICE)
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not garble the answers
    for answer in answers(Reader(Path(sys.argv[1])), sys.stdin.buffer):
        output.write(answer)
        output.flush()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main()
