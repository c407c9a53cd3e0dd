"""Changes in a kernel that hears its pages only between two cells (ipykernel 6): done once the cell has ended.

An open notebook is changed by its page, which has to be asked, and whose answer cannot come while a cell waits for it.
So the cell ends at once, and its output shows what was done as soon as it is. In order, on the thread `maestro-later`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.jupyter import drawing
from codemaestro_jupyter.jupyter.output import Display

NAME = "maestro-later"
COMMANDS = frozenset({"edit", "apply", "undo", "redo"})
"""What may ask a page."""
WAITING = "*This is done as soon as the cell has ended: this kernel hears the page only then.*"
INSTEAD = "Nothing is lost: the panel's buttons Apply and Undo do it, too."


class Later:
    """Registered with the shell's events while something waits; `close()` drops what has not begun."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=NAME)
        self._waiting: list[Callable[[], object]] = []

    def run(self, work: Callable[[], drawing.Bundle]) -> None:
        """Do `work` once the running cell has ended; what it comes to, or why not, takes the place of a note."""
        place = Display(drawing.bundle(WAITING))
        if not self._waiting:
            self._shell.events.register("post_run_cell", self._ended)
        self._waiting.append(lambda: place.show(_said(work)))

    def close(self) -> None:
        """End the thread; may be called twice."""
        if self._waiting:
            self._waiting.clear()
            self._shell.events.unregister("post_run_cell", self._ended)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _ended(self, _: object = None) -> None:
        self._shell.events.unregister("post_run_cell", self._ended)
        waiting, self._waiting = self._waiting, []
        for work in waiting:
            self._pool.submit(work)


def _said(work: Callable[[], drawing.Bundle]) -> drawing.Bundle:
    try:
        return work()
    except MaestroError as error:
        return drawing.bundle(f"**{error.message}** {error.hint} {INSTEAD}")
    except Exception as error:  # a fault of ours, which nobody else would see
        return drawing.bundle(f"**{type(error).__name__}: {error}** {INSTEAD}")
