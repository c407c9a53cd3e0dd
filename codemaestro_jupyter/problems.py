"""What went wrong in the background, kept for `doctor`: where nothing else takes a log, it would print into a cell."""

from __future__ import annotations

import logging
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

KEPT = 20
LOGGER = "codemaestro_jupyter"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that failed and was logged; `count` says how often in a row, `when` the last time."""

    when: float
    message: str
    where: str = ""
    """The error's type and text, and the line of ours that it came from."""
    count: int = 1

    def __str__(self) -> str:
        """In one line."""
        often = f" ({self.count} times)" if self.count > 1 else ""
        told = ": ".join(part for part in (self.message, self.where) if part)
        return f"{time.strftime('%H:%M:%S', time.localtime(self.when))} {told}{often}"


class Keeper(logging.Handler):
    """Keeps the newest warnings and errors of this package in memory; whoever configured logging gets them as well."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[Problem] = deque(maxlen=KEPT)

    @property
    def kept(self) -> tuple[Problem, ...]:
        """The oldest first."""
        return tuple(self._kept)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        error = record.exc_info[1] if record.exc_info else None
        message, where = record.getMessage(), _where(error) if error is not None else ""
        last = self._kept[-1] if self._kept else None
        again = last is not None and (last.message, last.where) == (message, where)
        if last is not None and again:
            self._kept.pop()
        self._kept.append(Problem(record.created, message, where, last.count + 1 if last is not None and again else 1))


def keep() -> Callable[[], None]:
    """Keep what is logged from now on; call what it returns to end that."""
    keeper, logger = Keeper(), logging.getLogger(LOGGER)
    logger.addHandler(keeper)

    def end() -> None:
        logger.removeHandler(keeper)

    return end


def kept() -> tuple[Problem, ...]:
    """What went wrong since `keep` was called; nothing where it was not."""
    handlers = [handler for handler in logging.getLogger(LOGGER).handlers if isinstance(handler, Keeper)]
    return handlers[-1].kept if handlers else ()


def _where(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if LOGGER in Path(frame.filename).parts]
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
