"""The question of consent on the screens: asked of who is there, once, and shown until it is answered."""

from __future__ import annotations

from collections.abc import Callable

from codemaestro_jupyter.models.consent import Consent, provider_of
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.view import ConsentView, NoticeView

HINT = "`%maestro consent yes` or `%maestro consent no`; without an answer it does not."


class Permission:
    """`due` and `answered` belong on the loop; `soon` runs what blocks on a worker."""

    def __init__(self, consent: Consent, soon: Callable[[Callable[[ModelInfo], None], ModelInfo], object]) -> None:
        self._consent, self._soon = consent, soon
        self.attended = True
        """Whether somebody is there whom the question can reach."""
        self.view: ConsentView | None = None
        self.notices: list[NoticeView] = []

    def due(self, *models: Model | None) -> bool:
        """Whether there is something to ask about these models that is not on the screens yet: now it is."""
        if not self.attended or self.view is not None:
            return False
        asked, question = self._consent.due(*models)
        if asked is None:
            return False
        self._soon(self._consent.asked, asked)
        self.view = ConsentView(provider=provider_of(asked), question=question)
        self.notices = [NoticeView(level="info", message=question, hint=HINT)]
        return True

    def answered(self) -> None:
        """Nothing is asked any more."""
        self.view, self.notices = None, []
