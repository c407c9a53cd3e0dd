"""Look for garbage seldom, in a process of our own, while syntax trees are made.

They are hundreds of thousands of objects that are freed by their counts. Python looks for cycles among them after each
700 new ones, again and again through those that are kept: 35-50 % of the processor time of a rename in 200 files. Never
done in the person's kernel, whose memory is not ours to keep.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

SELDOM = (200_000, 20, 20)


def collect_seldom() -> None:
    """For as long as this process lives."""
    gc.freeze()
    gc.set_threshold(*SELDOM)


@contextlib.contextmanager
def collecting_seldom() -> Iterator[None]:
    """For as long as one command takes."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
