"""A real kernel, spoken to as JupyterLab does: cells with ids, comms, subshells."""

from __future__ import annotations

import os
import queue
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import KernelManager
from traitlets.config import Config

from codemaestro_jupyter.jupyter import extension

sys.path.insert(0, str(Path(__file__).parent))
from scripted import ScriptedMaestro

HERE = Path(__file__).parent
PATIENCE = 30.0
"""Seconds after which something that should have happened counts as not happening."""
LOAD = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import scripted
from codemaestro_jupyter.jupyter import extension
double = scripted.ScriptedMaestro(**SCRIPT)
extension.load(get_ipython(), double)
"""

LEFT = """
    [name for magics in get_ipython().magics_manager.magics.values() for name in magics if 'maestro' in name],
    [each for each in get_ipython().input_transformers_cleanup if 'codemaestro' in each.__module__],
    [f for fs in get_ipython().events.callbacks.values() for f in fs if 'codemaestro' in f.__module__],
    [name for name in get_ipython().kernel.comm_manager.targets if 'maestro' in name],
    list(get_ipython().kernel.comm_manager.comms),
    [thread.name for thread in threading.enumerate() if thread.name.startswith('maestro')],
    'maestro' in get_ipython().user_ns, 'maestro' in get_ipython().user_ns_hidden,
"""
"""What of ours is in a kernel, as an expression."""
NOTHING: tuple[Any, ...] = ([], [], [], [], [], [], False, False)


@dataclass
class Run:
    """One executed cell: its reply and everything published in its name while it ran."""

    id: str
    reply: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(m["content"]["text"] for m in self.messages if m["msg_type"] == "stream")

    def data(self, mime: str = "text/markdown") -> list[Any]:
        """What was displayed or updated, in order, in one MIME type."""
        kinds = ("display_data", "update_display_data")
        shown = [m["content"]["data"] for m in self.messages if m["msg_type"] in kinds]
        return [bundle[mime] for bundle in shown if mime in bundle]


class RealKernel:
    """A kernel and its client; every message on iopub is kept in `messages`."""

    def __init__(self, folder: Path) -> None:
        self.manager = KernelManager()
        environment = {
            **os.environ,
            "IPYTHONDIR": str(folder.with_name(f"{folder.name}-ipython")),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        environment.pop("JPY_SESSION_NAME", None)
        self.manager.start_kernel(cwd=str(folder), env=environment)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        self.messages: list[dict[str, Any]] = []
        self._replies: dict[str, dict[str, Any]] = {}

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    # -- cells --------------------------------------------------------------------------------------

    def start(self, code: str, *, cell: str = "", stdin: bool = True, subshell: str | None = None) -> Run:
        """Send a cell and return at once; `cell` is its id, as a notebook names it."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": stdin, "stop_on_error": False}
        metadata = {"cellId": cell} if cell else {}
        return Run(self._send("execute_request", content, metadata=metadata, subshell=subshell))

    def finish(self, run: Run) -> Run:
        """Wait until the cell has ended."""
        self.wait_for(lambda m: m["msg_type"] == "status" and m["content"]["execution_state"] == "idle", run.id)
        run.reply = self._reply(run.id)
        return self.refresh(run)

    def refresh(self, run: Run) -> Run:
        """Look again at what was published in the cell's name."""
        self.poll()
        run.messages = [m for m in self.messages if m["parent_header"].get("msg_id") == run.id]
        return run

    def run(self, code: str, **options: Any) -> Run:
        """Run a cell to its end."""
        return self.finish(self.start(code, **options))

    def value(self, expression: str) -> Any:
        """The value of an expression in the kernel (anything `repr` can say and `eval` can read)."""
        content = {"code": "", "silent": True, "store_history": False, "user_expressions": {"value": expression}}
        reply = self._reply(self._send("execute_request", {**content, "allow_stdin": False, "stop_on_error": False}))
        result = reply["content"]["user_expressions"]["value"]
        assert result["status"] == "ok", result
        return eval(result["data"]["text/plain"])

    def until(self, expression: str) -> Any:
        """Ask for a value until it is true."""
        deadline = time.monotonic() + PATIENCE
        while not (value := self.value(expression)):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.02)
        return value

    # -- comms --------------------------------------------------------------------------------------

    def subshell(self) -> str:
        """Start a subshell, as JupyterLab does before it opens a comm."""
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        reply = self.client.get_control_msg(timeout=PATIENCE)
        return str(reply["content"]["subshell_id"])

    def open(self, data: dict[str, Any], subshell: str | None = None, target: str = "codemaestro") -> str:
        """Open a comm from the front end's side; returns its id."""
        comm = uuid.uuid4().hex
        self._send("comm_open", {"comm_id": comm, "target_name": target, "data": data}, subshell=subshell)
        return comm

    def tell(self, comm: str, data: dict[str, Any], subshell: str | None = None) -> None:
        """Send a message through a comm."""
        self._send("comm_msg", {"comm_id": comm, "data": data}, subshell=subshell)

    def said(self, comm: str, type_: str = "") -> list[dict[str, Any]]:
        """What the kernel sent through a comm so far."""
        self.poll()
        sent = [
            m["content"]["data"]
            for m in self.messages
            if m["msg_type"] == "comm_msg" and m["content"]["comm_id"] == comm
        ]
        return [data for data in sent if not type_ or data.get("type") == type_]

    def hears(self, comm: str, type_: str) -> dict[str, Any]:
        """Wait for the first message of a type through a comm."""
        self.wait_for(
            lambda m: (
                m["msg_type"] == "comm_msg"
                and m["content"]["comm_id"] == comm
                and m["content"]["data"].get("type") == type_
            )
        )
        return self.said(comm, type_)[0]

    # -- messages -----------------------------------------------------------------------------------

    def poll(self, timeout: float = 0.0) -> None:
        """Take in what waits on iopub."""
        while True:
            try:
                self.messages.append(self.client.get_iopub_msg(timeout=timeout))
            except queue.Empty:
                return
            timeout = 0.0

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], parent: str = "") -> dict[str, Any]:
        """The first message that is wanted, also among those already there."""
        deadline, seen = time.monotonic() + PATIENCE, 0
        while True:
            for message in self.messages[seen:]:
                if (not parent or message["parent_header"].get("msg_id") == parent) and wanted(message):
                    return message
            seen = len(self.messages)
            assert time.monotonic() < deadline, "the message never came"
            self.poll(timeout=0.2)

    def _send(
        self, kind: str, content: dict[str, Any], metadata: dict[str, Any] | None = None, subshell: str | None = None
    ) -> str:
        message = self.client.session.msg(kind, content, metadata=metadata or {})
        if subshell:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def _reply(self, parent: str) -> dict[str, Any]:
        while parent not in self._replies:  # a subshell's reply may overtake the main shell's
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            self._replies[reply["parent_header"].get("msg_id", "")] = reply
        return self._replies.pop(parent)


@pytest.fixture(scope="session")
def shared_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKernel]:
    """One kernel for all tests: starting one takes longer than most tests do."""
    real = RealKernel(tmp_path_factory.mktemp("kernel"))
    yield real
    real.stop()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[RealKernel]:
    """A kernel of its own, in an empty folder."""
    real = RealKernel(tmp_path)
    yield real
    real.stop()


@pytest.fixture(scope="module")
def living_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKernel]:
    """One kernel for a module, with the real CodeMaestro loaded in an empty folder."""
    real = RealKernel(tmp_path_factory.mktemp("project"))
    real.run("%load_ext codemaestro")
    yield real
    real.stop()


@pytest.fixture
def loaded(shared_kernel: RealKernel) -> Iterator[Callable[..., RealKernel]]:
    """Loads CodeMaestro with a scripted Maestro (`double` in the kernel); whatever it adds must be gone afterwards."""

    def load(**script: Any) -> RealKernel:
        shared_kernel.poll()
        shared_kernel.messages.clear()
        run = shared_kernel.run(LOAD.replace("SCRIPT", repr(script)))
        assert run.reply["content"]["status"] == "ok", run.reply["content"]
        return shared_kernel

    yield load
    shared_kernel.run("extension.unload(get_ipython())")
    left = f"({LEFT})"
    shared_kernel.run("%reset -f\nimport threading")
    assert shared_kernel.value(left) == NOTHING


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedMaestro:
    """A scripted Maestro for a shell in this process."""
    return ScriptedMaestro(root=tmp_path)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A plain IPython shell without history files, alone in this process."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    yield shell
    extension.unload(shell)
    shell.restore_sys_module_state()
    InteractiveShell.clear_instance()
