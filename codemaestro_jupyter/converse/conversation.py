"""The conversation with a model, performed: what the machine decides is asked, thought about, shown and done here.

Lives on the loop; what reads or computes goes to a worker. Without a model it hands the request on at once, and
whenever the model fails, the answer that needs none takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from codemaestro_jupyter.converse import context
from codemaestro_jupyter.converse.answering import StoppedError
from codemaestro_jupyter.converse.clarify import Clear, Facts, Question, match
from codemaestro_jupyter.converse.machine import (
    CONFIRM,
    Act,
    Answered,
    Ask,
    Finished,
    Keep,
    Planned,
    State,
    Submitted,
    Think,
    Withdraw,
    step,
)
from codemaestro_jupyter.converse.plans import AnyDraft, plan_markdown
from codemaestro_jupyter.converse.surroundings import Drafter, Surroundings
from codemaestro_jupyter.converse.voice import Voice
from codemaestro_jupyter.converse.warming import Warming
from codemaestro_jupyter.errors import MaestroError, ModelError
from codemaestro_jupyter.models.calls import Calls, Spent
from codemaestro_jupyter.models.protocol import Message, Model
from codemaestro_jupyter.models.selection import Models
from codemaestro_jupyter.plan.draft import TASK
from codemaestro_jupyter.plan.prompt import Moment, prompt
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.types import Answer, LikelyFile, Prediction, Tool, Turn, TurnId
from codemaestro_jupyter.view import OptionView, QuestionView

QUESTION_SECONDS = 600.0
"""After this long without an answer the most probable one is taken, and said."""
DRAFTS = 2
Offline = Callable[[str], Awaitable[tuple[Answer, Turn]]]
"""Answers without a model; its argument is a remark to begin with."""


@dataclass
class Dialogue:
    """One turn on its way through the machine."""

    turn: Turn
    voice: Voice
    model: Model
    sources: Sources
    spent: Spent = field(default_factory=Spent)
    state: State = field(default_factory=State)
    clear: Clear = field(default_factory=lambda: Clear(""))
    """What was thought about last: the machine forgets it when it is done."""
    tool: Tool = "brief"
    front: context.Front | None = None
    option: str = ""
    drafted: AnyDraft | None = None
    asked: int = 0


class Conversation:
    """Everything between a request and its answer where a model is switched on; on the loop."""

    def __init__(
        self,
        settings: CodeMaestro,
        models: Models,
        calls: Calls,
        drafts: Drafter,
        warming: Warming,
        around: Surroundings,
    ) -> None:
        self._settings = settings
        self._models = models
        self._calls = calls
        self._drafts = drafts
        self._warming = warming
        self._around = around
        self._running: dict[TurnId, asyncio.Task[Any]] = {}
        self._stopped: set[TurnId] = set()
        self._open: tuple[str, TurnId, Question, asyncio.Future[Answered]] | None = None
        drafts.on_change = self.show_question

    # -- questions ----------------------------------------------------------------------------------

    def question(self) -> QuestionView | None:
        """The open question, with what is ready for its answers."""
        if self._open is None:
            return None
        name, turn, question, _ = self._open
        drafted, prepared = self._drafts.ready(turn), self._around.prepared()
        return QuestionView(
            id=name,
            turn=turn,
            stage=question.stage,
            text=question.text,
            options=[
                OptionView(
                    id=option.id,
                    label=option.label,
                    probability=round(option.probability, 3),
                    ready=question is CONFIRM
                    or option.id in drafted
                    or (question.stage == "SCOPE" and bool(option.paths) and prepared.issuperset(option.paths)),
                )
                for option in question.options
            ],
        )

    def show_question(self) -> None:
        """Something became ready: draw the question anew, if one is open."""
        if self._open is not None:
            self._around.publish({"question": self.question()})

    def choose(self, question: str, option: str, text: str) -> bool:
        """Answer the open question; False if that one is not open, or has no such answer."""
        if self._open is None or self._open[0] != question or self._open[3].done():
            return False
        if self._open[2].option(option) is None and not text.strip():
            return False
        self._open[3].set_result(Answered(option, text))
        return True

    # -- turns --------------------------------------------------------------------------------------

    async def answer(self, turn: Turn, voice: Voice, offline: Offline, *, may_ask: bool) -> tuple[Answer, Turn]:
        """Answer a turn. Raises `StoppedError`, with what was billed, once `stop` was called for it."""
        model = self._models.current if self._models.settled else await self._around.work(self._models.look)
        if model is None:
            remark = self._models.problem
            return await offline(remark)
        task = asyncio.current_task()
        assert task is not None
        self._running[turn.id] = task
        spent = Spent()
        try:
            sources, facts = await self._around.work(self._begin, turn, may_ask)
            dialogue = Dialogue(turn, voice, model, sources, spent)
            await self._through(dialogue, facts)
            return await self._finished(dialogue)
        except asyncio.CancelledError:
            if turn.id in self._stopped:
                billed = f"{spent} billed" if spent.calls else "nothing billed"
                raise StoppedError(f"*Stopped, {billed}.*") from None
            raise
        except ModelError as error:
            voice.paragraph()
            return await offline(f"{error} This answer was made without a model.")
        finally:
            self._running.pop(turn.id, None)
            self._stopped.discard(turn.id)
            self._withdraw(turn.id)
            self._drafts.keep(turn.id)

    def stop(self, turn: TurnId) -> None:
        """End a turn at once; its model call is closed."""
        task = self._running.get(turn)
        if task is not None:
            self._stopped.add(turn)
            task.cancel()

    # -- performing what the machine decides --------------------------------------------------------

    def _begin(self, turn: Turn, may_ask: bool) -> tuple[Sources, Facts]:
        sources = self._around.sources(turn)
        return sources, context.facts(sources, turn.request, may_ask, self._around.typed())

    async def _through(self, dialogue: Dialogue, facts: Facts) -> None:
        dialogue.tool = facts.tool
        dialogue.state, todo = step(State(), Submitted(dialogue.turn.request, facts))
        queue = deque(todo)
        while queue:
            event: Any = None
            match queue.popleft():
                case Ask(question):
                    event = await self._ask(dialogue, question)
                case Withdraw():
                    self._withdraw(dialogue.turn.id)
                case Keep(option):
                    dialogue.option = option
                    self._drafts.keep(dialogue.turn.id, option)
                case Think(clear, change):
                    event = await self._think(dialogue, clear, change)
                case Act():
                    event = Finished()
                    dialogue.voice.paragraph()
                    try:
                        done = await self._around.work(self._around.apply, dialogue.turn.id)
                    except MaestroError as error:
                        done = f"**Nothing was changed.** {error}"
                    dialogue.voice.say(done + "\n")
            if event is not None:
                dialogue.state, more = step(dialogue.state, event)
                queue.extend(more)

    async def _ask(self, dialogue: Dialogue, question: Question) -> Answered:
        dialogue.asked += 1
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        if self._open is not None and not self._open[3].done():  # the newest question counts; that one's goes on
            self._open[3].set_result(_assumed(self._open[2]))
        self._open = (f"{dialogue.turn.id}:{dialogue.asked}", dialogue.turn.id, question, future)
        self._around.publish({"question": self.question()})
        preparing = asyncio.ensure_future(self._prepare(dialogue, question))
        try:
            async with asyncio.timeout(QUESTION_SECONDS):
                event = await future
        except TimeoutError:
            event = _assumed(question)
        finally:
            preparing.cancel()
        option = question.option(event.option) or match(event.text, question)
        if question is not CONFIRM:
            dialogue.voice.say(f"*{question.text} → {option.label if option else event.text.strip()}*\n\n")
        return event

    async def _prepare(self, dialogue: Dialogue, question: Question) -> None:
        """While a question is open: files for every answer, drafted plans for the likeliest."""
        if not self._settings.enabled:
            return
        likely = {path: option.probability for option in reversed(question.options) for path in option.paths}
        if likely:
            files = tuple(LikelyFile(path, share) for path, share in likely.items())
            self._around.prepare(Prediction(text=dialogue.turn.request, files=files))
        with contextlib.suppress(ModelError):  # who chooses the answer is told
            for option in question.options[:DRAFTS]:
                after, then = step(dialogue.state, Answered(option.id))
                if not any(isinstance(item, Think) and item.change for item in then):
                    continue
                messages = await self._messages(dialogue, after.clear, TASK)
                if self._around.worth(option.probability, messages):
                    assert dialogue.front is not None
                    self._around.drafting()
                    self._drafts.begin(
                        option.id, dialogue.model, messages, after.clear.text, dialogue.turn.id,
                        dialogue.front.fingerprints,
                    )  # fmt: skip

    async def _think(self, dialogue: Dialogue, clear: Clear, change: bool) -> Planned:
        voice = dialogue.voice
        dialogue.clear, dialogue.drafted = clear, None
        dialogue.tool = "edit" if change else dialogue.tool
        if not change:
            messages = await self._messages(dialogue, clear)
            texts = self._calls.stream(dialogue.model, "answer", messages, dialogue.spent, turn=dialogue.turn.id)
            async with aclosing(texts) as stream:
                async for text in stream:
                    voice.say(text)
        else:
            dialogue.drafted = await self._drafted(dialogue, clear)
            voice.say(plan_markdown(dialogue.drafted))
        applicable = dialogue.drafted is not None and dialogue.drafted.applicable
        if applicable and dialogue.drafted is not None:
            self._around.shown(dialogue.turn.id, dialogue.drafted.proposal)
            if not (dialogue.state.facts.may_ask or self._settings.auto_apply):
                voice.paragraph()
                voice.say("`%maestro apply` writes it; nothing is written before that.")
        if clear.said:
            voice.paragraph()
            voice.say(clear.said)
        return Planned(applicable, self._settings.auto_apply)

    async def _drafted(self, dialogue: Dialogue, clear: Clear) -> AnyDraft:
        """The plan that was drafted while the person chose, if what it was made from still holds; else made now."""
        ready = await self._drafts.take(dialogue.turn.id, dialogue.option) if dialogue.option else None
        if ready is not None:
            dialogue.spent.add(ready.spent.usage, ready.spent.dollars)
            if await self._around.work(dialogue.sources.holds, ready.fingerprints):
                return ready
            dialogue.front = None
        self._around.drafting()
        messages = await self._messages(dialogue, clear, TASK)
        assert dialogue.front is not None
        made = await self._drafts.make(
            dialogue.model, messages, clear.text, dialogue.turn.id, dialogue.front.fingerprints
        )
        dialogue.spent.add(made.spent.usage, made.spent.dollars)
        return made

    async def _messages(self, dialogue: Dialogue, clear: Clear, task: str = "") -> tuple[Message, ...]:
        """The prompt, its front the same bytes as what was sent ahead."""
        known, before = dialogue.front, self._warming.sent
        chosen = [path for item in clear.settled for path in item.paths]
        likely = [file.path for file in dialogue.state.facts.files[: context.FILES]]
        wanted = tuple(dict.fromkeys([*chosen, *likely]))
        earlier = self._around.earlier(dialogue.turn.id)

        def gather() -> tuple[context.Front, Moment]:
            window = dialogue.model.info.context_window
            front = known or context.front(dialogue.sources, before, wanted, window)
            return front, context.moment(dialogue.sources, clear.text, earlier)

        dialogue.front, now = await self._around.work(gather)
        if known is None:
            await self._warming.settle(dialogue.front)
        return prompt(dialogue.front.prefix, now, task)

    def _withdraw(self, turn: TurnId) -> None:
        if self._open is not None and self._open[1] == turn:
            self._open = None
            self._around.publish({"question": None})

    async def _finished(self, dialogue: Dialogue) -> tuple[Answer, Turn]:
        voice, info, spent = dialogue.voice, dialogue.model.info, dialogue.spent
        voice.paragraph()
        voice.say(f"*{info.name}{' on this machine' if info.local else ''}: {spent}.*\n")
        front = dialogue.front
        files = tuple(path for path in front.prefix.files if path in voice.markdown) if front else ()
        drafted = dialogue.drafted
        data = {
            "model": info.name,
            "tokens": spent.tokens,
            "cached": spent.usage.cached,
            "dollars": spent.dollars,
            "settled": [{"stage": item.stage, "answer": item.answer, "assumed": item.assumed}
                        for item in dialogue.clear.settled],
            **({"plan": dict(drafted.draft.plan)} if drafted is not None else {}),
        }  # fmt: skip
        answer = Answer(
            request=dialogue.turn.request,
            tool=dialogue.tool,
            markdown=voice.markdown,
            sources=files,
            files=files,
            # a plan that may have been applied must not be shown again as if it were new
            fingerprints=dict(front.fingerprints) if front and drafted is None else {},
            data=data,
        )
        receipt = await self._around.work(self._around.receipt, dialogue.sources, answer)
        turn = replace(
            dialogue.turn,
            answer=answer.markdown,
            tool=answer.tool,
            first_output=voice.first,
            finished=voice.now(),
            state="done",
            fingerprints=answer.fingerprints,
            files=answer.files,
            data=answer.data,
            receipt=receipt,
        )
        return answer, turn


def _assumed(question: Question) -> Answered:
    """What is taken where nobody answers: the likeliest, and nothing is changed."""
    return Answered(question.options[-1 if question is CONFIRM else 0].id)
