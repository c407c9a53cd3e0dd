"""Where the key of a provider comes from: the environment or the keyring. It is never stored and never logged."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

KEY_VARIABLES = {
    "api.openai.com": "OPENAI_API_KEY",
    "api.anthropic.com": "ANTHROPIC_API_KEY",
    "openrouter.ai": "OPENROUTER_API_KEY",
    "generativelanguage.googleapis.com": "GEMINI_API_KEY",
    "api.mistral.ai": "MISTRAL_API_KEY",
    "api.groq.com": "GROQ_API_KEY",
}
OWN_KEY_VARIABLE = "CODEMAESTRO_API_KEY"
SERVICE = "codemaestro"
"""The keyring's name for us; the user name is the base URL."""


def find_key(base_url: str) -> str:
    """The key for a server: from the environment, else from the keyring if that package is installed; "" if none."""
    if found := from_environment(base_url):
        return found
    try:
        import keyring  # type: ignore[import-not-found, unused-ignore]

        return keyring.get_password(SERVICE, base_url) or ""
    except Exception:  # not installed, or no keyring service on this machine
        return ""


def from_environment(base_url: str) -> str:
    """The key for a server as the environment has it, at once; "" if it has none."""
    return (os.environ.get(OWN_KEY_VARIABLE) or os.environ.get(key_variable(base_url), "")).strip()


def key_variable(base_url: str) -> str:
    """The environment variable that holds the key for a server."""
    host = urlsplit(base_url).hostname or ""
    return KEY_VARIABLES.get(host.removeprefix("eu.").removeprefix("us."), OWN_KEY_VARIABLE)
