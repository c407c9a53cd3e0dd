"""The three clarifications in a session: asked without a model too, mapped while they are read, quick once answered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemaestro_jupyter.converse.picture import took
from codemaestro_jupyter.experiment.model_project import make_project
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import PreparationKey

from .conftest import eventually
from .test_maestro import predicted, type_out

pytestmark = pytest.mark.usefixtures("no_remains")
CHANGE = "add retries to the Session class"
STAGES = ["prepare/stages.py", "prepare/status.py", "screen", "all of it"]
EVAL = {"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": 'TIMEOUT = eval("60")'}


def made(project: Path, *scripts: str, **settings: Any) -> Maestro:
    model = ScriptedModel(list(scripts)) if scripts else None
    found = Settings(environment={}, policy={}, **({} if scripts else {"model": "off"}), **settings)
    maestro = Maestro(found, root=project, model=model)
    assert maestro.workspace.index.wait(60)
    return maestro


def stages(tmp_path: Path) -> Path:
    """A project with several parts that a request about a stage may mean."""
    root = tmp_path / "shop"
    for name, what in (("prepare/stages.py", "stage"), ("prepare/status.py", "stage"), ("screen/bar.py", "picture")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        text = f'"""The progress bar of a {what}."""\n\n\ndef {what}_progress():\n    pass\n'
        (root / name).write_text(text, "utf8")
    return root


def draft(**changes: str) -> str:
    return json.dumps({"summary": "Wait longer.", "steps": [EVAL | changes]})


def asked(maestro: Maestro, stage: str) -> dict[str, Any]:
    return dict(
        eventually(lambda: (q := maestro.view()["question"]) and q["stage"] == stage and q)  # type: ignore[call-overload]
    )


def all_ready(maestro: Maestro) -> bool:
    question = maestro.view()["question"]
    return question is not None and all(option["ready"] for option in question["options"])


def test_without_a_model_a_change_is_asked_about_and_ends_as_a_brief_of_what_was_chosen(project: Path) -> None:
    with made(project) as maestro:
        pending = maestro.submit(CHANGE, source="chat", asks=True)
        question = asked(maestro, "IMPLEMENTATION")
        assert [option["id"] for option in question["options"]] == ["existing", "new"]
        eventually(lambda: all_ready(maestro))
        assert maestro.view()["stage"]["message"] == "Ready for your input"
        maestro.choose(question["id"], "existing")
        answer = pending.result(30)
    assert (answer.request, answer.tool) == (CHANGE, "brief")
    assert f"*How shall it be done? → {question['options'][0]['label']}*" in answer.markdown
    assert "auth.py" in answer.files
    assert "**Plan**" in answer.markdown
    assert maestro.view()["turns"][-1]["receipt"]["used"] > 0


@pytest.mark.parametrize("scripts", [(), (draft(new="TIMEOUT = 60"),) * 3], ids=["offline", "model"])
def test_the_persons_own_time_is_not_part_of_what_an_answer_took(project: Path, scripts: tuple[str, ...]) -> None:
    now = [1e9]
    settings = Settings(environment={}, policy={}, auto_apply=True, **({} if scripts else {"model": "off"}))
    model = ScriptedModel(list(scripts)) if scripts else None
    with Maestro(settings, root=project, model=model, clock=lambda: now[0]) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit(CHANGE, source="chat", asks=True)
        question = asked(maestro, "IMPLEMENTATION")
        now[0] += 100.0
        maestro.choose(question["id"], "existing")
        pending.result(30)
        turn = maestro.view()["turns"][-1]
    assert (turn["finished"] - turn["started"], turn["asked_seconds"]) == (100.0, 100.0)
    assert "100" not in took(turn)


def test_while_a_question_is_open_the_list_names_the_plans_that_are_drafted(project: Path) -> None:
    with made(project, *[draft(new="TIMEOUT = 60")] * 3) as maestro:
        parts: list[Any] = []
        maestro.subscribe(parts.append)
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        question = asked(maestro, "IMPLEMENTATION")
        labels = [option["label"] for option in question["options"][:2]]
        eventually(lambda: maestro.view()["suggestions"] == labels)
        eventually(lambda: any(part.get("suggestions") == labels for part in parts))
        type_out(maestro, "improve the timeout of Session in auth.py\nthe smallest")  # what a box for own words says
        eventually(lambda: predicted(maestro))
        maestro.choose(question["id"], text="the smallest")
        confirm = asked(maestro, "READY")
        eventually(lambda: maestro.view()["suggestions"] == [])
        eventually(lambda: [part["suggestions"] for part in parts if "suggestions" in part][-1] == [])
        maestro.choose(confirm["id"], "leave")
        pending.result(30)


def test_without_a_model_the_list_names_the_answers_that_are_rehearsed(project: Path) -> None:
    with made(project) as maestro:
        pending = maestro.submit(CHANGE, source="chat", asks=True)
        question = asked(maestro, "IMPLEMENTATION")
        eventually(lambda: maestro.view()["suggestions"] == [option["label"] for option in question["options"]])
        maestro.choose(question["id"], "existing")
        pending.result(30)


def test_without_a_model_every_answer_is_marked_however_many_parts_are_offered(tmp_path: Path) -> None:
    with made(stages(tmp_path)) as maestro:
        type_out(maestro, "move the stage evenly")
        pending = maestro.submit("move the stage evenly", source="chat", asks=True)
        question = asked(maestro, "SCOPE")
        labels = [option["label"] for option in question["options"]]
        assert labels == STAGES
        eventually(lambda: all_ready(maestro))
        maestro.choose(question["id"], question["options"][0]["id"])
        pending.result(30)
        eventually(lambda: maestro.view()["suggestions"] == [])  # what was asked is not prepared for any more


def test_where_nobody_can_be_asked_without_a_model_the_brief_comes_at_once(project: Path) -> None:
    with made(project) as maestro:
        answer = maestro.submit(CHANGE).result(30)
    assert "How shall it be done?" not in answer.markdown
    assert "**Plan**" in answer.markdown


def test_every_part_that_may_be_meant_is_offered_not_only_those_of_the_predicted_files(tmp_path: Path) -> None:
    with made(make_project(tmp_path / "shop", 1), likely_files=1) as maestro:
        type_out(maestro, "improve the login session")
        eventually(lambda: predicted(maestro))
        pending = maestro.submit("improve the login session", source="chat", asks=True)
        question = asked(maestro, "SCOPE")
        assert [option["label"] for option in question["options"]] == ["backend", "frontend", "all of it"]
        assert len(maestro.view()["prediction"]["files"]) == 1
        maestro.choose(question["id"], text="frontend")
        how = asked(maestro, "IMPLEMENTATION")
        assert "in frontend/" in how["options"][0]["label"]
        maestro.choose(how["id"], "small")
        answer = pending.result(30)
    assert any(path.startswith("frontend/") for path in answer.files)


def test_what_was_predicted_before_the_contents_were_known_is_not_what_is_asked_about(tmp_path: Path) -> None:
    with made(stages(tmp_path)) as maestro:
        type_out(maestro, "move the stage evenly")
        eventually(lambda: predicted(maestro))
        session = maestro._session
        session.prediction = replace(session.prediction, files=())  # as the paths alone had it
        session.newest = lambda: False
        pending = maestro.submit("move the stage evenly", source="chat", asks=True)
        assert [option["label"] for option in asked(maestro, "SCOPE")["options"]] == STAGES
        pending.cancel()


@pytest.mark.parametrize(
    ("request_", "asks"),
    [
        ("fix the rounding of the count encoder", ""),
        ("fix the rounding of the encoders", "Which part is it about?"),
        ("add a limit to the count encoder", "How shall it be done?"),
    ],
)
def test_what_the_words_of_a_request_spell_is_not_asked_about(tmp_path: Path, request_: str, asks: str) -> None:
    for name in ("Count", "Target", "Quantile"):
        file = tmp_path / "shop" / f"{name.lower()}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'class {name}Encoder:\n    """Rounding of what an encoder counts."""\n', "utf8")
    with made(tmp_path / "shop") as maestro:
        pending = maestro.submit(request_, source="chat", asks=True)
        question = eventually(lambda: maestro.view()["question"] or (pending.done and {"text": ""}))
        assert question["text"] == asks
        pending.cancel()


def test_own_words_without_a_model_are_part_of_the_request(project: Path) -> None:
    with made(project) as maestro:
        pending = maestro.submit(CHANGE, source="chat", asks=True)
        maestro.choose(asked(maestro, "IMPLEMENTATION")["id"], text="with a decorator around login")
        answer = pending.result(30)
    assert "→ with a decorator around login" in answer.markdown
    assert "login" in answer.markdown.partition("**Files**")[2]


def test_stopping_at_a_question_without_a_model_ends_the_turn(project: Path) -> None:
    with made(project) as maestro:
        pending = maestro.submit(CHANGE, source="chat", asks=True)
        asked(maestro, "IMPLEMENTATION")
        pending.cancel()
        eventually(lambda: maestro.view()["turns"][-1]["state"] == "cancelled")
        assert maestro.view()["question"] is None


def test_a_plan_says_what_its_new_lines_may_do_wrong_and_what_goes_with_it(project: Path) -> None:
    with made(project, *[draft()] * 3) as maestro:
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        question = asked(maestro, "IMPLEMENTATION")
        eventually(lambda: all_ready(maestro))
        states = {(item["kind"], item["state"]) for item in maestro.view()["preparations"]}
        assert {("scope", "ready"), ("plan", "ready")} <= states
        maestro.choose(question["id"], "small")
        confirm = asked(maestro, "READY")
        shown = maestro.view()["turns"][-1]["markdown"]
        maestro.choose(confirm["id"], "leave")
        pending.result(30)
        assert "`eval` runs text as code" in shown
        assert "**Around `auth.py`:**" in shown
        kept = maestro.store.preparations.latest(PreparationKey("plan", question["options"][0]["label"]))
        assert kept is not None
        assert kept.payload["chosen"]
        receipt = maestro.view()["turns"][-1]["receipt"]
        assert (receipt["prepared"], receipt["wasted"]) == (3, 1), "the map, the chosen plan, and the other one"


def test_steps_that_both_answers_share_are_worked_out_once_and_said(project: Path) -> None:
    create = {"do": "create_file", "path": "retry.py", "old": "", "new": "RETRIES = 3\n"}
    longer = EVAL | {"new": "TIMEOUT = 60"}
    other = EVAL | {"new": "TIMEOUT = 90"}
    plans = [json.dumps({"summary": why, "steps": [create, step]}) for why, step in (("a", longer), ("b", other))]
    with made(project, *plans) as maestro:
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        question = asked(maestro, "IMPLEMENTATION")
        eventually(lambda: all_ready(maestro))
        maestro.choose(question["id"], "reshape")
        confirm = asked(maestro, "READY")
        shown = maestro.view()["turns"][-1]["markdown"]
        maestro.choose(confirm["id"], "leave")
        pending.result(30)
        assert "1 step is the same in both answers and was worked out once" in shown
        kept = [maestro.store.preparations.latest(PreparationKey("plan", each["label"]))
                for each in question["options"][:2]]  # fmt: skip
        assert [each and each.payload["common"] for each in kept] == [1, 1]
        assert ["shared", "step", 1] in maestro.changes.engine().metrics.picture()["counts"]


def test_tests_run_ahead_in_a_copy_only_where_that_is_switched_on(project: Path) -> None:
    (project / "test_auth.py").write_text("import auth\n\n\ndef test_it():\n    assert auth.TIMEOUT == 60\n", "utf8")
    plan = draft(new="TIMEOUT = 60")
    for switched_on in (False, True):
        with made(project, *[plan] * 3, run_tests_in_copy=switched_on) as maestro:
            pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
            question = asked(maestro, "IMPLEMENTATION")
            eventually(lambda: all_ready(maestro))
            if switched_on:
                turn = question["turn"]
                eventually(lambda: maestro.dialogue.drafts.tried(turn) == {"small", "reshape"}, 60)  # noqa: B023
            maestro.choose(question["id"], "small")
            asked(maestro, "READY")
            shown = maestro.view()["turns"][-1]["markdown"]
            pending.cancel()
        assert ("in a copy, `pytest test_auth.py tests/test_auth.py`" in shown) is switched_on
        assert "TIMEOUT = 30" in (project / "auth.py").read_text("utf8")


@pytest.mark.parametrize("meanwhile", ["nothing", "its file changed"])
def test_a_draft_is_of_use_only_if_its_files_are_still_as_they_were(project: Path, meanwhile: str) -> None:
    with made(project, *[draft()] * 3) as maestro:
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        question = asked(maestro, "IMPLEMENTATION")
        eventually(lambda: all_ready(maestro))
        if meanwhile != "nothing":
            (project / "auth.py").write_text((project / "auth.py").read_text() + "\nLATER = True\n")
        maestro.choose(question["id"], "small")
        maestro.choose(asked(maestro, "READY")["id"], "leave")
        pending.result(30)
        kept = maestro.store.preparations.latest(PreparationKey("plan", question["options"][0]["label"]))
        drafts = maestro.store.ledger.by("purpose")["draft"]
        assert kept is not None
        if meanwhile == "nothing":
            assert kept.payload["chosen"]
            assert 0 < drafts.wasted < drafts.sent + drafts.received
        else:
            assert not kept.payload["chosen"], "a draft that fell through saved nothing"
            assert drafts.wasted == drafts.sent + drafts.received


@pytest.mark.parametrize("there", [True, False])
def test_a_draft_whose_new_file_is_there_by_now_is_made_again(project: Path, there: bool) -> None:
    plans = [json.dumps({"summary": f"Plan {number}.", "steps": [
        {"do": "create_file", "path": path, "old": "", "new": "LIMIT = 1\n"},
    ]}) for number, path in enumerate(("limits.py", "limits.py", "others.py"))]  # fmt: skip
    with made(project, *plans) as maestro:
        pending = maestro.submit(CHANGE, source="chat", asks=True)
        question = asked(maestro, "IMPLEMENTATION")
        eventually(lambda: all_ready(maestro))
        if there:
            (project / "limits.py").write_text("mine = True\n", "utf8")
        maestro.choose(question["id"], question["options"][0]["id"])
        maestro.choose(asked(maestro, "READY")["id"], "apply")
        said = pending.result(30).markdown
    assert "**Done:**" in said
    assert ("others.py" in said) is there
    assert not there or (project / "limits.py").read_text("utf8") == "mine = True\n"
