"""A child process that runs jobs of a batch: reads them from its standard input, ends when that ends, or when idle.

Messages are a length (u64) and a pickle: both ends are this very code, started by the other, over a private pipe.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO, Any

from codemaestro_jupyter.edit.garbage import collect_seldom

LENGTH = struct.Struct("<Q")
IDLE = 300.0
"""Seconds without a job after which the process ends by itself: it holds about 60 MB."""


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


def main() -> None:
    """Answer jobs until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent stops what is going on
    # what the jobs need is imported before the first one comes: the parent starts us ahead of need
    import libcst  # noqa: F401

    from codemaestro_jupyter.edit.batches import attempt_job
    from codemaestro_jupyter.edit.python import extract, functions, imports, rename  # noqa: F401

    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing that prints may end up among the messages
    collect_seldom()
    send(stdout, "ready")
    rest = Rest()
    while True:
        try:
            job = receive(stdin)
        except EOFError:
            return
        with rest.disturbed():
            started = time.process_time()
            done = attempt_job(job)
            send(stdout, (done, time.process_time() - started))


class Rest:
    """Ends the process once it had nothing to do for `IDLE` seconds; whoever asks at that moment sees it is gone."""

    def __init__(self) -> None:
        self._working = False
        self._since = time.monotonic()
        threading.Thread(target=self._watch, name="maestro-batch-rest", daemon=True).start()

    def _watch(self) -> None:
        while self._working or time.monotonic() - self._since < IDLE:
            time.sleep(IDLE / 10)
        os._exit(0)

    @contextlib.contextmanager
    def disturbed(self) -> Iterator[None]:
        """Work is going on."""
        self._working = True
        yield
        self._since = time.monotonic()
        self._working = False


if __name__ == "__main__":
    main()
