"""What one step takes away, a later one of the same plan finds gone, and may put something else there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.edit.engine import Engine

from .engine_project import API, tree

INIT = "from .api import fetch_user\n"


def move(path: str, to: str) -> dict[str, Any]:
    return {"do": "move_file", "path": path, "to": to}


def create(path: str, text: str) -> dict[str, Any]:
    return {"do": "create_file", "path": path, "text": text}


@pytest.mark.parametrize(
    ("steps", "after"),
    [
        ([move("README.md", "OLD.md"), create("README.md", "New.\n")],
         {"OLD.md": "Use fetch_user.\n", "README.md": "New.\n", "src/pkg/api.py": API, "src/pkg/__init__.py": INIT}),
        ([{"do": "delete_file", "path": "README.md"}, create("README.md", "New.\n")],
         {"README.md": "New.\n", "src/pkg/api.py": API, "src/pkg/__init__.py": INIT}),
        ([move("src/pkg/api.py", "src/pkg/core.py"), create("src/pkg/api.py", "from .core import fetch_user\n")],
         {"README.md": "Use fetch_user.\n", "src/pkg/api.py": "from .core import fetch_user\n", "src/pkg/core.py": API,
          "src/pkg/__init__.py": "from .core import fetch_user\n"}),
        ([create("a.md", "A\n"), move("README.md", "t.md"), move("a.md", "README.md"), move("t.md", "a.md")],
         {"README.md": "A\n", "a.md": "Use fetch_user.\n", "src/pkg/api.py": API, "src/pkg/__init__.py": INIT}),
    ],
)  # fmt: skip
def test_a_place_that_became_free_can_be_taken(
    project_engine: Engine, root: Path, steps: list[dict[str, Any]], after: dict[str, str]
) -> None:
    before = tree(root)
    proposal = project_engine.propose(steps)
    assert proposal.problem is None
    project_engine.apply(proposal)
    assert tree(root) == {path: text.encode() for path, text in after.items()}
    project_engine.undo()
    assert tree(root) == before


@pytest.mark.parametrize("step", [
    {"do": "replace_text", "path": "README.md", "old": "Use", "new": "Take"},
    {"do": "insert_text", "path": "README.md", "text": "more", "where": "end"},
])  # fmt: skip
def test_a_file_that_was_taken_away_is_not_found_on_the_disk_again(
    project_engine: Engine, step: dict[str, Any]
) -> None:
    problem = project_engine.propose([move("README.md", "OLD.md"), step]).problem
    assert problem is not None
    assert problem.message.endswith("There is no file README.md.")


def test_a_file_moved_there_and_back_is_still_refused(project_engine: Engine) -> None:
    problem = project_engine.propose([move("README.md", "OLD.md"), move("OLD.md", "README.md")]).problem
    assert problem is not None
    assert problem.message.startswith("Steps 1 and 2 undo each other")
