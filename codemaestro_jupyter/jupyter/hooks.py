"""Watch cells run: busy or not, what variables there are, what went wrong.

Only `pre_run_cell` and `post_run_cell`: `pre_execute` and `post_execute` fire for every comm message too. Both
run on the thread of the person's cell and cost it well under a millisecond, so they take pictures and hand over.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from codemaestro_jupyter.types import CellId, Failure, Variable

if TYPE_CHECKING:
    from codemaestro_jupyter.maestro import Maestro

log = logging.getLogger(__name__)
NAMES = 300
"""Names looked at after a cell, the newest first: what a picture may cost (3 ms) allows no more."""
CELLS = 1000
"""Cells remembered by their number, to say in which one a traceback's frame is."""
OURS = re.compile(r"\A\s*(?:#[^\n]*\n\s*)*%{1,2}(?:maestro\b|(?:un|re)?load_ext\s+codemaestro\b)")
Picture = Callable[[Mapping[str, object]], tuple[Variable, ...]]
FailureOf = Callable[[BaseException, Mapping[str, CellId]], Failure]


class Hooks:
    """Registered with the shell's events from construction until `close()`.

    `picture` turns a namespace into variables, `failure_of` an exception, and which compiled file is which cell,
    into a failure. `on_run` is called whenever the person runs a cell.
    """

    def __init__(
        self,
        shell: Any,
        maestro: Maestro,
        picture: Picture,
        failure_of: FailureOf,
        on_run: Callable[[], object] = lambda: None,
    ) -> None:
        self._shell = shell
        self._maestro = maestro
        self._picture = picture
        self._failure_of = failure_of
        self._on_run = on_run
        self._running = 0
        self._cells: dict[int, CellId] = {}
        """Which cell was run under which number."""
        self._lock = threading.Lock()  # cells may run in subshells, several at once
        self._events = {"pre_run_cell": self._before, "post_run_cell": self._after}
        for name, callback in self._events.items():
            shell.events.register(name, callback)

    @property
    def running(self) -> bool:
        """Whether a cell runs."""
        return self._running > 0

    def close(self) -> None:
        """Stop watching; may be called twice."""
        for name, callback in self._events.items():
            if callback in self._shell.events.callbacks[name]:
                self._shell.events.unregister(name, callback)

    def _before(self, info: Any) -> None:
        with self._lock:
            self._running += 1
        self._maestro.busy(True)
        self._on_run()

    def _after(self, result: Any) -> None:
        with self._lock:
            # The cell that loads us ends without having begun under our eyes.
            self._running = max(0, self._running - 1)
            idle = self._running == 0
        if idle:
            self._maestro.busy(False)
        self.look()
        cell_id = getattr(result.info, "cell_id", None)
        if cell_id and result.execution_count:
            self._cells[result.execution_count] = CellId(cell_id)
            if len(self._cells) > CELLS:
                del self._cells[next(iter(self._cells))]
        if not OURS.match(getattr(result.info, "raw_cell", None) or ""):
            self._learn_failure(result.error_before_exec or result.error_in_exec)

    def look(self, first: Iterable[str] = ()) -> None:
        """Take a picture of the variables and hand it over; `first` names some that must be in it."""
        namespace = self._shell.user_ns
        try:
            chosen = {name: namespace[name] for name in first if name in namespace}
            chosen.update(islice(self._visible(), NAMES - len(chosen)))
            self._maestro.variables(self._picture(chosen))
        except RuntimeError:  # another thread changed the namespace under our hands; the next cell brings a new picture
            log.debug("No picture of the variables", exc_info=True)

    def _visible(self) -> Iterator[tuple[str, object]]:
        namespace, hidden = self._shell.user_ns, self._shell.user_ns_hidden
        for name in reversed(namespace):
            # IPython hides what it puts there itself, until the person gives the name a value of their own.
            if (
                type(name) is str
                and not name.startswith("_")
                and (name not in hidden or hidden[name] is not namespace[name])
            ):
                yield name, namespace[name]

    def _learn_failure(self, error: BaseException | None) -> None:
        if error is None:
            self._maestro.failure(None)
        elif isinstance(error, Exception):  # stopping a cell is no failure
            # IPython numbers the files that it compiles cells to; naming them anew would mean hashing the cell.
            files = getattr(self._shell.compile, "_filename_map", {})
            cells = {file: self._cells[number] for file, number in files.items() if number in self._cells}
            self._maestro.failure(self._failure_of(error, cells))
