"""From what is known of a model to the client that speaks to it: Anthropic's own API where its package is there."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import replace
from urllib.parse import urlsplit

from codemaestro_jupyter.errors import ModelUnavailableError
from codemaestro_jupyter.models.protocol import Model, ModelInfo
from codemaestro_jupyter.models.remembered import Remembered

ANTHROPIC_HOST = "api.anthropic.com"
ANTHROPIC_PATH = "/anthropic"
"""How the address of a server ends that speaks Anthropic's API beside the other one."""


def make(
    info: ModelInfo, *, key: str | None = None, cache_key: str = "", remembered: Remembered | None = None
) -> Model:
    """The client of a model; imports its SDK (0.5-0.9 s, on the calling thread and not at the first call).

    `key` is the server's, as far as it was looked for. Raises `ModelUnavailableError` where a package is missing.
    """
    if speaks_anthropic(info.base_url):
        if importlib.util.find_spec("anthropic") is not None:
            importlib.import_module("anthropic")
            from codemaestro_jupyter.models.anthropic import Anthropic  # a session without a model needs no client

            return Anthropic(info, key=key, remembered=remembered)
        if (urlsplit(info.base_url).hostname or "") != ANTHROPIC_HOST:
            raise ModelUnavailableError(
                f"{info.name} needs the package anthropic.", hint='Run `pip install "codemaestro-jupyter[anthropic]"`.'
            )
        info = replace(info, base_url=f"https://{ANTHROPIC_HOST}/v1")  # its compatible door: no cache control there
    importlib.import_module("openai")
    from codemaestro_jupyter.models.client import OpenAICompatible

    return OpenAICompatible(info, key=key, cache_key=cache_key, remembered=remembered)


def speaks_anthropic(base_url: str) -> bool:
    """Whether a server is asked in Anthropic's own way."""
    parts = urlsplit(base_url)
    return (parts.hostname or "") == ANTHROPIC_HOST or parts.path.rstrip("/").endswith(ANTHROPIC_PATH)
