"""Where the key of a provider comes from: the environment or the keyring. It is never stored and never logged.

A keyring is asked by a process of its own, without a terminal: it may be locked, wait for a dialog or for a password
that is typed, and neither the loop, nor a cell's input, nor a prompt may hang on it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
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
KEYRING_SECONDS = 15.0
"""Time for a person to unlock the keyring where it shows a dialog; asking one that is open takes 0.3 s."""
LATE, FAILED = "no answer", "no key came"
"""What is said where it gives no reason itself."""
ASK = """\
import json, sys
service, user = json.load(sys.stdin)
answer, sys.stdout = sys.stdout, sys.stderr
found = {"key": "", "fault": ""}
try:
    import keyring
    found["key"] = keyring.get_password(service, user) or ""
except ImportError:
    pass
except BaseException as error:
    if type(error).__name__ != "NoKeyringError":
        found["fault"] = type(error).__name__
json.dump(found, answer)
"""
"""What the process does. The names come by its standard input: a base URL may hold a password, arguments are public."""


Asked = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """A key, or why the keyring could not be asked for one (both "" where there is none)."""

    key: str = ""
    fault: str = ""

    def __repr__(self) -> str:
        return f"Found(key={'…' if self.key else ''!r}, fault={self.fault!r})"


class Key:
    """The key of one server, on the loop: read when it is needed, and again where it is missing or was refused."""

    def __init__(self, base_url: str, known: str | None = None) -> None:
        self._base_url = base_url
        self._known = known or ""
        self._again = known is None
        self.fault = ""
        """Why the keyring could not be asked."""

    def __str__(self) -> str:
        return self._known

    async def read(self, *, needed: bool) -> None:
        """Look it up, unless that was done; one that is `needed` is looked for again as long as there is none."""
        if self._known and not self._again:
            return
        found = Found(from_environment(self._base_url))
        if not found.key and (self._again or needed):
            asked: list[Asked] = []
            try:
                found = await asyncio.to_thread(from_keyring, self._base_url, asked.append)
            finally:  # whoever is stopped waits for no dialog
                for process in asked:
                    process.kill()
        self._known, self.fault, self._again = found.key or self._known, found.fault, False

    def refused(self) -> None:
        """The server does not take it: by the next call there may be another."""
        self._again = True


def find_key(base_url: str, asking: Callable[[Asked], object] = lambda asked: None) -> str:
    """The key for a server: from the environment, else from the keyring if that package is installed; "" if none.

    Blocks while a keyring is being unlocked, for `KEYRING_SECONDS` at most, or until what `asking` is told is killed.
    """
    return from_environment(base_url) or from_keyring(base_url, asking).key


def from_environment(base_url: str) -> str:
    """The key for a server as the environment has it, at once; "" if it has none."""
    return (os.environ.get(OWN_KEY_VARIABLE) or os.environ.get(key_variable(base_url), "")).strip()


def from_keyring(base_url: str, asking: Callable[[Asked], object] = lambda asked: None) -> Found:
    """The key for a server as the keyring has it; blocks as `find_key` does."""
    if not _has_keyring():
        return Found()
    try:
        with subprocess.Popen(
            [sys.executable, "-P", "-c", ASK],  # not from the current folder, where anything may be called keyring
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # without a terminal, where a backend would ask for its password
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ) as process:
            asking(process)
            try:
                said, _ = process.communicate(json.dumps([SERVICE, base_url]).encode(), KEYRING_SECONDS)
            except subprocess.TimeoutExpired:
                return Found(fault=LATE)
            finally:
                process.kill()
        answer = json.loads(said)
        return Found(str(answer["key"]).strip(), str(answer["fault"]))
    except (OSError, ValueError, LookupError, TypeError):
        return Found(fault=FAILED)


def _has_keyring() -> bool:
    try:
        return importlib.util.find_spec("keyring") is not None
    except (ImportError, ValueError):
        return False


def key_variable(base_url: str) -> str:
    """The environment variable that holds the key for a server."""
    host = urlsplit(base_url).hostname or ""
    return KEY_VARIABLES.get(host.removeprefix("eu.").removeprefix("us."), OWN_KEY_VARIABLE)
