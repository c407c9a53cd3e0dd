"""Learn from an answer once whoever waited for it has it: what was used, and which predictions came true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from codemaestro_jupyter.background import Background
from codemaestro_jupyter.types import Prediction, RelPath

PAUSE = 0.02
"""Seconds after an answer: at once, writing it down would run beside the thread that wakes up with the answer."""


class Feedback:
    """`record()` writes down what answers used, `judge(predicted, used)` which predictions came true: both on a worker.

    `learn(what)` is told what is known then, on the worker too. What `close` finds waiting it does itself.
    """

    def __init__(
        self,
        background: Background,
        record: Callable[[], None],
        judge: Callable[[list[RelPath], frozenset[RelPath]], Mapping[str, Any]],
        learn: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._background, self._record, self._judge, self._learn = background, record, judge, learn
        self._waiting: list[tuple[list[RelPath], frozenset[RelPath]]] = []

    def answered(self, prediction: Prediction, used: frozenset[RelPath]) -> None:
        """A turn is answered; on the loop."""
        self._waiting.append(([file.path for file in prediction.files], used))
        if len(self._waiting) == 1:
            self._background.loop.call_later(PAUSE, self._background.pool.submit, self.run)

    def run(self) -> None:
        """Write down what waits; blocks."""
        waiting, self._waiting = self._waiting, []
        self._record()
        for predicted, used in waiting:
            self._learn(self._judge(predicted, used))

    def close(self) -> None:
        """Nothing more is answered: write down what waits; blocks."""
        if self._waiting:
            self.run()
