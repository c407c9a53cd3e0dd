"""The figures of the bench with a model: what is compared with what, and what counts as used."""

from __future__ import annotations

import json
from pathlib import Path

from codemaestro_jupyter.converse.matching import match
from codemaestro_jupyter.converse.offered import Option, Question
from codemaestro_jupyter.experiment.model_bench import (
    PREFILL,
    TASKS,
    Case,
    by_kind,
    cases,
    of_all,
    of_task,
    people,
    unused,
)
from codemaestro_jupyter.experiment.model_parts import SWEEP
from codemaestro_jupyter.experiment.model_people import CHOICES, OWN_WORDS, PACES, USUAL, Person, Reply
from codemaestro_jupyter.experiment.model_project import NEW, OTHER, REPLY_TOKENS, make_project, reply
from codemaestro_jupyter.experiment.model_run import Run
from codemaestro_jupyter.plan.draft import TASK, read_draft
from codemaestro_jupyter.plan.prompt import Moment, prefix, prompt
from codemaestro_jupyter.types import FileText, Fingerprint, RelPath


def asked(request: str, task: str = "") -> list[dict[str, str]]:
    file = FileText(RelPath("backend/session.py"), "EXPIRY_SECONDS = 1800\n", Fingerprint("f"), 22)
    messages = prompt(prefix([file.path], [file]), Moment(request), task)
    return [{"role": message.role, "content": message.content} for message in messages]


SCOPE = {
    "id": "t:1",
    "stage": "SCOPE",
    "text": "Which part is it about?",
    "options": [
        {"id": "scope-1", "label": "backend", "probability": 0.5},
        {"id": "scope-2", "label": "frontend", "probability": 0.3},
        {"id": "scope-all", "label": "all of it", "probability": 0.2},
    ],
}
INTENT = {
    "stage": "INTENT",
    "text": "What about login?",
    "options": [
        {"id": "explain", "label": "Explain login", "probability": 0.6},
        {"id": "change", "label": "Change login", "probability": 0.4},
    ],
}


def test_a_task_is_compared_arm_by_arm() -> None:
    runs = {
        Case("complex", "traditional", USUAL): [Run(waits=[0.5, 1.0, 6.5], questions=2, read=100, wrote=10)],
        Case("complex", "staggered", USUAL): [Run(waits=[0.5, 0.5, 1.0], questions=2, read=150, wrote=30, person=9.0)],
    }
    found = of_task(runs, "complex")
    assert found["questions"] == 2
    assert found["sum of waits"]["saved"]["share"] == 0.75
    assert found["last submit to result"]["staggered"]["max"] == 1.0
    assert "saved" not in found["first words"], "nothing was said before the questions, so nothing is compared"
    assert found["person"] == 9.0
    assert found["tokens read"] == {"traditional": 100, "staggered": 150}
    assert found["tokens written"] == {"traditional": 10, "staggered": 30}


def test_who_reads_fast_is_compared_with_the_usual_person_without_preparation_and_who_wants_else_with_themselves() -> (
    None
):
    hasty, other = PACES["1 s"], CHOICES["second"]
    runs = {
        Case("medium", "traditional", USUAL): [Run(waits=[0.0, 4.0])],
        Case("medium", "staggered", USUAL): [Run(waits=[0.0, 0.0])],
        Case("medium", "staggered", hasty): [Run(waits=[0.0, 3.0], prepared=4, used=3, saved=0.9)],
        Case("medium", "traditional", other): [Run(waits=[0.0, 8.0])],
        Case("medium", "staggered", other): [Run(waits=[0.0, 2.0], prepared=2, used=1)],
    }
    assert {name: found["medium"] for name, found in people(runs).items() if name != USUAL.name} == {
        hasty.name: {"traditional": 4.0, "staggered": 3.0, "saved": 0.25, "receipt": 0.9, "prepared": 4, "used": 3},
        other.name: {"traditional": 8.0, "staggered": 2.0, "saved": 0.75, "receipt": 0.0, "prepared": 2, "used": 1},
    }


def test_a_person_reads_decides_and_wants_a_change() -> None:
    assert USUAL.looks_at(SCOPE) == (5 + 5) / 238 * 60 + 1.5
    assert PACES["0.5 s"].looks_at(SCOPE) == 0.5
    answers = {choice: Person("", choice).answers(SCOPE) for choice in ("first", *CHOICES)}
    assert answers == {
        "first": Reply("scope-1", "", 0.5),
        "second": Reply("scope-2", "", 0.3),
        "last": Reply("scope-all", "", 0.2),
        "own words": Reply("", OWN_WORDS["SCOPE"], 0.0),
    }
    assert {person.answers(INTENT) for person in (USUAL, *CHOICES.values())} == {Reply("change", "", 0.4)}


def test_own_words_mean_no_offered_answer() -> None:
    ways = (
        Option("small", "The smallest change that works, in backend/session.py", 0.65),
        Option("reshape", "Restructure backend/session.py", 0.35),
    )
    parts = tuple(Option(name, name, 0.5) for name in ("backend", "frontend", "all of it"))
    for stage, options in (("SCOPE", parts), ("IMPLEMENTATION", ways)):
        assert match(OWN_WORDS[stage], Question(stage, "?", options)) is None


def test_an_answer_counts_as_prepared_only_if_it_was_marked_so_when_it_was_chosen() -> None:
    runs = [Run(waits=[0.1, 0.2], questions=1, ready=True), Run(waits=[0.1, 3.0], questions=1), Run(waits=[4.0])]
    found = of_all(runs)
    assert [found[name]["max"] for name in ("chosen answer to its diff", "chosen before it was ready")] == [0.2, 3.0]
    assert found["last submit to result"]["max"] == 4.0


def test_everybody_does_every_task_that_asks_something() -> None:
    asked = {case for case in cases(2) if case.task != "simple"}
    everybody = {USUAL, *PACES.values(), *CHOICES.values()}
    assert {(case.task, case.person) for case in asked} >= {
        (task, who) for task in ("medium", "complex") for who in everybody
    }
    assert [cases(2).count(Case("simple", arm, USUAL)) for arm in ("traditional", "staggered")] == [2, 2]


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
