"""Join the conversation to everything it needs: models, budgets, drafts, changes. Maestro only starts and asks.

Complete after construction; nothing is looked for, imported or sent before somebody types or submits.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.changes import Changes
from codemaestro_jupyter.converse.answering import AtOnce
from codemaestro_jupyter.converse.context import about_changes
from codemaestro_jupyter.converse.conversation import Conversation
from codemaestro_jupyter.converse.machine import APPLY, LEAVE
from codemaestro_jupyter.converse.session import Session
from codemaestro_jupyter.converse.surroundings import Surroundings
from codemaestro_jupyter.converse.toolwork import functions
from codemaestro_jupyter.converse.turns import Pending
from codemaestro_jupyter.converse.underway import NOTHING_MORE
from codemaestro_jupyter.converse.voice import Voice
from codemaestro_jupyter.converse.warming import Warming
from codemaestro_jupyter.edit.card import checks_markdown, outcome, proposal_markdown
from codemaestro_jupyter.errors import InputError, MaestroError
from codemaestro_jupyter.models.calls import Calls
from codemaestro_jupyter.models.choices import choices
from codemaestro_jupyter.models.consent import Consent, provider_of
from codemaestro_jupyter.models.foreseen import Foreseen
from codemaestro_jupyter.models.keys import Asked, find_key
from codemaestro_jupyter.models.making import make
from codemaestro_jupyter.models.permission import Permission
from codemaestro_jupyter.models.protocol import Message, Model, ModelInfo, Usage
from codemaestro_jupyter.models.purse import Purse, cost
from codemaestro_jupyter.models.remembered import Stored
from codemaestro_jupyter.models.selection import Models
from codemaestro_jupyter.models.tokens import Counter
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.plan.workspace_sources import WorkspaceSources
from codemaestro_jupyter.prepare.ahead import worth_reading_ahead
from codemaestro_jupyter.prepare.candidates import offers
from codemaestro_jupyter.prepare.drafts import DRAFT_SECONDS, Drafts, worth_drafting
from codemaestro_jupyter.prepare.engine import Engine
from codemaestro_jupyter.prepare.extra import keep
from codemaestro_jupyter.prepare.sources import structure_from
from codemaestro_jupyter.prepare.status import Asking
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.tools import Tools
from codemaestro_jupyter.types import Answer, AnswerPart, Prediction, RelPath, Stage, Turn, TurnId
from codemaestro_jupyter.view import ChangeAction, ModelView, NoticeView, SessionView
from codemaestro_jupyter.workspace.workspace import Workspace

if TYPE_CHECKING:  # the plan engine brings LibCST, which nobody who only asks needs: imported when a plan is drafted
    from codemaestro_jupyter.edit.proposal import Proposal

log = logging.getLogger(__name__)
ATTACHED = "\n\nAttached "
"""What follows was attached to the request by a click."""
CONFIRMED: Mapping[str, str] = {"apply": APPLY, "discard": LEAVE}
NOTHING_YET = "*Nothing is written before you apply it: here, by `%maestro apply` or with `codemaestro edit`.*"


class Dialogue:
    """The session's conversation; `answer`, `typed`, `stop` and `choose` belong on the loop."""

    def __init__(
        self,
        settings: CodeMaestro,
        model: Model | None,
        *,
        changes: Changes,
        tools: Tools,
        store: Store,
        workspace: Workspace,
        engine: Engine,
        session: Session,
        background: Background,
        publish: Callable[[SessionView], None],
        predict: Callable[[str], Prediction],
        notices: Callable[[], list[NoticeView]],
        clock: Callable[[], float],
        fixed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings, self._background = settings, background
        self._store, self._workspace, self._engine, self._session = store, workspace, engine, session
        self._publish, self._predict, self._notices = publish, predict, notices
        self._clock, self._changes = clock, changes
        self._unkept: dict[TurnId, Turn] = {}
        self._warm, self._verb, self._told = False, "", ""
        self._unlocking: list[Asked] = []
        self.offered: list[ModelView] = []  # as far as anybody asked
        self._remembered = Stored(store.providers, background.pool.submit)
        self._counter = Counter()
        self.models = Models(settings, model, make=self._make)
        self.foreseen = Foreseen(self.models, background.pool.submit, lambda: background.call(self._found))
        purse = Purse(store.ledger, settings, clock, self._counter)
        self.calls = Calls(purse, self._work, deadline=lambda: float(settings.model_seconds))
        offered = lambda: functions(tools.specs)  # noqa: E731 - to both of those that read ahead
        self.drafts = Drafts(self.calls, changes.work_out, self._work, trial=self._trial, offered=offered)
        self.consent = Consent(settings, store.providers, fixed)
        self.permission = Permission(self.consent, background.pool.submit)
        self.warming = Warming(
            self.models, self.calls, self._project, self._work, clock, self.consent.allowed, self._worth_ahead,
            self._found, offered,
        )  # fmt: skip
        around = Surroundings(
            work=self._work,
            publish=publish,
            asking=self._asking,
            mapped=lambda: engine.status().mapped,
            structure=structure_from,
            similar=workspace.similar,
            typed=session,
            raised=lambda: session.live.failures,
            # a model is told of the working tree only where the request is about it
            sources=lambda turn: engine.sources(turn, session.live, early=about_changes(turn.request)),
            keep=partial(keep, store, clock, lambda: self.model),
            waits=self._waits,
            apply=self._apply,
            left=lambda turn: changes.perform(turn, "discard"),
            drafting=lambda: background.call(self._load_editor),
            shown=changes.show,
            worth=self._worth,
            tools=tools,
            earlier=session.earlier,
        )
        self._conversation = Conversation(settings, self.models, self.calls, self.drafts, self.warming, around)
        self.receipt = self._conversation.receipt  # of a turn that was stopped before it began
        self.question = self._conversation.questions.of
        self.begin, self.holds = self._conversation.beginning.ahead, self._conversation.holds
        session.spent = self.calls.total
        engine.opened = changes.opened
        changes.here = session.here
        engine.has_model = lambda: self.models.current is not None

    @property
    def model(self) -> str:
        """The model's name; empty without one, and before it was looked for."""
        model = self.models.current
        return model.info.name if model is not None else ""

    def preparing(self) -> tuple[str, ...]:
        """The answers to the open question that are prepared for, as a person reads them."""
        return self._conversation.questions.preparing()

    def typed(self, prediction: Prediction) -> None:
        """Somebody types: a model may read ahead, and the plan engine is loaded for what begins like a command."""
        self.warming.typed(prediction)
        verb = prediction.text.split(maxsplit=1)[0] if prediction.text.strip() else ""
        if not self._warm and verb != self._verb:
            self._verb = verb
            self._background.pool.submit(self._warm_up, prediction.text)

    def prepared(self) -> None:
        """Something became ready: the marks at an open question's answers follow."""
        self._conversation.questions.show()

    def choose(self, question: str, option: str, text: str) -> bool:
        """Answer the open question; False if it is not open."""
        return self._conversation.questions.choose(question, option, text)

    def stop(self, turn: TurnId) -> None:
        """End a turn at once."""
        self._conversation.stop(turn)

    def offer(self) -> list[ModelView]:
        """Look which models can be chosen, and show them; blocks for up to a second, so not on the loop."""
        model = self.models.look(patient=True)
        found = choices(self._settings, model.info if model is not None else None)
        offered = [ModelView(name=info.name, local=info.local or bool(info.waits)) for info in found]
        self._background.call(self._offered, offered)
        return offered

    def allow(self, allowed: bool, provider: str = "") -> str:
        """The answer to the question of consent, on any thread; blocks for a moment."""
        if not provider:
            model = self.models.look(patient=True) or self.models.require()
            provider = self.permission.view["provider"] if self.permission.view else provider_of(model.info)
        self.consent.give(provider, allowed)
        self._background.call(self._answered, provider)
        return provider

    def picture(self) -> SessionView:
        """What the whole picture says about models, and what is asked."""
        asked = self._conversation.questions.picture()
        return {**asked, "model": self.foreseen.name, "models": self.offered, "consent": self.permission.view}

    def changed(self) -> None:
        """The settings of models changed."""
        if self.models.off:
            self.drafts.stop()
        self.warming.forget()
        self.foreseen.changed()
        self._found(anew=True)

    async def answer(
        self,
        pending: Pending,
        turn: Turn,
        grow: Callable[[TurnId, str, float], None],
        offline: Callable[[Pending, Turn, str, str, str, str], tuple[Answer, Turn]],
        may_ask: bool,
        found: AtOnce,
    ) -> tuple[Answer, Turn]:
        """Answer a turn; `offline(pending, turn, remark, said before, asked, closing)` does so with no model."""
        self._unkept[turn.id] = turn
        voice = Voice(pending.say, lambda markdown, first: grow(turn.id, markdown, first), self._clock)

        async def alone(
            remark: str, asked: str = "", closing: str = "", data: Mapping[str, Any] = NOTHING_MORE
        ) -> tuple[Answer, Turn]:
            said, known = voice.markdown, replace(turn, data={**turn.data, **data})
            answered: tuple[Answer, Turn] = await self._work(offline, pending, known, remark, said, asked, closing)
            return answered

        try:
            answer, turn = await self._conversation.answer(turn, voice, alone, found, may_ask=may_ask)
        finally:
            self._found()  # also where it was stopped
        pending.reused = bool(turn.data.get("again"))
        return answer, turn

    # -- commands: what needs no model --------------------------------------------------------------

    def command(self, request: str) -> str:
        """The sentence that a request proposes as a change; empty if it is no command. For a worker."""
        return self._changes.command(request.split(ATTACHED, 1)[0], model=bool(self.model))

    def propose(self, pending: Pending, turn: Turn, sentence: str) -> tuple[Answer, Turn]:
        """Answer a command with its proposal, on a worker; it is applied at once only where the person set that."""
        from codemaestro_jupyter.edit.proposal_json import proposal_to_json

        changes = self._changes
        sources = self._engine.sources(turn, self._session.live, early=False)
        proposal = changes.recall(sources.change(sentence)) or changes.work_out(sentence)
        changes.show(turn.id, proposal)
        data = dict(proposal_to_json(proposal))
        markdown = proposal_markdown(proposal)
        checks = changes.checks(proposal)
        markdown += f"\n{checks_markdown(checks)}\n" if checks else ""
        if proposal.applicable and self._settings.auto_apply and all(check.passed for check in checks):
            try:
                receipt = changes.apply(turn.id)
                data["applied"] = asdict(receipt)
                markdown += f"\n{outcome([receipt], '**Applied**')}\n\n`%maestro undo` takes it back.\n"
            except MaestroError as error:
                markdown += f"\n**Nothing was changed.** {error}\n"
        elif proposal.applicable:
            markdown += f"\n{NOTHING_YET}\n"
        pending.say(AnswerPart(markdown))
        now = self._clock()
        files = tuple(RelPath(diff.path) for diff in proposal.diffs)
        # without fingerprints: what may have been applied must not be shown again as if it were new
        answer = Answer(turn.request, "edit", markdown, files, files, {}, data)
        kept = {"title": proposal.title, "applied": data.get("applied")}  # the journal has every byte of it
        turn = replace(
            turn, answer=markdown, tool="edit", first_output=now, finished=now, state="done", files=files, data=kept
        )
        turn = replace(turn, receipt=sources.receipt(answer))
        self._store.turns.soon(turn)
        return answer, turn

    def change(
        self,
        turn: TurnId,
        action: ChangeAction,
        hunks: Iterable[str] | None,
        fix: int,
        complain: Callable[[MaestroError], None],
    ) -> None:
        """Do what the card of a change says; on the loop. A model's plan that waits for a yes goes on with it."""
        question, chosen = self.question(turn), None if hunks is None else frozenset(hunks)
        if action in ("take", "leave", "show"):  # here, as one follows the other
            self._changes.perform(turn, action, chosen)
            return
        if question is not None and action in CONFIRMED:
            if chosen is not None:
                self._changes.accept(turn, chosen)
            self.choose(question["id"], CONFIRMED[action], "")
            if action == "apply":
                return

        def ended(done: Future[None]) -> None:
            error = done.exception()
            if isinstance(error, InputError):  # a button of a card that is not on the screen any more
                self._background.call(complain, error)
            elif error is not None and not isinstance(error, MaestroError):
                log.error("A change failed", exc_info=error)

        self._background.pool.submit(self._changes.perform, turn, action, chosen, fix).add_done_callback(ended)

    def revise(self, turn: TurnId, text: str) -> None:
        """Propose what the changed text of a plan says, in the background; a text that is none becomes a notice."""

        def ended(done: Future[None]) -> None:
            if isinstance(error := done.exception(), MaestroError):
                notice = NoticeView(level="warning", message=error.message, hint=error.hint)
                self._background.call(lambda: self._publish({"notices": [*self._notices(), notice]}))

        self._background.pool.submit(self._changes.revise, turn, text).add_done_callback(ended)

    async def close(self) -> None:
        """End what is read ahead or drafted, and close the connections."""
        self.warming.forget()
        self.drafts.close()
        for asked in self._unlocking:
            asked.kill()
        await self._work(self._changes.close)
        await self.models.close()

    # -- for the conversation -----------------------------------------------------------------------

    def _work(self, function: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
        return self._background.loop.run_in_executor(self._background.pool, function, *arguments)

    def _project(self) -> Sources:
        return WorkspaceSources(self._workspace, self._session.live, self._predict)

    def _offered(self, offered: list[ModelView]) -> None:
        self.offered = offered
        self._found()
        self._publish({"models": offered})

    def _make(self, info: ModelInfo) -> Model:
        """On a worker: the client of a model, with what is known of its server."""
        self.consent.recall()
        known = find_key(info.base_url, self._unlocking.append)
        self.consent.meet(info, known)
        self._remembered.recall(info.base_url)
        if not info.local:
            self._counter.prepare()
        key = hashlib.sha256(str(self._workspace.root).encode("utf8", "replace")).hexdigest()[:24]
        return make(info, key=known, cache_key=f"codemaestro-{key}", remembered=self._remembered)

    def _answered(self, provider: str) -> None:
        self.permission.answered(provider)
        self.warming.forget()
        self._publish({"notices": self._notices(), "consent": None})

    def _found(self, *, anew: bool = False) -> None:
        """A model was found or lost: say which (`anew`: again), and once what it, or the one that drafts, may see."""
        name = self.foreseen.name
        part: SessionView = {"model": name} if anew or name != self._told else {}
        self._told = name
        if self.permission.due(self.models.current, self.models.named("fast")):
            part["consent"], part["notices"] = self.permission.view, self._notices()
        if part:
            self._publish(part)

    def _worth_ahead(self, probability: float, saved: float, tokens: int, info: ModelInfo) -> bool:
        return worth_reading_ahead(probability, saved, cost(info, Usage(tokens)), float(self._settings.dial))

    def _worth(self, probability: float, messages: Sequence[Message], read: float) -> bool:
        return worth_drafting(probability, messages, DRAFT_SECONDS, float(self._settings.dial), read=read)

    def _waits(self, turn: Turn) -> None:
        self._unkept.pop(turn.id, None)
        self._store.turns.soon(turn)
        self._background.pool.submit(self._store.turns.flush)

    def _apply(self, turn: TurnId) -> str:
        there = self._changes.get(turn)  # applied by `%maestro apply` perhaps, while its question was open
        done = there.written if there is not None and there.state == "applied" else self._changes.apply(turn).files
        files = ", ".join(f"`{path}`" for path in done)
        return f"**Done:** {files} changed. `%maestro undo` or `codemaestro undo` takes it back."

    def _warm_up(self, text: str) -> None:
        self._warm = self._changes.begins_like_a_command(text) or self._warm

    def _load_editor(self) -> None:
        def load() -> None:
            from codemaestro_jupyter.edit import engine  # noqa: F401 - LibCST takes its time

        self._background.pool.submit(load)

    def _asking(
        self, turn: TurnId, stage: Stage | None, parts: Mapping[str, float], requests: Mapping[str, float]
    ) -> None:
        begun = self._unkept.pop(turn, None)
        if stage and begun is not None:  # a request outlives the kernel that asked about it
            self._background.pool.submit(self._store.turns.begin, begun)
        asking = Asking(stage, self.drafts.states(turn), stage == "IMPLEMENTATION") if stage else None
        self._engine.ask(turn, asking, offers(parts, requests))

    def _trial(self, proposal: Proposal, stopped: Callable[[], bool]) -> tuple[str, ...]:
        """Where it is switched on: the tests that apply, in a copy."""
        if not self._settings.run_tests_in_copy:
            return ()
        checks = self._changes.engine().check(proposal, tests=True, stopped=stopped)
        return tuple(check.told for check in checks)
