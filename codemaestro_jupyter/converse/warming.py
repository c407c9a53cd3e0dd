"""While somebody types, the model reads ahead what the request will begin with, so that its answer starts at once.

Sent again only when the prediction changed enough to pay; files are added behind, so that what was read stays read.
Where a change is likely, the model that drafts reads ahead, too, in as many slots as drafts will run at once. Nothing
goes to a model that may not see it yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from codemaestro_jupyter.converse import context
from codemaestro_jupyter.converse.clarify import is_change
from codemaestro_jupyter.errors import ModelError
from codemaestro_jupyter.models.calls import Calls, Spent, Work
from codemaestro_jupyter.models.discovery import is_loopback
from codemaestro_jupyter.models.protocol import Function, Model, ModelInfo
from codemaestro_jupyter.models.selection import Models
from codemaestro_jupyter.models.slots import common
from codemaestro_jupyter.models.tokens import estimate
from codemaestro_jupyter.plan.exact import in_exact_form
from codemaestro_jupyter.plan.prompt import RULES
from codemaestro_jupyter.plan.sources import Sources
from codemaestro_jupyter.types import Prediction, RelPath, TurnId

log = logging.getLogger(__name__)
FORGOTTEN_SECONDS = 240.0
"""What was read longer ago than this may be forgotten by then: providers promise five minutes."""
PAUSE_AFTER_FAILURE = 30.0
SUBMITTED = 0.6
"""Probability that what is being typed is submitted."""
DRAFTS = 2
"""Plans that are drafted at once (see prepare/drafts.py)."""
PREFILL = 2_000.0
"""Tokens that a model reads in a second, until it was measured: a small local one (llama-server, 8,000 tokens: 4 s)."""
LEAST_PATIENCE, SLOWEST = 5.0, 1_000.0
"""An answer waits for what is being read for it: seconds, and one more for so many characters (250 tokens)."""
LEAST_COMMON = 512
"""Tokens from which on several prompts wait until one has read what all begin with; fewer are read with each."""
CLOSING_SECONDS = 1.0
"""Who stops waits at most this long for a call to close: it takes milliseconds."""
Worth = Callable[[float, float, int, ModelInfo], bool]
"""Whether reading ahead pays: its probability of use, seconds saved, tokens to be read, and the model."""


@dataclass(slots=True)
class Ahead:
    """What one model has read, when, and what that took."""

    front: context.Front
    when: float
    places: int = 1
    spent: Spent = field(default_factory=Spent)
    seconds: float = 0.0
    """How long reading all of it took that was not read for an answer."""


class Warming:
    """The prefix that the models have read; on the loop. `project()` asks the project without counting as a turn."""

    def __init__(
        self,
        models: Models,
        calls: Calls,
        project: Callable[[], Sources],
        work: Work,
        clock: Callable[[], float],
        allowed: Callable[[ModelInfo], bool],
        worth: Worth,
        found: Callable[[], None] = lambda: None,
        offered: Callable[[], Sequence[Function]] = tuple,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._models = models
        self._calls = calls
        self._project = project
        self._work = work
        self._clock = clock
        self._allowed = allowed
        self._worth = worth
        self._found = found
        self._offered = offered
        self._timer = timer
        self._task: asyncio.Task[None] | None = None
        self._reading: tuple[context.Front, int] | None = None
        self._next: Prediction | None = None
        self._known: dict[Model, Ahead] = {}
        self._speed: dict[Model, float] = {}
        self._declined: set[tuple[Model, int, tuple[RelPath, ...]]] = set()
        self._failed = float("-inf")
        self._since = 0.0
        """When what is being read was typed."""
        self._closed = Spent()
        """What the reading took that is under way, or was closed last."""
        self.sent: context.Front | None = None
        """The front of the last prompt, read ahead or sent; the next one begins with its files."""
        self.spent = Spent()

    @property
    def busy(self) -> bool:
        """Whether something is looked for or read right now."""
        return self._task is not None and not self._task.done()

    def allowed(self, model: Model) -> bool:
        """Whether unsubmitted things may go to that model."""
        return self._allowed(model.info)

    def typed(self, prediction: Prediction) -> None:
        """The newest prediction: read ahead what is new in it."""
        if self._clock() - self._failed < PAUSE_AFTER_FAILURE or not prediction.text.strip():
            return
        if in_exact_form(prediction.text):  # the model will not be asked
            return
        if self.busy:
            self._next = prediction
        elif not self._models.settled or any(self._new(*item, prediction) for item in self._readers(prediction)):
            self._next = prediction
            self._task = asyncio.ensure_future(self._read())

    async def end(self, submitted: float) -> Spent:
        """A request was stopped: what was being read ahead when it was submitted ends, too; what that took."""
        task = self._task
        if task is None or task.done() or self._since > submitted or self._next is not None:
            return Spent()  # over, or for what is typed by now
        task.cancel()
        await asyncio.wait([task], timeout=CLOSING_SECONDS)
        return self._closed

    async def settle(
        self,
        front: context.Front,
        model: Model,
        calls: int = 1,
        spent: Spent | None = None,
        turn: TurnId | None = None,
    ) -> float:
        """So many prompts with that front are about to be sent: what is being read for them is waited for.

        Several at once wait until one has read it, or each would read it anew: what that takes is added to `spent`,
        and paid for in `turn`. Returns how many seconds of reading were done ahead, less what was waited for it here.
        """
        task, reading = self._task, self._reading
        began, waited = self._timer(), 0.0
        self._next = None
        if task is not None and not task.done():
            begins = reading is not None and front.prefix.text.startswith(reading[0].prefix.text)
            if begins and reading is not None and reading[1] <= calls:
                await asyncio.wait([task], timeout=patience(front))
                waited = self._timer() - began
            if not task.done():
                self._failed = self._clock() if begins else self._failed  # a server that never says that it has read
                task.cancel()
        places = max(1, min(calls, model.info.slots))
        known = self._fresh(model)
        text = front.prefix.text
        begins = known is not None and text.startswith(known.front.prefix.text)
        unread = text[len(known.front.prefix.text) :] if known is not None and begins else RULES + text
        alike = known is not None and known.places >= places and estimate(unread) < LEAST_COMMON
        if calls > 1 and not alike:
            with contextlib.suppress(ModelError, TimeoutError):  # whoever sends the prompts is told
                async with asyncio.timeout(patience(front)):
                    known = await self._warm(model, places, front, spent, turn)
                begins = True
        ahead = 0.0
        if known is not None and begins:
            self._calls.use(known.spent)
            ahead = known.seconds
        self.sent = front
        self._known[model] = Ahead(front, self._clock(), places)
        self._declined.clear()
        return max(0.0, ahead - waited)

    def share_read(self, front: context.Front, model: Model) -> float:
        """Which share of a front the model has read, as far as we know: from nothing (0) to all of it (1)."""
        known = self._fresh(model)
        if known is None or not front.prefix.text:
            return 0.0
        return common(known.front.prefix.text, front.prefix.text) / len(front.prefix.text)

    def doubt(self) -> None:
        """A call failed: a server of this machine may be another by now, or have been started anew and know nothing."""
        self._known = {model: known for model, known in self._known.items() if not is_loopback(model.info.base_url)}
        self._models.doubt()

    def forget(self) -> None:
        """The model or the consent changed: nothing is read any more."""
        if self._task is not None:
            self._task.cancel()
        self._known.clear()
        self._declined.clear()
        self.sent, self._next, self._failed = None, None, float("-inf")

    def _fresh(self, model: Model) -> Ahead | None:
        """What a model has read and will not have forgotten yet."""
        known = self._known.get(model)
        return known if known is not None and self._clock() - known.when <= FORGOTTEN_SECONDS else None

    # -- what is worth reading ----------------------------------------------------------------------

    def _readers(self, prediction: Prediction) -> Iterator[tuple[Model, int]]:
        """Models that should read ahead, and in how many places: who answers first, then who drafts."""
        strong, fast = self._models.named("strong"), self._models.named("fast")
        if strong is not None and self.allowed(strong):
            yield strong, 1
        if fast is not None and self.allowed(fast) and is_change(prediction.text):
            places = max(1, min(DRAFTS, fast.info.slots))
            if fast is not strong or places > 1:
                yield fast, places

    def _new(self, model: Model, places: int, prediction: Prediction) -> bool:
        """Whether a model would have anything to read; at once."""
        if (model, places, context.wanted(prediction)) in self._declined:
            return False
        known = self._fresh(model)
        if known is None or known.places < places:
            return True
        return not set(context.wanted(prediction)) <= set(known.front.prefix.files)

    def _pays(self, model: Model, places: int, front: context.Front, prediction: Prediction) -> bool:
        """Whether what is new in a front is worth its price: how likely it is used, how long it would take then."""
        known, text = self._fresh(model), front.prefix.text
        probability, new = SUBMITTED, RULES + text
        if known is not None and known.places >= places:
            if known.front.prefix.text.startswith(text):
                return False
            added = set(front.prefix.files) - set(known.front.prefix.files)
            probability *= max((file.probability for file in prediction.files if file.path in added), default=1.0)
            new = text[common(known.front.prefix.text, text) :]
        tokens = estimate(new)
        return self._worth(probability, tokens / self._speed.get(model, PREFILL), tokens, model.info)

    # -- reading ------------------------------------------------------------------------------------

    async def _read(self) -> None:
        self._closed = Spent()
        try:
            if not self._models.settled:
                await self._work(partial(self._models.look, patient=True))
                self._found()
            while self._next is not None:
                prediction, self._next, self._since = self._next, None, self._clock()
                for model, places in list(self._readers(prediction)):
                    if self._new(model, places, prediction):
                        await self._ahead(model, places, prediction)
        except ModelError as error:
            log.info("Reading ahead failed: %s", error)
            self.doubt()
            self._failed = self._clock()
        finally:
            self._reading = None

    async def _ahead(self, model: Model, places: int, prediction: Prediction) -> None:
        paths = context.wanted(prediction)
        front = await self._work(context.front, self._project(), self.sent, paths, model.info.context_window)
        if self._pays(model, places, front, prediction):
            await self._warm(model, places, front)
            self.sent = front
        else:
            self._declined.add((model, places, paths))

    async def _warm(
        self,
        model: Model,
        places: int,
        front: context.Front,
        included: Spent | None = None,
        turn: TurnId | None = None,
    ) -> Ahead:
        self._reading = front, places
        spent, began = Spent(), self._timer()
        self._closed = spent
        try:
            functions = self._offered() if model.takes_functions else ()
            usage = await self._calls.warm(model, front.prefix.messages, spent, places, functions, turn)
        finally:
            self._reading = None
            self.spent.include(spent)
            if included is not None:
                included.include(spent)
        seconds, read = self._timer() - began, usage.prompt - usage.cached
        if seconds > 0.0 and read > estimate(RULES):
            self._speed[model] = 0.5 * (self._speed.get(model, PREFILL) + read / seconds)
        before = self._fresh(model)  # what it knew of it already was not read again
        if before is not None and front.prefix.text.startswith(before.front.prefix.text):
            seconds += before.seconds
        known = self._known[model] = Ahead(front, self._clock(), places, spent, seconds)
        self._closed = Spent()
        return known


def patience(front: context.Front) -> float:
    """Seconds after which a front that is being read is not waited for any more."""
    return LEAST_PATIENCE + len(front.prefix.text) / SLOWEST
