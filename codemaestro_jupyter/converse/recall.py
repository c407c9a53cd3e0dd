"""A plan that the same cell proposed before: kept with its turn, shown again without the model while its grounds hold.

Whether it waits still, was discarded, or applied and undone, does not matter: what was applied and stands changed its
files. Where no cell is run again but the same is said again, only a plan about which nothing was decided comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from codemaestro_jupyter.converse import context
from codemaestro_jupyter.converse.clarify import Clear, Settled
from codemaestro_jupyter.converse.plans import AnyDraft
from codemaestro_jupyter.plan.draft import Draft
from codemaestro_jupyter.plan.prompt import Moment
from codemaestro_jupyter.plan.sources import GONE, Sources
from codemaestro_jupyter.types import Fingerprint, RelPath, Turn


@dataclass(frozen=True, slots=True)
class Recalled:
    """A plan as it was drafted, with what had been settled before and how that was said."""

    draft: Draft
    settled: tuple[Settled, ...]
    answered: tuple[str, ...]
    fingerprints: Mapping[str, Fingerprint]


def kept(
    clear: Clear, answered: tuple[str, ...], drafted: AnyDraft | None, *, again: bool = False, decided: bool = False
) -> dict[str, Any]:
    """What a turn keeps of its clarifications and its plan; `recalled` reads it.

    `again`: the plan was shown before; `decided`: somebody said yes or no to it.
    """
    settled = [
        {"stage": item.stage, "answer": item.answer, "assumed": item.assumed, "paths": list(item.paths),
         "option": item.option}
        for item in clear.settled
    ]  # fmt: skip
    if drafted is None:
        return {"settled": settled}
    draft = drafted.draft
    plan = {"answered": list(answered), "summary": draft.summary, "plan": dict(draft.plan)}
    said = {name: True for name, it_is in (("again", again), ("decided", decided)) if it_is}
    return {"settled": settled, **plan, **said}


def recalled(turn: Turn | None) -> Recalled | None:
    """The plan that a stored turn proposed; None if it proposed none, or an older version kept it."""
    if turn is None or not {"plan", "summary", "answered"} <= turn.data.keys():
        return None
    data: Mapping[str, Any] = turn.data
    settled = tuple(
        Settled(item["stage"], item["answer"], item["assumed"], tuple(map(RelPath, item["paths"])), item["option"])
        for item in data["settled"]
    )
    draft = Draft(data["summary"], data["plan"])
    return Recalled(draft, settled, tuple(data["answered"]), turn.fingerprints)


def undecided(turn: Turn) -> bool:
    """Whether a stored turn proposed a plan that nobody said yes or no to."""
    return "plan" in turn.data and not turn.data.get("decided")


def stopped(waited: Turn | None) -> Turn | None:
    """A turn that was stopped while its plan waited: that is no yes."""
    return waited and replace(waited, data={**waited.data, "decided": True})


def looks(sources: Sources, front: context.Front, moment: Moment | None, drafted: AnyDraft) -> dict[str, Fingerprint]:
    """What a plan rests on before it is applied: what the model was told, and every file that it changes. Blocks.

    A file that it would make looks `GONE`.
    """
    found = context.looks(sources, front, moment)
    changed = drafted.proposal.diffs if drafted.proposal is not None else ()
    resources = [f"file:{path}" for diff in changed for path in (diff.path, diff.old_path) if path]
    return found | {resource: sources.fingerprint(resource) or GONE for resource in resources}
