"""A conversation with a model is stored, found again by words, gone on with after a restart, and predicted from."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemaestro_jupyter import reports
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import NotebookId, NotebookPicture, RelPath

from .conftest import eventually

pytestmark = pytest.mark.usefixtures("no_remains")
NOTEBOOK = NotebookPicture(NotebookId("n.ipynb"), RelPath("n.ipynb"))
REQUEST, ANSWER = "how is the token made?", "It is made in auth.py, from a name."


def session(project: Path, model: ScriptedModel) -> Maestro:
    maestro = Maestro(Settings(environment={}, policy={}), root=project, model=model)
    assert maestro.workspace.index.wait(60)
    return maestro


def test_a_terminal_knows_what_was_asked_anywhere_in_the_project(project: Path) -> None:
    with session(project, ScriptedModel([ANSWER] * 2)) as first:
        first.submit(REQUEST, notebook_id="n.ipynb").result(30)
        first.submit("and in a terminal?", notebook_id="terminal").result(30)
    model = ScriptedModel([ANSWER] * 2)
    with session(project, model) as second:
        before = {file.path: file.why for file in second.predict("what else stands there").files}
        assert all("used in an earlier answer" not in why for why in before.values())
        assert second.memory.resume() == 0
        reasons = {file.path: file.why for file in second.predict("what else stands there").files}
        assert "used in an earlier answer" in reasons[RelPath("auth.py")]
        assert second.view()["turns"] == []
        assert second.memory.resume(NotebookId("terminal")) == 1
        second.submit("and where from?", notebook_id="terminal").result(30)
    assert "asked: and in a terminal?" in model.calls[-1][-1].content
    assert REQUEST not in model.calls[-1][-1].content


def test_what_was_said_is_known_in_the_next_session(project: Path) -> None:
    with session(project, ScriptedModel([ANSWER])) as first:
        first.notebook(NOTEBOOK)
        first.submit(REQUEST, notebook_id="n.ipynb").result(30)
        told = first.store.turns.list(1)[0].id
    model = ScriptedModel(["From auth.py, too."])
    with session(project, model) as second:
        listed = reports.history(second.store).data["turns"]
        assert [(turn.request, turn.files) for turn in listed] == [(REQUEST, (RelPath("auth.py"),))]
        assert [turn.id for turn in reports.history(second.store, "TOKEN name").data["turns"]] == [told]
        assert reports.history(second.store, "weather").data["turns"] == ()
        assert ANSWER in reports.turn(second.store, told).markdown
        second.notebook(NOTEBOOK)
        eventually(lambda: second.view()["turns"])
        reasons = {file.path: file.why for file in second.predict("what else stands there").files}
        assert "used in an earlier answer" in reasons[RelPath("auth.py")]
        second.submit("and where from?", notebook_id="n.ipynb").result(30)
    assert f"asked: {REQUEST}\n{ANSWER}" in model.calls[0][-1].content, "the model is told what was said before"
