"""A person at a real terminal: keys go in, what the screen would get comes out."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

PATIENCE = 60.0
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][0-9A-B]|\x1b[=>]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
WHERE = b"\x1b[6n"
UP, DOWN, ENTER, CTRL_C, CTRL_D, CTRL_E = "\x1b[A", "\x1b[B", "\r", "\x03", "\x04", "\x05"


class Terminal:
    """`with Terminal(["ask", …], environment) as terminal:` runs `codemaestro` on a pseudo-terminal of 100 columns."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.raw = ""
        self._place = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "codemaestro_jupyter", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C is a signal
            env={**os.environ, "TERM": "xterm-256color", **(environment or {})},
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: type[BaseException] | TracebackType | BaseException | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._master, keys.encode())

    def shows(self, text: str) -> str:
        """Wait until a text appears after what was found last; returns what came until then, without colours."""
        deadline = time.monotonic() + PATIENCE
        while True:
            plain = ESCAPE.sub("", self.raw)
            found = plain.find(text, self._place)
            if found >= 0:
                before, self._place = plain[self._place : found + len(text)], found + len(text)
                return before
            assert time.monotonic() < deadline, f"{text!r} never came:\n{plain[self._place :]}"
            assert self._read() or text in ESCAPE.sub("", self.raw), f"it ended without {text!r}:\n{plain}"

    def ends(self) -> int:
        """Wait for the end; its exit status."""
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, f"it never ended:\n{ESCAPE.sub('', self.raw)}"
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        """Take in what there is within a moment; False once the other side is gone."""
        ready, _, _ = select.select([self._master], [], [], 0.1)
        if ready:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # how Linux says that the last one left
                return False
            for _ in range(data.count(WHERE)):  # a terminal says where its cursor is
                os.write(self._master, b"\x1b[1;1R")
            self.raw += data.decode("utf8", "replace")
            return bool(data)
        return True
