"""What else a turn had prepared and its receipt counts: drafted plans, and what a model read ahead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from codemaestro_jupyter.errors import StoreError
from codemaestro_jupyter.models.calls import Spent
from codemaestro_jupyter.plan.draft import Draft
from codemaestro_jupyter.plan.sources import GONE, Sources
from codemaestro_jupyter.prepare.sources import PreparedSources
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import Answer, FileText, Fingerprint, Preparation, PreparationKey, Turn
from codemaestro_jupyter.workspace.reader import most_bytes

if TYPE_CHECKING:  # it brings LibCST, imported once a plan is drafted
    from codemaestro_jupyter.edit.proposal import Proposal


DEFINED = re.compile(r"^[ \t]*(?:async def|def|class|function|func|fn|struct)[ \t]+(\w+)", re.MULTILINE)
"""Names that a file defines, by its form: parsing it would make the end of the turn wait."""


class Made(Protocol):
    """A drafted plan (`drafts.Drafted`)."""

    @property
    def draft(self) -> Draft: ...
    @property
    def proposal(self) -> Proposal | None: ...
    @property
    def problem(self) -> str: ...
    @property
    def spent(self) -> Spent: ...
    @property
    def seconds(self) -> float: ...
    @property
    def fingerprints(self) -> Mapping[str, Fingerprint]: ...
    @property
    def common(self) -> int: ...
    @property
    def waited(self) -> float: ...


def rests_on(proposal: Proposal | None) -> dict[str, Fingerprint]:
    """What the files that a plan changes, or makes, were when it was worked out: the model was not told of all of them.

    Cells of an open notebook, and what is too large to be read, are looked at when it is applied.
    """
    found = {}
    for diff in proposal.diffs if proposal is not None else ():
        places = {diff.path: diff.before, **({diff.old_path: diff.source} if diff.source else {})}
        for path, component in places.items():
            if component is None:
                found[f"file:{path}"] = GONE
            elif not component.live and len(component.data) <= most_bytes(path):
                found[f"file:{path}"] = component.version
    return found


def of_draft(answer: str, drafted: Made, request: str, now: float, *, chosen: bool) -> Preparation:
    """A drafted plan, with the lines of its diff that change."""
    proposal = drafted.proposal
    hunks = proposal.hunks() if proposal is not None else ()
    payload = {
        "summary": drafted.draft.summary,
        "plan": dict(drafted.draft.plan),
        "lines": [line[1:] for hunk in hunks for line in hunk.lines if line[:1] in "+-"],
        "problem": drafted.problem,
        "chosen": chosen,
        "common": drafted.common,
    }
    return Preparation(
        PreparationKey("plan", answer), "IMPLEMENTATION", 0, drafted.fingerprints, payload, drafted.seconds,
        drafted.spent.tokens, now, request=request,
    )  # fmt: skip


def of_drafts(made: Iterable[tuple[str, Made, bool]], request: str, now: float) -> list[Preparation]:
    """The drafts of a turn, by the answer each is for, and whether that was chosen."""
    return [of_draft(answer, drafted, request, now, chosen=chosen) for answer, drafted, chosen in made]


def of_prefix(model: str, files: Sequence[FileText], seconds: float, answer: str, now: float) -> list[Preparation]:
    """What a model read ahead in so many seconds, if anything: of use if a line of a file that the answer names stands
    in it, or a name that it defines. Reading the others saved nothing: without preparing they may not have been sent.
    """
    if not files:
        return []
    cited = [file for file in files if file.path in answer]
    payload = {
        "files": [{"path": file.path, "text": file.text, "names": DEFINED.findall(file.text)} for file in cited],
    }
    share = sum(len(file.text) for file in cited) / max(1, sum(len(file.text) for file in files))
    prints = {f"file:{file.path}": file.fingerprint for file in files}
    return [Preparation(PreparationKey("prefix", model), "INTENT", 0, prints, payload, seconds * share, 0, now)]


def keep(
    store: Store,
    clock: Callable[[], float],
    model: Callable[[], str],
    turn: Turn,
    answer: Answer,
    sources: Sources,
    made: Sequence[tuple[str, Made, bool]],
    ahead: tuple[Sequence[FileText], float],
) -> Turn:
    """On a worker: note a turn with what it owes to preparation; drafts are kept like everything prepared."""
    assert isinstance(sources, PreparedSources)
    drafts = of_drafts(made, answer.request, clock())
    with suppress(StoreError):
        drafts = [store.preparations.put(item) for item in drafts]
    waited = sum(drafted.waited for _, drafted, _ in made)
    sources.also([*drafts, *of_prefix(model(), *ahead, answer.markdown, clock())], waited)
    turn = replace(turn, receipt=sources.receipt(answer))
    store.turns.soon(turn)
    return turn
