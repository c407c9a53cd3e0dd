"""What one session knows: plain state that events change and the picture is drawn from. No clock, no I/O.

Not thread-safe on purpose: Maestro touches it on its loop only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from codemaestro_jupyter.converse import picture
from codemaestro_jupyter.models.calls import Spent
from codemaestro_jupyter.types import LiveContext, NotebookId, Prediction, Receipt, RelPath, Turn, TurnId, TypingEvent
from codemaestro_jupyter.view import LedgerView, SessionView, TurnView

TURNS_SHOWN = 200
"""Turns in the picture: more than a day's conversation; older ones are in the store."""
RECENT = 20
"""Files and requests of the conversation that move the next prediction."""
CELL_TEXT = 20_000
"""Characters of the cell being edited that are kept."""


class Session:
    """The conversation so far, the newest prediction and the sums of what preparation brought."""

    def __init__(self, live: LiveContext) -> None:
        self.live = live
        self.prediction = Prediction()
        self.newest: Callable[[], bool] = lambda: True
        """Whether it was made from the project as it is known now; asked on any thread."""
        self.on_answered: Callable[[], object] = lambda: None
        """Called when what was typed answered a question; on the loop."""
        self.event: TypingEvent | None = None
        self._asked = False
        """Whether what was typed is asked already: nothing is prepared for it any more."""
        self._turns: dict[str, TurnView] = {}
        self._cleared: dict[str, float] = {}
        """Since when the conversation of a notebook goes back, where it was cleared."""
        self._dropped: set[str] = set()
        """Turns that ran when they were cleared: what they still have to say is not shown."""
        self._totals = Receipt()
        self.spent = Spent()
        """What models took in this session; whoever calls them sets it."""

    def here(self) -> RelPath | None:
        """The notebook that the person is in, if it belongs to the project. Any thread."""
        return self.live.notebook.path if self.live.notebook is not None else None

    def type(self, event: TypingEvent) -> None:
        """Somebody types: what they type belongs to the context of the prediction."""
        self.live = replace(self.live, source=event.source, cell_text=event.text[:CELL_TEXT])

    def predict(self, prediction: Prediction, event: TypingEvent, *, asked: bool = False) -> None:
        """A prediction arrived for an event, for one that is `asked` already perhaps."""
        self.prediction, self.event, self._asked = prediction, event, asked

    @property
    def expected(self) -> Prediction:
        """The prediction, an empty one once the project is known better: whoever answers looks anew. Any thread."""
        prediction = self.prediction
        return prediction if self.newest() else Prediction()

    def answered(self) -> None:
        """What was typed was an answer to a question, if it was anything."""
        self._asked = True
        self.on_answered()

    def suggestions(self) -> list[str]:
        """What is being prepared for what is typed; nothing once it is asked."""
        return [] if self._asked else picture.suggestions(self.prediction)

    def learn(self, **what: Any) -> SessionView:
        """New facts for `LiveContext`, by its field names."""
        self.live = replace(self.live, **what)
        return {"failure": picture.failure_view(self.live.failures)} if "failures" in what else {}

    def dismiss(self, path: RelPath) -> None:
        """The person says that a predicted file is not meant."""
        self.live = replace(self.live, rejected={**self.live.rejected, path: self.live.rejected.get(path, 0.0) + 1})
        files = tuple(file for file in self.prediction.files if file.path != path)
        self.prediction = replace(self.prediction, files=files)

    def show(self, turn: TurnView) -> SessionView:
        """A turn begins, grows or ends; one that was cleared meanwhile stays away."""
        if turn["id"] in self._dropped:
            return {}
        begins = turn["state"] == "running" and turn["id"] not in self._turns
        self._turns[turn["id"]] = turn
        while len(self._turns) > TURNS_SHOWN:
            del self._turns[next(iter(self._turns))]
        typed = self.prediction.text.strip()
        if begins and typed and not self._asked and turn["request"].startswith(typed):
            self._asked = True
            return {"turns": [turn], "suggestions": []}
        return {"turns": [turn]}

    def markdown(self, turn: TurnId) -> str:
        """What a turn has said so far."""
        shown = self._turns.get(turn)
        return shown["markdown"] if shown else ""

    def earlier(self, turn: TurnId) -> tuple[tuple[str, str], ...]:
        """Requests and answers of the same notebook before a turn, oldest first."""
        notebook = self._turns[turn]["notebook_id"] if turn in self._turns else None
        return tuple(
            (shown["request"], shown["markdown"])
            for shown in self._turns.values()
            if shown["id"] != turn and shown["state"] == "done" and notebook in (None, shown["notebook_id"])
        )

    def recall(self, notebook: NotebookId, turns: Iterable[Turn], former: NotebookId | None = None) -> bool:
        """Go on with the conversation of a notebook; whether the picture changed. Turns are oldest first.

        `former` is the name under which we knew the notebook until now.
        """
        before = dict(self._turns)
        if former is not None:
            for shown in before.values():
                if shown["notebook_id"] == former:
                    self._turns[shown["id"]] = {**shown, "notebook_id": notebook}
            if former in self._cleared:
                self._cleared[notebook] = self._cleared.pop(former)
        since = self._cleared.get(notebook, float("-inf"))
        recalled = [turn for turn in turns if turn.id not in self._turns and turn.started > since]
        for turn in recalled:
            self.show(picture.turn_view(picture.interrupted(turn) if turn.state == "running" else turn))
        self._turns = dict(sorted(self._turns.items(), key=lambda item: item[1]["started"]))
        self.expect(tuple(reversed(recalled)))
        return self._turns != before

    def expect(self, turns: Sequence[Turn]) -> None:
        """Earlier turns, newest first, move the next prediction, unless there are some of this session."""
        if turns and not self.live.recent_requests:
            requests = tuple(turn.request for turn in turns)
            files = tuple(dict.fromkeys(file for turn in turns for file in turn.files))
            self.live = replace(self.live, recent_requests=requests[:RECENT], recent_files=files[:RECENT])

    def grow(self, turn: TurnId, markdown: str, first_output: float) -> SessionView:
        """A running turn said more; a late part of one that ended changes nothing."""
        shown = self._turns.get(turn)
        if shown is None or shown["state"] != "running":
            return {}
        return self.show({**shown, "markdown": markdown, "first_output": first_output})

    def rate(self, turn: TurnId) -> SessionView:
        """A turn was rated, so it is not asked again."""
        shown = self._turns.get(turn)
        return self.show({**shown, "rated": True}) if shown else {}

    def remember(self, turn: Turn) -> SessionView:
        """A turn ended well: its files and request move the next prediction, its receipt the sums."""
        live = self.live
        files = tuple(dict.fromkeys([*turn.files, *live.recent_files]))[:RECENT]
        requests = (turn.request, *live.recent_requests)[:RECENT]
        self.live = replace(live, recent_files=files, recent_requests=requests)
        total, receipt = self._totals, turn.receipt
        self._totals = Receipt(
            prepared=total.prepared + receipt.prepared,
            used=total.used + receipt.used,
            wasted=total.wasted + receipt.wasted,
            prepared_seconds=total.prepared_seconds + receipt.saved_seconds,
        )
        return {"ledger": self.ledger()}

    def of(self, notebook: NotebookId | None) -> list[TurnView]:
        """The turns on the screen of a notebook, which shows those of no notebook too; None means all."""
        return [turn for turn in self._turns.values() if notebook is None or turn["notebook_id"] in (notebook, "")]

    def clear(self, notebook: NotebookId | None, now: float) -> None:
        """Nothing was said yet on the screen of a notebook (None: on any); what was learnt stays."""
        if notebook is not None:
            self._cleared[notebook] = now
        for turn in self.of(notebook):
            del self._turns[turn["id"]]
            self._cleared[turn["notebook_id"]] = now
            if turn["state"] == "running":
                self._dropped.add(turn["id"])
        self.live = replace(self.live, recent_files=(), recent_requests=())

    def typing_part(self, ready: Collection[str], answers: Sequence[str] = ()) -> SessionView:
        """The part of the picture that follows the text; `ready` are the paths that are prepared.

        `answers` are those of an open question that are prepared for: they are named first of all.
        """
        suggestions = list(answers) or self.suggestions()
        if self.event is None:
            return {"suggestions": suggestions}
        return {
            "prediction": picture.prediction_view(self.prediction, self.event, ready),
            "suggestions": suggestions,
        }

    def ledger(self) -> LedgerView:
        """Sums over this session."""
        total = self._totals
        return LedgerView(
            prepared=total.prepared,
            used=total.used,
            wasted=total.wasted,
            saved_seconds=round(total.prepared_seconds, 3),
            tokens=self.spent.tokens,
            dollars=round(self.spent.dollars, 6),
        )

    def whole(self, ready: Collection[str], others: Mapping[str, Any], answers: Sequence[str] = ()) -> SessionView:
        """The whole picture; `others` are the keys that other rooms know, `answers` as for `typing_part`."""
        view: SessionView = {
            "question": None,
            "turns": list(self._turns.values()),
            "failure": picture.failure_view(self.live.failures),
            "ledger": self.ledger(),
        }
        view.update(self.typing_part(ready, answers))
        view.update(others)  # type: ignore[typeddict-item]
        return view
