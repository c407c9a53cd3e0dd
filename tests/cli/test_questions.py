"""Questions in a terminal, with a scripted person and a scripted model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemaestro_jupyter.cli.choosing import HUNKS, Reply
from codemaestro_jupyter.cli.questions import answer_questions
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.view import QuestionView

pytestmark = pytest.mark.usefixtures("no_remains")
STEPS = [{"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"}]
LONGER = json.dumps({"summary": "Wait longer.", "steps": STEPS})


class Spoken:
    """What stood on the screen when something else was printed."""

    def __init__(self) -> None:
        self.said = ""
        self.pauses: list[str] = []
        self.resumed = 0

    def say(self, text: str) -> None:
        self.said += text

    def pause(self) -> None:
        self.pauses.append(self.said)

    def resume(self) -> None:
        self.resumed += 1


@pytest.mark.parametrize(
    ("replies", "after"), [(["small", "apply"], "TIMEOUT = 60"), (["small", "leave"], "TIMEOUT = 30")]
)
def test_the_person_sees_the_diff_before_anything_is_changed(project: Path, replies: list[str], after: str) -> None:
    place = Spoken()
    left = list(replies)
    request = "improve the timeout of Session in auth.py"

    def ask(question: QuestionView, context: str) -> Reply:
        assert context == request
        assert "TIMEOUT = 30" in (project / "auth.py").read_text("utf8")
        return Reply(left.pop(0))

    settings = Settings(environment={}, policy={})
    with Maestro(settings, root=project, model=ScriptedModel([LONGER] * 3)) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit(request, source="chat", asks=True)
        answer_questions(maestro, pending, place, ask=ask)
        answer = pending.result(30)
    assert left == []
    assert "+TIMEOUT = 60" in place.pauses[-1]
    assert answer.markdown.startswith(place.said)
    assert place.resumed == len(replies)
    assert after in (project / "auth.py").read_text("utf8")


TWICE = json.dumps(
    {
        "summary": "Wait longer, and say so.",
        "steps": [*STEPS, {"do": "create_file", "path": "waiting.py", "old": "", "new": "LONG = True\n"}],
    }
)


@pytest.mark.parametrize(
    ("reply", "keys", "waits", "created"),
    [
        (Reply(text="y"), [], True, True),
        (Reply(text="n"), [], False, False),
        (Reply(text="h"), ["y", "n"], True, False),
        (Reply(HUNKS), ["n", "a"], False, True),
        (Reply(HUNKS), ["y", "q"], False, False),
    ],
)
def test_a_models_plan_is_accepted_hunk_by_hunk(
    project: Path, monkeypatch: pytest.MonkeyPatch, reply: Reply, keys: list[str], waits: bool, created: bool
) -> None:
    left = list(keys)
    monkeypatch.setattr("builtins.input", lambda _: left.pop(0))
    replies = [Reply("small"), reply]
    settings = Settings(environment={}, policy={})
    with Maestro(settings, root=project, model=ScriptedModel([TWICE] * 3)) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        answer_questions(maestro, pending, Spoken(), ask=lambda *_: replies.pop(0))
        pending.result(30)
    assert left == []
    assert ("TIMEOUT = 60" in (project / "auth.py").read_text("utf8")) is waits
    assert (project / "waiting.py").exists() is created
