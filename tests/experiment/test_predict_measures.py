from __future__ import annotations

import pytest

from codemaestro_jupyter.experiment.predict_measures import Outcome, expected_error, hits, table

OUTCOMES = [
    Outcome("a", "src", 25, (False, True, False), (0.5, 0.45, 0.15)),
    Outcome("a", "src", 25, (False, False, False), (0.55, 0.15, 0.15)),
    Outcome("a", "src", 100, (True, False, False), (0.95, 0.15, 0.15)),
    Outcome("b", "md", 100, (False,), (0.15,)),
]


def test_a_hit_is_a_right_file_among_the_first() -> None:
    assert hits(OUTCOMES, 3) == {"25": 50.0, "100": 50.0}
    assert hits(OUTCOMES, 1) == {"25": 0.0, "100": 50.0}


def test_the_error_is_the_weighted_gap_of_each_bin() -> None:
    gaps = [6 * 0.15 - 0, abs(0.45 - 1), 1.05 - 0, abs(0.95 - 1)]
    assert expected_error(OUTCOMES) == pytest.approx(sum(gaps) / 10, abs=1e-4)
    assert expected_error([]) == 0.0


def test_the_table_has_a_row_for_each_kind() -> None:
    assert table(OUTCOMES)["md"] == {"cases": 1, "hit@1": {"100": 0.0}, "hit@3": {"100": 0.0}}
