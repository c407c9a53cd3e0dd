from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.prepare.stages import STAGES, bar, begins_at, stage_of
from codemaestro_jupyter.types import PreparationKind, Stage


def test_the_stages_say_and_fill_what_the_specification_says() -> None:
    assert [(row.stage, row.message, row.share) for row in STAGES] == [
        ("INTENT", "Loading relevant files…", 0.25),
        ("SCOPE", "Analyzing code patterns…", 0.50),
        ("IMPLEMENTATION", "Preparing solution templates…", 0.75),
        ("READY", "Ready for your input", 1.00),
    ]
    assert tuple(row.stage for row in STAGES) == get_args(Stage)


def test_every_kind_belongs_to_one_stage() -> None:
    for kind in get_args(PreparationKind):
        assert sum(kind in row.kinds for row in STAGES) == 1
    assert (stage_of("file"), stage_of("scope"), stage_of("plan")) == ("INTENT", "SCOPE", "IMPLEMENTATION")


def test_the_bar_moves_with_the_cost_of_what_is_finished() -> None:
    assert bar("INTENT", 1.0, 4.0) == {"stage": "INTENT", "message": "Loading relevant files…", "progress": 0.0625}
    assert bar("SCOPE", 1.0, 2.0)["progress"] == 0.375
    assert bar("INTENT", 4.0, 4.0) == {"stage": "READY", "message": "Ready for your input", "progress": 1.0}
    assert bar("INTENT", 0.0, 0.0)["progress"] == 0.0


def test_a_stage_that_another_follows_ends_at_its_share() -> None:
    assert bar("SCOPE", 2.0, 2.0, last=False) == {
        "stage": "SCOPE", "message": "Analyzing code patterns…", "progress": 0.5,
    }  # fmt: skip
    assert bar("IMPLEMENTATION", 2.0, 2.0, 0.5)["stage"] == "READY"


@given(st.sampled_from(get_args(Stage)), st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=20))
def test_the_bar_never_moves_backwards_and_stays_within_its_stage(
    stage: Stage, steps: list[tuple[float, float]]
) -> None:
    before = 0.0
    for finished, wanted in steps:
        view = bar(stage, finished, wanted, before)
        assert before <= view["progress"] <= 1.0
        if before <= begins_at(stage) and view["stage"] == stage:
            assert begins_at(stage) <= view["progress"] <= {row.stage: row.share for row in STAGES}[stage]
        before = view["progress"]
