"""Which notebooks the person's running Jupyter servers have a session for: those are open, wherever their page is.

Asked on this machine only: a server's own file in the runtime folder says where it listens and how it is asked, as
`jupyter server list` reads it.
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.cellhost import CellAnswer, CellEdit
from codemaestro_jupyter.types import Cell

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
ANSWER_SECONDS = 0.5
"""How long one server is waited for."""
SERVERS = 5
"""Servers asked, the newest first."""
Ask = Callable[[str, str], Any]
"""(address, token) → the JSON of its sessions; raises `OSError` or `ValueError`."""


def sessions(address: str, token: str) -> Any:
    """The sessions of one server."""
    from http import HTTPStatus  # with `http.client` they bring the email package, which loading does without
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urllib.parse.urlsplit(urllib.parse.urljoin(address, "api/sessions"))
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", parts.path, headers={"Authorization": f"token {token}"} if token else {})
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK:
            raise ValueError(f"the server said {answer.status}")
        return json.load(answer)
    except HTTPException as error:
        raise ValueError("no server") from error
    finally:
        connection.close()


def open_paths(root: Path, runtime: Path, ask: Ask = sessions) -> frozenset[str]:
    """Notebooks below `root`, as paths relative to it, that a server of this person has a session for."""
    try:
        files = sorted(runtime.glob("jpserver-*.json"), key=lambda file: -file.stat().st_mtime)
    except OSError:
        return frozenset()
    found: set[str] = set()
    for file in files[:SERVERS]:
        try:
            server = json.loads(file.read_text(encoding="utf8"))
            address = str(server["url"])
            if urllib.parse.urlsplit(address).hostname not in LOOPBACK:
                continue
            listed = ask(address, str(server.get("token", "")))
            places = [Path(server["root_dir"], each["path"]) for each in listed if each.get("type") == "notebook"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # it ended without tidying up, or is no server that we understand
        found |= {name for place in places if (name := _inside(root, place))}
    return frozenset(found)


def _inside(root: Path, place: Path) -> str:
    try:
        return place.resolve().relative_to(root.resolve()).as_posix()
    except (OSError, ValueError):
        return ""


def runtime_folder() -> Path:
    """Where servers say that they run."""
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir())


class ServerCells:
    """The notebooks of a process that has no page of its own (a terminal): open ones are left alone."""

    def __init__(self, root: Path, runtime: Path | None = None, ask: Ask = sessions) -> None:
        self._root = root
        self._runtime = runtime
        self._ask = ask
        self._open: frozenset[str] = frozenset()

    def refresh(self) -> None:
        """Ask the servers."""
        self._open = open_paths(self._root, self._runtime or runtime_folder(), self._ask)

    def elsewhere(self) -> frozenset[str]:
        """What a server has a session for."""
        return self._open

    def open_notebooks(self) -> Mapping[str, Sequence[Cell]]:
        """None is open here."""
        return {}

    def edit(self, transaction: str, path: str, edits: Sequence[CellEdit], timeout: float) -> CellAnswer:
        """There is no page to ask."""
        return CellAnswer(False, f"{path} is not open here")
