"""What is said of "the notebook" is done in the one that the person is in."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from codemaestro_jupyter.maestro import Maestro
from codemaestro_jupyter.models.scripted import ScriptedModel
from codemaestro_jupyter.settings import Settings
from codemaestro_jupyter.types import NotebookId, NotebookPicture, RelPath

from .conftest import eventually

pytestmark = pytest.mark.usefixtures("no_remains")
RENAME = "rename df to orders in the notebook"


def write(path: Path, *sources: str) -> None:
    path.parent.mkdir(exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)  # type: ignore[no-untyped-call, unused-ignore]


def test_a_variable_is_renamed_in_the_notebook_at_hand(tmp_path: Path) -> None:
    write(tmp_path / "sales.ipynb", "df = read()", "df.mean()")
    write(tmp_path / "old" / "my shop.ipynb", "df = read()")
    with Maestro(Settings(environment={}, policy={}), root=tmp_path) as maestro:
        maestro.settings.set("model", "off")
        assert maestro.workspace.index.wait(60)
        asked = maestro.submit(RENAME).result(60)
        assert asked.tool == "edit"
        assert "Which notebook? There are `old/my shop.ipynb`, `sales.ipynb`." in asked.markdown
        for path, lines in (
            ("sales.ipynb", ["+orders = read()", "+orders.mean()"]),
            ("old/my shop.ipynb", ["+orders = read()"]),
        ):
            maestro.notebook(NotebookPicture(NotebookId(path), RelPath(path)))
            said = maestro.submit(RENAME).result(60).markdown
            assert [line for line in said.splitlines() if line.startswith("+")] == lines


def test_a_models_plan_may_change_cells(tmp_path: Path) -> None:
    write(tmp_path / "sales.ipynb", "df = read()", "df.mean()")
    steps = [
        {"do": "insert_cell", "path": "sales.ipynb", "old": "1", "new": "df = df.dropna()"},
        {"do": "replace_cell", "path": "sales.ipynb", "old": "3", "new": "df.median()"},
    ]
    model = ScriptedModel([json.dumps({"summary": "Leave gaps out.", "steps": steps})] * 3)
    with Maestro(Settings(environment={}, policy={}), root=tmp_path, model=model) as maestro:
        assert maestro.workspace.index.wait(60)
        pending = maestro.submit("fix the gaps in sales.ipynb", source="chat", asks=True)
        question = eventually(lambda: maestro.view().get("question"))
        assert question["stage"] == "READY"  # type: ignore[index]
        maestro.choose(question["id"], text="yes")  # type: ignore[index]
        pending.result(60)
    notebook = json.loads((tmp_path / "sales.ipynb").read_text("utf8"))
    assert ["".join(cell["source"]) for cell in notebook["cells"]] == ["df = read()", "df = df.dropna()", "df.median()"]
