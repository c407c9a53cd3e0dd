"""Who may see what is not submitted: models on this machine; anybody else only where a person said so, per provider.

Asked once, in plain words, off by default; the answer is kept with the project. A policy that fixes
`remote_before_submit` decides for everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from codemaestro_jupyter.errors import StoreError
from codemaestro_jupyter.models.addresses import is_near
from codemaestro_jupyter.models.discovery import is_loopback
from codemaestro_jupyter.models.keys import from_environment
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.providers import Providers


def provider_of(info: ModelInfo) -> str:
    """Who runs a model, as consent is given to them: the host that is asked, behind a local port that very port."""
    parts = urlsplit(info.base_url)
    return (parts.netloc.rpartition("@")[2] if is_loopback(info.base_url) else parts.hostname) or info.provider


class Consent:
    """The answers of one project; `allowed` and `question` are at once, the others block.

    `fixed()` says whether the setting is fixed by this machine's policy.
    """

    def __init__(self, settings: CodeMaestro, providers: Providers, fixed: Callable[[], bool] = lambda: False) -> None:
        self._settings = settings
        self._providers = providers
        self._fixed = fixed
        self._known: dict[str, bool] = {}
        self._keyless: set[str] = set()

    def meet(self, info: ModelInfo, key: str) -> None:
        """A model was chosen, with this key for it: without one it is not called, and not asked about."""
        if not (info.local or is_loopback(info.base_url) or is_near(info.base_url) or key):
            self._keyless.add(info.base_url)
        else:
            self._keyless.discard(info.base_url)

    def recall(self) -> None:
        """Bring the answers that were given before; call it on a worker, before the first question."""
        self._known = {**self._providers.consents(), **self._known}

    def allowed(self, info: ModelInfo) -> bool:
        """Whether unsubmitted text, files and names may go to a model."""
        if info.local or self._settings.remote_before_submit:
            return True
        return not self._fixed() and self._known.get(provider_of(info), False)

    def question(self, info: ModelInfo) -> str:
        """What a person is asked about a model, once; "" where there is nothing to ask."""
        if info.local or self._settings.remote_before_submit or self._fixed():
            return ""
        if (provider := provider_of(info)) in self._known:
            return ""
        if info.waits:
            return ""  # it may run on this machine: that is seen once it answers
        if info.base_url in self._keyless and not from_environment(info.base_url):
            return ""
        where = f"runs at {provider}, not on this machine"
        if is_loopback(info.base_url):
            where = f"is reached through {provider}, but is not known to run on this machine"
        return (
            f"{info.name} {where}: it sees nothing before you submit. May it read ahead while you type? Then text that"
            " you have not sent, likely files and names go there, secrets left out, and tokens are paid for. A yes can"
            " be taken back at any time: %maestro consent no."
        )

    def due(self, *models: Model | None) -> tuple[ModelInfo | None, str]:
        """The first of these models that a person is asked about, and what; none, if there is nothing to ask."""
        for model in models:
            if model is not None and (question := self.question(model.info)):
                return model.info, question
        return None, ""

    def asked(self, info: ModelInfo) -> None:
        """It was asked: until there is an answer it is no, and it is not asked again. Blocks."""
        self._known.setdefault(provider_of(info), False)
        self._keep(provider_of(info))

    def give(self, provider: str, allowed: bool) -> None:
        """A person's answer. Blocks."""
        self._known[provider] = allowed
        self._keep(provider)

    def _keep(self, provider: str) -> None:
        try:
            self._providers.allow(provider, self._known[provider])
        except StoreError:
            return  # it counts in this session
