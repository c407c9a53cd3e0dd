"""The conversation with a model, performed: what the machine decides is asked, thought about, shown and done here.

Lives on the loop; what reads or computes goes to a worker. Without a model it hands the request on at once, and
whenever the model fails, the answer that needs none takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from codemaestro_jupyter.converse import context, recall, toolwork
from codemaestro_jupyter.converse.answering import AtOnce, StoppedError
from codemaestro_jupyter.converse.beginning import Beginning
from codemaestro_jupyter.converse.clarify import Clear, Facts, about
from codemaestro_jupyter.converse.correcting import corrected
from codemaestro_jupyter.converse.machine import (
    CONFIRM,
    LEAVE,
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
from codemaestro_jupyter.converse.matching import ends, match
from codemaestro_jupyter.converse.offered import Option, Question
from codemaestro_jupyter.converse.picture import WAITED
from codemaestro_jupyter.converse.plans import AnyDraft, goes_with, plan_markdown
from codemaestro_jupyter.converse.prompting import Prompting
from codemaestro_jupyter.converse.questions import Questions
from codemaestro_jupyter.converse.surroundings import Drafter, Surroundings, waited_for
from codemaestro_jupyter.converse.underway import Dialogue, Offline, alone, billed, receipt_of_stop
from codemaestro_jupyter.converse.voice import Voice
from codemaestro_jupyter.converse.warming import Warming
from codemaestro_jupyter.errors import MaestroError, ModelError
from codemaestro_jupyter.models.calls import Calls, Spent
from codemaestro_jupyter.models.failures import silent
from codemaestro_jupyter.models.protocol import Message, Model
from codemaestro_jupyter.models.selection import Models
from codemaestro_jupyter.plan.draft import TASK
from codemaestro_jupyter.plan.exact import ANSWERED
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.types import Answer, Turn, TurnId

DRAFTS = 2
LEFT = "*Left as it is: nothing was written.*\n"
INSTEAD = "Without that plan, this is what the project itself says."
UNUSED = "*Made from the project alone, as the model's plan cannot be applied. Ask again, or say it otherwise.*"
"""Ends an answer that a model was to give: what one would add, and how to switch one on, is no news then."""
ASSUMED = "*I assumed: {}. Ask again with the `@path` that you mean if it is otherwise.*\n\n"
"""Where no plan waits for a word about it."""
UNASKED = "Nothing is written yet: `%maestro apply` does it in a notebook; in a terminal, ask where you can answer."


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
        self._settings, self._around = settings, around
        self._models, self._calls = models, calls
        self._drafts, self._warming = drafts, warming
        self._running: dict[TurnId, asyncio.Task[Any]] = {}
        self._dialogues: dict[TurnId, Dialogue] = {}
        self._waiting: dict[TurnId, Turn] = {}
        """Turns whose plan waits for a yes, as they are stored meanwhile."""
        self._stopped: set[TurnId] = set()
        self._read_ahead = 0
        self.questions = Questions(around, drafts)
        self.beginning = Beginning(around, models, warming)
        self._prompting = Prompting(around, calls, warming)

    # -- turns --------------------------------------------------------------------------------------

    async def answer(
        self, turn: Turn, voice: Voice, offline: Offline, found: AtOnce, *, may_ask: bool
    ) -> tuple[Answer, Turn]:
        """Answer a turn; what is exact without the model. `found` is what a first look at it brought.

        Raises `StoppedError`, with what was billed, once `stop` was called for it.
        """
        task = asyncio.current_task()
        assert task is not None
        self._running[turn.id] = task  # from the first moment on: looking for a model takes a while, too
        spent, read, model = Spent(), Spent(), None
        try:
            model = self._models.current if self._models.settled else await self._around.work(self._models.look)
            if found.exact or (model is None and not (may_ask and context.may_be_asked(turn.request))):
                del self._running[turn.id]  # what answers without one sees by itself that it was stopped
                return await (offline(self._models.problem) if model is None else offline("", closing=ANSWERED))
            begun = found.begun
            if begun is None or begun.model is not model:
                begun = await self._around.work(self.beginning.of(turn, model, may_ask))
            dialogue = Dialogue(turn, voice, model, begun.sources, spent, read, gathered=begun.gathered)
            self._dialogues[turn.id] = dialogue
            dialogue.read_ahead = self._warming.spent.calls > self._read_ahead
            dialogue.recalled = found.plan if model is not None else None
            await self._through(dialogue, begun.facts)
            if dialogue.model is None:
                return await offline(
                    self._models.problem, dialogue.alone, data={"asked_seconds": dialogue.asked_seconds}
                )
            if dialogue.useless:
                voice.paragraph()
                return await offline(
                    INSTEAD, context.in_words(dialogue.clear), UNUSED, dialogue.kept(dialogue.model.info)
                )
            return await self._finished(dialogue, dialogue.model)
        except asyncio.CancelledError:
            if turn.id in self._stopped:
                waited = recall.stopped(self._waiting.get(turn.id))
                raise StoppedError(await self.receipt(turn, spent, read), waited) from None
            if turn.id in self._waiting:  # the session ends
                raise StoppedError(WAITED, self._waiting[turn.id]) from None
            raise
        except ModelError as error:
            self._warming.doubt()
            voice.paragraph()
            took = billed(model.info, spent) if model is not None and spent.calls else {}
            # said again in the end, where a panel and a terminal show a long answer
            closing = f"*Made from the project alone. {error}*"
            return await offline(f"{error} This answer was made without a model.", closing=closing, data=took)
        finally:
            self._running.pop(turn.id, None)
            self._dialogues.pop(turn.id, None)
            self._waiting.pop(turn.id, None)
            self._stopped.discard(turn.id)
            self._drafts.forget(turn.id)
            self.questions.over(turn.id)
            self._read_ahead = self._warming.spent.calls

    async def receipt(self, turn: Turn, *spent: Spent) -> str:
        """A turn was stopped: every call that was made for it is closed; what it took, in words."""
        return receipt_of_stop((*spent, await self._drafts.end(turn.id), await self._warming.end(turn.started)))

    def stop(self, turn: TurnId) -> None:
        """End a turn at once; its model call is closed."""
        task = self._running.get(turn)
        if task is not None and turn not in self._stopped:
            self._stopped.add(turn)
            task.cancel()

    def holds(self, turn: TurnId) -> bool:
        """Whether what a turn under way rests on is still as it was; what is asked about is looked at anew anyway."""
        dialogue = self._dialogues.get(turn)
        return dialogue is None or dialogue.holds()

    # -- performing what the machine decides --------------------------------------------------------

    async def _through(self, dialogue: Dialogue, facts: Facts) -> None:
        dialogue.tool = facts.tool
        again = dialogue.recalled.settled if dialogue.recalled is not None else None
        dialogue.state, todo = step(State(), Submitted(dialogue.turn.request, facts, again))
        queue = deque(todo)
        while queue:
            event: Any = None
            match queue.popleft():
                case Ask(question, clear):
                    event = await self._ask(dialogue, question, clear)
                case Withdraw():
                    self.questions.withdraw(dialogue.turn.id)
                case Keep(option):
                    dialogue.option = option
                    self._drafts.keep(dialogue.turn.id, option)
                case Think(clear, change):
                    event = await self._think(dialogue, clear, change)
                case Act():
                    event, dialogue.decided = Finished(), True
                    dialogue.voice.paragraph()
                    try:
                        done = await self._around.work(self._around.apply, dialogue.turn.id)
                    except MaestroError as error:
                        done = f"**Nothing was changed.** {error}"
                    dialogue.voice.say(done + "\n")
            if event is not None:
                dialogue.state, more = step(dialogue.state, event)
                queue.extend(more)

    async def _ask(self, dialogue: Dialogue, question: Question, clear: Clear) -> Answered:
        dialogue.asked += 1
        began = dialogue.voice.now()
        if question is CONFIRM and dialogue.looks and dialogue.model is not None:
            waiting = self._waiting[dialogue.turn.id] = dialogue.waiting(dialogue.model.info)
            self._around.waits(waiting)
        event = await self.questions.ask(
            dialogue.turn.id, dialogue.asked, question, clear, partial(self._prepare, dialogue, question),
            drafting=dialogue.model is not None,
            answers={} if dialogue.model else alone(dialogue.state, question.options[:DRAFTS]),
        )  # fmt: skip
        dialogue.asked_seconds += dialogue.voice.now() - began
        dialogue.decided = question is CONFIRM and not event.by_default
        option = question.option(event.option) or match(event.text, question)
        if option is None and question is not CONFIRM and ends(event.text):
            self.stop(dialogue.turn.id)
            await asyncio.sleep(0)  # where it ends
        known = dialogue.state
        otherwise = corrected(known.request, known.facts, known.settled, event.text) if option is None else None
        if otherwise is not None:
            dialogue.answered = (*dialogue.answered, otherwise.said)
            dialogue.voice.paragraph()
            dialogue.voice.say(otherwise.said)
        elif question is not CONFIRM:
            chosen = about(question, option, clear.settled) if option else ()
            rehearsed = alone(dialogue.state, (option,)) if option and not dialogue.model else {}
            self.questions.answered(dialogue.turn.id, chosen, rehearsed.values())
            said = f"*{question.text} → {option.label if option else event.text.strip()}*\n\n"
            dialogue.answered = (*dialogue.answered, said)
            dialogue.voice.say(said)
        elif option is None and event.text.strip():  # how the plan that follows came about
            dialogue.voice.paragraph()
            dialogue.voice.say("\n".join(f"> {line}" for line in event.text.strip().splitlines()) + "\n\n")
        elif dialogue.decided and option is not None and option.id == LEAVE:
            dialogue.voice.paragraph()
            dialogue.voice.say(LEFT)
            with contextlib.suppress(MaestroError):  # its card may be gone
                await self._around.work(self._around.left, dialogue.turn.id)
        return event

    async def _prepare(self, dialogue: Dialogue, question: Question) -> None:
        """While a question is open: drafted plans for the likeliest answers."""
        model = dialogue.model
        if model is None or self._models.off or not self._settings.enabled:
            return
        drafter = self._models.named("fast") or model
        others = [path for other in question.options[:DRAFTS] for path in other.paths]
        wanted: list[tuple[Option, Clear, tuple[Message, ...]]] = []
        with contextlib.suppress(ModelError):  # who chooses the answer is told
            for option in question.options[:DRAFTS]:
                after, then = step(dialogue.state, Answered(option.id))
                if not any(isinstance(item, Think) and item.change for item in then):
                    continue
                await waited_for(self._around, context.focus(after.clear, dialogue.state.facts))
                messages = await self._prompting.messages(dialogue, model, after.clear, TASK, drafter, 0, others)
                assert dialogue.front is not None
                read = 1.0 if wanted else self._warming.share_read(dialogue.front, drafter)
                # what the person answers in the end must still be paid for, whatever was drafted until then
                if self._around.worth(option.probability, messages, read) and await self._prompting.bears(
                    dialogue, drafter, messages, len(wanted) + 2
                ):
                    wanted.append((option, after.clear, messages))
            if wanted:
                await self._prompting.settle(dialogue, drafter, len(wanted))
            for option, clear, messages in wanted:
                assert dialogue.front is not None
                self._around.drafting()
                self._drafts.begin(
                    option.id, option.label, drafter, messages, clear.title, dialogue.turn.id,
                    dialogue.front.fingerprints,
                )  # fmt: skip

    async def _think(self, dialogue: Dialogue, clear: Clear, change: bool) -> Planned:
        voice = dialogue.voice
        dialogue.clear, dialogue.drafted, dialogue.looks = clear, None, {}
        dialogue.tool = "edit" if change else dialogue.tool
        if self._models.off:  # since it was asked
            dialogue.model = None
        model = dialogue.model
        if model is None:
            dialogue.alone = context.in_words(clear)
            if clear.assumed:
                voice.say(ASSUMED.format("; ".join(clear.assumed)))
            for structure in await self._prompting.structures(dialogue, clear) if change else ():
                voice.say(goes_with(structure))
            return Planned(False)
        if not change:
            messages = await self._prompting.messages(dialogue, model, clear)
            await self._talk(dialogue, model, "answer", dialogue.spent, messages)
        else:
            dialogue.drafted = await self._recalled(dialogue) or await self._drafted(dialogue, model, clear)
            voice.say(plan_markdown(dialogue.drafted))
            for structure in await self._prompting.structures(dialogue, clear):
                voice.paragraph()
                voice.say(goes_with(structure))
            if dialogue.front is not None and (dialogue.drafted.applicable or dialogue.drafted.draft.empty):
                told = dialogue.sources, dialogue.front, dialogue.now, dialogue.drafted
                dialogue.looks = await self._around.work(recall.looks, *told)
        applicable = dialogue.drafted is not None and dialogue.drafted.applicable
        proposal = dialogue.drafted.proposal if dialogue.drafted is not None else None
        if proposal is not None and proposal.possible:  # what may not be changed can be unticked on the card
            self._around.shown(dialogue.turn.id, proposal)
            if applicable and not (dialogue.state.facts.may_ask or self._settings.auto_apply):
                voice.paragraph()
                voice.say(UNASKED)
        for remark in filter(None, (clear.said, dialogue.narrowed)):
            voice.paragraph()
            voice.say(remark)
        return Planned(applicable, self._settings.auto_apply)

    async def _talk(
        self, dialogue: Dialogue, model: Model, kind: str, spent: Spent, messages: Sequence[Message], aloud: bool = True
    ) -> str:  # fmt: skip
        """What a model says to a prompt for a submitted request, the person's tools called that it asks for."""
        stream = partial(self._calls.stream, model, kind, spent=spent, turn=dialogue.turn.id)
        tools, native = self._around.tools, model.takes_functions
        talk = await toolwork.answer(stream, tuple(messages), tools, dialogue.voice, native=native, aloud=aloud)
        if aloud and not any(each.isprintable() and each != " " for each in talk.text):
            raise silent(model.info)
        dialogue.called += talk.calls
        return talk.text

    async def _recalled(self, dialogue: Dialogue) -> AnyDraft | None:
        """What the same cell proposed before, as far as it can still be done."""
        if (plan := dialogue.recalled) is None:
            return None
        dialogue.recalled = None
        self._around.drafting()
        again = await self._drafts.again(plan.draft, plan.fingerprints)
        return dialogue.shows_again(plan, again) if again.applicable or again.draft.empty else None

    async def _drafted(self, dialogue: Dialogue, model: Model, clear: Clear) -> AnyDraft:
        """The plan that was drafted while the person chose, if what it was made from still holds; else made now."""
        spent = Spent()
        try:
            ready = await self._drafts.take(dialogue.turn.id, dialogue.option, spent) if dialogue.option else None
        finally:  # what was stopped, or came to nothing, was paid as well
            dialogue.spent.include(spent)
        if ready is not None:
            if await self._around.work(dialogue.sources.holds, ready.fingerprints):
                self._calls.use(ready.spent)
                return ready
            self._drafts.spoil(dialogue.turn.id, dialogue.option)
            dialogue.front = None
        self._around.drafting()
        messages = await self._prompting.messages(dialogue, model, clear, TASK)
        assert dialogue.front is not None
        told = partial(self._talk, dialogue, model, "plan", aloud=False) if self._around.tools.specs else None
        prints, spent = dialogue.front.fingerprints, Spent()
        try:
            return await self._drafts.make(model, messages, clear.title, dialogue.turn.id, prints, spent, first=told)
        finally:
            dialogue.spent.include(spent)

    async def _finished(self, dialogue: Dialogue, model: Model) -> tuple[Answer, Turn]:
        voice, info, front = dialogue.voice, model.info, dialogue.front
        files = tuple(path for path in front.prefix.files if path in voice.markdown) if front else ()
        drafted = dialogue.drafted
        data = dialogue.kept(info)
        answer = Answer(dialogue.turn.request, dialogue.tool, voice.markdown, files, files, {}, data)
        made = self._drafts.made(dialogue.turn.id)
        ahead = (front.texts if front and dialogue.read_ahead else (), dialogue.not_read_again)
        turn = replace(
            dialogue.turn,
            answer=answer.markdown,
            tool=answer.tool,
            first_output=voice.first,
            finished=voice.now(),
            state="done",
            files=answer.files,
            data=answer.data,
        )

        def keep() -> tuple[Answer, Turn]:
            # what a plan rests on was looked at before it may have been applied; what a tool said is not said again
            looks = {} if dialogue.called else dialogue.looks
            if front is not None and drafted is None and not (dialogue.called or dialogue.narrowed):
                looks = context.looks(dialogue.sources, front, dialogue.now)
            kept = self._around.keep(replace(turn, fingerprints=looks), answer, dialogue.sources, made, ahead)
            return replace(answer, fingerprints=looks), kept

        kept: tuple[Answer, Turn] = await self._around.work(keep)
        return kept
