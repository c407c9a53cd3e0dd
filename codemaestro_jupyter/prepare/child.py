"""The child process that prepares: it asks the project what a preparation asks, and reads and parses large files.

One JSON object a line. In come `outline` (a path), `look` (one question of an answer) and `make` (a kind and a subject,
with the prediction and the index to use), each with an `id` that its answer carries; `live` (what only the session
knows, for all that follows), `forget` (the texts in memory), and `cancel` and `hurry` for an `id`. Started as
`python -m codemaestro_jupyter.prepare.child ROOT` at low priority, it ends when its input does. It does what
`boundary.py` allows, and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson

from codemaestro_jupyter.edit.garbage import collect_seldom
from codemaestro_jupyter.edit.python.library import Library
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.prepare.boundary import Allowed, StoppedError, made_from
from codemaestro_jupyter.prepare.changing import Opened, work_out
from codemaestro_jupyter.prepare.direct import DirectSources, IndexFingerprint
from codemaestro_jupyter.prepare.kinds import KINDS
from codemaestro_jupyter.prepare.payloads import noun, plain
from codemaestro_jupyter.types import FileText, LiveContext, Prediction, RelPath, Symbol
from codemaestro_jupyter.workspace.symbols import symbols
from codemaestro_jupyter.workspace.workspace import Workspace

NICE = 10
"""Below the person's work, above the index's: somebody may be waiting for it."""
THREADS = 3
"""As many preparations as run at once (economics.SLOTS), and one for an answer that asks meanwhile."""


class Signs:
    """What the parent said about one question since it asked it."""

    def __init__(self) -> None:
        self.cancel, self.hurry = threading.Event(), threading.Event()


class Asked:
    """What one preparation asks of this process: the desk, and for a command the notebooks that are open."""

    def __init__(self, desk: Desk, workspace: Workspace, notebooks: Opened, library: Library | None = None) -> None:
        self.outline, self.sketch = desk.outline, desk.sketch
        self.notebooks = notebooks
        self._workspace, self._library = workspace, library

    def look(self, question: str, arguments: tuple[Any, ...], index: Path | None) -> Any:
        """There is nobody else to ask here."""
        return None

    def change_now(self, sentence: str, notebooks: Opened) -> None:
        """Nobody waits here."""

    def change(self, sentence: str, stopped: Callable[[], bool]) -> dict[str, Any]:
        """What a command would change, worked out here."""
        return work_out(self._workspace, self.notebooks, sentence, stopped, self._library)


class Desk:
    """The project at hand, kept warm between questions; questions are answered on its own threads, in any order."""

    def __init__(self, root: Path, reply: Callable[[dict[str, Any]], None]) -> None:
        self._workspace = Workspace(root, watch=False)  # its index is never started: the other child writes it
        self._fingerprint = IndexFingerprint(self._workspace)
        self._reply = reply
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="maestro-desk")
        self._signs: dict[int, Signs] = {}
        self._known: dict[str, Any] = {}
        self._live = LiveContext()
        self._library = Library()
        self._following = threading.Lock()
        self._pool.submit(self._workspace.git.history)  # the first answer would wait for it
        self._predictor: Callable[[str, LiveContext], Prediction] | None = None

    def hear(self, lines: Iterable[bytes]) -> None:
        """Take up questions until there are no more lines."""
        for line in lines:
            said: dict[str, Any] = orjson.loads(line)
            match said["do"]:
                case "live":
                    self._known |= said["live"]
                    self._live = noun(LiveContext, self._known)
                case "forget":
                    self._workspace.reader.forget()
                    self._library.clear()
                case "cancel":
                    self._signs.get(said["id"], Signs()).cancel.set()
                case "hurry":
                    self._signs.get(said["id"], Signs()).hurry.set()
                case _:
                    signs = self._signs[said["id"]] = Signs()
                    self._pool.submit(self._answer, said, self._live, signs)

    def end(self) -> None:
        """Nobody hears a preparation any more: each ends at its next question."""
        for signs in list(self._signs.values()):
            signs.cancel.set()
        self._pool.shutdown()

    def outline(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """A file and its definitions, computed here; raises `PathError`."""
        text = self._workspace.read(path)
        return text, symbols(path, text.text)

    def sketch(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """A file and its definitions, from the index if that knows the file as it is; raises `PathError`."""
        return self._workspace.sketch(path)

    def _answer(self, said: dict[str, Any], live: LiveContext, signs: Signs) -> None:
        try:
            match said["do"]:
                case "make":
                    answer = self._make(said, live, signs)
                case "look":
                    answer = self._look(said)
                case _:
                    answer = self._outline(said)
        except StoppedError:
            answer = {"stopped": True}
        except MaestroError as error:
            answer = {"error": error.message, "hint": error.hint}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        del self._signs[said["id"]]
        self._reply({"id": said["id"], **answer})

    def _outline(self, said: dict[str, Any]) -> dict[str, Any]:
        text, found = self.outline(RelPath(said["path"]))
        return {"file": plain(text), "symbols": plain(found)}

    def _look(self, said: dict[str, Any]) -> dict[str, Any]:
        self._follow(said["index"])
        questions: dict[str, Callable[..., Any]] = {
            "search": self._workspace.search,
            "uses": self._workspace.uses,
            "history": self._workspace.history,
        }
        return {"said": plain(questions[said["question"]](*said["arguments"]))}

    def _follow(self, index: str) -> None:
        if index:
            with self._following:
                self._workspace.index.follow(Path(index))

    def _make(self, said: dict[str, Any], live: LiveContext, signs: Signs) -> dict[str, Any]:
        self._follow(said["index"])
        known = noun(Prediction, said["prediction"])

        def predict(text: str) -> Prediction:
            return known if text.strip() == known.text.strip() else self._predict(text, live)

        asked = Asked(self, self._workspace, noun(Opened, said.get("notebooks", {})), self._library)
        if said["kind"] != "change":  # the person writes something else
            self._library.clear()
        sources = DirectSources(
            self._workspace, live, predict, asked, self._fingerprint, opened=lambda: asked.notebooks
        )
        allowed = Allowed(sources, asked, signs.cancel.is_set, time.time, signs.hurry.is_set)
        began, worked = time.perf_counter(), time.thread_time()
        payload = KINDS[said["kind"]](allowed, said["subject"])
        seconds, worked = time.perf_counter() - began, time.thread_time() - worked
        # of the other kinds a part is done by git and waited for
        work = worked if said["kind"] == "change" else seconds
        return {"payload": payload, "fingerprints": made_from(allowed), "seconds": seconds, "work": work}

    def _predict(self, text: str, live: LiveContext) -> Prediction:
        """For a text that is not the one typed: another wording, or a part of it."""
        if self._predictor is None:
            from codemaestro_jupyter.predict import Predictor

            predictor = Predictor(projects=1)
            self._predictor = lambda text, live: predictor.predict(text, self._workspace.index.view(), live)
        return self._predictor(text, live)


def serve(root: Path, lines: Iterable[bytes], write: Callable[[bytes], object]) -> None:
    """Answer `lines` until they end, each answer one line to `write`."""
    lock = threading.Lock()

    def reply(answer: dict[str, Any]) -> None:
        line = orjson.dumps(answer) + b"\n"
        with lock, contextlib.suppress(OSError, ValueError):  # the parent is gone
            write(line)

    desk = Desk(root, reply)
    desk.hear(lines)
    desk.end()


def main() -> None:
    """Answer until standard input ends."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICE)
    collect_seldom()
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not garble the answers

    def write(line: bytes) -> None:
        output.write(line)
        output.flush()

    serve(Path(sys.argv[1]), sys.stdin.buffer, write)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main()
