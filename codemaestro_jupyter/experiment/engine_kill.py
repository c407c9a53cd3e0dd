"""Kill a transaction at random moments on a real file system, recover, and look whether anything is half-done.

    python -m codemaestro_jupyter.experiment.engine_kill <folder> <count> [<seed>]

One small process forks a child for each moment (so 500 take seconds, not minutes), kills it with SIGKILL somewhere
between the first and the last call of its commit, recovers in a process of its own kind, and compares every byte.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from codemaestro_jupyter.edit.blueprint import Change, Component
from codemaestro_jupyter.edit.cellhost import NoCells
from codemaestro_jupyter.edit.files import DiskFiles
from codemaestro_jupyter.edit.journal import Journal
from codemaestro_jupyter.edit.metrics import Metrics
from codemaestro_jupyter.edit.transaction import Transactions

MINE = "mine.txt"
Tree = dict[str, bytes]


def two_trees(seed: int) -> tuple[Tree, Tree]:
    """The project before and after: changed, created and deleted files of odd bytes, and one that nobody touches."""
    rng = random.Random(seed)  # noqa: S311 - made-up bytes
    before: Tree = {MINE: b"not of this plan\r\n\xff"}
    after: Tree = dict(before)
    for number in range(6):
        path = f"part_{number % 3}/file_{number}.txt"
        before[path] = rng.randbytes(rng.randint(0, 9_000))
        after[path] = rng.randbytes(rng.randint(0, 9_000))
    del after["part_0/file_0.txt"]
    after["fresh/deep/new.txt"] = rng.randbytes(5_000)
    return before, after


def changes_between(one: Tree, two: Tree) -> list[Change]:
    """What leads from one tree to the other."""
    found = []
    for path in sorted({*one, *two}):
        if one.get(path) != two.get(path):
            sides = [Component(path, tree[path]) if path in tree else None for tree in (one, two)]
            found.append(Change(path, sides[0], sides[1]))
    return found


def read_tree(root: Path) -> Tree:
    """Every file of the project, by path; what the journal keeps is not the project's."""
    found = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root).as_posix()
        if path.is_file() and not relative.startswith(".codemaestro/"):
            found[relative] = path.read_bytes()
    return found


def transactions(root: Path) -> Transactions:
    """A fresh start on the project, as a new process makes it."""
    files = DiskFiles()
    journal = Journal((root / ".codemaestro" / "journal").as_posix(), files)
    return Transactions(root.as_posix(), journal, files, NoCells(), time.time, Metrics())


def kill_many(root: Path, count: int, seed: int = 1) -> dict[str, Any]:
    """Kill `count` commits; how many ended whole, without a trace, or wrong."""
    rng = random.Random(seed)  # noqa: S311 - moments, not secrets
    before, after = two_trees(seed)
    for path, data in before.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    here, there = before, after
    started = time.perf_counter()
    for _ in range(4):  # how long a commit takes here: the moments are spread over it
        transactions(root).commit(changes_between(here, there), title="measure")
        here, there = there, here
    longest = (time.perf_counter() - started) / 4 * 1.3
    seen = {"whole": 0, "no trace": 0, "half-done": 0, "recovered": 0, "finished before": 0}
    lost = 0
    for _ in range(count):
        ended = one_kill(root, changes_between(here, there), rng.uniform(0, longest))
        # the machine may be busy: the window follows how long a commit takes, so that a quarter just ends in time
        longest *= 0.92 if ended else 1.03
        seen["finished before"] += ended
        writer = transactions(root)
        seen["recovered"] += bool(writer.recover())
        found = read_tree(root)
        lost += found.get(MINE) != before[MINE]
        if found == there:
            seen["whole"] += 1
            here, there = there, here
        elif found == here:
            seen["no trace"] += 1
        else:
            seen["half-done"] += 1
            lost += sum(found.get(path) not in (here.get(path), there.get(path)) for path in {*found, *here, *there})
            for path in set(found) - set(here):
                (root / path).unlink()
            for path, data in here.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(data)
    return {"moments": count, "window_ms": longest * 1e3, **seen, "lost_files": lost, "seed": seed}


def one_kill(root: Path, changes: list[Change], after: float) -> bool:
    """Commit in a child and kill it `after` seconds; whether it was done before that."""
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - this process is killed
        try:
            writer = transactions(root)
            os.write(tell, b"!")
            writer.commit(changes, title="to be killed")
        finally:
            os._exit(0)
    os.close(tell)
    os.read(ready, 1)
    os.close(ready)
    deadline = time.perf_counter() + after
    while time.perf_counter() < deadline:  # a sleep would wake up too late to hit a window of milliseconds
        pass
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return not os.WIFSIGNALED(status)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    print(json.dumps(kill_many(folder.resolve(), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)))
