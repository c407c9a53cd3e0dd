"""The examples execute in a real kernel, without anybody there to click or type."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of this project's sources, so that running an example leaves nothing behind here."""
    root = EXAMPLES.parent
    shutil.copytree(
        EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns(".ipynb_checkpoints", ".codemaestro")
    )
    shutil.copytree(
        root / "codemaestro_jupyter",
        tmp_path / "codemaestro_jupyter",
        ignore=shutil.ignore_patterns("__pycache__", "labextension"),
    )
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Begin"]):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *command], cwd=tmp_path, check=True
        )
    return tmp_path


@pytest.mark.filterwarnings("default")  # nbclient's own, on some Pythons
@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.ipynb")))
def test_the_example_executes(name: str, project: Path) -> None:
    notebook = nbformat.read(project / "examples" / name, as_version=4)
    folder = str(project / "examples")
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    shown = [
        "".join(output.get("data", {}).get("text/markdown", "") or output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.startswith("%%maestro")
    ]
    assert any("maestro.py" in text for text in shown)
    assert all(text.strip() for text in shown if "--into" not in text)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_an_example_is_committed_without_output(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
