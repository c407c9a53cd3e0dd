"""What a plan may not ask: a clear error that names the step, and nothing is written, not even to the journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.edit import steps as s
from codemaestro_jupyter.edit.steps import MAX_STEPS
from codemaestro_jupyter.errors import MaestroError

from .engine_project import engine, tree

GOOD = {"do": "insert_text", "path": "README.md", "text": "More."}


def planned(*steps: dict[str, Any], schema: int = s.SCHEMA) -> dict[str, Any]:
    """A plan as JSON, its steps numbered from 1."""
    return {"schema": schema, "steps": [{"id": at, **step} for at, step in enumerate(steps, 1)]}


def insert(path: str) -> dict[str, Any]:
    """Text at the end of a file."""
    return {"do": "insert_text", "path": path, "text": "x", "where": "end"}


@pytest.fixture
def trapped(root: Path) -> Path:
    """The project with ways out of it, and files that are no text."""
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "theirs.txt").write_text("theirs", encoding="utf8")
    (root / "out").symlink_to(outside)
    (root / "link.txt").symlink_to(outside / "theirs.txt")
    (root / "near.txt").symlink_to(root / "README.md")
    (root / "picture.dat").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x01")
    (root / "raw.txt").write_bytes(b"a\x00b\x01")
    (root / "pipe.txt").symlink_to("/dev/null")
    (root / "large.txt").write_bytes(b"x" * 3_000_000)
    cells = [{"cell_type": "markdown", "id": f"c{at}", "metadata": {}, "source": []} for at in range(1)]
    cells.append(
        {"cell_type": "code", "id": "c9", "metadata": {}, "source": [], "execution_count": None, "outputs": []}
    )
    (root / "n.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return root


@pytest.mark.parametrize(
    ("plan", "step", "message"),
    [
        (planned(GOOD, insert("/etc/hosts")), 2, "not a path relative"),
        (planned(GOOD, insert("C:\\Windows\\x.txt")), 2, "not a path relative"),
        (planned(GOOD, insert("../outside/theirs.txt")), 2, "leads out"),
        (planned(GOOD, insert("src/../../outside/theirs.txt")), 2, "leads out"),
        (planned(GOOD, {"do": "create_file", "path": "../new.txt", "text": "x"}), 2, "leads out"),
        (planned(GOOD, {"do": "move_file", "path": "README.md", "to": "/tmp/"}), 2, "not a path relative"),
        (planned(GOOD, {"do": "rename_file", "path": "src/pkg/api.py", "to": "../../../x.py"}), 2, "leads out"),
        (planned(GOOD, insert("out/theirs.txt")), 2, "link"),
        (planned(GOOD, {"do": "create_file", "path": "out/new.txt", "text": "x"}), 2, "link"),
        (planned(GOOD, {"do": "move_file", "path": "README.md", "to": "out/"}), 2, "link"),
        (planned(GOOD, insert("link.txt")), 2, "link"),
        (planned(GOOD, insert("near.txt")), 2, "link to README.md"),
        (planned(GOOD, insert("pipe.txt")), 2, "link"),
        (planned(GOOD, insert("picture.dat")), 2, "not text"),
        (planned(GOOD, insert("raw.txt")), 2, "binary"),
        (planned(GOOD, insert("src")), 2, "no regular file"),
        (planned(GOOD, insert("a\x00b.txt")), 2, "not a path"),
        (planned(GOOD, schema=s.SCHEMA + 1), 0, f"version {s.SCHEMA + 1}"),
        (planned({**GOOD, "needs": [2]}, {**insert("b.txt"), "needs": [1]}), 1, "Steps 1 → 2 → 1 need each other"),
        (planned({**GOOD, "needs": [1]}), 1, "Steps 1 → 1 need each other"),
        (planned(), 0, "nothing to do"),
        (
            planned(
                {"do": "replace_text", "path": "README.md", "old": "Use", "new": "Take"},
                {"do": "replace_text", "path": "README.md", "old": "Take", "new": "Use"},
            ),
            2,
            "Steps 1 and 2 undo each other in README.md",
        ),
        (
            planned({"do": "create_file", "path": "n.txt", "text": "x"}, {"do": "delete_file", "path": "n.txt"}),
            2,
            "Steps 1 and 2 undo each other in n.txt",
        ),
        (
            planned({"do": "rename_symbol", "name": "fetch_user", "new": "get_user"},
                    {"do": "rename_symbol", "name": "get_user", "new": "fetch_user"}),
            2,
            "Steps 1 and 2 undo each other",
        ),
        (planned(*[insert(f"f{at}.txt") for at in range(10_000)]), MAX_STEPS + 1, "10000 steps; step"),
        (planned(GOOD, {"do": "explode", "path": "a"}), 2, "no step 'explode'"),
        (planned(GOOD, {"do": "replace_text", "path": "README.md"}), 2, "lacks 'old'"),
        (planned(GOOD, {**insert("b.txt"), "id": "x"}), 2, "its id must be a number"),
        (planned(GOOD, {**insert("b.txt"), "id": None}), 2, "its id must be a number"),
        (planned(GOOD, {**insert("b.txt"), "needs": 1}), 2, "its needs a list of numbers"),
        (planned(GOOD, {**insert("b.txt"), "needs": ["a"]}), 2, "its needs a list of numbers"),
        (planned(GOOD, {"do": "create_file", "path": "b.txt", "text": "\ud800"}), 2, "text holds '\\ud800'"),
        (planned(GOOD, {"do": "create_file", "path": "\ud800.txt", "text": "b"}), 2, "path holds '\\ud800'"),
        (planned(GOOD, {"do": "create_file", "path": "a\nb.txt", "text": "b"}), 2, r"file a\nb.txt): a\nb.txt is not"),
        (planned(GOOD, {"do": "create_file", "path": "a\x1b[2J.txt", "text": "b"}), 2, r"a\x1b[2J.txt is not changed"),
        (planned(GOOD, {"do": "create_file", "path": "a" * 300, "text": "b"}), 2, "too long for a file's name"),
        (planned(GOOD, {"do": "create_file", "path": "/".join(["a" * 200] * 30), "text": "b"}), 2, "for a path"),
        (planned(GOOD, {"do": "create_file", "path": "b.txt", "text": "b" * 3_000_000}), 2, "would be too large"),
        (planned(GOOD, insert("large.txt")), 2, "large.txt is too large"),
        (planned(GOOD, {"do": "create_file", "path": "README.md/b.txt", "text": "b"}), 2, "README.md is a file"),
        (planned(GOOD, {"do": "create_file", "path": "src", "text": "b"}), 2, "no regular file"),
        (planned(GOOD, {"do": "delete_cell", "path": "n.ipynb", "cell": 2},
                 {"do": "replace_cell", "path": "n.ipynb", "cell": 2, "source": "x"}), 3, "no cell '2'; it has 1"),
        (planned(GOOD, {"do": "replace_cell", "path": "n.ipynb", "cell": 2, "source": "def ("}), 2, "would be broken"),
        (planned(GOOD, {"do": "replace_text", "path": "src/pkg/api.py", "old": "import os", "new": "import ("}), 2,
         "src/pkg/api.py would be broken"),
        (planned(GOOD, {"do": "insert_text", "path": "README.md", "text": 3}), 2, "has 3 as its text"),
        (planned(GOOD, {**insert("b.txt"), "where": "nowhere"}), 2, "has 'nowhere' as its where"),
        (planned({**GOOD, "needs": [7]}), 1, "needs step 7, which is not there"),
    ],
)  # fmt: skip
def test_a_bad_plan_names_its_step_and_writes_nothing(
    trapped: Path, plan: dict[str, Any], step: int, message: str
) -> None:
    one = engine(trapped)
    before, theirs = tree(trapped), tree(trapped.parent / "outside")
    proposal = one.propose(plan)
    assert not proposal.applicable
    problem = proposal.problem
    assert problem is not None
    assert message in problem.message
    assert problem.step == step
    if step and "Steps" not in problem.message:
        assert f"tep {step}" in problem.message
    assert problem.hint
    assert problem.message.isprintable()
    with pytest.raises(MaestroError):
        one.apply(proposal)
    assert tree(trapped) == before
    assert tree(trapped.parent / "outside") == theirs
    assert one.log() == []
    assert list((trapped.parent / "data/journal").glob("*.log")) == []


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("append 'x' to README.md; append 'x' to ../x.txt", "Step 2"),
        ("append 'x' to README.md; append 'x' to /etc/hosts", "Step 2"),
        ("append 'x' to README.md; append 'x' to picture.dat", "Step 2"),
        ("append 'x' to README.md; append 'x' to out/theirs.txt", "Step 2"),
        ("", "nothing to do"),
        ("; ".join(["append 'x' to README.md"] * 10_000), f"step {MAX_STEPS + 1} is one too many"),
        (["append 'x' to README.md"] * 10_000, f"step {MAX_STEPS + 1} is one too many"),
    ],
)
def test_a_bad_sentence_names_its_step_and_writes_nothing(trapped: Path, said: str | list[str], message: str) -> None:
    one = engine(trapped)
    before = tree(trapped)
    problem = one.propose(said).problem
    assert problem is not None
    assert message in problem.message
    assert tree(trapped) == before


@pytest.mark.parametrize("nothing", [None, 3, [None], ["delete file README.md", 3.5]])
def test_what_is_no_command_at_all_is_said_so(trapped: Path, nothing: Any) -> None:
    problem = engine(trapped).propose(nothing).problem
    assert problem is not None
    assert "is no command" in problem.message


def test_a_bad_command_of_a_batch_is_named(trapped: Path) -> None:
    one = engine(trapped)
    cases = {
        "dance": "Command 2: Step 1",
        "append 'x' to ../x": "Command 2: Step 1",
        "append 'x' to link.txt": "Step 2",
        "rename nowhere to b": "Command 2: Step 1",
    }
    for bad, message in cases.items():
        problem = one.propose_batch(["append 'x' to README.md", bad]).problem
        assert problem is not None
        assert message in problem.message


def test_a_batch_of_ten_thousand_commands_is_refused_before_it_is_read(trapped: Path) -> None:
    problem = engine(trapped).propose_batch(["append 'x' to README.md"] * 10_000).problem
    assert problem is not None
    assert "10,000 commands" in problem.message
