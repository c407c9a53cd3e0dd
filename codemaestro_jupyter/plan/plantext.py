"""A plan as text that a person may change before it is applied: what each step writes, below a line that names it.

The lines between two headings are the step's new text; a section that is taken away takes its step out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from codemaestro_jupyter.errors import InputError

WRITES = {"replace_text": "new", "create_file": "text", "insert_text": "text", "rename_symbol": "new"}
"""What of a step is a person's to change, by its kind."""
VERBS = {"replace_text": "replace in", "create_file": "create", "insert_text": "add to", "rename_symbol": "rename"}
_HEADING = re.compile(r"^=== (\d+)\. [^\n]* ===$", re.MULTILINE)


def heading(step: Mapping[str, Any]) -> str:
    """The line that a step's text stands below."""
    what = str(step.get("name") or step.get("path") or "")
    return f"=== {step['id']}. {VERBS.get(step['do'], step['do'])} {what} ==="


def render(plan: Mapping[str, Any]) -> str:
    """Every step whose text can be changed."""
    sections = [f"{heading(step)}\n{step[WRITES[step['do']]]}" for step in plan["steps"] if step["do"] in WRITES]
    return "\n".join(sections)


def revise(plan: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The plan with the texts as they are now; raises `InputError` if nothing is left or a heading is not its own."""
    known = {heading(step): step for step in plan["steps"] if step["do"] in WRITES}
    texts: dict[int, str] = {}
    marks = [mark for mark in _HEADING.finditer(text) if mark[0] in known]
    strange = [mark[0] for mark in _HEADING.finditer(text) if mark[0] not in known]
    if strange:
        raise InputError(f"The plan has no step {strange[0]!r}.", hint="Leave the lines between === as they are.")
    if not marks:
        raise InputError("No step of the plan is left.", hint="To change nothing, leave everything as it is.")
    if text[: marks[0].start()].strip():
        raise InputError("There is text before the first step.", hint="Write below the line of the step it belongs to.")
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        body = text[mark.end() + 1 : end]
        texts[known[mark[0]]["id"]] = body if end == len(text) else body[:-1]  # without the break before the heading
    steps = []
    for step in plan["steps"]:
        if step["do"] not in WRITES:
            steps.append(dict(step))
        elif step["id"] in texts:
            steps.append({**step, WRITES[step["do"]]: texts[step["id"]]})
    kept = {step["id"] for step in steps}
    for step in steps:
        step["needs"] = [need for need in step.get("needs", []) if need in kept]
    return {**plan, "steps": steps}
