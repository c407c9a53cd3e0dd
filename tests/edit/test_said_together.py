"""Commands side by side: one batch where they do not meet, named where they conflict, one plan where they depend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.edit import reading as module
from codemaestro_jupyter.edit.batches import Alone, Job, Part, run_jobs
from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.edit.reading import Reading
from codemaestro_jupyter.edit.several import several
from codemaestro_jupyter.workspace.reader import Reader

from .engine_project import RENAME, tree

APPEND, CREATE = 'append "More." to README.md', 'create notes.txt with "hi; ho"'


class Backwards(Alone):
    """Shares every batch, and does its last job first."""

    done = 0

    def pays(self, seconds: float) -> bool:
        return True

    def jobs(self, jobs: Sequence[Job]) -> list[list[Part]]:
        self.done += len(jobs)
        return run_jobs(jobs[::-1])


class Never(Alone):
    """Nothing may run."""

    def pays(self, seconds: float) -> bool:
        raise AssertionError("nothing may run")


@pytest.fixture
def reading(root: Path) -> Iterator[Reading]:
    (root / "src/pkg/other.py").write_text("def alone():\n    return 1\n")
    one = Reading(root, Reader(root))
    yield one
    one.close()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"{RENAME}; {APPEND}", (RENAME, APPEND)),
        (f"{RENAME}\n\n{APPEND};\n{CREATE};", (RENAME, APPEND, CREATE)),
        (CREATE, None),
        (f"{RENAME}, then {APPEND}", None),
        (f"{RENAME}; then {APPEND}", None),
        (f"{RENAME}; add logging to it", None),
        ("in src/a.py: rename f to g; add logging to h", None),
        ("add logging to f; g", None),
        (f"{RENAME}; make it faster", None),
    ],
)
def test_where_a_text_is_cut(text: str, parts: tuple[str, ...] | None) -> None:
    assert several(text) == (parts or (text,))


def batched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands each batch has that is run."""
    sizes: list[int] = []

    def counted(commands: Sequence[Any], *arguments: Any, **options: Any) -> Any:
        sizes.append(len(commands))
        return run_batch(commands, *arguments, **options)

    run_batch = module.run_batch
    monkeypatch.setattr(module, "run_batch", counted)
    return sizes


def test_independent_ones_are_one_batch_and_come_to_what_one_plan_does(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = batched(monkeypatch)
    text = f"add logging to alone; {APPEND}\n{CREATE}"
    found = reading.propose_said(text)
    assert sizes == [3]
    assert found.applicable
    assert (found.diffs, found.commands) == (reading.propose(text).diffs, (text,))
    assert reading.propose_said(text, Alone()) == found
    backwards = Backwards()
    assert reading.propose_said(text, backwards) == found
    assert backwards.done == 3


@pytest.mark.parametrize(
    "text",
    [
        f"{RENAME}; rename load_user to get_user",
        f"{RENAME}; add logging to load_user",
        "move src/pkg/other.py to src/; append 'x = 1' to src/other.py",
        f"{RENAME}, then {APPEND}",
    ],
)
def test_what_depends_is_one_plan(reading: Reading, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    sizes = batched(monkeypatch)
    assert reading.propose_said(text) == reading.propose(text)
    assert sizes == []


def test_conflicts_are_named_before_anything_runs(reading: Reading) -> None:
    text = f"delete file README.md; {APPEND}; {RENAME}; rename fetch_user to get_user"
    found = reading.propose_said(text, Never())
    assert found.problem is not None
    assert found.problem.candidates == (
        "Commands 1 and 2 conflict in README.md: the first (delete file README.md) takes away what the second needs.",
        "Commands 3 and 4 conflict in fetch_user: both rename fetch_user.",
    )
    assert not found.applicable


def test_a_command_of_several_that_cannot_be_done_says_what_could(reading: Reading) -> None:
    text = f"add logging to alon; {APPEND}"
    assert "alone" in str(reading.propose(text).problem)
    problem = reading.propose_said(text).problem
    assert problem is not None
    assert problem == reading.propose(text).problem


def test_a_batch_is_one_transaction(root: Path, project_engine: Engine) -> None:
    before = tree(root)
    project_engine.apply(project_engine.propose_said(f"{APPEND}; {CREATE}"))
    assert (root / "notes.txt").read_text() == "hi; ho"
    project_engine.undo()
    assert tree(root) == before
