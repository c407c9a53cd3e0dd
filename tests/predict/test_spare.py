"""Memory that is handed from one generation of a project to the next never shows what another one wrote."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.predict.ground import ROOM, Spare

ROWS = 3
SIZES = {"before": 5, "now": 6, "grown": ROOM + 1, "empty": 0}


@given(st.lists(st.sampled_from(sorted(SIZES)), max_size=12))
def test_a_matrix_is_zero_whoever_wrote_on_its_memory_before(generations: list[str]) -> None:
    spare = Spare()
    for name in generations:
        matrix = spare.take(ROWS, SIZES[name])
        assert matrix.shape == (ROWS, SIZES[name])
        assert not matrix.any()
        matrix[:] = 1
        spare.give_back(matrix)


def test_two_questions_at_once_do_not_share_their_memory() -> None:
    spare = Spare()
    first, second = spare.take(ROWS, 5), spare.take(ROWS, 5)
    assert not np.shares_memory(first, second)


def test_a_file_that_comes_fits_into_the_memory_there_is() -> None:
    spare = Spare()
    before = spare.take(ROWS, 5)
    spare.give_back(before)
    assert np.shares_memory(before, spare.take(ROWS, 6))


class Snatched(list[object]):
    """Looks as if there were something, but another thread took it between looking and taking."""

    def __bool__(self) -> bool:
        return True


def test_memory_that_another_thread_just_took_is_not_missed() -> None:
    spare = Spare()
    spare._free = Snatched()
    assert spare.take(ROWS, 5).shape == (ROWS, 5)
