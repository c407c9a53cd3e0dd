"""A child process as its parent sees it: started, restarted when it dies, ended by closing its standard input.

It is sent one JSON object a line, and reports one a line. The index has one, and so has `prepare/worker.py`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

MOST_STARTS = 5
STARTS_WITHIN = 60.0
"""Seconds; a child that dies more often than this will not do better the next time."""
END_SECONDS = 2.0


class ChildProcess:
    """Sends commands and yields reports; one thread iterates `reports`, any thread sends or closes.

    `module` is run with `arguments`. `hurried` keeps normal priority on Windows, where a process cannot lower its own.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        hurried: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._arguments = [sys.executable, "-P", "-m", module, *arguments]
        self._hurried = hurried
        self._clock = clock
        self._lock = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self.starts: list[float] = []

    @property
    def pid(self) -> int | None:
        """The process id while it lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> bool:
        """Start the process; False if it is closed, cannot be started, or died too often lately."""
        now = self._clock()
        self.starts = [start for start in self.starts if now - start < STARTS_WITHIN]
        if len(self.starts) >= MOST_STARTS:
            return False
        self.starts.append(now)
        with self._lock:
            if self._closed:
                return False
            try:
                self._process = subprocess.Popen(
                    self._arguments,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    creationflags=_quiet_flags(self._hurried),
                    start_new_session=os.name != "nt",  # Ctrl-C in a terminal is for the person's program
                )
            except OSError:
                return False
        return True

    def reports(self) -> Iterator[dict[str, Any]]:
        """What the process reports, until it ends."""
        process = self._process
        if process is None or process.stdout is None:
            return
        with contextlib.suppress(OSError, ValueError):
            for line in process.stdout:
                with contextlib.suppress(orjson.JSONDecodeError):  # a line cut short by its death
                    yield orjson.loads(line)
        process.stdout.close()
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        process.wait()

    def send(self, command: dict[str, Any]) -> None:
        """Write a command; if the process is gone, whoever restarts it sends again what is still wanted."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(orjson.dumps(command) + b"\n")
                self._process.stdin.flush()

    def kill(self) -> None:
        """End the process at once; it may be started again."""
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()

    def close(self) -> None:
        """End the process: gently, then by force."""
        with self._lock:
            self._closed = True
            process = self._process
            if process is None:
                return
            with contextlib.suppress(OSError):
                if process.stdin is not None:
                    process.stdin.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _quiet_flags(hurried: bool) -> int:
    names = ("CREATE_NO_WINDOW",) if hurried else ("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS")  # Windows
    return sum(getattr(subprocess, name, 0) for name in names)
