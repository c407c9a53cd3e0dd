"""Load, unload, chat: `%load_ext codemaestro` builds the parts of this door in one method, `%unload_ext` ends them.

Whatever is added to the person's session is added here or in the constructor of a part that `close()` undoes.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from IPython.core.error import UsageError

from codemaestro_jupyter import problems
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.jupyter.bridge import Bridge
from codemaestro_jupyter.jupyter.frontend import front_end, listens
from codemaestro_jupyter.jupyter.hooks import Hooks
from codemaestro_jupyter.jupyter.later import Later
from codemaestro_jupyter.jupyter.magics import MaestroMagics
from codemaestro_jupyter.jupyter.notebooks import Notebooks
from codemaestro_jupyter.jupyter.screen import Screen
from codemaestro_jupyter.view import NoticeView

if TYPE_CHECKING:
    from codemaestro_jupyter.jupyter.chat import Chat
    from codemaestro_jupyter.maestro import Maestro

log = logging.getLogger(__name__)
FACE = "maestro"
F = TypeVar("F", bound=Callable[..., Any])
OLD_KERNEL = NoticeView(
    level="warning",
    message="This kernel is older than ipykernel 7: what you type while a cell runs is seen only when the cell ends.",
    hint="Run `pip install -U ipykernel` and restart the kernel.",
)
STAYS = (
    "CodeMaestro is unloaded: magics, hooks, comms, widgets and threads are gone. "
    "Its modules stay imported until the kernel restarts{nested}, and what it stored stays in {place} "
    "(`codemaestro forget everything` deletes it)."
)


class Face:
    """What `maestro` means in a notebook: `maestro.chat()`, `maestro.ask("…")`, `@maestro.tool`."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    def chat(self) -> Chat:
        """A chat widget; its text box prepares while you type."""
        return self._loaded.chat()

    def ask(self, text: str) -> str:
        """Answer a request and return the answer's Markdown; raises `MaestroError` if that fails."""
        pending = self._loaded.maestro.submit(text, source="chat")
        try:
            return pending.result().markdown
        except KeyboardInterrupt:
            pending.cancel()
            raise

    def tool(self, function: F) -> F:
        """Let a model ask for a function of yours: `@maestro.tool`. Its docstring and signature describe it."""
        self._loaded.maestro.tools.add(function)
        return function

    def __repr__(self) -> str:
        return f"<CodeMaestro in {self._loaded.maestro.root}: chat(), ask(text), @tool; see %maestro help>"


class Loaded:
    """Everything that loading added to one shell; `close()` takes it back, in the opposite order."""

    def __init__(self, shell: Any, maestro: Maestro) -> None:
        from codemaestro_jupyter.workspace.failures import from_exception
        from codemaestro_jupyter.workspace.kernel import picture

        self.shell = shell
        self.maestro = maestro
        self._process = os.getpid()
        self._chats: list[Chat] = []
        with ExitStack() as undo:  # what was built is taken back, too, if something cannot be built
            undo.callback(problems.keep())
            undo.callback(maestro.close)
            notebooks = self.notebooks = self._notebooks()
            self.bridge = self._bridge(notebooks)
            if self.bridge:
                undo.callback(self.bridge.close)
            self.screen = Screen()
            undo.callback(self.screen.close)
            self.hooks = Hooks(
                shell,
                maestro,
                picture,
                lambda error, cells: from_exception(type(error), error, error.__traceback__, maestro.root, cells=cells),
                on_run=lambda: self.magics.settle(),
            )
            undo.callback(self.hooks.close)
            later = None
            if self.bridge and not subshells(shell.kernel):
                self.bridge.cells.muted = self._muted
                later = Later(shell)
                undo.callback(later.close)
            self.magics = MaestroMagics(
                shell,
                maestro,
                self.screen,
                notebook_of=notebooks.of_cell,
                look=self.hooks.look,
                checks=self._checks,
                later=later,
                alone=lambda: not (self.bridge and self.bridge.pages),  # else the panel shows and asks already
            )
            undo.callback(self.magics.close)
            undo.callback(self._close_chats)
            self._face = Face(self)
            if FACE not in shell.user_ns:
                shell.push({FACE: self._face}, interactive=False)
            undo.callback(self._hide_face)
            if notebooks.home:
                maestro.memory.named(notebooks.home)  # no page may ever tell what was said here before
            _at_exit(self)
            self._undo = undo.pop_all()

    def chat(self) -> Chat:
        """A new chat widget."""
        from codemaestro_jupyter.jupyter.chat import Chat

        cell = front_end(self.shell).cell_id
        chat = Chat(self.maestro, self.screen, lambda: self.notebooks.of_cell(cell))
        self._chats.append(chat)
        return chat

    def close(self) -> None:
        """Take everything back; may be called twice, and does nothing in a forked child."""
        if os.getpid() == self._process:
            self._undo.close()

    def _muted(self) -> bool:
        """Whether a cell keeps the kernel from hearing its pages; whoever waits in that cell waits in vain."""
        return self.hooks.running and threading.current_thread() is not threading.main_thread()

    def _close_chats(self) -> None:
        while self._chats:
            self._chats.pop().close()

    def _hide_face(self) -> None:
        for names in (self.shell.user_ns, self.shell.user_ns_hidden):
            if names.get(FACE) is self._face:
                del names[FACE]

    def _notebooks(self) -> Notebooks:
        # VS Code names the notebook in the namespace, Jupyter's server in the environment.
        session = self.shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
        return Notebooks(self.maestro.root, Path.cwd(), str(session))

    def _bridge(self, notebooks: Notebooks) -> Bridge | None:
        if getattr(self.shell, "kernel", None) is None:
            return None  # plain IPython has no comms
        from comm import create_comm, get_comm_manager

        return Bridge(
            self.maestro,
            get_comm_manager(),
            create_comm,
            notebooks,
            notices=() if subshells(self.shell.kernel) else (OLD_KERNEL,),
            on_request=lambda: self.screen.draw("warm", _import_widgets),
            announce=listens(self.shell),
        )

    def _checks(self) -> list[str]:
        if self.bridge is None:
            return ["- · **Front end**: plain IPython; there is no panel and no widget here"]
        pages = self.bridge.pages
        lines = [
            f"- ✓ **Front end**: {pages} page{'s' * (pages != 1)} connected"
            if pages
            else "- · **Front end**: no page is connected → Open the CodeMaestro panel; the magics work without it."
        ]
        above = self.bridge.notebooks.above
        lines += [f"- · **Links**: {above[0]} → {above[1]}"] if above else []
        if not subshells(self.shell.kernel):
            lines.append(f"- ! **Typing**: {OLD_KERNEL['message']} → {OLD_KERNEL['hint']}")
        return lines


def _at_exit(loaded: Loaded) -> None:
    """Close what is still loaded when the interpreter ends.

    `atexit` comes too late: the pools of `concurrent.futures`, which closing needs, are shut down before it, by
    `threading._register_atexit`, whose callbacks run in the opposite order. So ours is registered there, after theirs.
    """
    import concurrent.futures.thread  # noqa: F401 - registers first

    known = weakref.ref(loaded)  # neither registry lets go of what it was given

    def close() -> None:
        if (found := known()) is not None:
            if found.bridge:
                found.bridge.ending = True
            found.close()

    getattr(threading, "_register_atexit", atexit.register)(close)


def subshells(kernel: Any) -> bool:
    """Whether the kernel hears a front end while a cell runs (ipykernel 7)."""
    return bool(getattr(kernel, "_supports_kernel_subshells", False))


_loaded: Loaded | None = None


def load(shell: Any, maestro: Maestro | None = None) -> None:
    """Switch CodeMaestro on in a shell; does nothing if it is on already.

    Raises `UsageError`, which IPython shows as one line, if it cannot be switched on.
    """
    global _loaded
    if _loaded is not None:
        if _loaded.shell is shell:
            return
        _loaded.close()
    if maestro is None:
        from codemaestro_jupyter.maestro import Maestro
        from codemaestro_jupyter.settings import Settings

        try:
            maestro = Maestro(Settings(config=shell.config))
        except MaestroError as error:
            raise UsageError(f"CodeMaestro is not loaded. {error}") from None
    _loaded = Loaded(shell, maestro)
    for notice in maestro.view()["notices"]:
        print(f"CodeMaestro: {notice['message']} {notice['hint']}".rstrip())
    if _loaded.bridge and not subshells(shell.kernel):
        print(f"CodeMaestro: {OLD_KERNEL['message']} {OLD_KERNEL['hint']}")


def unload(shell: Any) -> None:
    """Take everything back and say what stays."""
    global _loaded
    if _loaded is None or _loaded.shell is not shell:
        return
    loaded, _loaded = _loaded, None
    loaded.close()
    path = loaded.maestro.store.path
    nested = ", nest-asyncio stays applied to its loop" if loaded.maestro.tools.nested else ""
    print(STAYS.format(place=path.parent if path else "memory only", nested=nested))


def chat() -> Chat:
    """A new chat widget. Raises `MaestroError` if CodeMaestro is not loaded."""
    if _loaded is None:
        raise MaestroError("CodeMaestro is not loaded.", hint="Run %load_ext codemaestro first.")
    return _loaded.chat()


def _import_widgets() -> None:
    import codemaestro_jupyter.jupyter.widgets  # noqa: F401
