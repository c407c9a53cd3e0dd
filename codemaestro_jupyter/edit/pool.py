"""Run the jobs of a batch on several processes, where that pays: LibCST and `ast` hold the GIL, threads gain nothing.

Measured on two cores: a child is ready after about 0.5 s; a job's sources cross the pipe in 0.1 ms (its trees never
do); and a child works a fifth to a third faster than this process, as its garbage collector need not walk a person's
objects. So children are kept from batch to batch, one for each core; whoever is free takes the largest job left; this
process works only until they are ready, so that a person's threads keep the interpreter; and what costs less than
`WORTH_IT` runs here.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import IO

from codemaestro_jupyter.edit.batches import Attempt, Job, Part, attempt_job, run_jobs, settled
from codemaestro_jupyter.edit.worker import receive, send

WORTH_IT = 0.015
"""Seconds of syntax-tree work, beside its largest job, that a batch must hold before children are asked."""
MOST_CHILDREN = 4
"""Each holds about 60 MB."""
MOST_PAUSES = 16
STUCK = (0.5, 4.0)
"""A child is given up once no job was done for that many seconds and that many times what one was thought to take."""
GRACE = 5.0
"""Seconds a child has to end by itself."""


class Child:
    """One process that runs jobs; `ready` once it can, `gone` once it will not answer any more."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "codemaestro_jupyter.edit.worker"],  # -P: no module of the project's folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.ready = threading.Event()
        self.gone = False
        self._greeting = threading.Thread(target=self._greet, name="maestro-batch-start", daemon=True)
        self._greeting.start()

    def _greet(self) -> None:
        try:
            receive(pipe(self.process.stdout))
        except (EOFError, OSError, ValueError):
            self.gone = True
        self.ready.set()

    def run(self, job: Job) -> tuple[Attempt, float]:
        """Have a job done there: how it went, and its seconds of processor time.

        Raises `EOFError` or `OSError` if the process died.
        """
        send(pipe(self.process.stdin), job)
        answer: tuple[Attempt, float] = receive(pipe(self.process.stdout))
        return answer

    def close(self) -> None:
        """End it: its input ends."""
        self.gone = True
        with contextlib.suppress(OSError):
            pipe(self.process.stdin).close()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._greeting.join()
        pipe(self.process.stdout).close()


class Pool:
    """Child processes kept for batches, a `Runner`. Close it, or use it as a context manager.

    Children start with the first batch that is worth one; one that ended (it does after a while without work) is
    started again by the next.
    """

    def __init__(self, children: int | None = None) -> None:
        cores = os.cpu_count() or 1
        self._count = (min(cores, MOST_CHILDREN) if cores > 1 else 0) if children is None else children
        self._children: list[Child] = []
        self._batch = threading.Lock()
        self.pace = 1.0
        """Seconds of processor time a job takes for each second it was thought to take, as measured."""
        self._pauses = self._paused = 0

    def start(self, jobs: int) -> None:
        """Start the children that so many jobs need and that are not there; returns before they are ready."""
        for child in [child for child in self._children if child.gone or child.process.poll() is not None]:
            child.close()
            self._children.remove(child)
        while len(self._children) < min(self._count, jobs):
            self._children.append(Child())

    def wait_ready(self) -> None:
        """Start the children and wait until every one can work."""
        self.start(self._count)
        for child in self._children:
            child.ready.wait()

    def pays(self, seconds: float) -> bool:
        """Whether children are worth asking for so much work; false for a while after they were not."""
        if not self._count or seconds * self.pace < WORTH_IT or not self._batch.acquire(blocking=False):
            return False
        try:
            paused, self._paused = self._paused, max(0, self._paused - 1)
            return not paused
        finally:
            self._batch.release()

    def jobs(self, jobs: Sequence[Job]) -> list[list[Part]]:
        """Run independent jobs; the first error by the number of its command is raised."""
        if not self._count or not self._batch.acquire(blocking=False):
            return run_jobs(jobs)
        try:
            self.start(len(jobs))
            started = time.perf_counter()
            found = self._shared(jobs)
            self._judge(time.perf_counter() - started, self.pace * sum(job.seconds for job in jobs))
            return settled(found)
        finally:
            self._batch.release()

    def _judge(self, took: float, alone: float) -> None:
        """Where sharing did not pay (the other cores are busy), the next 1, 2, 4, … at most 16 batches run here."""
        self._pauses = min(max(1, self._pauses * 2), MOST_PAUSES) if took > alone else 0
        self._paused = self._pauses

    def _shared(self, jobs: Sequence[Job]) -> list[Attempt]:
        """Every job, done by whoever is free: children from threads of their own, this process until all are ready."""
        left = deque(sorted(range(len(jobs)), key=lambda at: (-jobs[at].seconds, at)))
        found: dict[int, Attempt] = {}
        paces: list[float] = []
        helpers = [
            threading.Thread(target=feed, args=(child, jobs, left, found, paces), name="maestro-batch")
            for child in self._children
        ]
        for helper in helpers:
            helper.start()
        limit = max(STUCK[0], STUCK[1] * self.pace * max(job.seconds for job in jobs))
        try:
            while not all(child.ready.is_set() for child in self._children) and (at := take(left)) is not None:
                found[at] = attempt_job(jobs[at])
            self._wait(helpers, found, limit)
        finally:  # also after Ctrl-C: the next batch must not meet this one's answers
            left.clear()
            self._wait(helpers, found, limit)
        for at in set(range(len(jobs))) - set(found):  # its child died
            found[at] = attempt_job(jobs[at])
        for pace in paces:
            self.pace += 0.2 * (min(max(pace, 0.1), 10.0) - self.pace)
        return [found[at] for at in range(len(jobs))]

    def _wait(self, helpers: Sequence[threading.Thread], found: dict[int, Attempt], limit: float) -> None:
        """Wait for the children; one that is stuck is killed, its job is done here."""
        for helper, child in zip(helpers, self._children, strict=True):
            done = -1
            while helper.is_alive():
                helper.join(limit)
                if helper.is_alive() and len(found) == done:
                    child.process.kill()
                    helper.join()
                done = len(found)

    def close(self) -> None:
        """End the children."""
        with self._batch:
            for child in self._children:
                child.close()
            self._children = []
            self._count = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def feed(child: Child, jobs: Sequence[Job], left: deque[int], found: dict[int, Attempt], paces: list[float]) -> None:
    """Give a child one job after the other until none is left; a job whose child died is left out of `found`."""
    while not child.ready.wait(0.01):
        if not left:  # the rest was done without it: nobody waits for it
            return
    with contextlib.suppress(EOFError, OSError, ValueError):
        while not child.gone and (at := take(left)) is not None:
            child.gone = True
            found[at], seconds = child.run(jobs[at])
            child.gone = False
            if jobs[at].seconds:
                paces.append(seconds / jobs[at].seconds)


def take(left: deque[int]) -> int | None:
    """The next job, the largest first."""
    try:
        return left.popleft()
    except IndexError:
        return None


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """A pipe that was asked for is there."""
    assert stream is not None
    return stream
