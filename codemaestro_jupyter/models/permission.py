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
        self._open: list[ConsentView] = []
        """What was asked in this session and not answered yet."""
        self.view: ConsentView | None = None

    @property
    def notices(self) -> list[NoticeView]:
        """The question for those who cannot be shown buttons."""
        return [NoticeView(level="info", message=self.view["question"], hint=HINT)] if self.view else []

    def due(self, *models: Model | None) -> bool:
        """Whether something else is asked now: about these models, as none but they would read ahead."""
        if not self.attended:
            return False
        before, self.view = self.view, None
        chosen = {provider_of(model.info) for model in models if model and not self._consent.allowed(model.info)}
        self.view = next((view for view in self._open if view["provider"] in chosen), None)
        if self.view is None:
            asked, question = self._consent.due(*models)
            if asked is not None:
                self._soon(self._consent.asked, asked)
                self.view = ConsentView(provider=provider_of(asked), question=question)
                self._open.append(self.view)
        return self.view != before

    def answered(self, provider: str) -> None:
        """Nothing is asked about a provider any more."""
        self._open = [view for view in self._open if view["provider"] != provider]
        self.view = None
