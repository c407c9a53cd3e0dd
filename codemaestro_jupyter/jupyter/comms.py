"""Tame a comm: what arrives through it must not touch the person's plots nor wait for their cell.

The one place where comms, the panel's and our widgets' alike, are changed after they were made.
"""

from __future__ import annotations

import contextvars
from collections.abc import Iterable
from typing import Any

from codemaestro_jupyter.jupyter.protocol import Message, encode


def tame(comm: Any) -> None:
    """Replace how the comm handles and routes messages; the comm itself, its target and callbacks stay."""

    def handle_msg(message: dict[str, Any]) -> None:
        # `comm.BaseComm.handle_msg` fires `pre_execute` and `post_execute` around every message. On a subshell
        # thread that makes matplotlib-inline flush the figure of the cell that is still running: an empty plot.
        callback = comm._msg_callback
        if callback is not None:
            callback(message)

    comm.handle_msg = handle_msg
    if hasattr(comm, "_reply_subshell_for"):
        # ipykernel 7.4 sends the front end's next message to the subshell of whoever sent last through this comm,
        # so that one update from a cell's thread would make every later message wait for that cell.
        # The front end's own wish is right for us: it knows which of its subshells is alive.
        comm._reply_subshell_for = lambda data, default=None: default


def tame_widgets(widgets: Iterable[Any]) -> None:
    """Tame the comms of ipywidgets and of everything inside them."""
    for widget in widgets:
        if widget.comm is not None:
            tame(widget.comm)
        tame_widgets(getattr(widget, "children", ()))


class Line:
    """The sending end of a front end's comm, for any thread.

    Make it in the handler that opened the comm: the context of that moment carries the subshell of the front end,
    and a message sent in any other context would draw the front end's next messages there (ipykernel 7.4).
    """

    def __init__(self, comm: Any) -> None:
        self._comm = comm
        self._context = contextvars.copy_context()

    def send(self, message: Message) -> None:
        """Send from any thread. Raises `ProtocolError` for a message that may not be sent."""
        self._context.copy().run(self._comm.send, encode(message))

    def close(self, *, ending: bool = False) -> None:
        """Close the comm; the front end hears of it, and whether it is because this process ends."""
        self._context.copy().run(self._comm.close, {"ending": True} if ending else None)
