"""Large files are parsed in one child process, small ones here: no thread of the kernel stalls over 5 ms.

Parsing 400 kB of Python holds the interpreter 96 ms, and even looking it through for secrets 17 ms. The process starts
with the first large file (or `warm`), serves one question at a time, and is replaced if it dies or takes too long.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import orjson

from codemaestro_jupyter.errors import PathError
from codemaestro_jupyter.prepare.payloads import FileText, Symbol, noun, nouns
from codemaestro_jupyter.types import RelPath
from codemaestro_jupyter.workspace.reader import Reader
from codemaestro_jupyter.workspace.symbols import HEAVY, cheap_symbols, symbols

MODULE = "codemaestro_jupyter.prepare.child"
SECONDS = 20.0
"""A question that takes longer is given up; the file is then read here, without parsing."""
END_SECONDS = 2.0


class Worker:
    """Outlines files; any thread may ask. `close` ends the process."""

    def __init__(self, reader: Reader, size: Callable[[RelPath], float | None], module: str = MODULE) -> None:
        self._reader = reader
        self._size = size
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child process while it lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def outline(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """The file and its definitions (by their form if the child process fails); raises `PathError`."""
        if (self._size(path) or 0.0) > HEAVY:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                return self._ask(path)
        text = self._reader.read(path)
        return text, symbols(path, text.text) if len(text.text) <= HEAVY else cheap_symbols(path, text.text)

    def warm(self) -> None:
        """Start the process, so that the first large file does not wait for it."""
        with self._lock, contextlib.suppress(OSError):
            self._running()

    def close(self) -> None:
        """End the process: gently, then by force."""
        self._closed = True
        process = self._process  # not under the lock: whoever asks just now gets an end of file
        if process is not None:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        with self._lock:  # also one that `warm` was just starting
            self._drop()

    def _ask(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            self._asked += 1
            overdue = threading.Timer(SECONDS, process.kill)
            overdue.name, overdue.daemon = "maestro-prepare-limit", True
            overdue.start()
            try:
                process.stdin.write(orjson.dumps({"id": self._asked, "path": path}) + b"\n")
                process.stdin.flush()
                answer: dict[str, Any] = orjson.loads(process.stdout.readline())
                if answer["id"] != self._asked:
                    raise ValueError("an answer to another question")
            except (OSError, ValueError, KeyError):
                self._drop()
                raise
            finally:
                overdue.cancel()
        if "error" in answer:
            raise PathError(answer["error"], hint=answer["hint"])
        return noun(FileText, answer["file"]), nouns(Symbol, answer["symbols"])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise OSError("closed")
        if self._process is None or self._process.poll() is not None:
            self._drop()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._module, str(self._reader.root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=os.name != "nt",  # Ctrl-C is for the person's program
                creationflags=sum(
                    getattr(subprocess, name, 0) for name in ("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS")
                ),
            )
        return self._process

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
