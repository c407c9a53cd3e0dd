"""A proposal as `codemaestro edit --json` prints it; docs/edit.schema.json describes the form, which stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codemaestro_jupyter.edit.proposal import Proposal
from codemaestro_jupyter.edit.steps import describe


def proposal_to_json(proposal: Proposal) -> Mapping[str, Any]:
    """The proposal as plain JSON, for the panel, `--json` and the wire."""
    problem = proposal.problem
    return {
        "title": proposal.title,
        "applicable": proposal.applicable,
        "steps": [
            {"id": item.id, "what": describe(item.step), "reason": item.reason}
            for item in (proposal.plan.steps if proposal.plan else ())
        ],
        "files": [
            {
                "path": diff.path,
                "old_path": diff.old_path,
                "kind": diff.kind,
                "hunks": [
                    {"id": h.id, "header": h.header, "lines": list(h.lines), "ticked": h.ticked, "why": h.why}
                    for h in diff.hunks
                ],
            }
            for diff in proposal.diffs
        ],
        "corrections": [{"step": c.step, "kind": c.kind, "message": c.message} for c in proposal.corrections],
        "warnings": list(proposal.warnings),
        "permissions": [
            {"path": p.path, "allowed": p.allowed, "reason": p.reason, "fix": p.fix} for p in proposal.permissions
        ],
        "problem": None
        if problem is None
        else {
            "message": problem.message,
            "hint": problem.hint,
            "step": problem.step,
            "candidates": list(problem.candidates),
            "fixes": [fix.title for fix in problem.fixes],
        },
        "fixes": [fix.title for fix in proposal.ways_out()],
    }
