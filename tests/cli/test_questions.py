"""Questions in a terminal, with a scripted person and a scripted model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemaestro_jupyter.cli.choosing import Reply
from codemaestro_jupyter.cli.questions import answer_questions
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.view import QuestionView

pytestmark = pytest.mark.usefixtures("no_remains")
STEPS = [{"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"}]
LONGER = json.dumps({"summary": "Wait longer.", "steps": STEPS})


@pytest.mark.parametrize(
    ("replies", "after"), [(["small", "apply"], "TIMEOUT = 60"), (["small", "leave"], "TIMEOUT = 30")]
)
def test_the_person_sees_the_diff_before_anything_is_changed(project: Path, replies: list[str], after: str) -> None:
    shown: list[str] = []
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
        before = answer_questions(maestro, pending, ask=ask, show=shown.append)
        answer = pending.result(30)
    assert left == []
    assert "".join(shown) == before
    assert "+TIMEOUT = 60" in before
    assert answer.markdown.startswith(before)
    assert after in (project / "auth.py").read_text("utf8")
