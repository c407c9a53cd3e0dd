"""A model's plan is read strictly: what it may not touch is refused before anything looks at a file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from codemaestro_jupyter.edit.decompose import decompose
from codemaestro_jupyter.edit.steps import CreateFile, InsertCell, InsertText, RenameSymbol, ReplaceCell, ReplaceText
from codemaestro_jupyter.errors import ModelAnswerError
from codemaestro_jupyter.plan.draft import STEP_KINDS, read_draft


def answer(*steps: dict[str, str]) -> str:
    return json.dumps({"summary": "So.", "steps": [{"path": "", "old": "", "new": "", **step} for step in steps]})


def test_every_kind_of_step_is_one_of_the_plan_engine() -> None:
    steps = [
        {"do": "replace_text", "path": "a.py", "old": "x", "new": "y"},
        {"do": "create_file", "path": "b.py", "new": "text"},
        {"do": "append_text", "path": "a.py", "new": "more"},
        {"do": "rename_symbol", "old": "f", "new": "g"},
        {"do": "insert_cell", "path": "n.ipynb", "old": "2", "new": "x = 1"},
        {"do": "replace_cell", "path": "n.ipynb", "old": "2", "new": "x = 2"},
    ]
    assert tuple(step["do"] for step in steps) == STEP_KINDS
    plan = decompose(read_draft(answer(*steps), "do it").plan)
    assert [item.step for item in plan.steps] == [
        ReplaceText("a.py", "x", "y"),
        CreateFile("b.py", "text"),
        InsertText("a.py", "more"),
        RenameSymbol("f", "g"),
        InsertCell("n.ipynb", "x = 1", 3),
        ReplaceCell("n.ipynb", "2", "x = 2"),
    ]
    assert plan.text == "do it"


@pytest.mark.parametrize("path", ["../a.py", "/etc/passwd", "a/../../b", "~/x", "C:/x", "..\\a.py", ""])
def test_a_path_outside_the_project_is_refused(path: str) -> None:
    with pytest.raises(ModelAnswerError, match="not inside the project"):
        read_draft(answer({"do": "create_file", "path": path, "new": "x"}), "r")


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "[]",
        '{"summary": "x"}',
        answer({"do": "run_command", "path": "a"}),
        answer({"do": "replace_text", "path": "a.py"}),
        answer({"do": "create_file", "path": "work.ipynb", "new": "{}"}),
        answer({"do": "replace_text", "path": "work.ipynb", "old": "a", "new": "b"}),
        answer({"do": "replace_cell", "path": "work.ipynb", "old": "the last", "new": "b"}),
        answer({"do": "insert_cell", "path": "a.py", "new": "b"}),
        answer(*[{"do": "create_file", "path": f"f{number}.py"} for number in range(51)]),
    ],
)
def test_what_is_no_plan_is_refused(text: Any) -> None:
    with pytest.raises(ModelAnswerError):
        read_draft(text, "r")


def test_what_is_added_to_a_notebook_without_a_place_is_its_last_cell() -> None:
    steps = ({"do": "append_text", "path": "n.ipynb", "new": "a"}, {"do": "insert_cell", "path": "n.ipynb", "new": "b"})
    plan = decompose(read_draft(answer(*steps), "r").plan)
    assert [item.step for item in plan.steps] == [InsertCell("n.ipynb", "a"), InsertCell("n.ipynb", "b")]


def test_a_plan_without_steps_changes_nothing() -> None:
    assert read_draft(answer(), "r").empty
