"""A child process that runs jobs of a batch: reads them from its standard input, ends when that ends.

Messages are a length (u64) and a pickle: both ends are this very code, started by the other, over a private pipe.
"""

from __future__ import annotations

import pickle
import struct
import sys
from typing import IO, Any

from codemaestro_jupyter.errors import MaestroError

LENGTH = struct.Struct("<Q")


def send(stream: IO[bytes], value: Any) -> None:
    """Write one message."""
    data = pickle.dumps(value, protocol=5)
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message; raises `EOFError` when the other end is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    data = stream.read(LENGTH.unpack(head)[0])
    return pickle.loads(data)  # noqa: S301 - our own pickle, from our own child


def describe_error(error: BaseException) -> tuple[str, str, str, tuple[str, ...]]:
    """An error as plain values: class, message, hint, candidates."""
    if isinstance(error, MaestroError):
        return type(error).__name__, error.message, error.hint, tuple(getattr(error, "candidates", ()))
    return "EditError", f"{type(error).__name__}: {error}", "Please report this.", ()


def main() -> None:
    """Answer jobs until the input ends."""
    # what the jobs need is imported before the first one comes: the parent starts us ahead of need
    import libcst  # noqa: F401

    from codemaestro_jupyter.edit.batches import run_job
    from codemaestro_jupyter.edit.python import extract, functions, imports, rename  # noqa: F401

    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing that prints may end up among the messages
    send(stdout, "ready")
    while True:
        try:
            jobs = receive(stdin)
        except EOFError:
            return
        try:
            answer: Any = ("done", [run_job(job) for job in jobs])
        except Exception as error:  # told to the parent, which raises it
            answer = ("failed", describe_error(error))
        send(stdout, answer)


if __name__ == "__main__":
    main()
