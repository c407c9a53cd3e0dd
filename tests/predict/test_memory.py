"""Memory of its own is like any other to whoever computes with it."""

from __future__ import annotations

import numpy as np
import pytest

from codemaestro_jupyter.predict.memory import LEAST_BYTES, apart


@pytest.mark.parametrize("columns", [0, 1, LEAST_BYTES // 4, LEAST_BYTES])
def test_rows_are_zeros_that_can_be_written_on_and_live_as_long_as_one_of_them(columns: int) -> None:
    first, second = apart(2, columns)
    assert first.dtype == second.dtype == np.float32
    assert not first.any()
    first[:] = 1
    del first
    assert second.tolist() == [0.0] * columns
