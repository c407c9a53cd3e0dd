"""The figures of the bench with a model: what is compared with what, and what counts as used."""

from __future__ import annotations

import json
from pathlib import Path

from codemaestro_jupyter.experiment.model_bench import PREFILL, SWEEP, TASKS, Arm, Run, _task, by_kind, unused
from codemaestro_jupyter.experiment.model_project import NEW, OTHER, REPLY_TOKENS, make_project, reply
from codemaestro_jupyter.plan.draft import TASK, read_draft
from codemaestro_jupyter.plan.prompt import Moment, prefix, prompt
from codemaestro_jupyter.types import FileText, Fingerprint, RelPath


def asked(request: str, task: str = "") -> list[dict[str, str]]:
    file = FileText(RelPath("backend/session.py"), "EXPIRY_SECONDS = 1800\n", Fingerprint("f"), 22)
    messages = prompt(prefix([file.path], [file]), Moment(request), task)
    return [{"role": message.role, "content": message.content} for message in messages]


def test_a_task_is_compared_arm_by_arm() -> None:
    runs: dict[tuple[str, Arm], list[Run]] = {
        ("complex", "traditional"): [Run(waits=[0.5, 1.0, 6.5], questions=2, read=100, wrote=10)],
        ("complex", "staggered"): [Run(waits=[0.5, 0.5, 1.0], questions=2, read=150, wrote=30)],
    }
    found = _task(runs, "complex")
    assert found["questions"] == 2
    assert found["sum of waits"]["saved"]["share"] == 0.75
    assert found["last submit to result"]["staggered"]["max"] == 1.0
    assert "saved" not in found["first words"], "nothing was said before the questions, so nothing is compared"
    assert found["tokens read"] == {"traditional": 100, "staggered": 150}
    assert found["tokens written"] == {"traditional": 10, "staggered": 30}


def test_what_was_used_is_counted_by_kind() -> None:
    runs = [Run(kinds=[("plan", True), ("plan", False)]), Run(kinds=[("file", True)])]
    assert by_kind(runs) == {"file": {"prepared": 1, "used": 1}, "plan": {"prepared": 2, "used": 1}}


def test_only_the_chosen_draft_is_of_use() -> None:
    assert unused(0, 0, used=False) == 0.0
    assert unused(3000, 1, used=True) == 0.0
    assert unused(3000, 2, used=True) == 1500.0
    assert unused(3000, 2, used=False) == 3000.0


def test_the_model_of_the_bench_drafts_two_different_plans_of_the_usual_length() -> None:
    plans = {}
    for way, new in (("The smallest change that works", NEW), ("Restructure backend/session.py", OTHER)):
        said = reply(asked(f"improve it\nHow: {way}", TASK))
        assert REPLY_TOKENS * 4 - 4 <= len(said) <= REPLY_TOKENS * 4
        plans[new] = read_draft(said, "improve it").plan["steps"][0]["new"]
    assert plans == {NEW: NEW, OTHER: OTHER}
    assert len(reply(asked("how?"))) == REPLY_TOKENS * 4


def test_the_project_and_the_tasks_fit_together(tmp_path: Path) -> None:
    root = make_project(tmp_path / "shop", methods=2)
    assert (root / "backend/session.py").read_text("utf8").count("def step_") == 2
    assert all("session" in request for request in TASKS.values())
    assert PREFILL in SWEEP
    assert json.dumps(TASKS)
