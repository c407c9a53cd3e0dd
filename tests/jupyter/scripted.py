"""A Maestro that says what it was told to say, records what it hears, and answers when the test lets it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from codemaestro_jupyter.converse.completion import Completion
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import Answer, AnswerPart, FileText, Fingerprint, Rating, RelPath, TurnId
from codemaestro_jupyter.view import ReceiptView, SessionView, TurnView

RECEIPT = ReceiptView(
    prepared=4, used=3, wasted=1, saved_seconds=0.42, waited_seconds=0.0, said="I loaded auth files while you typed"
)


STOPPED = "*Stopped, 312 tokens billed.*"
HEARD = ("typing", "notebook", "variables", "failure", "busy", "dismiss", "choose", "clear", "change")


class ScriptedMaestro:
    """Answers `parts` (joined) to every request; with `hold=True` only when `release()` is called.

    What is in `first` is said at once.
    """

    def __init__(
        self,
        parts: Iterable[str] = ("It is ", "here."),
        *,
        first: Iterable[str] = (),
        hold: bool = False,
        root: Path | None = None,
    ):
        self.settings = Settings(environment={}, policy={})
        self.root = root or Path.cwd()
        self.session = "scripted"
        self.tools = SimpleNamespace(nested=False)
        self.heard: list[tuple[str, Any]] = []
        self.greeted: list[str] = []
        """What a page that says hello wants beside the picture."""
        self.models = SimpleNamespace(
            foresee=lambda: self.greeted.append("model"),
            offer=self._offer,
            pick=lambda name: self.heard.append(("pick_model", name)),
            consent=lambda allowed, provider: self.heard.append(("consent", (allowed, provider))),
        )
        self.memory = SimpleNamespace(named=lambda notebook: self.heard.append(("named", notebook)))
        self.error: BaseException | None = None
        self.reused = False
        self.closed = False
        self.changes = SimpleNamespace(host=None, text=lambda turn: f"=== 1. replace in {turn}.py ===")
        self.dialogue = SimpleNamespace(revise=lambda turn, text: self.heard.append(("revise", (turn, text))))
        self.workspace = SimpleNamespace(
            read=lambda path: FileText(RelPath(path), "x = 1\n", Fingerprint("sha256:1"), 6)
        )
        self._parts, self._first = tuple(parts), tuple(first)
        self._hold = hold
        self._subscribers: list[Callable[[SessionView], None]] = []
        self._turns: dict[str, TurnView] = {}
        self._pending: dict[str, tuple[Pending, str]] = {}
        self._numbers = itertools.count(1)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name not in HEARD:
            raise AttributeError(name)
        return lambda *arguments: self.heard.append((name, arguments[0] if len(arguments) == 1 else arguments))

    def _offer(self) -> Future[list[Any]]:
        self.heard.append(("offer_models", ()))
        found: Future[list[Any]] = Future()
        found.set_result([])
        return found

    def told(self, name: str) -> list[Any]:
        """What was heard under a name, in order."""
        return [what for other, what in self.heard if other == name]

    def submit(self, text: str, **options: Any) -> Pending:
        self.heard.append(("submit", {"text": text, **options}))
        pending = Pending(TurnId(f"t{next(self._numbers)}"), self.cancel)
        pending.reused = self.reused
        turn = {"id": pending.turn, "request": text, "markdown": "", "state": "running", "tool": "brief"}
        turn |= {"cell_id": options.get("cell_id", ""), "notebook_id": options.get("notebook_id", "")}
        turn |= {"started": 1.0, "first_output": 0.0, "finished": 0.0, "receipt": None, "rated": False, "spent": None}
        turn |= {"asked_seconds": 0.0}
        self._turns[pending.turn] = cast(TurnView, turn | {"reused": self.reused})
        self._pending[pending.turn] = (pending, text)
        self.say(*self._first)
        if not self._hold:
            threading.Thread(target=self.release, name="scripted").start()
        return pending

    def say(self, *parts: str) -> None:
        """Stream parts of the newest answer."""
        pending, _ = list(self._pending.values())[-1]
        for part in parts:
            pending.say(AnswerPart(part))
            turn = self._turns[pending.turn]
            turn["markdown"] += part
            self.publish({"turns": [turn.copy()]})

    def release(self) -> None:
        """Finish the newest answer."""
        pending, text = list(self._pending.values())[-1]
        turn = self._turns[pending.turn]
        if self.error is not None:
            turn["state"] = "failed"
            pending.finish(error=self.error)
        else:
            self.say(*self._parts)
            turn["state"], turn["receipt"] = "done", RECEIPT
            pending.finish(Answer(text, "brief", turn["markdown"], ("src/auth.py:1-2",), (), {}, {"lines": 2}))
        self.publish({"turns": [turn.copy()]})

    def cancel(self, turn: TurnId) -> None:
        from concurrent.futures import CancelledError

        self.heard.append(("cancel", turn))
        if turn in self._pending:
            self._turns[turn]["state"] = "cancelled"
            said = self._turns[turn]["markdown"].rstrip()
            self._turns[turn]["markdown"] = "\n\n".join(part for part in (said, STOPPED) if part)
            self._pending[turn][0].finish(error=CancelledError())

    def rate(self, turn: TurnId | None, rating: Rating) -> None:
        self.heard.append(("rate", (turn, rating)))

    def preview(self, text: str) -> Answer:
        return Answer(text, "find", f"Would look for `{text}`.", (), (), {})

    def complete(self, prefix: str, limit: int = 20) -> list[Completion]:
        found = [Completion("src/auth.py", "file", "src"), Completion("frame", "variable", "DataFrame 2 × 2")]
        return [each for each in found if prefix.lstrip("@") in each.label][:limit]

    def view(self) -> SessionView:
        return {
            "session": self.session,
            "root": str(self.root),
            "enabled": self.settings.values.enabled,
            "stage": {"stage": "INTENT", "message": "Loading relevant files…", "progress": 0.2},
            "suggestions": ["OAuth fix"],
            "preparations": [],
            "turns": [turn.copy() for turn in self._turns.values()],
            "notices": [],
            "ask_rating": True,
        }

    def publish(self, part: SessionView) -> None:
        """Tell the subscribers."""
        for callback in list(self._subscribers):
            callback(part)

    def subscribe(self, callback: Callable[[SessionView], None]) -> Callable[[], None]:
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback) if callback in self._subscribers else None

    @property
    def store(self) -> Any:
        class Store:
            path = None

        return Store()

    def close(self) -> None:
        self.closed = True
        for pending, _ in self._pending.values():
            pending.finish(error=RuntimeError("closed"))
