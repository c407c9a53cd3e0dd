"""What typing costs the person: CPU and memory while somebody types, and the delay of a cell's start.

One process plays the kernel. CPU is that of the process and its children; the same minute without typing is
subtracted, so that only what typing adds is counted.
"""

from __future__ import annotations

import contextlib
import gc
import io
import itertools
import os
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from codemaestro_jupyter.experiment.statistics import summary
from codemaestro_jupyter.experiment.typist import keystrokes
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import CellId, NotebookId, TypingEvent

BENCH = NotebookId("bench")
LOOP_STEPS = 20_000
"""Of the busy cell between two looks at whether it is over: about a millisecond."""


def run_typing_bench(
    root: str | Path, texts: Sequence[str] = (), seconds: float = 30.0, cells: int = 300
) -> dict[str, Any]:
    """Type for about `seconds`, then run `cells` empty cells with and without the hooks; JSON-able figures."""
    started = time.perf_counter()
    memory_before = resident_megabytes()
    with Maestro(Settings(database="cache"), root=root) as maestro:
        maestro.workspace.index.wait(600.0)
        gc.collect()
        memory_ready = resident_megabytes()
        idle = _cpu_share(lambda: time.sleep(seconds / 2))
        requests = (
            list(texts) or [commit.subject for commit in maestro.workspace.git.history(limit=50)] or ["fix the tests"]
        )
        typist = Typist(maestro, requests)
        typing = _cpu_share(lambda: typist.type_for(seconds))
        gc.collect()
        memory_typed = resident_megabytes()
        slowdown = _busy_slowdown(maestro, typist, seconds / 10)
    return {
        "keystrokes": typist.keys,
        "cpu_share_idle": round(idle, 4),
        "cpu_share_typing": round(typing, 4),
        "cpu_share_added": round(typing - idle, 4),
        "megabytes_before": round(memory_before, 1),
        "megabytes_indexed": round(memory_ready, 1),
        "megabytes_typed": round(memory_typed, 1),
        "megabytes_added": round(memory_typed - memory_before, 1),
        "busy_cell_slowdown": round(slowdown, 4),
        "cell_start_milliseconds": _cell_start(cells),
        "took_seconds": round(time.perf_counter() - started, 1),
    }


class Typist:
    """Types one text after the other into the chat; `keys` counts."""

    def __init__(self, maestro: Maestro, texts: Sequence[str]) -> None:
        self._maestro = maestro
        self._strokes = (
            key for number, text in enumerate(itertools.cycle(texts)) for key in keystrokes(text, seed=number)
        )
        self.keys = 0

    def type_for(self, seconds: float) -> None:
        """Go on typing for so long."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            key = next(self._strokes)
            time.sleep(key.pause)
            self.keys += 1
            now = time.time()
            self._maestro.typing(TypingEvent("chat", BENCH, CellId(""), self.keys, key.text, len(key.text), now))


def _busy_slowdown(maestro: Maestro, typist: Typist, seconds: float, rounds: int = 4) -> float:
    """How much slower a loop of pure Python runs on this thread while somebody types, as a share of its speed.

    Windows with and without typing alternate, and the medians count.
    """
    steps: dict[bool, list[float]] = {False: [], True: []}
    maestro.busy(True)
    for number in range(2 * rounds):
        typing = bool(number % 2)
        hands = threading.Thread(target=typist.type_for if typing else time.sleep, args=(seconds,))
        started = time.perf_counter()
        hands.start()
        count = 0
        while hands.is_alive():
            for step in range(LOOP_STEPS):
                count += step & 1
        hands.join()
        steps[typing].append(count / (time.perf_counter() - started))
    maestro.busy(False)
    return 1.0 - statistics.median(steps[True]) / statistics.median(steps[False])


def resident_megabytes() -> float:
    """Resident memory of this process in MB; its peak where the system does not tell more."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        import resource  # not on Windows

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1e6 if sys.platform == "darwin" else 1e3)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_share(work: Any) -> float:
    cpu, wall = _cpu_seconds(), time.perf_counter()
    work()
    return (_cpu_seconds() - cpu) / (time.perf_counter() - wall)


def _cpu_seconds() -> float:
    """CPU of this process and of its living children, in seconds."""
    total = time.process_time()
    tick = os.sysconf("SC_CLK_TCK")
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(os.getpid()):
            total += (int(fields[11]) + int(fields[12])) / tick
    return total


def _cell_start(cells: int) -> dict[str, Any]:
    """How much later the code of a cell starts with the hooks than without, cells alternating, in ms."""
    from IPython.core.interactiveshell import InteractiveShell

    shell: Any = InteractiveShell.instance()
    delays: dict[bool, list[float]] = {False: [], True: []}
    shell.user_ns["now"] = time.perf_counter
    for name in range(200):  # a lived-in namespace
        shell.user_ns[f"variable_{name}"] = list(range(10))
    for number in range(cells):
        loaded = bool(number % 2)
        with contextlib.redirect_stdout(io.StringIO()):  # what unloading says
            shell.run_line_magic("load_ext" if loaded else "unload_ext", "codemaestro")
        before = time.perf_counter()
        shell.run_cell("started = now()", store_history=False)
        delays[loaded].append((shell.user_ns["started"] - before) * 1000)
    with contextlib.redirect_stdout(io.StringIO()):
        shell.run_line_magic("unload_ext", "codemaestro")
    without, with_hooks = summary(delays[False], 3), summary(delays[True], 3)
    return {
        "without": without,
        "with": with_hooks,
        "added_p50": round(with_hooks["p50"] - without["p50"], 3),
        "added_p95": round(with_hooks["p95"] - without["p95"], 3),
    }
