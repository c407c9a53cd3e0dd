"""What a turn begins with: what is known of its request, and with a model what its first prompt is made from.

It is begun on a worker beside whatever else is looked at first, so that one way there and back is enough.
"""

from __future__ import annotations

from collections.abc import Callable

from codemaestro_jupyter.converse import context
from codemaestro_jupyter.converse.surroundings import Surroundings
from codemaestro_jupyter.converse.underway import Begun
from codemaestro_jupyter.converse.warming import Warming
from codemaestro_jupyter.models.protocol import Model
from codemaestro_jupyter.models.selection import Models
from codemaestro_jupyter.types import Turn


class Beginning:
    """Begins turns; on the loop, what it returns is for a worker."""

    def __init__(self, around: Surroundings, models: Models, warming: Warming) -> None:
        self._around, self._models, self._warming = around, models, warming

    def ahead(self, turn: Turn, may_ask: bool) -> Callable[[], Begun] | None:
        """None where no model is known yet."""
        model = self._models.current if self._models.settled else None
        return self.of(turn, model, may_ask) if model is not None else None

    def of(self, turn: Turn, model: Model | None, may_ask: bool) -> Callable[[], Begun]:
        """With that model, or none."""
        around, request, earlier = self._around, turn.request, self._around.earlier(turn.id)

        def begun() -> Begun:
            sources = around.sources(turn)
            facts = context.facts(sources, request, may_ask, around.typed.expected)
            facts = context.with_similar(facts, request, around.similar)
            if model is None:
                return Begun(model, sources, facts)
            wanted = tuple(file.path for file in facts.files[: context.FILES])
            front = context.front(sources, self._warming.sent, wanted, model.info.context_window)
            moment = context.moment(sources, request, earlier, around.raised())
            return Begun(model, sources, facts, (request, wanted, front, moment))

        return begun
