"""What would hold the interpreter is done in one child process: most preparations, and outlines of large files.

Parsing 400 kB of Python holds the interpreter 96 ms, and a rehearsed answer takes half a second of it: no thread of the
kernel does either. The process starts with the first question (or `warm`), answers two at a time, and is replaced if it
dies or takes too long; where there is none, the caller does the work itself.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from codemaestro_jupyter.errors import EditError, MaestroError, PathError
from codemaestro_jupyter.prepare.boundary import StoppedError
from codemaestro_jupyter.prepare.changing import Opened
from codemaestro_jupyter.prepare.payloads import noun, nouns, plain
from codemaestro_jupyter.types import FileText, Fingerprint, LiveContext, Prediction, PreparationKey, RelPath, Symbol
from codemaestro_jupyter.workspace.index.process import ChildProcess
from codemaestro_jupyter.workspace.reader import Reader
from codemaestro_jupyter.workspace.symbols import HEAVY, cheap_symbols, symbols

MODULE = "codemaestro_jupyter.prepare.child"
THREAD = "maestro-prepare-replies"
SECONDS = 20.0
"""A question that takes longer is given up, and the process with it."""
LOOK_SECONDS = 5.0
"""The same for a question of an answer that somebody waits for."""
NOTHING_OPEN = Opened()


@dataclass(frozen=True, slots=True)
class Made:
    """What a preparation came to: its content, what it was made from, and the seconds that making it took.

    `work` is what it costs the next time, and its share of the budget: seconds of the processor where these are known,
    as on a busy machine the others' work would count as its own.
    """

    payload: dict[str, Any]
    fingerprints: Mapping[str, Fingerprint]
    seconds: float
    work: float


class Listening(Protocol):
    """A job that says when it is cancelled or somebody waits for it."""

    def tell(self, listener: Callable[[str], None]) -> None:
        """Call `listener("cancel" or "hurry")` when that happens; at once if it has."""
        ...


class Unheard:
    """A job that somebody waits for, who does not cancel it."""

    def tell(self, listener: Callable[[str], None]) -> None:
        """It has nothing to say."""


class Worker:
    """Asks the child process; any thread may. `close` ends it."""

    def __init__(self, reader: Reader, size: Callable[[RelPath], float | None], module: str = MODULE) -> None:
        self._reader = reader
        self._size = size
        self._child = ChildProcess(module, [str(reader.root)])
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._replies: threading.Thread | None = None
        self._live = LiveContext()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child process while it lives."""
        return self._child.pid

    def outline(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """The file and its definitions (by their form if the child process fails); raises `PathError`."""
        if (self._size(path) or 0.0) > HEAVY:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                answer = self._answer(self._ask({"do": "outline", "path": path}))
                return noun(FileText, answer["file"]), nouns(Symbol, answer["symbols"])
        text = self._reader.read(path)
        return text, symbols(path, text.text) if len(text.text) <= HEAVY else cheap_symbols(path, text.text)

    def change(self, sentence: str, stopped: Callable[[], bool]) -> dict[str, Any]:
        """Only the process works commands out ahead: it holds the interpreter for seconds."""
        raise EditError("The child process does not run.", hint="It is worked out on submit.")

    def sketch(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        """As `outline`: the index is asked in the child process."""
        return self.outline(path)

    def make(
        self,
        key: PreparationKey,
        live: LiveContext,
        prediction: Prediction,
        index: Path | None,
        job: Listening,
        notebooks: Opened = NOTHING_OPEN,
    ) -> Made:
        """Make one preparation there, over the index that is stored at `index`.

        Raises `StoppedError` if the job was cancelled, `PathError` if what it needs may not or cannot be read, and
        `OSError` or `ValueError` if the process cannot do it.
        """
        question = {"do": "make", "kind": key.kind, "subject": key.subject, "index": str(index or "")}
        question["notebooks"] = plain(notebooks)
        number, future = self._ask({**question, "prediction": plain(prediction)}, live)
        job.tell(lambda what: self._child.send({"do": what, "id": number}))
        answer = self._answer((number, future))
        if "stopped" in answer:
            raise StoppedError
        return Made(answer["payload"], answer["fingerprints"], answer["seconds"], answer["work"])

    def look(
        self, question: Literal["search", "uses", "history"], arguments: tuple[Any, ...], index: Path | None
    ) -> Any:
        """What `Workspace` says to a question, as JSON; None if the process cannot tell.

        They read up to 40 files, many of which were read there while the request was typed, or all of HEAD's history.
        """
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, PathError):
            asked = {"do": "look", "question": question, "arguments": arguments, "index": str(index or "")}
            return self._answer(self._ask(asked), LOOK_SECONDS)["said"]
        return None

    def change_now(self, sentence: str, notebooks: Opened) -> Mapping[str, Any] | None:
        """The same for a command of which another wording was worked out there a moment ago."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, MaestroError):
            key = PreparationKey("change", sentence)
            return self.make(key, self._live, Prediction(sentence), None, Unheard(), notebooks).payload
        return None

    def warm(self) -> None:
        """Start the process, so that the first preparation does not wait for it."""
        with self._lock, contextlib.suppress(OSError):
            self._running()

    def forget(self) -> None:
        """Keep no text in memory there."""
        self._child.send({"do": "forget"})

    def close(self) -> None:
        """End the process and its thread; whoever asks just now gets an `OSError`."""
        self._closed = True
        self._child.close()
        with self._lock:
            replies = self._replies
        if replies is not None:
            replies.join()

    # -- asking -------------------------------------------------------------------------------------

    def _ask(self, question: dict[str, Any], live: LiveContext | None = None) -> tuple[int, Future[dict[str, Any]]]:
        """Send a question (after what only the session knows, where that is new)."""
        with self._lock:
            self._running()
            if live is not None and (news := difference(self._live, live)):
                self._child.send({"do": "live", "live": news})
                self._live = live
            number, future = next(self._numbers), Future[dict[str, Any]]()
            self._waiting[number] = future
            self._child.send({"id": number, **question})
        return number, future

    def _answer(self, asked: tuple[int, Future[dict[str, Any]]], seconds: float | None = None) -> dict[str, Any]:
        number, future = asked
        try:
            answer = future.result(SECONDS if seconds is None else seconds)
        except (FutureTimeoutError, CancelledError) as error:
            if not future.done():
                self._child.kill()
            raise OSError("The child process gave no answer.") from error
        finally:
            self._waiting.pop(number, None)
        if "failed" in answer:
            raise ValueError(answer["failed"])
        if "error" in answer:
            raise PathError(answer["error"], hint=answer["hint"])
        return answer

    def _running(self) -> None:
        if self._closed:
            raise OSError("closed")
        if self._replies is None or not self._replies.is_alive():
            if not self._child.start():
                raise OSError("The child process does not start.")
            self._live = LiveContext()
            self._replies = threading.Thread(target=self._listen, name=THREAD, daemon=True)
            self._replies.start()

    def _listen(self) -> None:
        """On a thread of its own, as long as the process lives: hand out the answers."""
        for answer in self._child.reports():
            future = self._waiting.pop(answer.get("id", 0), None)
            if future is not None:
                future.set_result(answer)
        while self._waiting:
            with contextlib.suppress(KeyError):
                self._waiting.popitem()[1].cancel()


def difference(before: LiveContext, now: LiveContext) -> dict[str, Any]:
    """What a session knows anew, by field: a large notebook is sent when it changed, not with every keystroke."""
    names = (field.name for field in dataclasses.fields(LiveContext))
    return {name: plain(getattr(now, name)) for name in names if getattr(now, name) is not getattr(before, name)}
