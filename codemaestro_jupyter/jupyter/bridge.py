"""The comm between this kernel and its front ends: decode, hand over to Maestro, return; draw what comes back.

The kernel announces itself by opening and closing a comm; every page that hears it opens its own, which serves
loading, reloading, page reload, kernel restart and autoload alike. Handlers run in the front end's subshell
thread where there is one, so typing arrives while a cell runs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from codemaestro_jupyter import __version__, reports
from codemaestro_jupyter.errors import MaestroError, ProtocolError
from codemaestro_jupyter.jupyter import inward
from codemaestro_jupyter.jupyter.comms import Line, tame
from codemaestro_jupyter.jupyter.notebooks import Notebooks
from codemaestro_jupyter.jupyter.pagecells import PageCells
from codemaestro_jupyter.jupyter.pagefiles import page_file
from codemaestro_jupyter.jupyter.protocol import (
    PROTOCOL,
    TARGET,
    FrontMessage,
    KernelMessage,
    decode_front,
)
from codemaestro_jupyter.jupyter.said import CompletionItem, PreparationStatus
from codemaestro_jupyter.jupyter.servers import open_paths, runtime_folder
from codemaestro_jupyter.types import TurnId
from codemaestro_jupyter.view import NoticeView, SessionView

if TYPE_CHECKING:
    from codemaestro_jupyter.maestro import Maestro

log = logging.getLogger(__name__)


class Bridge:
    """Serves every front end of this kernel, several pages at once; `close()` ends all comms and the target.

    `manager` is the comm manager, `create` makes a comm that the kernel opens (`comm.create_comm`). `notices` are
    added to those of the picture: what only this door knows. `on_request` is called when somebody types a request.
    `announce` tells whoever listens that the kernel is here; not where nobody can.
    """

    def __init__(
        self,
        maestro: Maestro,
        manager: Any,
        create: Callable[..., Any],
        notebooks: Notebooks,
        *,
        notices: tuple[NoticeView, ...] = (),
        on_request: Callable[[], object] = lambda: None,
        announce: bool = True,
    ) -> None:
        self.notebooks = notebooks
        self.cells = PageCells(notebooks.project_path, lambda: open_paths(maestro.root, runtime_folder()))
        maestro.changes.host = self.cells
        self._maestro = maestro
        self._manager = manager
        self._notices = notices
        self._on_request = on_request
        self._lock = threading.Lock()
        self._screens: dict[str, _Screen] = {}
        self.ending = False
        """Whether this process ends: then pages wait for the next one instead of asking for us to be loaded."""
        self._target = self._opened  # one bound method: the manager is asked later whether the target is still ours
        manager.register_target(TARGET, self._target)
        self._unsubscribe = maestro.subscribe(self._part)
        if announce:
            create(target_name=TARGET).close()  # "I am here": front ends answer by opening their own comm

    @property
    def pages(self) -> int:
        """How many front ends are connected."""
        return len(self._screens)

    def close(self) -> None:
        """Close every comm and take the target back; may be called twice."""
        self._unsubscribe()
        if self._manager.targets.get(TARGET) is self._target:
            self._manager.unregister_target(TARGET, self._target)
        with self._lock:
            screens, self._screens = list(self._screens.values()), {}
        for screen in screens:
            self.cells.left(screen)
            screen.end(ending=self.ending)

    # -- a front end comes and goes -----------------------------------------------------------------

    def _opened(self, comm: Any, message: dict[str, Any]) -> None:
        tame(comm)
        screen = _Screen(Line(comm), self._maestro, self)
        comm.on_msg(lambda incoming: screen.receive(incoming["content"]["data"]))
        comm.on_close(lambda _: self._forget(comm.comm_id))
        with self._lock:
            self._screens[comm.comm_id] = screen
        data = message["content"].get("data")
        if data:  # the greeting may come with the opening
            screen.receive(data)

    def _forget(self, comm_id: str) -> None:
        with self._lock:
            screen = self._screens.pop(comm_id, None)
        if screen is not None:
            self.cells.left(screen)

    # -- what goes out ------------------------------------------------------------------------------

    def _part(self, part: SessionView) -> None:
        """On `maestro-loop`, at most ten times a second."""
        part = self.with_notices(part)
        for screen in list(self._screens.values()):
            screen.draw(part)

    def with_notices(self, view: SessionView) -> SessionView:
        """The picture with what only this door knows."""
        if not self._notices or "notices" not in view:
            return view
        return cast(SessionView, {**view, "notices": [*view["notices"], *self._notices]})

    def requested(self, text: str, source: str) -> None:
        """Somebody types: let those know who get ready for a request."""
        if source == "chat" or text.lstrip().startswith("%%maestro"):
            self._on_request()


class _Screen:
    """One front end: what it sends and what it is shown. It is shown nothing before it said hello."""

    def __init__(self, line: Line, maestro: Maestro, bridge: Bridge) -> None:
        self._line = line
        self._maestro = maestro
        self._bridge = bridge
        self._lock = threading.Lock()
        self._early: list[SessionView] | None = []
        """Parts that came before the whole picture was sent; None once it was."""
        self._greeted = False
        self._shown: SessionView = {}
        """What was sent last of that which `preparation_status` is about."""

    def receive(self, data: object) -> None:
        """One message from the front end; whatever goes wrong is told there, since the kernel only logs it."""
        request = data.get("request") if isinstance(data, dict) else ""
        request = request if isinstance(request, str) else ""
        try:
            message = decode_front(data)
            self._handle(message)
            if self._greeted and message["type"] not in ("open_notebooks", "cells_edited"):  # those say nothing new
                self._bridge.cells.heard(self)
        except MaestroError as error:
            self.send({"type": "error", "request": request, "message": error.message, "hint": error.hint})
        except Exception as error:
            log.exception("A message from the front end could not be handled")
            said = f"CodeMaestro failed: {type(error).__name__}: {error}"
            self.send({"type": "error", "request": request, "message": said, "hint": "See the kernel's log."})

    def draw(self, part: SessionView) -> None:
        """Show what changed."""
        if not self._greeted:
            return
        with self._lock:
            if self._early is not None:
                self._early.append(part)
                return
        self._send_part(part)

    def end(self, *, ending: bool) -> None:
        """Close the comm."""
        try:
            self._line.close(ending=ending)
        except Exception:  # the sockets may be gone when the kernel ends
            log.debug("A comm could not be closed", exc_info=True)

    def _handle(self, message: FrontMessage) -> None:
        maestro = self._maestro
        if message["type"] == "user_typing":  # first: this is the way of a keystroke
            maestro.typing(inward.typing_event(message))
            self._bridge.requested(message["text"][:20], message["source"])
        elif message["type"] == "hello":
            self._greet(message["protocol"])
        elif message["type"] == "notebook":
            maestro.notebook(self._bridge.notebooks.picture(message))
        elif message["type"] == "submit":
            pending = maestro.submit(
                message["text"],
                source=message["source"],
                notebook_id=message["notebook_id"],
                cell_id=message["cell_id"],
                fresh=message["fresh"],
                attachments=tuple(inward.attached(attachment) for attachment in message["attachments"]),
                asks=True,
            )
            self.send({"type": "submitted", "request": message["request"], "turn": pending.turn})
        elif message["type"] == "cancel":
            maestro.cancel(TurnId(message["turn"]))
        elif message["type"] == "choose":
            maestro.choose(message["question"], message["option"], message["text"])
        elif message["type"] == "rate":
            maestro.rate(TurnId(message["turn"]) if message["turn"] else None, inward.rating(message))
        elif message["type"] == "dismiss":
            maestro.dismiss(message["path"])
        elif message["type"] == "complete":
            found = maestro.complete(message["prefix"])
            items = [CompletionItem(label=each.label, kind=each.kind, detail=each.detail) for each in found]
            self.send({"type": "completions", "request": message["request"], "items": items})
        elif message["type"] == "setting":
            if message["value"] is None:
                maestro.settings.unset(message["name"], "lab")
            else:
                maestro.settings.set(message["name"], message["value"], "lab")
        elif message["type"] == "offer_models":
            maestro.models.offer()
        elif message["type"] == "pick_model":
            maestro.models.pick(message["name"])
        elif message["type"] == "ask_ledger":
            markdown = reports.ledger(maestro).markdown
            self.send({"type": "ledger", "request": message["request"], "markdown": markdown})
        elif message["type"] == "give_consent":
            maestro.models.consent(message["allowed"], message["provider"])
        elif message["type"] == "ask_plan":
            text = maestro.changes.text(TurnId(message["turn"]))
            self.send({"type": "plan", "request": message["request"], "text": text})
        elif message["type"] == "revise_plan":
            maestro.dialogue.revise(TurnId(message["turn"]), message["text"])
        elif message["type"] == "read_file":
            self.send(page_file(message, self._bridge.notebooks.project_path, maestro.workspace.read))
        elif message["type"] == "change":
            hunks = message["hunks"] if message["action"] in ("apply", "take", "leave", "show") else None
            maestro.change(TurnId(message["turn"]), message["action"], hunks, message["fix"])
        elif message["type"] == "open_notebooks":
            self._bridge.cells.told(self, message)
        elif message["type"] == "cells_edited":
            self._bridge.cells.answered(message)
        else:
            maestro.clear(message["notebook_id"])

    def _greet(self, protocol: int) -> None:
        session = self._maestro.session
        self.send({"type": "welcome", "protocol": PROTOCOL, "version": __version__, "session": session})
        if protocol != PROTOCOL:
            older = "lab extension" if protocol < PROTOCOL else "kernel's package"
            raise ProtocolError(
                f"The panel speaks protocol {protocol}, this kernel {PROTOCOL}.",
                hint=f"Upgrade the {older} (pip install --upgrade codemaestro-jupyter), reload the page, restart the "
                "kernel.",
            )
        self._greeted = True
        # Outside the lock: the picture is drawn on `maestro-loop`, which may be waiting for this lock with a part.
        whole = self._bridge.with_notices(self._maestro.view())
        with self._lock:
            self.send({"type": "view", "view": whole})
            early, self._early = self._early or [], None
        for part in early:
            self._send_part(part)
        self._maestro.models.foresee()

    def _send_part(self, part: SessionView) -> None:
        if "session" in part:
            self.send({"type": "view", "view": part})
        else:
            self.send({"type": "view_part", "view": part})
        for key in ("prediction", "stage", "preparations"):
            if key in part:
                self._shown[key] = part[key]
        if ("stage" in part or "preparations" in part) and (status := preparation_status(self._shown)) is not None:
            self.send(status)

    def send(self, message: KernelMessage) -> None:
        """Send a message, from any thread; lost if the front end is going away."""
        try:
            self._line.send(message)
        except MaestroError:
            raise
        except Exception:  # the front end or the kernel's sockets are going away; the next hello draws all anew
            log.debug("A message to the front end was lost", exc_info=True)


def preparation_status(shown: SessionView) -> PreparationStatus | None:
    """The spec's status message, once there is anything to say about preparing."""
    if "stage" not in shown or "preparations" not in shown:
        return None
    stage = shown["stage"]
    loading = [each["label"] for each in shown["preparations"] if each["state"] in ("queued", "running")]
    return {
        "type": "preparation_status",
        "seq": shown["prediction"]["seq"] if "prediction" in shown else 0,
        "stage": stage["stage"],
        "message": stage["message"],
        "loading": loading,
        "progress": stage["progress"],
    }
