"""A plan's text is changed before it is applied: the diff follows, and what is applied is what was shown last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import TurnId

from .conftest import eventually

pytestmark = pytest.mark.usefixtures("no_remains")
STEPS = [{"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"}]


def diff(maestro: Maestro) -> str:
    return "\n".join(
        line for change in maestro.changes.views() for file in change["files"] for hunk in file["hunks"]
        for line in hunk["lines"]
    )  # fmt: skip


def test_a_changed_plan_is_shown_and_applied_and_a_text_that_is_none_is_told(project: Path) -> None:
    model = ScriptedModel([json.dumps({"summary": "Wait longer.", "steps": STEPS})])
    with Maestro(Settings(environment={}, policy={}), root=project, model=model) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit("change the timeout in auth.py to 60", source="chat", asks=True)
        question = eventually(lambda: maestro.view().get("question"))
        assert question["stage"] == "READY"  # type: ignore[index]
        text = maestro.changes.text(pending.turn)
        assert text == "=== 1. replace in auth.py ===\nTIMEOUT = 60"
        maestro.dialogue.revise(pending.turn, text.replace("60", "75"))
        eventually(lambda: "+TIMEOUT = 75" in diff(maestro))
        assert "TIMEOUT = 30" in (project / "auth.py").read_text("utf8")
        heard: list[str] = []
        stop = maestro.subscribe(lambda part: heard.extend(each["message"] for each in part.get("notices", [])))
        maestro.dialogue.revise(pending.turn, "x = 1")
        eventually(lambda: any("No step of the plan is left." in each for each in heard))
        stop()
        assert "+TIMEOUT = 75" in diff(maestro)
        maestro.choose(question["id"], "apply")  # type: ignore[index]
        pending.result(30)
    assert "TIMEOUT = 75" in (project / "auth.py").read_text("utf8")


def test_where_nothing_is_proposed_there_is_no_text(maestro: Maestro) -> None:
    with pytest.raises(InputError, match="no plan whose text"):
        maestro.changes.text(TurnId("nobody"))


def test_the_text_of_a_command_is_its_sentence(maestro: Maestro) -> None:
    turn = TurnId("t1")
    maestro.changes.show(turn, maestro.changes.work_out("rename make_token to new_token"))
    assert maestro.changes.text(turn) == "rename make_token to new_token"
    maestro.changes.revise(turn, "rename make_token to fresh_token")
    assert "fresh_token" in diff(maestro)


def test_no_leaves_the_plan_and_says_that_nothing_was_written(project: Path) -> None:
    model = ScriptedModel([json.dumps({"summary": "Wait longer.", "steps": STEPS})] * 2)
    with Maestro(Settings(environment={}, policy={}), root=project, model=model) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit("change the timeout in auth.py to 60", source="chat", asks=True)
        question = eventually(lambda: maestro.view().get("question"))
        maestro.choose(question["id"], text="No.")  # type: ignore[index]
        answer = pending.result(30)
        assert answer.markdown.rstrip().endswith("*Left as it is: nothing was written.*")
        change = maestro.changes.get(pending.turn)
        assert change is not None
        assert (change.state, change.proposal.title) == ("discarded", "change the timeout in auth.py to 60")
    assert "TIMEOUT = 30" in (project / "auth.py").read_text("utf8")
    assert len(model.calls) == 1


def test_own_words_about_a_plan_stay_in_one_line_of_the_log(project: Path) -> None:
    model = ScriptedModel([json.dumps({"summary": "Wait longer.", "steps": STEPS})] * 2)
    with Maestro(Settings(environment={}, policy={}), root=project, model=model) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit("change the timeout in auth.py to 60", source="chat", asks=True)
        first = eventually(lambda: maestro.view().get("question"))["id"]  # type: ignore[index]
        maestro.choose(first, text="and say why")
        again = eventually(lambda: (now := maestro.view().get("question")) and now["id"] != first and now)
        maestro.choose(again["id"], "apply")  # type: ignore[index]
        pending.result(30)
        assert maestro.changes.engine().log()[0].title == "change the timeout in auth.py to 60; and say why"
