"""A proposal as plain JSON that can be kept for later, and made whole again where the files are still as they were.

What is kept are its hunks: the files themselves are read again, which proves that each is what the hunks were made for.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from codemaestro_jupyter.edit.blueprint import Component, fingerprint
from codemaestro_jupyter.edit.cellhost import CellEdit
from codemaestro_jupyter.edit.places import cells
from codemaestro_jupyter.edit.plan_json import plan_from_json, plan_to_json
from codemaestro_jupyter.edit.proposal import FileDiff, Hunk, Proposal, partial
from codemaestro_jupyter.edit.state import Correction
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.types import Cell, Fingerprint

Load = Callable[[str], Component | None]
"""Reads a component as it stands; raises `PathError` for what may not be read."""


def keep(proposal: Proposal) -> dict[str, Any] | None:
    """The proposal as JSON; None for one with a problem, which is worked out again."""
    if proposal.problem is not None or proposal.plan is None:
        return None
    return {
        "title": proposal.title,
        "commands": list(proposal.commands),
        "plan": plan_to_json(proposal.plan),
        "corrections": [asdict(item) for item in proposal.corrections],
        "warnings": list(proposal.warnings),
        "trace": base64.b64encode(proposal.trace).decode("ascii"),
        "diffs": [_file(diff) for diff in proposal.diffs],
    }


def whole(kept: Mapping[str, Any], load: Load) -> Proposal | None:
    """The proposal again, permissions not checked; None if a file that it changes is not as it was."""
    try:
        diffs = [_diff(item, load) for item in kept["diffs"]]
    except MaestroError:
        return None
    if None in diffs:
        return None
    return Proposal(
        kept["title"],
        plan_from_json(kept["plan"]),
        tuple(diff for diff in diffs if diff is not None),
        tuple(Correction(**item) for item in kept["corrections"]),
        tuple(kept["warnings"]),
        trace=base64.b64decode(kept["trace"]),
        commands=tuple(kept["commands"]),
    )


def settled_cells(found: Sequence[Cell]) -> Sequence[Cell]:
    """Cells without the empty ones at the end: running the last cell adds one, which changes nothing else."""
    end = len(found)
    while end and not found[end - 1].source.strip():
        end -= 1
    return found[:end]


def looks(component: Component | None) -> str:
    """What a component looked like; empty for none."""
    if component is None:
        return ""
    if component.live:
        listed = [(cell.id, cell.kind, cell.source) for cell in settled_cells(cells(component))]
        return "cells:" + hashlib.sha256(repr(listed).encode("utf8", "replace")).hexdigest()
    return component.version


def _file(diff: FileDiff) -> dict[str, Any]:
    made = diff.after if diff.before is None else None
    return {
        "path": diff.path,
        "looks": looks(diff.before),
        "source": diff.old_path,
        "source_looks": looks(diff.source),
        "gone": diff.after is None,
        "after": "" if diff.after is None or made is not None or diff.after.live else diff.after.version,
        "made": None if made is None else [base64.b64encode(made.data).decode("ascii"), made.mode],
        "hunks": [asdict(hunk) for hunk in diff.hunks],
    }


def _diff(item: Mapping[str, Any], load: Load) -> FileDiff | None:
    path = str(item["path"])
    before, source = load(path), load(item["source"]) if item["source"] else None
    if looks(before) != item["looks"] or looks(source) != item["source_looks"]:
        return None
    found = FileDiff(path, before, before, tuple(map(_hunk, item["hunks"])), source)
    if item["gone"]:
        return replace(found, after=None)
    if before is None:
        data, mode = item["made"]
        return replace(found, after=Component(path, base64.b64decode(data), mode))
    after = partial(found, [hunk for hunk in found.hunks if hunk.ticked])
    if item["after"] and fingerprint(after.data) != Fingerprint(item["after"]):
        return None  # its hunks do not tell the whole change
    return replace(found, after=after)


def _hunk(item: Mapping[str, Any]) -> Hunk:
    cell = item["cell"]
    return Hunk(
        item["id"],
        item["header"],
        tuple(item["lines"]),
        item["ticked"],
        item["why"],
        (item["span"][0], item["span"][1]),
        tuple(item["new"]),
        None if cell is None else CellEdit(**cell),
        tuple(item.get("base", ())),
    )
