"""The stages as data, and a bar that moves with the cost of what is finished and never backwards (spec S1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from codemaestro_jupyter.types import PreparationKind, Stage
from codemaestro_jupyter.view import StageView


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage: what it says, how full the bar is when it ends, and which kinds it prepares."""

    stage: Stage
    message: str
    share: float
    kinds: frozenset[PreparationKind]


STAGES: tuple[StageRow, ...] = (
    StageRow(
        "INTENT",
        "Loading relevant files…",
        0.25,
        frozenset({"file", "cell", "failure", "status", "history", "neighbours", "symbol", "tool", "prefix"}),
    ),
    StageRow("SCOPE", "Analyzing code patterns…", 0.50, frozenset({"scope"})),
    StageRow("IMPLEMENTATION", "Preparing solution templates…", 0.75, frozenset({"plan", "change"})),
    StageRow("READY", "Ready for your input", 1.00, frozenset()),
)
ROWS: Mapping[Stage, StageRow] = MappingProxyType({row.stage: row for row in STAGES})
IDLE = StageView(stage="INTENT", message="", progress=0.0)


def stage_of(kind: PreparationKind) -> Stage:
    """The stage that a kind of preparation belongs to."""
    return next(row.stage for row in STAGES if kind in row.kinds)


def begins_at(stage: Stage) -> float:
    """How full the bar is when a stage begins: where the one before ended."""
    place = STAGES.index(ROWS[stage])
    return STAGES[place - 1].share if place else 0.0


def bar(stage: Stage, finished: float, wanted: float, before: float = 0.0, *, last: bool = True) -> StageView:
    """The stage and its bar once `finished` of `wanted` seconds of work are done.

    `before` is the bar as it last stood in this turn: it never moves backwards, even if more work turns up (0.0 where
    a question opens after all was ready: it begins work of its own). With
    everything finished, nothing keeps the person waiting: that is the stage READY, unless another stage comes after
    the next answer (`last` is False).
    """
    if last and wanted > 0.0 and finished >= wanted:
        stage = "READY"
    start, end = begins_at(stage), ROWS[stage].share
    part = 1.0 if stage == "READY" else min(1.0, finished / wanted) if wanted > 0.0 else 0.0
    return StageView(stage=stage, message=ROWS[stage].message, progress=max(before, start + part * (end - start)))
