"""Let the Jupyter server hand small messages on at once: an extension of the server, enabled by installing the package.

The server leaves Nagle's algorithm on for its kernel sockets (seen in jupyter_server 2.17): a small message waits until
the page has acknowledged the one before. While somebody types both sides talk, the page's system delays its
acknowledgements by up to 40 ms (RFC 1122, 4.2.3.2), and the first output of a cell run just then came 25 ms later
(`python tests/browser/bench_panel.py`).
"""

from __future__ import annotations

from typing import Any

SETTING = "kernel_websocket_connection_class"
"""The server's own place for who serves a kernel's socket."""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Called by the server once it stands; does nothing on one that has no such setting."""
    settings = app.web_app.settings
    connection = settings.get(SETTING)
    if isinstance(connection, type):
        settings[SETTING] = prompt(connection)


def prompt(connection: type[Any]) -> type[Any]:
    """The same kind of connection, whose socket sends each message when it is there."""

    class PromptConnection(connection):  # type: ignore[misc]
        def connect(self) -> Any:
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    return PromptConnection
