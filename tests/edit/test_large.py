"""Files that are too large to be told about are followed all the same: half a project renamed is a broken one."""

from __future__ import annotations

import json
from pathlib import Path

from codemaestro_jupyter.edit.engine import Engine
from codemaestro_jupyter.workspace.reader import MOST_BYTES, MOST_NOTEBOOK_BYTES, Reader


def test_large_python_files_and_notebooks_are_followed(tmp_path: Path) -> None:
    root = (tmp_path / "project").resolve()
    root.mkdir()
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": ["%time fetch(1)"]}
    output = {"output_type": "stream", "name": "stdout", "text": ["x" * MOST_NOTEBOOK_BYTES]}
    shown = cell | {"source": ["from api import fetch"], "outputs": [output]}
    book = json.dumps({"cells": [shown, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    files = {
        "api.py": "def fetch(a):\n    return a\n",
        "large.py": "from api import fetch\n" + "# x\n" * (MOST_BYTES // 4) + "fetch(1)\n",
        "large.ipynb": book,
    }
    for path, text in files.items():
        (root / path).write_text(text)
    with Engine(root, Reader(root), tmp_path / "data") as engine:
        receipt = engine.apply(engine.propose("rename fetch to load"))
        sources = [cell["source"] for cell in json.loads((root / "large.ipynb").read_text())["cells"]]
        assert (receipt.files, sources, (root / "large.py").read_text()) == (
            ("api.py", "large.ipynb", "large.py"),
            [["from api import load"], ["%time load(1)"]],
            files["large.py"].replace("fetch", "load"),
        )
        engine.undo()
        assert {path: (root / path).read_text() for path in files} == files
