"""Memory of its own for what is large and made anew with each generation of a project.

What numpy frees goes back to the C library, which keeps it, each thread's apart, in the gaps between what lives on:
after a few new files, half of what a process had taken for 50,000 files was such gaps (47 MB). Memory that is mapped by
itself goes back to the system with the last array in it.
"""

from __future__ import annotations

import mmap

import numpy as np

from codemaestro_jupyter.predict.project import Floats

LEAST_BYTES = 128 * 1024
"""Below this a mapping of its own costs more than it gives back."""


def apart(rows: int, columns: int) -> Floats:
    """Zeros, float32[rows, columns]."""
    size = 4 * rows * columns
    if size < LEAST_BYTES:
        return np.zeros((rows, columns), np.float32)
    return np.frombuffer(mmap.mmap(-1, size), np.float32).reshape(rows, columns)
