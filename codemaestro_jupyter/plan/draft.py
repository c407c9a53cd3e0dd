"""A change as a model drafts it: a few kinds of steps, asked for as JSON, read with repair, and turned into a plan.

Nothing here touches a file: whether the steps fit the files is for the plan engine to find out, in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codemaestro_jupyter.errors import ModelAnswerError
from codemaestro_jupyter.models.protocol import FunctionCall, Message, Schema
from codemaestro_jupyter.models.structured import parse

STEP_KINDS = ("replace_text", "create_file", "append_text", "rename_symbol", "insert_cell", "replace_cell")
MOST_STEPS = 50
SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "summary": {"type": "string"},
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "do": {"type": "string", "enum": list(STEP_KINDS)},
                    "path": {"type": "string"},
                    "old": {"type": "string"},
                    "new": {"type": "string"},
                },
                "required": ["do", "path", "old", "new"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["summary", "steps"],
    "additionalProperties": False,
}
_FILE_STEPS = """Answer with one JSON object and nothing else:
{"summary": "what you change and why, in two or three sentences of Markdown", "steps": [
  {"do": "replace_text", "path": "a file shown above", "old": "lines as they stand there, once",
   "new": "what they become"},
  {"do": "create_file", "path": "a new file", "old": "", "new": "its whole text"},
  {"do": "append_text", "path": "a file", "old": "", "new": "lines for its end"},
  {"do": "rename_symbol", "path": "", "old": "name", "new": "other_name"}"""
_CELL_STEPS = """,
  {"do": "insert_cell", "path": "a notebook", "old": "number of the cell before it, from 1", "new": "a new code cell"},
  {"do": "replace_cell", "path": "a notebook", "old": "number of the cell, from 1", "new": "its whole new text"}"""
_RULES = """Paths are relative to the project. Use as few steps as the request needs; no steps if nothing is to be
changed."""
TASK = f"{_FILE_STEPS}{_CELL_STEPS}]}}\nNotebooks change by cells only. {_RULES}"
TASK_WITHOUT_CELLS = f"{_FILE_STEPS}]}}\n{_RULES}"
"""Where no notebook is in sight: each draft is told this anew, behind what servers keep of a prompt."""
REPAIR = """Your last answer could not be used: {problem}
Answer again with the whole JSON object, corrected."""
NO_TOOLS = "No tool can be called while a plan is drafted."


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted change: what it is about, and its plan as the plan engine reads it."""

    summary: str
    plan: Mapping[str, Any]

    @property
    def empty(self) -> bool:
        """Whether nothing would be changed."""
        return not self.plan["steps"]


def read_draft(text: str, request: str) -> Draft:
    """The draft in a model's answer; raises `ModelAnswerError` for one that is none, or names what it may not."""
    value = parse(text, SCHEMA)
    steps = value["steps"]
    if len(steps) > MOST_STEPS:
        raise ModelAnswerError(
            f"The model's plan has {len(steps)} steps; {MOST_STEPS} are allowed.", hint="Ask for less."
        )
    converted = [_step(item, number) for number, item in enumerate(steps, 1)]
    return Draft(str(value["summary"]).strip(), {"schema": 1, "text": request, "steps": converted})


def _step(item: Mapping[str, Any], number: int) -> dict[str, Any]:
    do, path, old, new = (str(item[name]) for name in ("do", "path", "old", "new"))
    step: dict[str, Any] = {"id": number, "needs": list(range(1, number))[-1:]}
    if do == "rename_symbol":
        return {**step, "do": "rename_symbol", "name": old, "new": new, "path": path}
    parts = path.replace("\\", "/").split("/")
    if not path or path.startswith(("/", "~", "\\")) or ".." in parts or ":" in parts[0]:
        raise ModelAnswerError(
            f"Step {number} of the model's plan is about {path!r}, which is not inside the project.",
            hint="Nothing was written. Ask again.",
        )
    if path.endswith(".ipynb") or do in ("insert_cell", "replace_cell"):
        return {**step, **_cell_step(do, path, old.strip(), new, number)}
    if do == "create_file":
        return {**step, "do": "create_file", "path": path, "text": new}
    if do == "append_text":
        return {**step, "do": "insert_text", "path": path, "text": new, "where": "end"}
    if not old:
        raise ModelAnswerError(f"Step {number} of the model's plan replaces nothing in {path}.", hint="Ask again.")
    return {**step, "do": "replace_text", "path": path, "old": old, "new": new}


def _cell_step(do: str, path: str, cell: str, source: str, number: int) -> dict[str, Any]:
    """A step that changes a notebook; what is added without a place goes to its end."""
    if path.endswith(".ipynb") and do in ("insert_cell", "append_text") and (not cell or cell.isdecimal()):
        return {"do": "insert_cell", "path": path, "source": source, "position": int(cell or -1) + 1}
    if path.endswith(".ipynb") and do == "replace_cell" and cell.isdecimal():
        return {"do": "replace_cell", "path": path, "cell": cell, "source": source}
    raise ModelAnswerError(
        f"Step {number} of the model's plan ({do} in {path}) names no cell of a notebook by its number.",
        hint="Notebooks are changed cell by cell: name the cell, or ask for the code, and paste it.",
    )


def again(answer: str, calls: Sequence[FunctionCall], problem: str) -> tuple[Message, ...]:
    """What follows an answer that is no plan, so that the model answers anew; the prompt before it stays as it was.

    Calls that were asked for are answered, and what was not said is left out: the APIs refuse anything else.
    """
    told = [Message("tool", NO_TOOLS, answers=call.id) for call in calls]
    said = [Message("assistant", answer, calls=tuple(calls))] if calls or answer.strip() else []
    return (*said, *told, Message("user", REPAIR.format(problem=problem)))
