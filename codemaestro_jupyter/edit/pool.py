"""Run the jobs of a batch on several processes, where that pays: LibCST and `ast` hold the GIL, threads gain nothing.

Measured on two cores: a job's data cross the pipe in 0.1 ms, a child is ready after about 0.5 s. So a pool is started
ahead and kept, this process takes its own share of the jobs, and anything cheaper than `WORTH_IT` runs here.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import IO

from codemaestro_jupyter import errors
from codemaestro_jupyter.edit.batches import Job, Part, run_job, run_jobs
from codemaestro_jupyter.edit.worker import receive, send
from codemaestro_jupyter.errors import EditError, MaestroError

WORTH_IT = 0.010
"""Seconds of syntax-tree work that must be taken off this process before another one is asked."""


class Pool:
    """Child processes kept for batches; `jobs` is a `Runner`. Close it, or use it as a context manager."""

    def __init__(self, processes: int | None = None) -> None:
        count = (os.cpu_count() or 1) if processes is None else processes
        self._children = [self._start() for _ in range(max(0, count - 1))]
        self._ready = [False] * len(self._children)

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "codemaestro_jupyter.edit.worker"],  # -P: no module of the project's folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def wait_ready(self) -> None:
        """Wait until every child can work."""
        for at, child in enumerate(self._children):
            if not self._ready[at]:
                receive(pipe(child.stdout))
                self._ready[at] = True

    def jobs(self, jobs: Sequence[Job]) -> list[list[Part]]:
        """Run independent jobs; the first error by the number of its command is raised."""
        shares = share(jobs, len(self._children) + 1)
        if len(jobs) < 2 or sum(jobs[at].seconds for mine in shares[1:] for at in mine) < WORTH_IT:
            return run_jobs(jobs)
        with contextlib.suppress(EOFError, OSError):  # a child was killed: the work is done here
            self.wait_ready()
            return self._run(jobs, shares)
        return run_jobs(jobs)

    def _run(self, jobs: Sequence[Job], shares: list[list[int]]) -> list[list[Part]]:
        asked = []
        for child, mine in zip(self._children, shares[1:], strict=True):
            if mine:
                send(pipe(child.stdin), [jobs[at] for at in mine])
                asked.append((child, mine))
        found: dict[int, list[Part]] = {}
        problems: list[MaestroError] = []
        try:
            for at in shares[0]:
                found[at] = run_job(jobs[at])
        except MaestroError as error:
            problems.append(error)
        for child, mine in asked:  # always read, or the next batch would get this answer
            kind, answer = receive(pipe(child.stdout))
            if kind == "done":
                found.update(zip(mine, answer, strict=True))
            else:
                problems.append(rebuilt(*answer))
        if problems:
            raise min(problems, key=lambda error: error.message)
        return [found[at] for at in range(len(jobs))]

    def close(self) -> None:
        """End the children: their input ends."""
        for child in self._children:
            for stream in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()
        for child in self._children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._children = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def share(jobs: Sequence[Job], workers: int) -> list[list[int]]:
    """Indexes of jobs per worker, the longest first to whoever has least; the first share is this process's."""
    shares: list[list[int]] = [[] for _ in range(workers)]
    loads = [0.0] * workers
    for at in sorted(range(len(jobs)), key=lambda index: (-jobs[index].seconds, index)):
        least = min(range(workers), key=lambda worker: (loads[worker], -worker))
        shares[least].append(at)
        loads[least] += jobs[at].seconds
    return shares


def rebuilt(kind: str, message: str, hint: str, candidates: tuple[str, ...]) -> MaestroError:
    """A child's error as it was raised there."""
    found = getattr(errors, kind, EditError)
    if issubclass(found, EditError):
        return found(message, hint=hint, candidates=candidates)
    return found(message, hint=hint) if issubclass(found, MaestroError) else EditError(message, hint=hint)


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """A pipe that was asked for is there."""
    assert stream is not None
    return stream
