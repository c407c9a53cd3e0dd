"""The prompts of a turn: the same front as was read ahead, the moment behind it, and no more than the budgets bear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from codemaestro_jupyter.converse import context
from codemaestro_jupyter.converse.clarify import Clear
from codemaestro_jupyter.converse.fitting import Fitted, fitted
from codemaestro_jupyter.converse.surroundings import Surroundings
from codemaestro_jupyter.converse.toolwork import functions, with_task
from codemaestro_jupyter.converse.underway import Dialogue, Earlier
from codemaestro_jupyter.converse.warming import Warming
from codemaestro_jupyter.models.calls import ANSWER_TOKENS, Calls
from codemaestro_jupyter.models.dialects import thinks_unseen
from codemaestro_jupyter.models.limits import sent
from codemaestro_jupyter.models.protocol import Message, Model, ModelInfo
from codemaestro_jupyter.plan import tooling
from codemaestro_jupyter.plan.draft import SCHEMA, TASK, TASK_WITHOUT_CELLS
from codemaestro_jupyter.plan.prompt import Moment, prompt
from codemaestro_jupyter.plan.structure import Structure
from codemaestro_jupyter.types import RelPath

ENOUGH, ENOUGH_FOR_A_PLAN = 512, 768
"""Tokens of answer for which files are left out rather than the answer is cut: a screenful; a usual plan has 500."""


NOTEBOOK = ".ipynb"


class Prompting:
    """Makes the prompts; on the loop."""

    def __init__(self, around: Surroundings, calls: Calls, warming: Warming) -> None:
        self._around, self._calls, self._warming = around, calls, warming

    async def messages(
        self,
        dialogue: Dialogue,
        model: Model,
        clear: Clear,
        task: str = "",
        asked: Model | None = None,
        calls: int = 1,
        others: Sequence[RelPath] = (),
    ) -> tuple[Message, ...]:
        """The prompt, its front the same bytes as what was sent ahead; `calls` of the model `asked` begin with it now.

        `others` are files that other answers are about. What the budgets do not bear is left out, which
        `dialogue.narrowed` says then.
        """
        asked = asked or model
        dialogue.chosen = tuple(path for item in clear.settled for path in item.paths)
        likely = [file.path for file in dialogue.state.facts.files[: context.FILES]]
        wanted = tuple(dict.fromkeys([*dialogue.chosen, *others, *likely]))
        before, ready, dialogue.gathered = dialogue.front, dialogue.gathered, None
        at_once = before is None and not dialogue.asked and asked is model
        if at_once and ready is not None and ready[:2] == (clear.text, wanted):
            front, now = ready[2:]
        else:
            earlier = self._around.earlier(dialogue.turn.id)
            window = min(filter(None, (model.info.context_window, asked.info.context_window)), default=0)
            front, now = await self._around.work(self._gather, dialogue, clear.text, wanted, window, earlier)
        maps = await self.structures(dialogue, clear) if task == TASK else ()
        now = replace(now, structures=tuple((item.about, item.text) for item in maps))
        if asked.info.local:
            found = Fitted(front, now, _built(task, front, now))
        else:
            found = await self._around.work(self._fitted, dialogue, asked, front, wanted, now, task)
        dialogue.front, dialogue.now, dialogue.narrowed = found.front, found.moment, found.said
        if calls:
            await self.settle(dialogue, asked, calls)
        return found.messages

    async def settle(self, dialogue: Dialogue, model: Model, calls: int) -> None:
        """So many prompts with the front as it is now are about to be sent; once for each front."""
        front = dialogue.front
        if front is not None and front is not dialogue.settled:
            dialogue.settled = front
            dialogue.ahead += await self._warming.settle(front, model, calls, dialogue.read, dialogue.turn.id)

    async def structures(self, dialogue: Dialogue, clear: Clear) -> tuple[Structure, ...]:
        """The maps of the parts that a change is about."""
        parts = context.focus(clear, dialogue.state.facts)
        return tuple([await self._around.work(self._around.structure, dialogue.sources, part) for part in parts])

    async def bears(self, dialogue: Dialogue, model: Model, messages: Sequence[Message], times: int) -> bool:
        """Whether the budgets bear so many drafts from such a prompt."""
        return model.info.local or await self._around.work(self._bears, dialogue, model, messages, times)

    def _gather(
        self, dialogue: Dialogue, request: str, wanted: tuple[RelPath, ...], window: int, earlier: Earlier
    ) -> tuple[context.Front, Moment]:
        """The front of the prompt and its moment; a front that holds everything wanted stays as it is."""
        front = dialogue.front
        if front is None or not front.whole or not set(dialogue.chosen) <= set(front.prefix.files):
            front = context.front(dialogue.sources, front or self._warming.sent, wanted, window)
        return front, context.moment(dialogue.sources, request, earlier, self._around.raised())

    def _fitted(
        self, dialogue: Dialogue, model: Model, front: context.Front, wanted: Sequence[RelPath], now: Moment, task: str
    ) -> Fitted:
        room = self._calls.room(model.info, dialogue.turn.id)
        tokens = least_answer(model.info, task)

        def fits(messages: Sequence[Message]) -> bool:
            return room.bears(self._sent(model, messages, task), tokens)

        return fitted(front, wanted, now, partial(_built, task), fits, room.whose)

    def _bears(self, dialogue: Dialogue, model: Model, messages: Sequence[Message], times: int) -> bool:
        room = self._calls.room(model.info, dialogue.turn.id)
        return room.bears(self._sent(model, messages, TASK), least_answer(model.info, TASK), times)

    def _sent(self, model: Model, messages: Sequence[Message], task: str) -> list[Message]:
        """All that is read of it: also the person's tools, and the form of a plan."""
        specs, native = self._around.tools.specs, model.takes_functions
        told = tuple(messages) if native else with_task(tuple(messages), tooling.task(specs))
        return sent(told, functions(specs) if native else (), SCHEMA if task == TASK else None)


def least_answer(info: ModelInfo, task: str) -> int:
    """Tokens of answer for which room is made: all, where thoughts that nobody sees are counted with it."""
    return ANSWER_TOKENS if thinks_unseen(info) else ENOUGH_FOR_A_PLAN if task == TASK else ENOUGH


def _built(task: str, front: context.Front, now: Moment) -> tuple[Message, ...]:
    if (
        task == TASK
        and now.notebook is None
        and not any(NOTEBOOK in name for name in (now.request, *front.prefix.files))
    ):
        task = TASK_WITHOUT_CELLS
    return prompt(front.prefix, now, task)
