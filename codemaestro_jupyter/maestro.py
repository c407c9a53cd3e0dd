"""Maestro builds every part from the settings, joins them, owns the loop thread, and closes them.

It is what the doors (notebook, terminal, experiment) talk to. Every public method may be called from any
thread and returns at once; what waits or computes happens on the thread `maestro-loop` and its workers.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.changes import Changes
from codemaestro_jupyter.converse import picture
from codemaestro_jupyter.converse.answering import StoppedError, at_once, await_contents, reuse, think
from codemaestro_jupyter.converse.broadcast import Broadcaster, Callback
from codemaestro_jupyter.converse.completion import Completion, complete
from codemaestro_jupyter.converse.farewell import Farewell
from codemaestro_jupyter.converse.feedback import Feedback
from codemaestro_jupyter.converse.keystrokes import Keystrokes
from codemaestro_jupyter.converse.memory import Memory
from codemaestro_jupyter.converse.session import Session
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.converse.undertaken import Sent, Undertaken
from codemaestro_jupyter.dialogue import Dialogue
from codemaestro_jupyter.errors import InputError, MaestroError
from codemaestro_jupyter.modeldesk import ModelDesk
from codemaestro_jupyter.models.protocol import Model
from codemaestro_jupyter.plan import offline
from codemaestro_jupyter.predict import Predictor, WarmPredictor
from codemaestro_jupyter.prepare.commands import may_be_command
from codemaestro_jupyter.prepare.engine import Engine
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.store.store import Forgettable, open_store
from codemaestro_jupyter.tools import Tools
from codemaestro_jupyter.types import (
    Answer,
    CellId,
    Failure,
    LiveContext,
    NotebookId,
    NotebookPicture,
    Prediction,
    Rating,
    RelPath,
    Source,
    Turn,
    TurnId,
    TypingEvent,
    Variable,
)
from codemaestro_jupyter.view import ChangeAction, NoticeView, SessionView
from codemaestro_jupyter.workspace.root import find_root
from codemaestro_jupyter.workspace.workspace import Workspace

T = TypeVar("T")
log = logging.getLogger(__name__)


class Maestro:
    """One project, one session; complete after construction, `close()` leaves no thread, task or process.

    `root` is the project's folder; without it the setting counts, else the git top level of the current folder.
    `tools` are your own functions that a model may ask for. Raises `RootError` if the root is no folder; with a
    database that cannot be used it works in memory and says so.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        root: str | Path | None = None,
        model: Model | None = None,
        tools: Iterable[Callable[..., Any]] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings or Settings()
        values = self.settings.values
        self.root = find_root(Path.cwd(), override=root or values.root, allow_home=values.index_home)
        self.session, self._clock = uuid.uuid4().hex[:12], clock
        folder, self.store, problems = open_store(self.root, self.settings, clock)
        self.store.notices.extend(problems)
        self.workspace = Workspace(self.root, self.settings, folder)
        background = self._background = Background()
        self.tools, self._broadcast = Tools(background, tools), Broadcaster(background.loop)
        self._predictor = WarmPredictor(Predictor(projects=1), self.workspace.index.view, self._background.pool)
        self.engine = Engine(
            self.workspace, self.store, self.settings, clock=clock, background=self._background,
            predict=lambda text, live: self._predictor.predict_now(text, live, values.likely_files),
        )  # fmt: skip
        learning = self.store.learning
        session = self._session = Session(LiveContext(accepted=learning.accepted(), rejected=learning.rejected()))
        publish, measures = self._broadcast.publish, self.store.measures
        self.changes = Changes(values, self.root, folder, self.workspace, partial(background.call, publish), measures)
        ends = (self._renew, self._notice, self._cancel, self.changes.restore)
        self.memory = Memory(self._session, self.store, self.root, background, *ends)
        self._feedback = Feedback(
            background, self.engine.record, learning.judge, lambda what: self._soon(lambda: self._session.learn(**what))
        )
        self._farewell = Farewell(values, self._session, self.store.ratings, background, publish)
        self.dialogue = Dialogue(
            values, model, changes=self.changes, tools=self.tools, store=self.store, workspace=self.workspace,
            engine=self.engine, session=self._session, background=background, publish=publish, predict=self.predict,
            notices=self._notices, clock=clock, fixed=lambda: self.settings.where("remote_before_submit") == "policy",
        )  # fmt: skip
        self.models = ModelDesk(self.settings, self.dialogue, self._background)
        expect = self.changes.expecting(self._predictor.predict, lambda: self.dialogue.model)
        self._keys = Keystrokes(values, session, background, expect, self._predicted, self._notice, may_be_command)
        session.newest, session.on_answered = lambda: self._predictor.answered_newest, self._keys.answered
        self._predictor.on_better = lambda: self._background.call(self._keys.known_better)
        self._undertaken = Undertaken(self.cancel, self.dialogue.holds)
        index = self.workspace.index
        self._stop: list[Callable[[], None]] = [
            index.on_progress(lambda: self._soon(lambda: {"index": picture.index_view(index.progress())})),
            index.on_change(self._predictor.changed), self._predictor.close,
        ]  # fmt: skip
        self.engine.on_change = lambda: self._background.call(self._publish_typing)
        self.settings.observe(lambda name, value: self._background.call(self._setting_changed, name, value))
        self.workspace.start()

    # -- what comes in ------------------------------------------------------------------------------

    def typing(self, event: TypingEvent) -> None:
        """A keystroke: predicted and prepared for in the background; the newest replaces those not yet seen."""
        if self.settings.values.enabled:
            self.workspace.index.stir()
            self._keys.typed(event)

    def notebook(self, notebook: NotebookPicture) -> None:
        """The outline of the active notebook, from the front end; its earlier conversation goes on."""
        self._soon(lambda: self._session.learn(notebook=notebook))
        self._background.call(self.memory.met, notebook)

    def variables(self, variables: tuple[Variable, ...]) -> None:
        """A picture of the kernel's variables, taken after a cell ran."""
        self._soon(lambda: self._session.learn(variables=variables))

    def failure(self, failure: Failure | None) -> None:
        """The last traceback; None once a later run succeeded."""
        self._soon(lambda: self._session.learn(failures=(failure,) if failure else ()))

    def busy(self, busy: bool) -> None:
        """Whether the kernel runs a cell: preparing costs the person more then, and showing it can wait a moment."""
        self._background.call(self._broadcast.hold, busy)
        self._background.call(self.engine.set_busy, busy)
        self._background.call(self._farewell.active)

    def submit(
        self,
        text: str,
        *,
        source: Source = "cell",
        notebook_id: str = "",
        cell_id: str = "",
        fresh: bool = False,
        attachments: Iterable[str] = (),
        asks: bool = False,
    ) -> Pending:
        """Answer a request with what is prepared; returns at once, the answer streams from the result.

        `attachments` are texts (a cell, an error) that belong to the request. `fresh` makes the answer anew even
        if an earlier one of the same cell still holds. `asks` says that somebody can answer questions (`choose`);
        else the best answers are assumed, and said. What is under way already goes on: then that is what comes back.
        Raises `MaestroError` once closed.
        """
        if self._background.closed:
            raise MaestroError("CodeMaestro is closed here.", hint="Make a new one, or %load_ext codemaestro again.")
        sent = Sent("\n\n".join([text.strip(), *attachments]), NotebookId(notebook_id), CellId(cell_id))
        if (known := self._undertaken.again(sent, asks, fresh=fresh)) is not None:
            return known
        pending, turn = self._undertaken.begin(sent, asks, self.tools.lend, self._clock())
        self._background.start(self._answer(pending, turn, fresh, asks))
        return pending

    def cancel(self, turn: TurnId) -> None:
        """Stop working on a request; what it said so far stays."""
        self._background.call(self._cancel, turn)

    def rate(self, turn: TurnId | None, rating: Rating) -> None:
        """How an answer (or, without a turn, the session) felt."""
        self._background.call(self._farewell.rate, turn, rating)

    def dismiss(self, path: str) -> None:
        """The person says a predicted file is not meant: it is remembered, and its preparation ends."""
        self._background.call(self._dismiss, RelPath(path))

    def choose(self, question: str, option: str = "", text: str = "") -> None:
        """Answer an open question by the id of an offered answer, or in own words."""
        self._background.call(self._choose, question, option, text)

    def change(self, turn: TurnId, action: ChangeAction, hunks: Iterable[str] | None = None, fix: int = 0) -> None:
        """Do what the card of a change says; what comes of it stands on the card. `hunks` None: those ticked."""
        self._background.call(self.dialogue.change, turn, action, hunks, fix, self._notice)

    def clear(self, notebook_id: str | None = None) -> None:
        """Clear a notebook's conversation (None: all) from the screens for good; the stored history stays."""
        notebook = None if notebook_id is None else NotebookId(notebook_id)
        self._background.call(self.memory.clear, notebook, self._clock())

    def forget(self, what: Forgettable) -> int:
        """Delete what is stored and what is in memory; returns how many stored things there were."""
        if what != "preparations":
            self.clear()
        return self.engine.forget(lambda: self.store.forget(what))

    # -- what can be asked --------------------------------------------------------------------------

    def complete(self, prefix: str, limit: int = 20) -> list[Completion]:
        """What `@prefix` can stand for: variables of the kernel and files of the project."""
        return complete(prefix, self.workspace.index.view().paths, self._session.live.variables, limit)

    def predict(self, text: str, k: int | None = None) -> Prediction:
        """What a text leads us to expect (at most `k` files), computed now on the calling thread."""
        return self._predictor.predict_now(text, self._session.live, k or self.settings.values.likely_files)

    def preview(self, text: str) -> Answer:
        """What submitting the text would do, without doing it: nothing is read beyond the index, nothing stored."""
        return offline.preview(text, self.predict(text))

    def view(self) -> SessionView:
        """The whole picture; safe on any thread."""
        return self._background.ask(self._whole)

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Call `callback(part)` with what changes, at most ten times a second, on `maestro-loop`."""
        return self._broadcast.subscribe(callback)

    def close(self) -> None:
        """End everything; may be called twice. Stored preparations stay for the next session."""
        if self._background.closed:
            return
        for stop in self._stop:
            stop()
        self._undertaken.stop()
        try:
            self._background.finish(self.dialogue.close())
            self._feedback.close()
            self._background.finish(self.engine.close())
            self.tools.close()
        finally:
            self._background.close()
            self.workspace.close()
            self.store.close()
            self._undertaken.fail(MaestroError("CodeMaestro was closed before it could answer."))

    def __enter__(self) -> Maestro:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- on the loop: typing

    def _predicted(self, prediction: Prediction) -> None:
        self.engine.update(prediction, self._session.live)
        self.dialogue.typed(prediction)
        self._farewell.active()
        self._publish_typing(at_once=True)

    def _publish_typing(self, at_once: bool = False) -> None:
        status = self.engine.status()
        part = self._session.typing_part(status.ready, self.dialogue.preparing())
        self._broadcast.publish({**part, "stage": status.stage, "preparations": status.preparations}, at_once=at_once)
        self.dialogue.prepared()

    def _say_stage(self, message: str) -> None:
        self._soon(lambda: {"stage": {**self.engine.status().stage, "message": message}})

    def _soon(self, part: Callable[[], SessionView]) -> None:
        self._background.call(lambda: self._broadcast.publish(part()))

    def _setting_changed(self, name: str, value: Any) -> None:
        if name == "enabled":
            if not value:
                for stop in (self._keys.drop, self.engine.cancel_all, self.dialogue.drafts.stop):
                    stop()
                self._farewell.happens("switched off")
            self._broadcast.publish({"enabled": bool(value)})
        elif name == "ask_rating":
            self._broadcast.publish({"ask_rating": bool(value), "ask_session": self._farewell.asks})
        elif name in ("model", "fast_model", "base_url", "remote_before_submit"):
            self.dialogue.changed()

    def _dismiss(self, path: RelPath) -> None:
        self._background.pool.submit(self.store.learning.record, path, False)
        self._session.dismiss(path)
        self.engine.update(self._session.prediction, self._session.live)
        self._publish_typing()

    # -- on the loop: turns -------------------------------------------------------------------------

    async def _answer(self, pending: Pending, turn: Turn, fresh: bool, asks: bool) -> None:
        self._keys.submitted(turn.request)
        self._farewell.happens("requested")
        self._broadcast.publish(self._session.show(picture.turn_view(turn)))
        try:
            sources, said = partial(self.engine.sources, turn, self._session.live), self._session.earlier(turn.id)
            command, begin, turns = self.dialogue.command, self.dialogue.begin(turn, asks), self.store.turns
            found = await self._work(at_once, turn, fresh, turns, sources, command, self.workspace, begin, said)
            if pending.cancelled.is_set():  # before there was anything to stop
                raise StoppedError(await self.dialogue.receipt(turn))
            if found.sentence:
                self._say_stage("Working out the change…")
                answer, turn = await self._work(self.dialogue.propose, pending, turn, found.sentence)
            elif found.earlier is not None:
                answer, turn = reuse(turn, found.earlier, pending, self._clock())
            else:
                answer, turn = await self.dialogue.answer(pending, turn, self._grow, self._think, asks, found)
            self._broadcast.publish(self._session.remember(turn))
            self._broadcast.publish(self._session.show(picture.turn_view(turn, reused=pending.reused)))
            self._farewell.happens("answered")
            pending.finish(answer)
            if found.earlier is None:
                self._feedback.answered(self._session.prediction, frozenset(turn.files))
        except (StoppedError, asyncio.CancelledError) as stopped:
            self._end(pending, getattr(stopped, "turn", None) or turn, "cancelled", str(stopped), CancelledError())
        except (MaestroError, OSError) as error:  # no files or processes left is nobody's fault here
            self._end(pending, turn, "failed", str(error), error)
        except Exception as error:
            log.exception("The answer failed")
            self._end(pending, turn, "failed", f"CodeMaestro failed: {type(error).__name__}: {error}", error)
        finally:
            self._broadcast.flush()
            self._undertaken.end(turn.id)

    def _think(
        self, pending: Pending, turn: Turn, remark: str, before: str, asked: str, closing: str
    ) -> tuple[Answer, Turn]:
        def grow(markdown: str, first: float) -> None:
            self._background.call(self._grow, turn.id, before + markdown, first)

        lacks = await_contents(turn.request, self.workspace.index, pending, self._clock, self._say_stage)
        sources = self.engine.sources(turn, self._session.live)
        answer, turn = think(turn, sources, pending, self._clock, grow, f"{remark} {lacks}".strip(), asked, closing)
        answer = replace(answer, markdown=before + answer.markdown)
        turn = replace(turn, answer=answer.markdown, receipt=sources.receipt(answer))
        self.store.turns.soon(turn)
        return answer, turn

    def _grow(self, turn: TurnId, markdown: str, first_output: float) -> None:
        self._broadcast.publish(self._session.grow(turn, markdown, first_output))

    def _cancel(self, turn: TurnId) -> None:
        if (pending := self._undertaken.get(turn)) is not None:
            pending.cancelled.set()
            self.dialogue.stop(turn)

    def _choose(self, question: str, option: str, text: str) -> None:
        if not self.dialogue.choose(question, option, text):
            self._notice(InputError("That question is no longer open.", hint="Ask again if it still matters."))

    def _end(self, pending: Pending, turn: Turn, state: Any, message: str, error: BaseException) -> None:
        said = "\n\n".join(part for part in (self._session.markdown(turn.id), message) if part)
        turn = replace(turn, answer=said, state=state, finished=self._clock())
        self.store.turns.soon(turn)
        self._background.pool.submit(self.store.turns.flush)  # closing flushes what no worker came to
        self._broadcast.publish({**self._session.show(picture.turn_view(turn)), "ledger": self._session.ledger()})
        pending.finish(error=error)

    # -- on the loop: the picture -------------------------------------------------------------------

    def _notice(self, error: MaestroError) -> None:
        notice = NoticeView(level="warning", message=error.message, hint=error.hint)
        self._broadcast.publish({"notices": [*self._notices(), notice]})

    def _notices(self) -> list[NoticeView]:
        said = picture.notices([*self.store.notices, *self.workspace.notices, *self.settings.problems])
        return [*said, *self.dialogue.permission.notices]

    def _renew(self) -> None:
        self._broadcast.publish(self._whole())

    def _whole(self) -> SessionView:
        self._broadcast.forget()
        status = self.engine.status()
        others = {
            "session": self.session,
            "root": str(self.root),
            "enabled": bool(self.settings.values.enabled),
            **self.dialogue.picture(),
            "stage": status.stage,
            "preparations": status.preparations,
            "index": picture.index_view(self.workspace.index.progress()),
            "changes": self.changes.views(),
            "notices": self._notices(),
            "ask_rating": bool(self.settings.values.ask_rating),
            "ask_session": self._farewell.asks,
        }
        return self._session.whole(status.ready, others, self.dialogue.preparing())

    async def _work(self, function: Callable[..., T], *arguments: Any) -> T:
        return await self._background.loop.run_in_executor(self._background.pool, function, *arguments)
