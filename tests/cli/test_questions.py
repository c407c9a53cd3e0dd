"""Questions in a terminal, with a scripted person and a scripted model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemaestro_jupyter.cli.questions import answer_questions, text_of
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings

pytestmark = pytest.mark.usefixtures("no_remains")
STEPS = [{"do": "replace_text", "path": "auth.py", "old": "TIMEOUT = 30", "new": "TIMEOUT = 60"}]
LONGER = json.dumps({"summary": "Wait longer.", "steps": STEPS})


@pytest.mark.parametrize(("replies", "after"), [(["1", "apply"], "TIMEOUT = 60"), (["", ""], "TIMEOUT = 30")])
def test_the_person_sees_the_diff_before_anything_is_changed(project: Path, replies: list[str], after: str) -> None:
    shown: list[str] = []
    left = list(replies)

    def ask(prompt: str) -> str:
        assert "TIMEOUT = 30" in (project / "auth.py").read_text("utf8")
        return left.pop(0)

    settings = Settings(environment={}, policy={})
    with Maestro(settings, root=project, model=ScriptedModel([LONGER] * 3)) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit("improve the timeout of Session in auth.py", source="chat", asks=True)
        before = answer_questions(maestro, pending, ask=ask, show=shown.append)
        answer = pending.result(30)
    assert left == []
    assert "".join(shown) == before
    assert "+TIMEOUT = 60" in before
    assert answer.markdown.startswith(before)
    assert after in (project / "auth.py").read_text("utf8")


def test_a_question_is_numbered_with_what_is_ready() -> None:
    options = [
        {"id": "a", "label": "Front", "probability": 0.6, "ready": True},
        {"id": "b", "label": "Back", "probability": 0.4, "ready": False},
    ]
    question = {"id": "q", "turn": "t", "stage": "SCOPE", "text": "Which part?", "options": options}
    assert text_of(question).splitlines() == [  # type: ignore[arg-type]
        "Which part?",
        "  1. Front (60%, ready)",
        "  2. Back (40%)",
        "  A number, or your own words:",
    ]
