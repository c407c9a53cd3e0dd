"""What opens a proposal by itself, and what only sounds like a command."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.edit.commands import LONGEST, command

DEFINED = {"total", "main", "Client"}


def said(text: str, *, model: bool = False) -> str:
    return command(text, DEFINED.__contains__, module={"billing"}.__contains__, model=model)


@pytest.mark.parametrize(
    "text",
    [
        "rename fetch_user to load_user, then add logging to it",
        "rename total to amount",
        "rename `width` to `breadth`",
        "rename Client.get to fetch",
        "add logging to main",
        "add docstrings to every public function in pkg.api",
        "add type hints to every method of Client",
        "add docstrings to everything in src/",
        "add docstrings to every function in billing",
        "rename module pkg.old to new",
        "add a parameter `timeout: float = 10` to fetch_user",
        "move src/a.py to src/util/",
        "delete the file old.py",
        'replace "x = 1" with "x = 2" in src/a.py',
        "replace retry_count with retries in src/a.py",
        "create notes/todo.md",
        "organize imports in src/a.py",
        "add a test skeleton for fetch_user",
        "add a docstring to fetch_user",
        'insert a markdown cell with "# Title" at 1 of plots.ipynb',
        "move cell 3 of plots.ipynb to 1",
    ],
)
def test_a_command_opens_a_proposal(text: str) -> None:
    assert said(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rename",
        "should we rename fetch_user to load_user?",
        "explain why we had to rename fetch_user to load_user",
        "where did somebody rename fetch_user to load_user",
        "rename the variable to something better",
        "rename users to people in the database",
        "move validation to backend",
        "create users",
        "create a plan",
        "write tests for auth",
        "remove duplicates in orders.py",
        "delete the file upload",
        "add logging to the payment flow",
        "add caching to fetch_user",
        "fix fetch_user, then rename it to load_user",
        "rename fetch_user to load_user, then make it faster",
        "add error handling to everything",
        "add logging to every function in the backend",
        "move billing to backend",
        "replace requests with httpx in the client",
        "x" * (LONGEST + 1),
    ],
)
def test_what_only_sounds_like_a_command_does_not(text: str) -> None:
    assert said(text) == ""


def test_politeness_is_no_part_of_it() -> None:
    assert said("Please rename fetch_user to load_user.") == "rename fetch_user to load_user"
    assert said("can you rename fetch_user to load_user, please?") == "rename fetch_user to load_user"


def test_what_is_only_begun_without_a_model_is_left_to_one() -> None:
    assert said("add a docstring to fetch_user", model=True) == ""
    assert said("add tests for fetch_user", model=True) == ""
    assert said("add a test skeleton for fetch_user", model=True) == "add a test skeleton for fetch_user"
    assert said("rename fetch_user to load_user", model=True) == "rename fetch_user to load_user"
