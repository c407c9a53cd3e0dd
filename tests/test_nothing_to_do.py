"""Where all of it is so already, every face says that: no question, no failure, with a model or without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemaestro_jupyter.cli import main
from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings

from .conftest import eventually

pytestmark = pytest.mark.usefixtures("no_remains")
PAY = '''"""Pay."""


def pay(total):
    """Pay a total."""
    return total


def _round(total):
    return total
'''
ALREADY = "Everything is so already; nothing would change."


@pytest.fixture(params=["offline", "model"])
def maestro(project: Path, request: pytest.FixtureRequest) -> Iterator[Maestro]:
    (project / "payments.py").write_text(PAY, encoding="utf8")
    settings = Settings(environment={}, policy={})
    with Maestro(settings, root=project, model=ScriptedModel(["?"]) if request.param == "model" else None) as maestro:
        if request.param == "offline":
            settings.set("model", "off")
        assert maestro.workspace.index.wait(60)
        yield maestro


@pytest.mark.parametrize(
    "text",
    [
        "add docstrings to every public function in payments.py",
        "add docstrings to every public function in payments",
        "add docstrings to every public function in payments, please",
    ],
)
def test_docstrings_that_are_all_there_are_nothing_to_ask_about(maestro: Maestro, text: str) -> None:
    pending = maestro.submit(text, source="cell", cell_id="c1", asks=True)
    eventually(lambda: pending.done or maestro.view()["question"])
    assert maestro.view()["question"] is None
    assert ALREADY in pending.result(0).markdown


def test_without_a_model_those_that_lack_one_are_proposed(project: Path) -> None:
    (project / "payments.py").write_text(PAY, encoding="utf8")
    with Maestro(Settings(environment={}, policy={}), root=project) as maestro:
        maestro.settings.set("model", "off")
        assert maestro.workspace.index.wait(60)
        answer = maestro.submit("add docstrings to every function in payments", source="cell").result(30)
    assert "+    " in answer.markdown
    assert '"""' in answer.markdown


def test_the_terminal_says_the_same_and_it_is_no_failure(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "payments.py").write_text(PAY, encoding="utf8")
    text = "add docstrings to every public function in payments.py"
    assert main(["edit", text, "--root", str(project)]) == 0
    assert ALREADY in capsys.readouterr().out
    assert main(["edit", text, "--root", str(project), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == []


def test_what_is_not_there_at_all_is_a_failure_that_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "payments.py").write_text("TOTAL = 1\n", encoding="utf8")
    assert main(["edit", "add docstrings to every function in payments.py", "--root", str(project)]) == 1
    assert "There is no function in payments.py." in capsys.readouterr().out
